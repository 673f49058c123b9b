"""Golden hours: local clock times become moments, and what is held back stays held back."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.programme.load import load_text
from worker.programme.model import (
    WEEKDAYS,
    Airing,
    Blackout,
    ChannelConfig,
    Pause,
    Priority,
    Programme,
    Purpose,
    QuietHours,
    Slot,
    Station,
)
from worker.slots import (
    airing_time,
    blacked_out,
    channels_in,
    due_at,
    golden_hours,
    next_openings,
    occurrence_times,
    slot_time,
    to_utc,
    windows,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
BASE = load_text(
    (Path(__file__).parent / "programme" / "base.toml").read_text(encoding="utf-8"), "base.toml"
)
TUESDAY = date(2026, 11, 24)
CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def local(day: date, clock: str, zone: ZoneInfo = HANOI) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def with_(**changes: object) -> Programme:
    return BASE.model_copy(update=changes)


# Which slots open when


def test_a_slot_opens_at_its_local_hour() -> None:
    """05:30 in Vietnam is 22:30 UTC of the day before."""
    hour = slot_time(BASE, BASE.slot("sang"), TUESDAY)

    assert hour.opens_at == datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert hour.closes_at - hour.opens_at == timedelta(hours=1)


def test_golden_hours_keep_weekdays_campaign_and_order() -> None:
    """`toi` is on Mondays and Wednesdays; nothing outside the campaign; by hour of opening."""
    week = [
        (h.date.isoformat()[5:], h.slot.id) for h in golden_hours(BASE, TUESDAY, date(2026, 11, 26))
    ]
    assert week == [("11-24", "sang"), ("11-25", "sang"), ("11-25", "toi"), ("11-26", "sang")]

    assert list(golden_hours(BASE, date(2026, 10, 30), date(2026, 10, 31))) == []
    assert len(list(golden_hours(BASE, date(2026, 10, 31), date(2026, 11, 1)))) == 1
    assert len(list(golden_hours(BASE, date(2027, 2, 28), date(2027, 3, 1)))) == 1


def test_an_extra_date_opens_the_segments_slot_for_that_segment_alone() -> None:
    """Beyond the weekdays of both slot and segment, for the segment named."""
    sunday = date(2026, 11, 29)
    weekday_only = BASE.slot("sang").model_copy(update={"weekdays": ("t2",)})
    programme = with_(slots=(weekday_only, BASE.slot("toi")))
    other = BASE.segment("ban_tin").model_copy(update={"id": "khac"})

    assert [h.slot.id for h in golden_hours(programme, sunday, sunday)] == ["sang"]
    assert occurrence_times(programme, BASE.segment("ban_tin"), weekday_only, sunday) is not None
    assert occurrence_times(programme, other, weekday_only, sunday) is None


@pytest.mark.parametrize(
    ("segment", "slot", "day", "on"),
    [
        ("ban_tin", "sang", "2026-11-24", True),
        ("ban_tin", "toi", "2026-11-24", False),  # not one of its slots
        ("ban_tin", "sang", "2026-10-31", False),  # before the campaign
        ("tin_nhan", "toi", "2026-11-25", True),
        ("tin_nhan", "toi", "2026-11-24", False),  # not the slot's weekday
        ("tin_nhan", "toi", "2026-12-30", True),
        ("tin_nhan", "toi", "2027-01-04", False),  # no longer valid
    ],
)
def test_a_segment_is_on_when_all_its_days_say_so(
    segment: str, slot: str, day: str, on: bool
) -> None:
    times = occurrence_times(BASE, BASE.segment(segment), BASE.slot(slot), date.fromisoformat(day))
    assert (times is not None) is on


def test_the_next_openings_are_those_after_now() -> None:
    """A slot that opens this very moment is no longer next."""
    now = local(TUESDAY, "05:30")
    found = next_openings(BASE, now, 3)
    assert [(h.date.day, h.slot.id) for h in found] == [(25, "sang"), (25, "toi"), (26, "sang")]
    assert next_openings(BASE, local(date(2027, 2, 28), "08:00"), 3) == ()


def test_a_slot_over_midnight_closes_the_next_day() -> None:
    night = Slot(id="dem", name="Đêm", start=time(22), end=time(1))
    hour = slot_time(BASE, night, TUESDAY)
    assert (hour.opens_at, hour.closes_at) == (
        local(TUESDAY, "22:00"),
        local(date(2026, 11, 25), "01:00"),
    )


# Clocks that are put forward and back


@given(day=st.dates(date(2025, 1, 1), date(2027, 12, 31)), start=CLOCKS, end=CLOCKS)
def test_no_golden_hour_is_lost_to_a_change_of_clocks(day: date, start: time, end: time) -> None:
    """Whatever the zone does, a slot opens once and stays open for a while."""
    slot = Slot(id="s", name="S", start=start, end=end)
    hour = slot_time(with_(timezone="Europe/Berlin"), slot, day)

    nominal = (datetime.combine(day, end) - datetime.combine(day, start)) % timedelta(days=1)
    nominal = nominal or timedelta(days=1)
    assert hour.opens_at < hour.closes_at
    assert abs((hour.closes_at - hour.opens_at) - nominal) <= timedelta(hours=1)


@given(day=st.dates(date(2025, 1, 1), date(2027, 12, 31)), clock=CLOCKS)
def test_a_clock_time_that_exists_is_met_exactly(day: date, clock: time) -> None:
    """Only an hour that does not exist is moved, and by the hour that was left out."""
    shown = to_utc(BERLIN, day, clock).astimezone(BERLIN).replace(tzinfo=None)
    moved = shown - datetime.combine(day, clock)

    last_sunday_of_march = max(
        d for d in (date(day.year, 3, n) for n in range(25, 32)) if WEEKDAYS[d.weekday()] == "cn"
    )
    is_gap = day == last_sunday_of_march and clock.hour == 2
    assert moved == (timedelta(hours=1) if is_gap else timedelta())


def test_of_two_hours_of_the_same_name_the_first_is_meant() -> None:
    """On 25/10/2026 Berlin has 02:30 twice."""
    assert to_utc(BERLIN, date(2026, 10, 25), time(2, 30)) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_a_slot_in_the_hour_that_is_left_out_keeps_its_length() -> None:
    """02:30 to 03:15 on the night the clocks go forward would end before it began."""
    slot = Slot(id="s", name="S", start=time(2, 30), end=time(3, 15))
    hour = slot_time(with_(timezone="Europe/Berlin"), slot, date(2026, 3, 29))
    assert hour.closes_at - hour.opens_at == timedelta(minutes=45)


# In which hours something may begin


def window(
    programme: Programme,
    channel: str,
    day: date,
    start: str,
    end: str,
    *,
    priority: Priority = "thong_thuong",
    purpose: Purpose = "cong_ich",
) -> list[tuple[str, str]]:
    spans = windows(programme, channel, priority, purpose, local(day, start), local(day, end))
    return [(f"{a.astimezone(HANOI):%H:%M}", f"{b.astimezone(HANOI):%H:%M}") for a, b in spans]


def test_quiet_hours_are_cut_out_on_their_channel() -> None:
    """22:00 to 07:00 on SMS reaches over midnight from both sides; khan_cap passes."""
    assert window(BASE, "sms", TUESDAY, "06:00", "08:00") == [("07:00", "08:00")]
    assert window(BASE, "sms", TUESDAY, "21:00", "23:00") == [("21:00", "22:00")]
    assert window(BASE, "sms", TUESDAY, "05:30", "06:30") == []
    assert window(BASE, "sms", TUESDAY, "06:00", "07:00") == []
    assert window(BASE, "loa", TUESDAY, "05:30", "06:30") == [("05:30", "06:30")]
    assert window(BASE, "sms", TUESDAY, "05:30", "06:30", priority="khan_cap") == [
        ("05:30", "06:30")
    ]


def test_quiet_hours_of_a_purpose_hold_only_that_purpose() -> None:
    lunch = QuietHours(start=time(12), end=time(13), purposes=("quang_cao",))
    programme = with_(quiet_hours=(lunch,))
    assert window(programme, "sms", TUESDAY, "11:00", "14:00", purpose="quang_cao") == [
        ("11:00", "12:00"),
        ("13:00", "14:00"),
    ]
    assert window(programme, "sms", TUESDAY, "11:00", "14:00") == [("11:00", "14:00")]


def test_a_black_out_closes_its_days_and_only_those() -> None:
    """Tết from 5 to 8 February: the evening before and the morning after are free."""
    assert window(BASE, "loa", date(2027, 2, 4), "23:00", "23:59") == [("23:00", "23:59")]
    assert window(BASE, "loa", date(2027, 2, 5), "00:00", "06:30") == []
    assert window(BASE, "loa", date(2027, 2, 8), "05:30", "06:30") == []
    assert window(BASE, "loa", date(2027, 2, 9), "00:00", "06:30") == [("00:00", "06:30")]
    assert window(BASE, "loa", date(2027, 2, 8), "05:30", "06:30", priority="khan_cap") != []


def test_a_black_out_can_begin_from_now() -> None:
    """National mourning declared at 08:00 for today: what was before stays."""
    mourning = Blackout(name="Quốc tang", first=TUESDAY, last=TUESDAY, from_time=time(8))
    programme = with_(blackouts=(mourning,))
    assert window(programme, "loa", TUESDAY, "07:00", "09:00") == [("07:00", "08:00")]
    assert blacked_out(programme, "loa", "uu_tien", local(TUESDAY, "07:59")) is None
    assert blacked_out(programme, "loa", "uu_tien", local(TUESDAY, "08:00")) == mourning
    assert blacked_out(programme, "loa", "khan_cap", local(TUESDAY, "08:00")) is None


def test_a_black_out_that_names_khan_cap_holds_even_that() -> None:
    total = Blackout(
        name="x", first=TUESDAY, last=TUESDAY, priorities=("khan_cap",), channels=("sms",)
    )
    programme = with_(blackouts=(total,), quiet_hours=())
    assert window(programme, "sms", TUESDAY, "09:00", "10:00", priority="khan_cap") == []
    assert window(programme, "loa", TUESDAY, "09:00", "10:00", priority="khan_cap") != []


MINUTES = st.integers(0, 4 * 24 * 60)
QUIETS = st.builds(
    QuietHours, start=CLOCKS, end=CLOCKS, channels=st.sampled_from([(), ("sms",), ("loa",)])
)


@given(
    quiet=st.lists(QUIETS, max_size=3), start=MINUTES, length=st.integers(0, 3000), probe=MINUTES
)
def test_a_moment_is_free_when_no_quiet_hour_holds_it(
    quiet: list[QuietHours], start: int, length: int, probe: int
) -> None:
    """The windows are exactly the minutes within the span that no quiet hour covers."""
    midnight = local(TUESDAY, "00:00")
    first = midnight + timedelta(minutes=start)
    until = first + timedelta(minutes=length)
    moment = midnight + timedelta(minutes=probe)
    programme = with_(quiet_hours=tuple(quiet), blackouts=())

    spans = windows(programme, "sms", "thong_thuong", "cong_ich", first, until)

    clock = moment.astimezone(HANOI).time()
    held = any(
        (q.start <= clock < q.end) if q.start < q.end else (clock >= q.start or clock < q.end)
        for q in quiet
        if q.channels != ("loa",)
    )
    free = any(begin <= moment < end for begin, end in spans)
    assert free == (first <= moment < until and not held)
    assert all(begin < end for begin, end in spans)


# When a channel gets it, and when a station airs it


def test_due_is_the_lead_before_or_an_hour_of_the_day_before() -> None:
    opens_at = local(TUESDAY, "05:30")
    channel = BASE.channel("loa")
    assert due_at(BASE, channel, opens_at) == local(date(2026, 11, 23), "17:00")

    by_span = channel.model_copy(update={"lead_time": None, "lead": timedelta(minutes=30)})
    assert due_at(BASE, by_span, opens_at) == local(TUESDAY, "05:00")
    assert due_at(BASE, BASE.channel("sms"), opens_at) == opens_at


STATION = Station(id="dai", name="Đài", organisation="luc-ngan")


@pytest.mark.parametrize(
    ("changes", "label", "opens"),
    [
        ({}, "05:30", "05:30"),
        ({"airings": (Airing(slot="sang", at=time(5, 45)),)}, "05:45", "05:45"),
        ({"airings": (Airing(slot="sang", after_relay=True),)}, "sau tiếp sóng", "05:30"),
        ({"airings": (Airing(slot="toi"),)}, None, ""),
        ({"weekdays": ("t4",)}, None, ""),
        ({"pauses": (Pause(first=TUESDAY, last=TUESDAY),)}, None, ""),
        ({"pauses": (Pause(first=date(2026, 11, 25), last=date(2026, 11, 26)),)}, "05:30", "05:30"),
    ],
)
def test_a_station_airs_at_its_own_time_or_not_at_all(
    changes: dict[str, object], label: str | None, opens: str
) -> None:
    aired = airing_time(BASE, STATION.model_copy(update=changes), BASE.slot("sang"), TUESDAY)
    assert (aired.label if aired else None) == label
    if aired:
        assert aired.opens_at == local(TUESDAY, opens)
        assert aired.closes_at == local(TUESDAY, "06:30")


def test_a_station_airs_after_midnight_in_a_slot_that_crosses_it() -> None:
    night = Slot(id="dem", name="Đêm", start=time(22), end=time(1))
    station = STATION.model_copy(update={"airings": (Airing(slot="dem", at=time(0, 15)),)})
    aired = airing_time(BASE, station, night, TUESDAY)
    assert aired is not None
    assert aired.opens_at == local(date(2026, 11, 25), "00:15")


def test_a_slot_gives_a_segment_only_the_channels_that_are_on_and_open_to_it() -> None:
    segment = BASE.segment("ban_tin").model_copy(update={"channels": ("loa", "sms")})

    def names(programme: Programme, slot: str) -> list[str]:
        return [c.id for c in channels_in(programme, segment, BASE.slot(slot))]

    assert names(BASE, "sang") == ["loa", "sms"]
    assert names(BASE, "toi") == ["sms"]
    off: tuple[ChannelConfig, ...] = tuple(
        c.model_copy(update={"enabled": c.id != "loa"}) for c in BASE.channels
    )
    assert names(with_(channels=off), "sang") == ["sms"]
