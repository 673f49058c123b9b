"""Reading the delivery log: in pages, filtered, as files. Both databases."""

import csv
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import insert

from tests.conftest import START
from tests.deliveries import DAY, add_batch, add_delivery, add_occurrence
from worker.db import Store
from worker.errors import UserError
from worker.log_files import write_csv, write_xlsx
from worker.log_query import FIELDS, Filters, as_line, every, page, story, until
from worker.models import Attempt, Delivery
from worker.outbox import events

VN = ZoneInfo("Asia/Ho_Chi_Minh")


def key(number: int) -> str:
    return f"{number:08d}-0000-5000-8000-000000000000"


def some(store: Store, count: int, *, days: int = 1) -> None:
    with store.write() as s:
        for n in range(days):
            day = DAY + timedelta(days=n)
            batch = add_batch(s, add_occurrence(s, f"s/sang/{day}/1", day=day))
            for i in range(count):
                add_delivery(s, batch, key(n * 1000 + i), target=f"t{i}")


def keys(store: Store, filters: Filters | None = None, **more: Any) -> list[str]:
    with store.read() as s:
        return [r.id for r in page(s, filters or Filters(), **{"limit": 100, **more})]


def test_pages_follow_one_another_without_gap_or_repeat(store: Store) -> None:
    some(store, 5, days=2)
    whole = keys(store)
    first = keys(store, limit=4)
    second = keys(store, limit=4, after=first[-1])
    third = keys(store, limit=4, after=second[-1])

    assert first + second + third == whole
    assert len(set(whole)) == 10
    assert whole[0].startswith("00001")  # the newest day first


@pytest.mark.parametrize("chunk", [3, 5, 10, 11])
def test_a_whole_log_is_read_in_pages(store: Store, chunk: int) -> None:
    some(store, 5, days=2)

    assert [r.id for r in every(store, Filters(), chunk=chunk)] == keys(store)


def test_an_unknown_key_to_go_on_from_is_said(store: Store) -> None:
    with pytest.raises(UserError, match="không có lượt gửi này"):
        keys(store, after="nope")


@pytest.mark.parametrize(
    ("batch_state", "shown"),
    [("held", "held"), ("ready", "ready"), ("leased", "ready"), ("cancelled", "cancelled"),
     ("expired", "expired")],
)
def test_before_begin_a_delivery_is_what_its_batch_is(
    store: Store, batch_state: str, shown: str
) -> None:
    with store.write() as s:
        batch = add_batch(s, add_occurrence(s), state=batch_state)
        add_delivery(s, batch, key(1), state="queued")
        add_delivery(s, batch, key(2), state="delivered", target="xa-b")

    with store.read() as s:
        assert {r.id: r.state for r in page(s, Filters(), limit=9)} == {
            key(1): shown, key(2): "delivered"}
    assert keys(store, Filters(state=shown)) == [key(1)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(channel="sms"), [1, 2]),
        (Filters(channel="facebook"), [3]),
        (Filters(item="td-02"), [3]),
        (Filters(target="xa-b"), [2]),
        (Filters(state="rejected"), [2]),
        (Filters(first=date(2026, 11, 25)), [3]),
        (Filters(last=date(2026, 11, 24)), [1, 2]),
    ],
)
def test_filters(store: Store, filters: Filters, found: list[int]) -> None:
    with store.write() as s:
        batch = add_batch(s, add_occurrence(s))
        add_delivery(s, batch, key(1))
        add_delivery(s, batch, key(2), target="xa-b", state="rejected")
        tomorrow = add_occurrence(s, "s/sang/2026-11-25/1", item="td-02",
                                  day=date(2026, 11, 25))
        add_delivery(s, add_batch(s, tomorrow, channel="facebook"), key(3))

    assert sorted(keys(store, filters)) == [key(n) for n in found]


def test_the_log_ends_today_but_shows_what_was_handed_over_ahead(store: Store) -> None:
    """A loudspeaker script goes out the day before: begun, so it is in the log."""
    with store.write() as s:
        tomorrow = add_occurrence(s, "s/sang/2026-11-25/1", day=date(2026, 11, 25))
        batch = add_batch(s, tomorrow, state="ready")
        add_delivery(s, batch, key(1), state="queued")
        add_delivery(s, batch, key(2), state="accepted", target="xa-b")

    assert keys(store, until(Filters(), DAY)) == [key(2)]
    assert len(keys(store, until(Filters(last=date(2026, 11, 25)), DAY))) == 2


