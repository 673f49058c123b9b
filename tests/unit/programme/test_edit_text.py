"""Entries changed in the text of schedules.toml: what was not meant keeps its bytes."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.programme import disk
from worker.programme.edit import GONE, Unusual, add, change, data_of, entry_of, take_out
from worker.settings import PRODUCT

SAMPLE = (PRODUCT / "schedules.toml").read_text(encoding="utf-8")
DATA = data_of(SAMPLE)
ARRAYS: tuple[tuple[str, ...], ...] = (
    ("slots",), ("segments",), ("organisations",), ("stations",), ("blackouts",),
    ("quiet_hours",), ("extra_dates",), ("alarms", "duty"))
PLACES = [(*path, n) for path in ARRAYS for n in range(len(entry_of(DATA, path)))]

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
value = st.one_of(
    text, st.integers(-999, 999), st.booleans(), st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    st.lists(text, max_size=4), st.lists(st.dictionaries(
        st.sampled_from(["slot", "at", "max_minutes"]), text, min_size=1), max_size=3))
entry = st.dictionaries(st.sampled_from(["id", "name", "start", "weekdays", "note", "airings"]),
                        value, min_size=1)


def comments(lines: str) -> list[str]:
    return re.findall(r"(?m)^[^\"\n]*?(#.*)$", lines)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(PLACES), entry)
def test_a_change_touches_its_entry_only_and_means_what_was_asked(
    place: Any, values: dict[str, Any]
) -> None:
    """And every comment on a line of its own stays."""
    changed = change(SAMPLE, place, values)

    wanted = data_of(SAMPLE)
    for key, new in values.items():  # a day stays in quotes where one stood in quotes
        quoted = isinstance(new, date) and isinstance(entry_of(wanted, place).get(key), str)
        entry_of(wanted, place)[key] = new.isoformat() if quoted else new
    assert data_of(changed) == wanted
    before, after = SAMPLE.split("\n"), changed.split("\n")
    head = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if head is not None:
        block = SAMPLE[:len("\n".join(before[:head]))].rpartition("\n[[")[2]
        assert block.startswith(f"{'.'.join(str(x) for x in place[:-1])}]]")
    kept = [c for c in comments(SAMPLE) if c.startswith("# ")]
    assert kept == [c for c in comments(changed) if c in kept]  # one behind a text is none here


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ARRAYS), entry)
def test_what_is_added_and_taken_out_again_leaves_the_same_bytes(
    array: tuple[str, ...], values: dict[str, Any]
) -> None:
    added = add(SAMPLE, array, values)

    assert entry_of(data_of(added), array)[-1] == values
    assert take_out(added, (*array, len(entry_of(DATA, array)))) == SAMPLE


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([(p, k) for p in PLACES for k, v in entry_of(DATA, p).items()
                        if isinstance(v, str)]), text)
def test_a_change_and_its_inverse_give_the_same_bytes(place_key: Any, new: str) -> None:
    place, key = place_key
    old = entry_of(DATA, place)[key]

    assert change(change(SAMPLE, place, {key: new}), place, {key: old}) == SAMPLE


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PLACES))
def test_a_key_added_and_taken_out_again_leaves_the_same_bytes(place: Any) -> None:
    assert change(change(SAMPLE, place, {"note": "x"}), place, {"note": GONE}) == SAMPLE


def test_rows_over_several_lines_keep_their_comments() -> None:
    """Only the row that changes; a row in between is taken out with its own."""
    place = ("stations", 1)
    rows = entry_of(DATA, place)["airings"]
    changed = change(SAMPLE, place, {"airings": [rows[0], {**rows[1], "at": "17:45"}]})

    assert changed == SAMPLE.replace('{ slot = "chieu", at = "17:30" }',
                                     '{ slot = "chieu", at = "17:45" }')
    fewer = change(SAMPLE, place, {"airings": rows[1:]})
    assert fewer == SAMPLE.replace(
        '    { slot = "sang", after_relay = true },   # sau tiếp sóng / after the relay\n', "")


def test_a_clock_time_and_a_day_stay_as_they_are_written() -> None:
    text = '[[slots]]\nstart = 05:30:00\nday = "31/12/2026"\nother = 2026-12-31\n'

    assert change(text, ("slots", 0), {"start": "06:00", "day": date(2027, 1, 2),
                                       "other": date(2027, 1, 2)}) == (
        '[[slots]]\nstart = 06:00:00\nday = "02/01/2027"\nother = 2027-01-02\n')


@pytest.mark.parametrize("text", [
    'slots = [{ id = "a" }]\n',
    'x = 1\n[[slots]]\nid = "a"\n[other]\ny = 2\n[slots.inner]\nz = 3\n',
])
def test_what_no_form_can_follow_is_refused_and_not_guessed_at(text: str) -> None:
    with pytest.raises(Unusual):
        change(text, ("slots", 0), {"id": "b"})


def test_a_header_within_a_text_is_no_header() -> None:
    text = 'note = """\n[[slots]]\nid = "no"\n"""\n[[slots]]\nid = "a"\n'

    assert change(text, ("slots", 0), {"id": "b"}) == text.replace('id = "a"', 'id = "b"')


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_that_is_not_there_yet_is_put_at_the_end(mark: str) -> None:
    assert change(f"{mark}a = 1\n", ("caps",), {"public_per_day": 2}) == (
        f"{mark}a = 1\n\n[caps]\npublic_per_day = 2\n")


@given(st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.sampled_from(["\n", "\r\n", "\r"])),
                max_size=6), st.sampled_from(["", "z"]),
       st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=6))
def test_lines_that_did_not_change_keep_their_ends(
    lines: list[tuple[str, str]], last: str, new: list[str]
) -> None:
    old = ("".join(a + b for a, b in lines) + last).encode()

    assert disk.as_written(old, disk.plain(old)) == old
    assert disk.plain(disk.as_written(old, "\n".join(new))) == "\n".join(new)


def test_a_file_from_windows_stays_one() -> None:
    old = SAMPLE.replace("\n", "\r\n").encode()
    changed = change(SAMPLE, ("slots", 1), {"start": "11:15", "weekdays": ["t2"]})

    assert disk.as_written(old, changed) == changed.replace("\n", "\r\n").encode()
