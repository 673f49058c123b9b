"""
Logging in: name and password, then a code. Each step counts its try first, then judges it without
a transaction (a hash takes a twentieth of a second), then writes what came of it.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from worker import audit
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import Person, UserAccount
from worker.users import guard, links, passwords, sessions, totp
from worker.users.sessions import Browser
from worker.users.store import account_of
from worker.users.tokens import hashed


@dataclass(frozen=True)
class Came:
    """What came of a step: a token, or why not in words."""

    token: str = ""
    why: str = ""
    wait: timedelta | None = None
    device: str = ""  #: the token of a browser that is trusted from now on


WRONG = ("Mã người dùng hoặc mật khẩu không đúng.", "Name or password is wrong.")
WRONG_CODE = ("Mã không đúng, đã dùng hoặc đã hết hạn. Chờ mã mới trên điện thoại rồi thử lại.",
              "The code is wrong, used or over. Wait for the next one on the phone.")


def enter(home: Home, name: str, password: str, browser: Browser, device: str = "") -> Came:
    """Name and password. The answer never tells whether there is such an account."""
    now, name = home.clock.now(), name.strip()[:100]
    with home.store.write() as session:
        known = sessions.trusted(session, now, name, device)
        keys = [guard.of_address(browser.address),
                guard.of_device(hashed(device)) if known else guard.of_name(name)]
        wait = guard.begin(session, now, keys)
        account = account_of(session, name)
        kept = account.password if account is not None else None
    if wait is not None:
        return waiting(wait)
    if len(password) > passwords.LONGEST or not passwords.right(password, kept):
        with home.store.write() as session:
            if account is not None:  # what strangers type as a name is written nowhere
                audit.record(session, now, name, "login_failed", f"user/{name}",
                             {"address": browser.address})
        return Came(why=t(*WRONG))
    with home.store.write() as session:
        account = account_of(session, name)
        if account is None or account.password != kept:  # disabled or changed meanwhile
            return Came(why=t(*WRONG))
        guard.was_right(session, keys)
        second = account.totp_at is not None and sessions.trusted(session, now, name, device)
        token = sessions.open_session(session, now, name, browser, second=second)
        audit.record(session, now, name, "login", f"user/{name}",
                     {"address": browser.address, "trusted_device": second})
    return Came(token)


def waiting(wait: timedelta) -> Came:
    """Locked: for how long, in words."""
    seconds = max(1, round(wait.total_seconds()))
    minutes = -(-seconds // 60)
    return Came(wait=wait, why=t(
        f"Sai quá nhiều lần. Chờ {minutes} phút rồi thử lại; quên mật khẩu thì xin quản trị một "
        "đường dẫn mới.",
        f"Too many failures. Wait {minutes} min and try again; ask an administrator for a new "
        "link if you forgot."))


def show_code(home: Home, number: int, person_id: str, code: str, *, trust: bool) -> Came:
    """The second step. A code counts once, and only if newer than the last one used."""
    now, key = home.clock.now(), totp.key(home)
    tries = [guard.of_code(person_id)]
    with home.store.write() as session:
        wait = guard.begin(session, now, tries)
        if wait is not None:
            return waiting(wait)
    with home.store.write() as session:
        account = session.scalars(
            select(UserAccount).where(UserAccount.person_id == person_id).with_for_update()).one()
        if account.totp is None:
            return Came(why=t(*WRONG_CODE))
        step = totp.step_of(totp.opened(key, person_id, account.totp), code, now)
        if step is None or step <= account.totp_step:
            audit.record(session, now, person_id, "code_failed", f"user/{person_id}")
            return Came(why=t(*WRONG_CODE))
        account.totp_step = step
        if account.totp_at is None:
            account.totp_at = now
            audit.record(session, now, person_id, "totp_set", f"user/{person_id}")
        guard.was_right(session, tries)
        device = sessions.trust(session, now, person_id) if trust else ""
        audit.record(session, now, person_id, "code", f"user/{person_id}", {"trusted": trust})
        return Came(sessions.raised(session, number), device=device)


def secret_to_enrol(home: Home, person_id: str) -> str:
    """The secret to be scanned: the same until a first code was right, so that a reload is free."""
    key = totp.key(home)
    with home.store.write() as session:
        account = session.scalars(
            select(UserAccount).where(UserAccount.person_id == person_id).with_for_update()).one()
        if account.totp_at is not None:
            raise Refused(t("mã xác thực", "codes"), t("đã thiết lập", "are set up already"),
                          t("mất điện thoại: nhờ quản trị cấp đường dẫn mới; "
                            "`giovang user link --new-totp`",
                            "a lost phone: ask for a new link; `giovang user link --new-totp`"))
        if account.totp is not None:
            return totp.opened(key, person_id, account.totp)
        secret = totp.new_secret()
        account.totp, account.totp_step = totp.sealed(key, person_id, secret), 0
        return secret


def set_by_link(home: Home, token: str, password: str, browser: Browser) -> Came:
    """A first or a new password by a one-time link."""
    now = home.clock.now()
    with home.store.read() as session:
        person = links.whose(session, now, token)
    if person is None:
        return Came(why=t("Đường dẫn đã dùng, đã thay hoặc quá 24 giờ.",
                          "The link is used, replaced or older than 24 hours."))
    stored = passwords.stored(passwords.acceptable(password, person.id, person.name))
    with home.store.write() as session:
        return Came(links.use(session, now, token, stored, browser))


def change(home: Home, who: sessions.Who, old: str, new: str) -> None:
    """
    One's own password; the old one is asked again, counted like a log-in.

    Raises:
        UserError: the old one is wrong, the new one will not do.
    """
    now, keys = home.clock.now(), [guard.of_name(who.person)]
    with home.store.write() as session:
        wait = guard.begin(session, now, keys)
        kept = session.get_one(UserAccount, who.person).password
        person = session.get_one(Person, who.person)
    if wait is not None:
        raise Refused(t("mật khẩu", "password"), waiting(wait).why)
    if kept is None or not passwords.right(old[: passwords.LONGEST], kept):
        raise UserError(t("mật khẩu hiện nay", "present password"), t("không đúng", "is wrong"),
                        t("gõ lại; quên thì xin quản trị một đường dẫn mới",
                          "type it again, or ask an administrator for a link"))
    stored = passwords.stored(passwords.acceptable(new, person.id, person.name))
    with home.store.write() as session:
        links.change_password(session, now, who.person, kept, stored, who.session)
        guard.was_right(session, keys)
