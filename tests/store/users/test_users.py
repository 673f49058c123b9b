"""Who may log in: passwords, codes, links, sessions, lock-out. Both databases."""

import threading
import unicodedata
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from tests.accounts import (
    PASSWORD,
    acts,
    an_account,
    code_now,
    entered,
    who,
    with_codes,
)
from tests.conftest import START
from worker.errors import UserError
from worker.home import Home
from worker.models import (
    Audit,
    LoginGuard,
    Person,
    UserAccount,
    UserSession,
)
from worker.users import guard, login, passwords, sessions, totp
from worker.users import store as accounts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# -------------------------------------------------------------------------------- passwords


@pytest.mark.parametrize(("password", "why"), [
    ("muoi mot ky", "12"), ("x" * 129, "12"), ("aaaaaaaaabbbb", "6"),
    ("toi la nguyen van an", "tên"), ("nguyenvanan 2026", "tên"),
])
def test_a_weak_password_is_refused_and_says_why(password: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        passwords.acceptable(password, "nva", "Nguyễn Văn An")


def test_a_password_typed_decomposed_is_the_same() -> None:
    """A Mac writes ế as three code points, Unikey as one."""
    kept = passwords.stored(passwords.acceptable("cây lúa ngày mưa bão", "nva", "An"))

    assert kept.startswith("$argon2id$")
    assert passwords.right(unicodedata.normalize("NFD", "cây lúa ngày mưa bão"), kept)
    assert not passwords.right("cây lúa ngày mưa bao", kept)
    assert not passwords.right("", None)


# ------------------------------------------------------------------------------ logging in


def test_name_and_password_open_a_session_and_only_its_hash_is_stored(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")

    came = entered(home, "an")

    me = who(home, came.token)
    assert me is not None
    assert (me.person, me.standing, me.roles) == ("an", "full", {"nguoi_soan"})
    with home.store.read() as session:
        (row,) = session.scalars(select(UserSession)).all()
    assert came.token not in repr(vars(row))
    assert acts(home)[-1] == "login"


@pytest.mark.parametrize("name", ["an", "khong-co", "ngung"])
def test_a_wrong_log_in_is_the_same_answer_for_every_name(home: Home, name: str) -> None:
    """Nobody learns from it which accounts there are."""
    an_account(home, "an", "nguoi_soan")
    an_account(home, "ngung", "nguoi_soan")
    with home.store.write() as session:
        accounts.disable(session, START, "ngung", "quan-tri")

    came = entered(home, name, password="sai sai sai sai" if name == "an" else PASSWORD)

    assert (came.token, came.why) == ("", login.WRONG[0])


def test_what_is_typed_where_the_name_belongs_is_written_nowhere(home: Home) -> None:
    """People type their password there."""
    entered(home, "mat-khau-cua-toi")

    with home.store.read() as session:
        keys = list(session.scalars(select(LoginGuard.key)))
        acted = [(a.subject, a.detail) for a in session.scalars(select(Audit))]
    assert "mat-khau" not in repr(keys)
    assert "mat-khau" not in repr(acted)


def test_a_person_out_of_service_is_out_at_once(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    token = entered(home, "an").token

    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == "an").values(active=False))

    assert who(home, token) is None
    assert entered(home, "an").token == ""


def test_roles_are_those_of_this_moment(home: Home) -> None:
    an_account(home, "an", "nguoi_soan", "quan_tri")
    token = entered(home, "an").token

    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == "an").values(roles=["nguoi_soan"]))

    me = who(home, token)
    assert me is not None
    assert me.roles == {"nguoi_soan"}


# --------------------------------------------------------------------------------- lock-out


