"""
A call that is sent twice acts once, on both databases: whatever dies in between, and whoever
comes at the same time.
"""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from tests.builders import in_force, settings_for
from tests.conftest import START
from worker import audit
from worker.api import answers, keys
from worker.api.answers import Call, Kept, OtherRequestError, UnderWayError
from worker.api.joined import together
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused
from worker.home import Home
from worker.models import ApiAnswer, Audit, Person

CALL = Call(1, "một", "a" * 64)
DONE = Kept(201, '{"x": 1}')


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    in_force(store)
    home = Home(replace(settings_for(tmp_path), var=tmp_path / "var"), store, clock)
    with store.write() as session:
        session.execute(insert(Person), [{"id": "qt", "name": "qt", "roles": ["quan_tri"],
                                          "active": True, "created_at": START}])
        keys.add(session, START, keys.Wish("k", "qt", ["read"], 30), session.get_one(Person, "qt"))
    return home


def act(home: Home, call: Call = CALL, *, fails: bool = False) -> Kept:
    """An act of two steps, each a transaction of its own where it stands alone."""
    with together(home) as (session, whole):
        found = answers.claim(session, home.clock.now(), call)
        if isinstance(found, Kept):
            return found
        with whole.store.write() as step:
            audit.record(step, home.clock.now(), "qt", "thu", "một")
        with whole.store.write() as step:
            audit.record(step, home.clock.now(), "qt", "thu", "hai")
            if fails:
                raise KeyError("máy chết ở bước hai")
        answers.keep(session, call, found, DONE)
        return DONE


def done(home: Home) -> int:
    with home.store.read() as session:
        assert audit.verify(session) is None
        return session.scalars(select(func.count()).where(Audit.act == "thu")).one()


def test_sent_twice_it_acts_once_and_gets_the_same_answer(home: Home) -> None:
    assert [act(home) for _ in range(3)] == [DONE] * 3

    assert done(home) == 2


def test_broken_off_in_its_second_step_nothing_of_it_stays(home: Home) -> None:
    """Act and answer are one transaction: the first step is undone as well."""
    with pytest.raises(KeyError):
        act(home, fails=True)
    assert done(home) == 0

    assert act(home) == DONE

    assert done(home) == 2


def test_the_same_key_for_another_request_is_refused(home: Home) -> None:
    act(home)

    with pytest.raises(OtherRequestError):
        act(home, replace(CALL, request_sha256="b" * 64))

    assert act(home, replace(CALL, idempotency_key="hai", request_sha256="b" * 64)) == DONE


def test_twins_at_one_instant_act_once(home: Home) -> None:
    """Whoever is second waits for the first, and gets its answer."""
    start, got = threading.Barrier(4), list[Kept]()

    def twin() -> None:
        start.wait()
        got.append(act(home))

    twins = [threading.Thread(target=twin) for _ in range(4)]
    for one in twins:
        one.start()
    for one in twins:
        one.join(300)

    assert got == [DONE] * 4
    assert done(home) == 2


def claimed(home: Home) -> Kept | str:
    with home.store.write() as session:
        return answers.claim(session, home.clock.now(), CALL)


def kept(home: Home, mine: str) -> None:
    with home.store.write() as session:
        audit.record(session, home.clock.now(), "qt", "thu", "dài")
        answers.keep(session, CALL, mine, DONE)


def test_a_long_act_is_under_way_until_it_counts(home: Home) -> None:
    mine = claimed(home)
    with pytest.raises(UnderWayError):
        claimed(home)
    kept(home, str(mine))

    assert claimed(home) == DONE


def test_whoever_lost_the_claim_cannot_make_it_count_any_more(home: Home) -> None:
    """The first hangs for a quarter of an hour, another takes over: one of the two counts."""
    first = claimed(home)
    home.clock.advance(15 * 60 + 1)  # type: ignore[attr-defined]
    second = claimed(home)
    with pytest.raises(Refused):
        kept(home, str(first))
    assert done(home) == 0

    kept(home, str(second))

    assert done(home) == 1


def test_what_was_not_done_may_be_sent_again_at_once(home: Home) -> None:
    mine = claimed(home)
    with home.store.write() as session:
        answers.give_up(session, CALL, str(mine))

    assert claimed(home) != DONE


def test_an_answer_is_kept_for_a_day(home: Home) -> None:
    act(home)
    home.clock.advance(timedelta(hours=24, seconds=1).total_seconds())  # type: ignore[attr-defined]

    act(home)

    assert done(home) == 4
    with home.store.read() as session:
        assert session.scalars(select(func.count()).select_from(ApiAnswer)).one() == 1
