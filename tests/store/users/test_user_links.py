"""Who may log in: one-time links and sessions. Both databases."""


import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.accounts import (
    HERE,
    PASSWORD,
    a_link,
    acts,
    an_account,
    entered,
    who,
    with_codes,
)
from tests.conftest import START
from worker.errors import Refused, UserError
from worker.home import Home
from worker.models import (
    TrustedDevice,
    UserAccount,
    UserLink,
)
from worker.users import first, login, sessions
from worker.users import store as accounts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ------------------------------------------------------------------------------------ links


def test_a_link_sets_a_password_once_and_shuts_everybody_else_out(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    old = entered(home, "an").token
    with home.store.write() as session:
        sessions.trust(session, START, "an")
    link = a_link(home, "an")

    came = login.set_by_link(home, link, "ba con mèo đuổi bướm", HERE)

    assert who(home, came.token) is not None
    assert who(home, old) is None
    assert entered(home, "an").token == ""
    assert login.set_by_link(home, link, "bốn con mèo đuổi bướm", HERE).token == ""
    with home.store.read() as session:
        assert session.scalars(select(TrustedDevice.ends_at)).all() == [home.clock.now()]
        assert link not in repr([vars(r) for r in session.scalars(select(UserLink))])


def test_two_who_use_a_link_at_once_do_not_both_get_in(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    link = a_link(home, "an")
    tokens: list[str] = []

    def use() -> None:
        try:
            tokens.append(login.set_by_link(home, link, "ba con mèo đuổi bướm", HERE).token)
        except Refused:
            tokens.append("")

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(bool(t) for t in tokens) == 1


def test_a_link_ends_after_a_day_or_with_a_newer_one(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    older, newer = a_link(home, "an"), a_link(home, "an")

    assert login.set_by_link(home, older, "ba con mèo đuổi bướm", HERE).token == ""
    home.clock.advance(DAY.total_seconds())  # type: ignore[attr-defined]
    assert login.set_by_link(home, newer, "ba con mèo đuổi bướm", HERE).token == ""


@pytest.mark.parametrize("new_totp", [True, False])
def test_only_a_link_for_a_lost_phone_ends_the_codes(home: Home, new_totp: bool) -> None:
    an_account(home, "an", "nguoi_soan")
    with_codes(home)

    came = login.set_by_link(home, a_link(home, "an", new_totp=new_totp),
                             "ba con mèo đuổi bướm", HERE)

    me = who(home, came.token)
    assert me is not None
    assert me.standing == ("full" if new_totp else "code")


def test_training_begins_with_one_link_until_a_password_is_set(home: Home) -> None:
    one, two = first.first_link(home), first.first_link(home)
    assert one
    assert two
    assert login.set_by_link(home, one, "ba con mèo đuổi bướm", HERE).token == ""
    assert login.set_by_link(home, two, "ba con mèo đuổi bướm", HERE).token

    assert first.first_link(home) is None


def test_a_real_installation_lets_nobody_in_by_itself(live: Home) -> None:
    assert first.first_link(live) is None
    with live.store.read() as session:
        assert session.scalars(select(func.count()).select_from(UserAccount)).one() == 0


# --------------------------------------------------------------------------------- sessions


def test_a_session_ends_idle_after_twelve_hours_and_at_the_latest_after_seven_days(
    home: Home,
) -> None:
    an_account(home, "an", "nguoi_soan")
    idle, busy = entered(home, "an").token, entered(home, "an").token
    spent = timedelta()
    while spent + 11 * HOUR < sessions.WHOLE:
        home.clock.advance(HOUR.total_seconds() * 11)  # type: ignore[attr-defined]
        spent += 11 * HOUR
        me = who(home, busy)
        assert me is not None
        with home.store.write() as session:
            sessions.touch(session, home.clock.now(), me.session)

    assert who(home, idle) is None
    home.clock.advance(HOUR.total_seconds() * 11)  # type: ignore[attr-defined]
    assert who(home, busy) is None


def test_one_session_is_ended_by_its_owner_and_by_nobody_else(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    an_account(home, "binh", "quan_tri")
    token = entered(home, "an").token
    me = who(home, token)
    assert me is not None

    with pytest.raises(UserError, match="không có phiên"), home.store.write() as session:
        sessions.revoke(session, START, "binh", me.session, "binh")
    assert who(home, token) is not None
    with home.store.write() as session:
        sessions.revoke(session, START, "an", me.session, "an")
    assert who(home, token) is None
    assert acts(home)[-1] == "session_end"


def test_a_changed_password_ends_all_other_sessions(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    mine, other = entered(home, "an").token, entered(home, "an").token
    me = who(home, mine)
    assert me is not None

    with pytest.raises(UserError, match="không đúng"):
        login.change(home, me, "sai sai sai sai", "ba con mèo đuổi bướm")
    assert who(home, other) is not None
    login.change(home, me, PASSWORD, "ba con mèo đuổi bướm")

    assert who(home, mine) is not None
    assert who(home, other) is None
    assert entered(home, "an", password="ba con mèo đuổi bướm").token


def test_after_a_restore_nobody_is_in(home: Home) -> None:
    """What was revoked since the backup was made must not live again."""
    an_account(home, "an", "nguoi_soan")
    token, link = entered(home, "an").token, a_link(home, "an")

    with home.store.write() as session:
        accounts.nobody_is_in(session, home.clock.now())

    assert who(home, token) is None
    assert login.set_by_link(home, link, "ba con mèo đuổi bướm", HERE).token == ""
    assert entered(home, "an").token