def test_five_failures_lock_the_account_for_longer_and_longer(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    waits = []
    for _ in range(4):
        for _ in range(guard.FREE if not waits else 1):
            assert entered(home, "an", password="sai sai sai sai").wait is None
        locked = entered(home, "an")  # the right one, too soon
        assert locked.token == ""
        assert locked.wait is not None
        waits.append(locked.wait)
        home.clock.advance(locked.wait.total_seconds())  # type: ignore[attr-defined]

    assert waits == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert entered(home, "an").token  # after the wait the right one opens …
    assert entered(home, "an", password="sai sai sai sai").wait is None
    assert entered(home, "an").wait is None  # … and forgives


def test_guesses_at_many_names_lock_their_address(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    for n in range(guard.FREE_OF_ADDRESS):
        assert entered(home, f"ten-{n}").wait is None

    assert entered(home, "an").wait == guard.FIRST
    # another address is not concerned
    elsewhere = login.enter(home, "an", PASSWORD, sessions.Browser("127.0.0.8", ""))
    assert elsewhere.token


def test_an_own_account_buys_no_guesses_at_others(home: Home) -> None:
    """Logging in oneself between guesses does not clear the address's count."""
    an_account(home, "an", "nguoi_soan")
    for n in range(guard.FREE_OF_ADDRESS):
        entered(home, f"ten-{n}")
        if n < guard.FREE_OF_ADDRESS - 1:
            assert entered(home, "an").token

    assert entered(home, "an").wait is not None


def test_a_known_device_is_not_locked_out_by_strangers(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    with home.store.write() as session:
        device = sessions.trust(session, START, "an")
    for _ in range(guard.FREE + 1):
        login.enter(home, "an", "sai sai sai sai", sessions.Browser("127.0.0.8", ""))

    assert entered(home, "an").wait is not None
    assert entered(home, "an", device=device).token


def test_tries_at_once_are_judged_under_one_count(home: Home) -> None:
    """Twenty guesses in parallel are no more than five one after another."""
    an_account(home, "an", "nguoi_soan")
    came: list[login.Came] = []
    threads = [threading.Thread(target=lambda: came.append(
        entered(home, "an", password="sai sai sai sai"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(c.wait is None for c in came) == guard.FREE


# ------------------------------------------------------------------------------------ codes


@pytest.mark.parametrize(("roles", "standing"), [
    (("nguoi_duyet",), "enrol"), (("quan_tri",), "enrol"), (("nguoi_soan",), "full"),
])
def test_outside_training_approvers_and_administrators_need_codes(
    live: Home, roles: tuple[str, ...], standing: str
) -> None:
    an_account(live, "an", *roles)

    me = who(live, entered(live, "an").token)

    assert me is not None
    assert me.standing == standing


def test_in_training_nobody_needs_codes(home: Home) -> None:
    an_account(home, "an", "nguoi_duyet", "quan_tri")

    me = who(home, entered(home, "an").token)

    assert me is not None
    assert me.standing == "full"


def test_once_set_up_a_code_is_asked_for_and_gives_the_session_another_token(home: Home) -> None:
    """Session fixation: the token of before the code is worth nothing after it."""
    an_account(home, "an", "nguoi_soan")
    with_codes(home)
    half = entered(home, "an").token
    me = who(home, half)
    assert me is not None
    assert me.standing == "code"

    came = login.show_code(home, me.session, "an", code_now(home, "an"), trust=False)

    assert who(home, half) is None
    full = who(home, came.token)
    assert full is not None
    assert (full.standing, full.session) == ("full", me.session)


def test_a_code_counts_once(home: Home) -> None:
    """Whoever looked over a shoulder comes too late."""
    an_account(home, "an", "nguoi_soan")
    with_codes(home)
    first_in, second_in = (who(home, entered(home, "an").token) for _ in range(2))
    assert first_in is not None
    assert second_in is not None
    code = code_now(home, "an")

    assert login.show_code(home, first_in.session, "an", code, trust=False).token
    assert login.show_code(home, second_in.session, "an", code, trust=False).token == ""


def test_codes_are_locked_after_five_failures(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    with_codes(home)
    me = who(home, entered(home, "an").token)
    assert me is not None
    right = code_now(home, "an")
    with home.store.read() as session:
        secret = totp.opened(totp.key(home), "an", session.get_one(UserAccount, "an").totp or "")
    good = {pyotp.TOTP(secret).at(home.clock.now(), counter_offset=n) for n in totp.WINDOW}
    wrong = next(code for n in range(4) if (code := f"{n:06d}") not in good)
    for _ in range(guard.FREE):
        assert login.show_code(home, me.session, "an", wrong, trust=False).wait is None

    assert login.show_code(home, me.session, "an", right, trust=False).wait == guard.FIRST


def test_a_phone_whose_clock_is_half_a_minute_off_still_works() -> None:
    secret = "GIOVANGLUCNGAN23" * 2  # of a random one two steps may show one code
    shown = pyotp.TOTP(secret).at(START - timedelta(seconds=30))

    assert totp.step_of(secret, f"{shown[:3]} {shown[3:]}", START) is not None
    assert totp.step_of(secret, shown, START + timedelta(seconds=60)) is None
    assert totp.step_of(secret, "không số", START) is None


def test_the_secret_is_sealed_for_one_person_with_this_installations_key(home: Home) -> None:
    secret = totp.new_secret()
    stored = totp.sealed(totp.key(home), "an", secret)

    assert secret not in stored
    assert totp.opened(totp.key(home), "an", stored) == secret
    with pytest.raises(UserError, match="không mở được"):
        totp.opened(totp.key(home), "binh", stored)
    with pytest.raises(UserError, match="--new-totp"):
        totp.opened(bytes(32), "an", stored)


def test_a_trusted_device_is_asked_again_after_thirty_days(home: Home) -> None:
    an_account(home, "an", "nguoi_soan")
    with_codes(home)
    me = who(home, entered(home, "an").token)
    assert me is not None
    device = login.show_code(home, me.session, "an", code_now(home, "an"), trust=True).device

    within = who(home, entered(home, "an", device=device).token)
    home.clock.advance(sessions.TRUSTED.total_seconds())  # type: ignore[attr-defined]
    after = who(home, entered(home, "an", device=device).token)

    assert within is not None
    assert after is not None
    assert (within.standing, after.standing) == ("full", "code")