def test_the_first_page_of_a_long_log_takes_under_100_ms(store: Store) -> None:
    with store.write() as s:
        batch = add_batch(s, add_occurrence(s))
        rows = [
            {"id": key(i), "day": batch.day, "occurrence_id": batch.occurrence_id,
             "batch_id": batch.id, "channel": "sms", "account": "chinh", "target": f"t{i}",
             "state": "accepted", "content_sha256": "c" * 64, "attempts": 1,
             "first_try_at": START}
            for i in range(20_000)
        ]
        s.connection().execute(insert(Delivery), rows)

    quickest, pause = float("inf"), threading.Event()
    for _ in range(200):  # whatever else the machine does only adds to what a page takes
        began = time.monotonic()
        found = keys(store, until(Filters(), DAY), limit=50)
        quickest = min(quickest, time.monotonic() - began)
        if quickest < 0.1:
            break
        pause.wait(0.05)

    assert len(found) == 50
    assert quickest < 0.1


def test_the_story_of_a_delivery_is_tries_and_events_in_order(store: Store) -> None:
    with store.write() as s:
        occurrence = add_occurrence(s)
        add_delivery(s, add_batch(s, occurrence), key(1), state="rejected")
        s.add(Attempt(delivery_id=key(1), day=DAY, number=1, account="chinh", node="n",
                      lease_token="t", begun_at=START, deadline_at=START, ended_at=START,
                      outcome="rejected", code="http-404"))
        s.flush()
        later = START + timedelta(seconds=1)
        events.append(s, later, "n", [
            events.Note(occurrence.id, "settled", key(1), {"state": "rejected"}),
            events.Note(occurrence.id, "settled", key(2), {"state": "delivered"}),
            events.Note(occurrence.id, "expired", None, {"channel": "facebook"}),
        ])

    with store.read() as s:
        told = story(s, key(1), VN)
    assert [(line["at"], line["what"]) for line in told] == [
        ("2026-11-24T08:00:00+07:00", "attempt"), ("2026-11-24T08:00:01+07:00", "settled")]


LINE = {
    "key": "k", "at": "2026-11-24T08:00:00+07:00", "day": "2026-11-24", "channel": "sms",
    "account": "chinh", "target": "xã-a", "item": "td-01", "kind": "publish",
    "state": "rejected", "late": True, "attempts": 2, "code": "-x",
    "detail": '=HYPERLINK("http://x")', "ref": "+84\x07", "url": "@u", "occurrence": "o",
    "prepared": False,
}


def test_a_csv_opens_in_excel_and_runs_nothing(tmp_path: Path) -> None:
    """OWASP, CSV injection: what a gateway answered must not become a formula."""
    path = tmp_path / "log.csv"

    assert write_csv(path, [LINE], FIELDS) == 1

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    assert (row["detail"], row["code"], row["url"]) == (
        "'=HYPERLINK(\"http://x\")", "'-x", "'@u")
    assert (row["target"], row["attempts"], row["late"]) == ("xã-a", "2", "có")


def test_an_xlsx_keeps_text_as_text(tmp_path: Path) -> None:
    path = tmp_path / "log.xlsx"

    assert write_xlsx(path, [LINE], FIELDS) == 1

    sheet = openpyxl.load_workbook(path).worksheets[0]
    row = dict(zip(FIELDS, next(iter(sheet.iter_rows(min_row=2))), strict=True))
    assert (row["detail"].value, row["detail"].data_type) == ('=HYPERLINK("http://x")', "s")
    assert row["ref"].value == "+84 "
    assert row["attempts"].value == 2


def test_a_log_that_cannot_be_written_whole_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("cũ")

    def broken() -> Any:
        yield LINE
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        write_csv(path, broken(), FIELDS)

    assert path.read_text() == "cũ"
    assert [p.name for p in tmp_path.iterdir()] == ["log.csv"]


def test_a_line_has_all_its_fields_and_local_times(store: Store) -> None:
    some(store, 1)
    with store.read() as s:
        (row,) = page(s, Filters(), limit=1)
    line = as_line(row, VN)

    assert tuple(line) == FIELDS
    assert line["at"] == "2026-11-24T08:00:00+07:00"
