"""One Sự cố a cause: opened, seen again, told, taken, mended. Both databases."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import START
from worker.alarms.notify import Senders, notify_due
from worker.alarms.store import (
    ack,
    close_alarm,
    close_quiet,
    done,
    open_alarms,
    raise_alarm,
)
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.home import Home
from worker.models import Alarm, Audit
from worker.programme.model import Alarms, Duty, Programme
from worker.settings import Settings

MINUTE = timedelta(minutes=1)
ROSTER = (
    Duty(person="truc", phone="env:TRUC", email="env:TRUC_MAIL", deputy="truong"),
    Duty(person="truong", phone="env:TRUONG"),
)
VALUES = {"env:TRUC": "0950005678", "env:TRUC_MAIL": "truc@example.vn", "env:TRUONG": "0950004321",
          "env:SMTP": "smtp://localhost", "env:HOOK": "https://hook.example/x"}


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    settings = Settings(home=tmp_path, var=tmp_path, database_url=store.url, inner_port=0,
                        public_port=0, public_host="127.0.0.1", log_json=True)
    return Home(settings, store, clock)


def programme(**changes: Any) -> Programme:
    alarms = {"webhook": "env:HOOK", "smtp": "env:SMTP", "duty": ROSTER, **changes}
    return Programme.model_construct(timezone="Asia/Ho_Chi_Minh", alarms=Alarms(**alarms))


class Ways:
    """Records what leaves; a way named in `broken` raises."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.went: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def senders(self) -> Senders:
        return Senders(
            secret=VALUES.__getitem__,
            post=lambda url, body: self._go("webhook", url, body["text"]),
            mail=lambda _smtp, to, _subject, text: self._go("mail", to, text),
            sms=lambda number, text, _key: self._go("sms", number, text),
        )

    def _go(self, way: str, to: str, text: str) -> None:
        if way in self.broken:
            raise OSError("the way is broken")
        self.went.append((way, to))
        self.texts.append(text)

    def numbers(self) -> list[str]:
        return [to for way, to in self.went if way == "sms"]


def raised(store: Store, cause: str = "c", kind: str = "disk", **changes: Any) -> bool:
    given: dict[str, Any] = {"severity": "serious", "what": "đĩa đầy", "fix": "dọn đĩa", **changes}
    with store.write() as s:
        return raise_alarm(s, START, cause, kind, **given)


def test_a_cause_seen_again_counts_and_opens_no_second_row(store: Store) -> None:
    """A hundred sightings of one cause are one row, and one call to the duty officer."""
    assert raised(store) is True
    assert raised(store, what="đĩa đầy hơn") is False

    with store.read() as s:
        (alarm,) = open_alarms(s)
    assert (alarm.count, alarm.what) == (2, "đĩa đầy hơn")


def test_a_mended_cause_opens_anew(store: Store) -> None:
    raised(store)
    with store.write() as s:
        assert close_alarm(s, START, "c") is True
        assert close_alarm(s, START, "c") is False

    assert raised(store) is True
    with store.read() as s:
        assert len(open_alarms(s)) == 1
        assert len(s.scalars(select(Alarm)).all()) == 2


def test_a_milder_sighting_does_not_soften_a_serious_one(store: Store) -> None:
    raised(store)
    raised(store, severity="warning", what="chỉ là nhắc")

    with store.read() as s:
        (alarm,) = open_alarms(s)
    assert (alarm.severity, alarm.what, alarm.count) == ("serious", "đĩa đầy", 2)


def test_a_graver_sighting_is_taken_over(store: Store) -> None:
    raised(store, severity="warning", what="chỉ là nhắc")
    raised(store)

    with store.read() as s:
        (alarm,) = open_alarms(s)
    assert (alarm.severity, alarm.what) == ("serious", "đĩa đầy")


