"""The sample and the historical example are what they claim: whole, fitting, true in their time."""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from vietnamese import sms
from vietnamese.plain import plain
from vietnamese.urls import contains_url
from worker.items.fields import fill, unknown_names
from worker.programme.check_segments import warnings
from worker.programme.load import load_text
from worker.programme.model import Programme, Segment
from worker.programme.values import longest_values

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "luc-ngan-2024"
HOMES = pytest.mark.parametrize("home", [ROOT, EXAMPLE], ids=["sample", "example"])
TEXTS = ("sms", "facebook", "website", "loudspeaker", "board", "what_to_do", "title")


def programme_of(home: Path) -> Programme:
    return load_text((home / "schedules.toml").read_text(encoding="utf-8"), "schedules.toml", home)


def items_of(home: Path) -> list[dict[str, Any]]:
    text = (home / "content" / "content.toml").read_text(encoding="utf-8")
    items: list[dict[str, Any]] = tomllib.loads(text)["item"]
    return items


@HOMES
def test_it_loads_without_a_mistake_or_a_remark(home: Path) -> None:
    assert warnings(programme_of(home)) == []


@HOMES
def test_every_item_has_its_words_for_every_channel(home: Path) -> None:
    """Composed letters, known themes, audiences and fields, and no two of one id."""
    programme, items = programme_of(home), items_of(home)
    assert len({item["id"] for item in items}) == len(items) >= 14
    for item in items:
        assert item["theme"] in programme.themes
        assert set(item["audience"]) <= {*programme.audiences, "tat_ca"}
        for key in TEXTS:
            assert item[key].strip(), (item["id"], key)
            assert unicodedata.is_normalized("NFC", item[key])
            assert unknown_names(item[key], item.get("requires", ())) == ()


@HOMES
def test_stand_by_items_can_be_aired(home: Path) -> None:
    """A stand-by item waits for no fact and no open remark."""
    ready = {i["id"] for i in items_of(home) if not i.get("requires") and not i.get("note")}
    for segment in programme_of(home).segments:
        assert segment.stand_by in ready


@HOMES
def test_there_are_enough_items_not_to_repeat(home: Path) -> None:
    """Within the days a segment asks for, its themes have an item for each airing."""
    programme = programme_of(home)
    ready = [i for i in items_of(home) if not i.get("requires") and not i.get("note")]
    for segment in programme.segments:
        if segment.themes == ("ket_qua",):
            continue  # shows its stand-by until real figures are in
        have = sum(item["theme"] in segment.themes for item in ready)
        assert have >= airings_within(programme, segment), segment.id


def airings_within(programme: Programme, segment: Segment) -> int:
    """Most airings in any `days_without_repeat` days in a row."""
    days = set(segment.weekdays) & {
        day for slot in segment.slots for day in programme.slot(slot).weekdays
    }
    weeks, rest = divmod(segment.days_without_repeat, 7)
    return len(days) * weeks + min(len(days), rest)


@HOMES
def test_an_sms_fits_with_the_longest_name_there_is(home: Path) -> None:
    """One part in the example, two in the sample; no sign a gateway refuses, no address."""
    programme = programme_of(home)
    for item in items_of(home):
        text = plain(fill(item["sms"], longest_values(programme)))
        assert sms.count(text).encoding == "gsm7"
        assert sms.count(text).parts <= programme.channel("sms").options["max_parts"], text
        assert sms.refused_characters(text) == ()
        assert not contains_url(text)


def test_the_example_is_the_plans_campaign() -> None:
    """28 communes and the town of Chũ, the plan's four themes, to 29/02/2024, Tết left out."""
    programme = programme_of(EXAMPLE)
    assert len(programme.stations) == 29
    assert list(programme.themes) == ["phap_luat", "thu_doan", "du_lieu_ca_nhan", "ket_qua"]
    campaign = programme.campaign
    assert campaign
    assert (str(campaign.first), str(campaign.last)) == ("2023-12-15", "2024-02-29")
    assert (str(programme.blackouts[0].first), str(programme.blackouts[0].last)) == (
        "2024-02-08",
        "2024-02-14",
    )


def test_the_example_says_nothing_that_was_not_yet_true() -> None:
    """No law, body or date of 2025 and after in what was aired in 2023 and 2024."""
    for item in items_of(EXAMPLE):
        aired = " ".join(str(item[key]) for key in (*TEXTS, "legal_basis") if key in item)
        assert not re.search(r"202[5-9]|VNeID|phường|Bắc Ninh", aired), item["id"]


def test_the_sample_names_no_real_person() -> None:
    """Mobile numbers only with prefix 095, which is allocated to nobody."""
    for home in (ROOT, EXAMPLE):
        text = (home / "schedules.toml").read_text(encoding="utf-8")
        assert all(n.startswith("0950") for n in re.findall(r'"(0\d{9})"', text))
