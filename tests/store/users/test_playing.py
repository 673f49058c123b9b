"""In training an administrator plays the sample's leader; nobody else, nowhere else."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.accounts import HERE, acts, an_account, entered, who
from worker.errors import Refused
from worker.home import Home
from worker.items.sample import LEADER, ensure_sample_persons
from worker.models import Audit, Person, UserAccount
from worker.users import playing
from worker.users.sessions import Who


def somebody(home: Home, *roles: str) -> Who:
    """Logged in, beside the sample's two persons."""
    with home.store.write() as session:
        ensure_sample_persons(session, home.clock.now())
    an_account(home, "an", *roles)
    found = who(home, entered(home, "an").token)
    assert found is not None
    return found


def test_an_administrator_plays_the_leader_and_the_chain_says_who_did(home: Home) -> None:
    me = somebody(home, "quan_tri")

    token = playing.play(home, me, HERE)

    played = who(home, token)
    assert played is not None
    assert (played.person, played.standing) == (LEADER, "full")
    assert acts(home)[-2:] == ["user_add", "play"]
    with home.store.read() as session:
        assert session.scalars(select(Audit.actor).order_by(Audit.seq.desc())).first() == "an"
    assert playing.play(home, me, HERE) != token  # again, without another account
    assert acts(home)[-1] == "play"


@pytest.mark.parametrize("why", ["role", "organisation", "used", "codes", "disabled", "gone"])
def test_nobody_else_is_played_and_nobody_plays_who_may_not(home: Home, why: str) -> None:
    me = somebody(home, "nguoi_duyet" if why == "role" else "quan_tri")
    if why == "organisation":
        me = replace(me, organisation="luc-ngan")
    if why in ("used", "codes", "disabled"):
        playing.play(home, me, HERE)  # there is an account
        now = home.clock.now()
        changed = {"used": {"password": "x"}, "codes": {"totp": "x", "totp_at": now},
                   "disabled": {"disabled_at": now}}[why]
        with home.store.write() as session:
            session.execute(update(UserAccount).where(UserAccount.person_id == LEADER)
                            .values(**changed))
    if why == "gone":
        with home.store.write() as session:
            session.execute(update(Person).where(Person.id == LEADER).values(active=False))
    before = acts(home)

    with home.store.read() as session:
        assert playing.part(session, me) is None
    with pytest.raises(Refused):
        playing.play(home, me, HERE)

    assert acts(home) == before


def test_outside_training_nobody_plays(live: Home) -> None:
    me = replace(somebody(live, "quan_tri"), standing="full")

    with pytest.raises(Refused):
        playing.play(live, me, HERE)