def test_many_at_once_open_one_row(store: Store) -> None:
    """Two workers that see one cause in the same moment: the unique index decides."""
    start = threading.Barrier(4)
    new: list[bool] = []

    def see() -> None:
        start.wait()
        new.append(raised(store))

    threads = [threading.Thread(target=see) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(new) == [False, False, False, True]
    with store.read() as s:
        assert [a.count for a in open_alarms(s)] == [4]


def test_long_causes_that_differ_at_their_end_stay_two(store: Store) -> None:
    assert raised(store, cause="x" * 300 + "a") is True
    assert raised(store, cause="x" * 300 + "b") is True


def test_a_phone_number_is_not_kept(store: Store) -> None:
    """Law 91/2025/QH15: the row names nobody's number."""
    raised(store, what="số 0950005678 bị từ chối")

    with store.read() as s:
        assert open_alarms(s)[0].what == "số ***678 bị từ chối"


def test_taking_it_is_one_persons_and_audited(store: Store) -> None:
    raised(store)
    with store.write() as s:
        number = open_alarms(s)[0].id
        assert ack(s, START, number, "an").acked_by == "an"

    with pytest.raises(Refused, match="an"), store.write() as s:
        ack(s, START, number, "binh")
    with pytest.raises(UserError), store.write() as s:
        ack(s, START, 999, "binh")
    with store.read() as s:
        assert [a.act for a in s.scalars(select(Audit)) if a.act == "ack"] == ["ack"]


def test_everyone_is_told_once_by_every_way(home: Home) -> None:
    """One alarm, one round of calls: the next look a minute later finds nothing to tell."""
    raised(home.store)
    ways = Ways()

    assert notify_due(home, programme(), ways.senders(), START) == 1
    assert notify_due(home, programme(), ways.senders(), START + MINUTE) == 0

    assert ways.went == [("webhook", "https://hook.example/x"), ("mail", "truc@example.vn"),
                         ("sms", "0950005678")]


def test_the_text_says_what_since_when_what_to_do_and_how_to_answer(home: Home) -> None:
    raised(home.store)
    ways = Ways()
    notify_due(home, programme(), ways.senders(), START)

    _, mail, sms = ways.texts
    assert mail == ("Đĩa sắp đầy: đĩa đầy\nTừ 08:00 24/11/2026\nViệc cần làm: dọn đĩa\n"
                    "Trả lời: giovang ack 1")
    assert sms == ("Dia sap day: dia day\nTu 08:00 24/11/2026\nViec can lam: don dia\n"
                   "Tra loi: giovang ack 1")


def test_a_long_sms_is_cut_before_its_answer_line(home: Home) -> None:
    raised(home.store, what="rất dài " * 100)
    ways = Ways()
    notify_due(home, programme(), ways.senders(), START)

    sms = ways.texts[-1]
    assert len(sms) <= 306
    assert sms.endswith("...\nTra loi: giovang ack 1")


def test_a_broken_way_stops_no_other(home: Home) -> None:
    raised(home.store)
    ways = Ways("webhook", "mail")

    notify_due(home, programme(), ways.senders(), START)

    assert ways.went == [("sms", "0950005678")]


def test_nobody_answers_then_the_deputy_is_called(home: Home) -> None:
    raised(home.store)
    ways = Ways()
    for minutes in (0, 14, 15, 30, 45):
        notify_due(home, programme(), ways.senders(), START + minutes * MINUTE)

    assert ways.numbers() == ["0950005678", "0950004321"]
    with home.store.read() as s:
        assert open_alarms(s)[0].told == ["truc", "truong"]


def test_who_takes_it_ends_the_calls(home: Home) -> None:
    raised(home.store)
    ways = Ways()
    notify_due(home, programme(), ways.senders(), START)
    with home.store.write() as s:
        ack(s, START, 1, "truc")

    assert notify_due(home, programme(), ways.senders(), START + timedelta(days=3)) == 0


def test_when_no_way_works_the_same_person_is_called_again_not_in_a_loop(home: Home) -> None:
    """A dead network is tried again after `escalate_after`, and raises no alarm of its own."""
    raised(home.store)
    dead, mended = Ways("webhook", "mail", "sms"), Ways()

    assert notify_due(home, programme(), dead.senders(), START) == 1
    assert notify_due(home, programme(), dead.senders(), START + MINUTE) == 0
    assert notify_due(home, programme(), mended.senders(), START + 15 * MINUTE) == 1

    assert mended.numbers() == ["0950005678"]
    with home.store.read() as s:
        assert len(open_alarms(s)) == 1


def test_what_nobody_mended_is_told_again_after_a_day(home: Home) -> None:
    raised(home.store)
    ways = Ways()
    day = timedelta(days=1)
    for moment in (START, START + 15 * MINUTE, START + day, START + day + 15 * MINUTE):
        notify_due(home, programme(), ways.senders(), moment)
    # the first was told a day ago, the deputy a quarter of an hour less
    assert ways.numbers() == ["0950005678", "0950004321", "0950005678"]


@pytest.mark.parametrize(("kind", "again"), [("programme", 1), ("alone_approval", 1), ("disk", 0)])
def test_a_broken_programme_is_told_daily_though_somebody_has_taken_it(
    home: Home, kind: str, again: int
) -> None:
    raised(home.store, kind=kind)
    notify_due(home, programme(), Ways().senders(), START)
    with home.store.write() as s:
        ack(s, START, 1, "truc")

    told = notify_due(home, programme(), Ways().senders(), START + timedelta(days=1))

    assert told == again


def test_without_a_roster_the_webhook_still_hears(home: Home) -> None:
    raised(home.store)
    ways = Ways()

    notify_due(home, programme(duty=()), ways.senders(), START)

    assert [way for way, _ in ways.went] == ["webhook"]


def test_what_was_taken_and_not_seen_for_a_day_is_over(home: Home, clock: VirtualClock) -> None:
    def tick() -> list[str]:
        with home.store.write() as s:
            close_quiet(s, clock.now())
        with home.store.read() as s:
            return [a.cause for a in open_alarms(s)]

    with home.store.write() as s:
        for cause, kind in (("bug:x", "bug"), ("clock", "clock"), ("programme", "programme")):
            raise_alarm(s, clock.now(), cause, kind, "warning", "x")
    with home.store.write() as s:
        for alarm in open_alarms(s):
            if alarm.cause != "clock":
                ack(s, clock.now(), alarm.id, "truc")
    clock.advance(25 * 3600)

    # nobody took the clock's; a broken programme is told daily until it is mended
    assert sorted(tick()) == ["clock", "programme"]


def test_a_person_says_that_it_is_mended_and_it_opens_anew(
    home: Home, clock: VirtualClock
) -> None:
    with home.store.write() as s:
        raise_alarm(s, clock.now(), "bug:x", "bug", "warning", "x")
    with home.store.write() as s:
        [alarm] = open_alarms(s)
        done(s, clock.now(), alarm.id, "truc")
    with home.store.write() as s:
        assert not open_alarms(s)
        with pytest.raises(UserError):
            done(s, clock.now(), alarm.id, "truc")
        assert raise_alarm(s, clock.now(), "bug:x", "bug", "warning", "x")
