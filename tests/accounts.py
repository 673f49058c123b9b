"""Accounts of the console for tests: one password for all, codes by the virtual clock."""

from typing import Any

import pyotp
import requests
from sqlalchemy import insert, select

from worker import audit
from worker.home import Home
from worker.models import Audit, Person, UserAccount
from worker.users import links, login, passwords, sessions, store, totp
from worker.users.sessions import Browser

PASSWORD = "gạo nếp cầu vồng bảy"
#: made once: a hash takes its time
STORED = passwords.stored(passwords.acceptable(PASSWORD, "-", "-"))
HERE = Browser("127.0.0.9", "kiểm thử")


def an_account(home: Home, person: str, *roles: str, password: bool = True) -> None:
    """A person with these roles and an account."""
    now = home.clock.now()
    with home.store.write() as session:
        if session.get(Person, person) is None:
            session.execute(insert(Person), [{
                "id": person, "name": f"Người {person}", "roles": list(roles), "active": True,
                "created_at": now}])
        store.add(session, now, person, "quan-tri")
        if password:
            account = session.get_one(UserAccount, person)
            account.password, account.password_at = STORED, now


def a_link(home: Home, person: str, *, new_totp: bool = False) -> str:
    with home.store.write() as session:
        return links.make_link(session, home.clock.now(), person, "quan-tri", new_totp=new_totp)


def code_now(home: Home, person: str) -> str:
    """What the phone shows at this moment."""
    with home.store.read() as session:
        sealed = session.get_one(UserAccount, person).totp
    assert sealed is not None
    secret = totp.opened(totp.key(home), person, sealed)
    return pyotp.TOTP(secret).at(home.clock.now())


def entered(home: Home, person: str, **how: str) -> login.Came:
    """Logged in by name and password."""
    return login.enter(home, person, how.get("password", PASSWORD), HERE, how.get("device", ""))


def who(home: Home, token: str) -> sessions.Who | None:
    with home.store.read() as session:
        found = sessions.who(session, home.clock.now(), token)
    return found[0] if found else None


def with_codes(home: Home, person: str = "an") -> str:
    """Codes set up; gives the token of a full session."""
    token = entered(home, person).token
    me = who(home, token)
    assert me is not None
    login.secret_to_enrol(home, person)
    came = login.show_code(home, me.session, person, code_now(home, person), trust=False)
    home.clock.advance(60)  # type: ignore[attr-defined]
    return came.token


def acts(home: Home) -> list[str]:
    with home.store.read() as session:
        assert audit.verify(session) is None
        return list(session.scalars(select(Audit.act).order_by(Audit.seq)))


class Visitor:
    """A browser, as far as these tests need one: cookies, its own Origin on forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = requests.Session()
        self.web.trust_env = False

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.web.get(self.url + path, allow_redirects=False, timeout=20, **more)

    def post(self, path: str, origin: str | None = "", **form: str) -> requests.Response:
        headers = {} if origin is None else {"Origin": origin or self.url}
        return self.web.post(self.url + path, data=form or {"x": "1"}, headers=headers,
                             allow_redirects=False, timeout=20)

    def log_in(self, name: str = "an", **more: str) -> requests.Response:
        return self.post("/dang-nhap", name=name, password=PASSWORD, **more)

    @property
    def token(self) -> str | None:
        return self.web.cookies.get("giovang-phien")
