"""When it will be through: the hours in which nothing may go are no hours of sending."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.campaigns.forecast import finishing, opening, planned_rate, sentence, together
from worker.models import Campaign
from worker.programme.load import load_text
from worker.programme.model import Account, Blackout, QuietHours
from worker.slots import windows

BASE = load_text(
    (Path(__file__).parents[1] / "programme" / "base.toml").read_text(encoding="utf-8"),
    "base.toml",
).model_copy(update={"quiet_hours": (QuietHours(start=time(22), end=time(7)),), "blackouts": ()})
HANOI = BASE.zone()
DAY = date(2026, 11, 26)
CLOSES = datetime(2026, 12, 5, 15, tzinfo=UTC)


def at(clock: str, day: int = 26) -> datetime:
    return datetime.combine(DAY.replace(day=day), time.fromisoformat(clock), HANOI).astimezone(UTC)


def said(parts: float, rate: float, now: str, *, closes_at: datetime = CLOSES, each: int = 1,
         starts_at: datetime | None = None) -> str:
    return sentence(BASE, "sms", "thong_thuong", "cong_ich", at(now), parts, rate, closes_at,
                    each=each, starts_at=starts_at).sentence


def test_through_on_the_same_day() -> None:
    assert said(63_000, 30, "14:00") == "xong khoảng 14:35"
    assert said(63_001, 30, "14:00") == "xong khoảng 14:36"  # nothing is promised early


def test_what_the_evening_ends_goes_on_in_the_morning() -> None:
    """An hour until 22:00 at 30/s are 108,000; the other 234,000 take 2 h 10 min from 7 on."""
    assert said(342_000, 30, "21:00") == (
        "không kịp trước 22:00 ở 30 tin/giây; sẽ gửi tiếp từ 07:00 ngày 27/11; "
        "xong khoảng 09:10 ngày 27/11")


def test_what_cannot_be_done_in_its_time_is_said_with_how_many_stay_behind() -> None:
    """One hour at 2.5/s: 9,000 parts of 10,001; two parts each."""
    assert said(10_001, 2.5, "14:00", closes_at=at("15:00"), each=2) == (
        "không kịp trước khi hết hạn 15:00 ở 2,5 tin/giây: còn 501 số chưa gửi")
    assert sentence(BASE, "sms", "thong_thuong", "cong_ich", at("14:00"), 10_001, 2.5,
                    at("15:00")).at is None


def test_before_it_starts_it_says_when_it_begins() -> None:
    assert said(3_600, 1, "06:30") == "bắt đầu từ 07:00; xong khoảng 08:00"
    assert said(3_600, 1, "09:00", starts_at=at("18:00")) == "bắt đầu từ 18:00; xong khoảng 19:00"
    assert said(2 * 3_600, 1, "09:00", starts_at=at("21:00")) == (
        "bắt đầu từ 21:00; không kịp trước 22:00 ở 1 tin/giây; sẽ gửi tiếp từ 07:00 ngày 27/11; "
        "xong khoảng 08:00 ngày 27/11")


def test_an_urgent_one_sends_through_the_night() -> None:
    end = finishing(BASE, "sms", "khan_cap", "cong_ich", at("21:00"), 2 * 3600, 1, CLOSES)

    assert end == at("23:00")


@settings(deadline=None)
@given(hours=st.integers(0, 400), start=st.integers(0, 47), rate=st.floats(0.5, 5000),
       dark=st.integers(26, 30))
def test_it_is_through_when_the_open_hours_before_have_sent_all(
    hours: int, start: int, rate: float, dark: int
) -> None:
    """And not a moment sooner: the open time until then is what the rate asks for."""
    blackout = Blackout(name="Tang", first=DAY.replace(day=dark), last=DAY.replace(day=dark))
    programme = BASE.model_copy(update={"blackouts": (blackout,)})
    now, parts = at("00:00") + timedelta(hours=start), hours * 3600 * rate / 4

    end = finishing(programme, "sms", "uu_tien", "cong_ich", now, parts, rate, CLOSES)

    able = sum(((until - first) for first, until in windows(
        programme, "sms", "uu_tien", "cong_ich", now, end or CLOSES)), timedelta())
    needed = timedelta(seconds=parts / rate)
    if end is None:
        assert needed > able
    else:
        assert abs(able - needed) < timedelta(milliseconds=1)


@pytest.mark.parametrize(("rates", "weights", "together_"), [
    ({"a": 30.0, "b": 10.0}, {"a": 3, "b": 1}, 40.0),  # they add up
    ({"a": 100.0, "b": 10.0}, {"a": 1, "b": 1}, 20.0),  # the slow one holds the other back
    ({"a": 30.0, "b": 10.0}, {"a": 1, "b": 0}, 30.0),
    ({"a": None, "b": 10.0}, {"a": 3, "b": 1}, 40.0),
    ({"a": None}, {"a": 1}, None),
    ({}, {}, None),
])
def test_rates_of_accounts_add_up_as_far_as_their_shares_follow_them(
    rates: dict[str, float | None], weights: dict[str, float], together_: float | None
) -> None:
    assert together(rates, weights) == together_


def campaign(**changed: object) -> Campaign:
    return Campaign(**{
        "channel": "sms", "priority": "thong_thuong", "purpose": "cong_ich", "weights": {"a": 1},
        "starts_at": at("00:00"), "closes_at": CLOSES, **changed})


def test_the_planned_rate_is_that_of_the_accounts_it_uses() -> None:
    channel = BASE.channel("sms").model_copy(update={
        "accounts": (Account(id="a", rate=30), Account(id="b", rate=50))})
    programme = BASE.model_copy(update={"channels": (channel,)})

    assert planned_rate(programme, campaign()) == 30


@pytest.mark.parametrize(("changed", "now", "open_now", "next_"), [
    ({}, "12:00", True, "12:00"),
    ({}, "23:00", False, "07:00"),
    ({"priority": "khan_cap"}, "23:00", True, "23:00"),
    ({"priority": "khan_cap", "purpose": "quang_cao"}, "23:00", False, "07:00"),  # the law's
    ({"starts_at": at("18:00")}, "12:00", False, "18:00"),
    ({"closes_at": at("05:00", 27)}, "23:00", False, None),
    ({"closes_at": at("12:00")}, "12:00", False, None),
])
def test_it_opens_at_the_first_hour_that_is_its_own(
    changed: dict[str, object], now: str, open_now: bool, next_: str | None
) -> None:
    day = 27 if next_ is not None and next_ < now else 26

    assert opening(BASE, campaign(**changed), at(now)) == (
        open_now, at(next_, day) if next_ is not None else None)


def test_an_opening_beyond_days_of_black_out_is_found() -> None:
    dark = Blackout(name="Tang", first=DAY, last=DAY.replace(day=29))

    assert opening(BASE.model_copy(update={"blackouts": (dark,)}), campaign(), at("12:00")) == (
        False, at("07:00", 30))
