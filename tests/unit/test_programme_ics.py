"""The calendar of airings as a file: RFC 5545, whatever the titles say."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from icalendar import Calendar

from tests.builders import a_programme
from tests.channels.hostile import HOSTILE
from worker.planner.ics import programme_ics

MADE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def row(channel: str, **changes: Any) -> dict[str, Any]:
    return {
        "occurrence": "canh-bao/sang/2026-11-25/1", "opens_at": "2026-11-25T05:30:00+07:00",
        "closes_at": "2026-11-25T07:00:00+07:00", "slot": "sang", "segment": "canh-bao",
        "item": "gia-danh", "title": "Giả danh công an", "channel": channel, "state": "planned",
        "problem": "", **changes,
    }


def events(*rows: dict[str, Any]) -> list[Any]:
    written = programme_ics(rows, a_programme(), MADE, "may-1")
    calendar = Calendar.from_ical(written)
    assert (calendar["version"], bool(calendar["prodid"])) == ("2.0", True)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    found = calendar.walk("VEVENT")
    assert [e.errors for e in found] == [[]] * len(found)
    assert len({e["uid"] for e in found}) == len(found)
    return found


def test_an_airing_is_one_event_that_names_its_channels() -> None:
    """Slot, segment, item; a phone shows it once, not once a channel."""
    (event,) = events(row("loa"), row("trang", problem="bài trống"))

    assert event["uid"] == "canh-bao-sang-2026-11-25-1@may-1"
    assert event["dtstart"].dt == datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    assert event["summary"] == "canh-bao: Giả danh công an"
    assert event["description"] == "Khung giờ: sang\nLoa: gia-danh\ntrang: bài trống"
    assert [str(c) for c in event["categories"].cats] == ["Loa", "trang"]
    assert event["status"] == "CONFIRMED"


def test_what_nothing_fills_and_what_is_cancelled_says_so() -> None:
    empty = row("loa", state="empty", item=None, title="", problem="không có tin nào")
    gone = row("loa", state="cancelled", occurrence="canh-bao/trua/2026-11-25/1")

    assert [e["status"] for e in events(empty, gone)] == ["TENTATIVE", "CANCELLED"]
    assert events(empty)[0]["summary"] == "canh-bao: (chưa có tin)"


@given(title=HOSTILE, problem=HOSTILE)
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_calendar(title: str, problem: str) -> None:
    (event,) = events(row("loa", title=title, problem=problem))

    assert event["dtstart"].dt.year == 2026
    assert not {"\x00", "\ud800", "\u202e"} & set(event["summary"] + event["description"])
