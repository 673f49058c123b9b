"""Accounts are asked 30 and 5 minutes before they are used, while there is time to mend them."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.values import Advice, Health
from tests.fakes import FakeChannel
from tests.store.world import MINUTE, NOON, World
from worker import accounts
from worker.alarms.store import open_alarms
from worker.before_slot import BeforeSlot
from worker.models import Alarm

SECOND = timedelta(seconds=1)
#: the loudspeaker's noon text is handed over the day before, tomorrow's at 17:00 in Vietnam
HAND_OVER = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Checked(FakeChannel):
    """Says when it was asked, and what it is told to say."""

    codes = {"190": Advice("account", "Khóa hết hạn", "Cấp khóa mới")}  # noqa: RUF012

    def prime(self, world: World) -> "Checked":
        self.world, self.at = world, list[datetime]()
        self.health: Health | Exception = Health(ok=True)
        return self

    def check(self, account: str) -> Health:
        del account
        with self.world.store.write():  # no session is held while an account is asked
            self.at.append(self.world.clock.now())
        if isinstance(self.health, Exception):
            raise self.health
        return self.health


@pytest.fixture
def checked(world: World) -> dict[str, Checked]:
    made = {name: Checked(name, world.far).prime(world)
            for name in ("sms", "facebook", "website", "loa")}
    world.fakes.update(made)
    return made


def play(world: World, before: BeforeSlot, since: datetime, until: datetime,
         step: timedelta = 20 * SECOND) -> None:
    office = world.office()
    moment = since
    while moment <= until:
        world.to(moment)
        before.tick(office, moment)
        moment += step


def alarm_of(world: World, cause: str) -> Alarm:
    with world.store.read() as s:
        return next(a for a in open_alarms(s) if a.cause == cause)


def left(at: datetime, moments: list[datetime]) -> list[float]:
    """Minutes before `at`."""
    return [(at - m) / MINUTE for m in moments]


@pytest.mark.parametrize("step", [20, 47])
def test_each_account_is_asked_about_30_and_5_minutes_before(
    world: World, checked: dict[str, Checked], step: int
) -> None:
    play(world, BeforeSlot(), NOON - 90 * MINUTE, NOON + 30 * MINUTE, step * SECOND)

    for name in ("sms", "facebook", "website"):
        first, second = left(NOON, checked[name].at)
        assert 29 <= first <= 31
        assert 4 <= second <= 6


def test_what_is_handed_over_ahead_is_asked_before_that(
    world: World, checked: dict[str, Checked]
) -> None:
    """An account that nothing planned uses now is left alone."""
    play(world, BeforeSlot(), HAND_OVER - 90 * MINUTE, HAND_OVER + 5 * MINUTE)

    first, second = left(HAND_OVER, checked["loa"].at)
    assert 29 <= first <= 31
    assert 4 <= second <= 6
    assert not checked["facebook"].at


def test_one_that_fails_is_a_trouble_with_slot_time_left_and_step(
    world: World, checked: dict[str, Checked]
) -> None:
    """It is asked every minute from then on; mended, its trouble closes at the next question."""
    facebook, before = checked["facebook"], BeforeSlot()
    facebook.health = Health(ok=False, code="190", detail="khóa hết hạn")

    play(world, before, NOON - 35 * MINUTE, NOON - 12 * MINUTE)

    alarm = alarm_of(world, "check:facebook/chinh")
    assert "Buổi trưa 11:30 (còn 12 phút)" in alarm.what
    assert "khóa hết hạn" in alarm.what
    assert (alarm.fix, alarm.severity) == ("Cấp khóa mới", "serious")
    gaps = [b - a for a, b in zip(facebook.at, facebook.at[1:], strict=False)]
    assert len(gaps) > 15
    assert max(gaps) <= 70 * SECOND
    assert len(checked["website"].at) == 1
    facebook.health = Health(ok=True)
    play(world, before, NOON - 11 * MINUTE, NOON - 10 * MINUTE)
    assert "check:facebook/chinh" not in world.alarms()
    asked = len(facebook.at)
    play(world, before, NOON - 9 * MINUTE, NOON - 7 * MINUTE)
    assert len(facebook.at) == asked


def test_the_usual_round_names_the_slot_too(world: World, checked: dict[str, Checked]) -> None:
    """It comes every ten minutes: it must not take the time left out of the words."""
    checked["facebook"].health = Health(ok=False, code="190")
    world.to(NOON - 20 * MINUTE)

    accounts.watch(world.office())

    assert "còn 20 phút" in alarm_of(world, "check:facebook/chinh").what


def test_a_token_that_ends_before_the_slot_names_it(
    world: World, checked: dict[str, Checked]
) -> None:
    """One that ends tomorrow is told of as ever, and is not asked every minute."""
    checked["facebook"].health = Health(ok=True, expires_at=NOON - MINUTE)
    checked["website"].health = Health(ok=True, expires_at=NOON + timedelta(days=1))

    play(world, BeforeSlot(), NOON - 31 * MINUTE, NOON - 20 * MINUTE)

    now_, later = (alarm_of(world, f"check:{c}/chinh") for c in ("facebook", "website"))
    assert (now_.kind, later.kind) == ("token", "token")
    assert "11:30" in now_.what
    assert "11:30" not in later.what
    assert len(checked["facebook"].at) > 8
    assert len(checked["website"].at) == 1


def test_a_late_tick_still_asks(world: World, checked: dict[str, Checked]) -> None:
    """The machine slept from 40 to 12 minutes before."""
    before = BeforeSlot()
    play(world, before, NOON - 41 * MINUTE, NOON - 40 * MINUTE)
    play(world, before, NOON - 12 * MINUTE, NOON - MINUTE)

    assert [round(m) for m in left(NOON, checked["sms"].at)] == [12, 6]


def test_a_bug_of_one_channel_keeps_no_other_from_being_asked(
    world: World, checked: dict[str, Checked]
) -> None:
    checked["facebook"].health = ValueError("bug")
    world.to(NOON - 30 * MINUTE)

    with pytest.raises(ExceptionGroup):
        BeforeSlot().tick(world.office(), world.clock.now())

    assert checked["sms"].at
    assert checked["website"].at
    assert "check:facebook/chinh" in world.alarms()


def test_a_template_that_cannot_be_read_is_told_before_the_slot(
    world: World, checked: dict[str, Checked]
) -> None:
    folder = world.var / "templates" / "facebook"
    folder.mkdir(parents=True)
    (folder / "text.j2").write_text("{{ hong", encoding="utf-8")

    play(world, BeforeSlot(), NOON - 30 * MINUTE, NOON - 30 * MINUTE)

    alarm = alarm_of(world, "check:facebook/chinh")
    assert "text.j2:1" in alarm.what
    assert "sửa mẫu" in alarm.fix
    assert checked["facebook"].at


def test_a_channel_that_cannot_be_built_is_told_with_its_slot(
    world: World, checked: dict[str, Checked]
) -> None:
    del checked
    office = world.office()
    del office.channels["facebook"]
    office.broken["facebook"] = "file:fb-token: chưa có giá trị"
    world.to(NOON - 30 * MINUTE)

    BeforeSlot().tick(office, world.clock.now())

    alarm = alarm_of(world, "channel:facebook")
    assert "Buổi trưa 11:30 (còn 30 phút)" in alarm.what
    assert "ghi khóa vào tệp này" in alarm.fix
