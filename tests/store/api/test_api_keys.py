"""API keys on both databases: for whom they act, how far, until when."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tests.builders import in_force, settings_for
from tests.conftest import START
from worker import audit
from worker.api import keys
from worker.api.keys import Wish
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.home import SYSTEM, Home
from worker.models import ApiKey, Audit, Person
from worker.users import store as accounts

DAY = timedelta(days=1)


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    in_force(store)
    with store.write() as session:
        session.execute(insert(Person), [
            {"id": i, "name": i, "roles": roles, "active": True, "created_at": START,
             "organisation": organisation}
            for i, roles, organisation in (
                ("qt", ["quan_tri"], None), ("xa", ["quan_tri"], "luc-ngan"),
                ("an", ["nguoi_soan", "dieu_phoi"], None), ("bi", ["nguoi_soan"], "luc-ngan"))])
    return Home(replace(settings_for(tmp_path), var=tmp_path / "var"), store, clock)


def add(home: Home, wish: Wish, by: str = "qt") -> str:
    with home.store.write() as session:
        return keys.add(session, home.clock.now(), wish, session.get_one(Person, by))


def who(home: Home, token: str) -> keys.Caller | None:
    with home.store.read() as session:
        found = keys.who(session, home.clock.now(), token)
    return found[0] if found else None


READS = Wish("cổng thông tin", "an", ["read", "items"], 30)


def test_the_key_acts_for_a_person_and_only_its_hash_is_kept(home: Home) -> None:
    token = add(home, READS)

    caller = who(home, token)

    assert caller is not None
    assert (caller.person, caller.roles, caller.scopes) == (
        "an", {"nguoi_soan", "dieu_phoi"}, {"read", "items"})
    assert token.startswith("gv_")
    assert len(token) == 46
    with home.store.read() as session:
        row = session.scalars(select(ApiKey)).one()
        assert token not in str(vars(row))
        assert row.prefix == token[:9]
        acts = session.scalars(select(Audit).order_by(Audit.seq)).all()
        assert acts[-1].act == "api_key"
        assert token not in str(acts[-1].detail)
        assert audit.verify(session) is None


def test_another_letter_is_another_key(home: Home) -> None:
    token = add(home, READS)

    assert who(home, token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert who(home, token.removeprefix("gv_")) is None
    assert who(home, "") is None
    assert who(home, "gv_" + "é" * 43) is None


def test_it_ends_when_its_time_is_over_when_revoked_and_when_its_person_goes(home: Home) -> None:
    """Whoever leaves takes their programs along, at once."""
    tokens = [add(home, replace(READS, name=f"k{n}", person="bi" if n == 3 else "an"))
              for n in range(4)]
    with home.store.write() as session:
        now = home.clock.now()
        keys.revoke(session, now, 1, session.get_one(Person, "qt"))
        accounts.add(session, now, "bi", "qt")
    assert [who(home, t) is not None for t in tokens] == [False, True, True, True]
    with home.store.write() as session:
        accounts.disable(session, home.clock.now(), "bi", "qt")
    assert who(home, tokens[3]) is None
    with home.store.write() as session:
        session.get_one(Person, "an").active = False
    assert who(home, tokens[1]) is None
    with home.store.write() as session:
        session.get_one(Person, "an").active = True
    home.clock.advance(30 * 86_400)  # type: ignore[attr-defined]

    assert who(home, tokens[2]) is None


def test_roles_and_organisation_are_those_of_the_moment(home: Home) -> None:
    token = add(home, replace(READS, person="bi"))
    with home.store.write() as session:
        session.get_one(Person, "bi").roles = ["kiem_tra"]

    caller = who(home, token)

    assert caller is not None
    assert (caller.roles, caller.organisation) == ({"kiem_tra"}, "luc-ngan")


@pytest.mark.parametrize(("change", "where"), [
    ({"days": 0}, "--days"), ({"days": 367}, "--days"), ({"scopes": []}, "--scope"),
    ({"scopes": ["read", "approve"]}, "--scope"), ({"name": " "}, "--name"),
    ({"name": "x" * 81}, "--name"), ({"name": "a\x00b"}, "--name"), ({"person": "ma"}, "--for"),
])
def test_no_key_without_an_end_a_name_a_person_and_known_scopes(
    home: Home, change: dict[str, object], where: str
) -> None:
    """There is no scope that approves."""
    with pytest.raises(UserError) as wrong:
        add(home, replace(READS, **change))  # type: ignore[arg-type]

    assert [m.where for m in wrong.value.mistakes] == [where]


def test_two_keys_in_use_have_two_names(home: Home) -> None:
    add(home, READS)
    with pytest.raises(Refused):
        add(home, READS)
    with home.store.write() as session:
        keys.revoke(session, home.clock.now(), 1, session.get_one(Person, "qt"))

    assert add(home, READS)


def test_an_administrator_of_one_organisation_makes_keys_for_its_persons_only(home: Home) -> None:
    theirs = replace(READS, name="xã", person="bi")
    assert add(home, theirs, "xa")
    add(home, READS)
    with pytest.raises(UserError):
        add(home, replace(READS, name="khác"), "xa")
    with home.store.write() as session, pytest.raises(UserError):
        keys.revoke(session, home.clock.now(), 2, session.get_one(Person, "xa"))

    with home.store.read() as session:
        assert len(keys.every(session, home.clock.now())) == 2


def test_last_used_is_written_at_most_once_a_minute(home: Home) -> None:
    token = add(home, READS)

    def due() -> bool:
        with home.store.write() as session:
            found = keys.who(session, home.clock.now(), token)
            assert found is not None
            if found[1]:
                keys.touch(session, home.clock.now(), found[0].key)
            return found[1]

    first = [due(), due()]
    home.clock.advance(59)  # type: ignore[attr-defined]
    later = [due()]
    home.clock.advance(1)  # type: ignore[attr-defined]

    assert [*first, *later, due()] == [True, False, False, True]


def test_after_a_restore_no_key_works(home: Home) -> None:
    """One that was revoked since the backup was made must not open again."""
    token = add(home, READS)
    with home.store.write() as session:
        keys.none_works(session, home.clock.now(), SYSTEM)

    assert who(home, token) is None


def test_the_database_itself_refuses_a_key_that_ends_before_it_begins(home: Home) -> None:
    add(home, READS)
    with pytest.raises(IntegrityError), home.store.write() as session:
        session.get_one(ApiKey, 1).expires_at = START - DAY
