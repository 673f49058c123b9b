"""Who is called for a Sự cố, and in which order."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from worker.alarms.duty import on_duty
from worker.programme.model import Alarms, Duty

VN = ZoneInfo("Asia/Ho_Chi_Minh")
#: Tuesday 2026-11-24
MONDAY, TUESDAY, WEDNESDAY = 23, 24, 25

NIGHT = Duty(person="dem", start=time(22), end=time(5), weekdays=("t3",))
DAYTIME = Duty(person="ngay", start=time(5), end=time(22), deputy="truong")
HEAD = Duty(person="truong", start=time(8), end=time(9), phone="env:TRUONG")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "called"),
    [
        (at(TUESDAY, 4, 59), ["ngay", "truong", "dem"]),  # nobody's hour is everybody's
        (at(TUESDAY, 5), ["ngay", "truong"]),
        (at(TUESDAY, 21, 59), ["ngay", "truong"]),
        (at(TUESDAY, 22), ["dem"]),
        (at(WEDNESDAY, 0), ["dem"]),  # Tuesday's night reaches into Wednesday
        (at(WEDNESDAY, 4, 59), ["dem"]),
        (at(WEDNESDAY, 5), ["ngay", "truong"]),
        (at(WEDNESDAY, 22), ["ngay", "truong", "dem"]),  # the night duty is Tuesday's alone
    ],
)
def test_hours_over_midnight_belong_to_the_weekday_they_begin_on(
    now: datetime, called: list[str]
) -> None:
    roster = (DAYTIME, HEAD, NIGHT)
    assert [d.person for d in on_duty(Alarms(duty=roster), VN, now)] == called


def test_an_hour_nobody_covers_is_everybodys() -> None:
    """A Sự cố is never told to nobody while there is a roster."""
    only = Alarms(duty=(Duty(person="a", start=time(8), end=time(9)), Duty(
        person="b", start=time(9), end=time(10))))

    assert [d.person for d in on_duty(only, VN, at(TUESDAY, 3))] == ["a", "b"]


def test_a_deputy_is_called_by_the_contacts_of_the_deputys_own_entry() -> None:
    """The deputy's hours do not matter: a deputy is called because nobody answered."""
    called = on_duty(Alarms(duty=(DAYTIME, HEAD)), VN, at(TUESDAY, 20))

    assert [(d.person, d.phone) for d in called] == [("ngay", ""), ("truong", "env:TRUONG")]


def test_equal_start_and_end_is_the_whole_day() -> None:
    """As the model says: the whole day of the weekdays it names, and no other."""
    roster = Alarms(duty=(Duty(person="t3", weekdays=("t3",)), Duty(person="khac")))

    assert [d.person for d in on_duty(roster, VN, at(TUESDAY, 0))] == ["t3", "khac"]
    assert [d.person for d in on_duty(roster, VN, at(TUESDAY, 23, 59))] == ["t3", "khac"]
    assert [d.person for d in on_duty(roster, VN, at(MONDAY, 23, 59))] == ["khac"]
    assert [d.person for d in on_duty(roster, VN, at(WEDNESDAY, 0))] == ["khac"]


def test_a_person_is_called_once_however_often_in_the_roster() -> None:
    roster = Alarms(duty=(DAYTIME, HEAD, HEAD))

    assert [d.person for d in on_duty(roster, VN, at(TUESDAY, 8, 30))] == ["ngay", "truong"]
