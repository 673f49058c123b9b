"""What the handlers are given: the site and one request; and what they make: pages."""

import contextlib
import hashlib
import mimetypes
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import QueryParams

from channels.base import Channel
from console.web import nav, words
from worker.home import Home
from worker.i18n import english, t
from worker.items.sample import LEADER
from worker.jobs import Jobs
from worker.notices import store as notices
from worker.scope import Scope, scope_of
from worker.settings import PRODUCT
from worker.users import playing, sessions
from worker.users.oidc import Provider
from worker.users.sessions import Browser, Who

STATIC = Path(__file__).parents[1] / "static"
#: the cookie of one's own session while one plays a part (worker/users/playing.py)
OWN = "vai"
#: the cookie of the language this browser reads pages in, and the seconds it is kept
LANGUAGE, LANGUAGE_AGE = "ngon-ngu", 365 * 24 * 3600
#: seconds a device stays trusted, and a session's cookie may live
DEVICE_AGE, SESSION_AGE = (int(x.total_seconds()) for x in (sessions.TRUSTED, sessions.WHOLE))


@dataclass(frozen=True)
class Upload:
    """A file of a form, on disk when it is large; it is gone when the handler returns."""

    name: str  #: as the browser says; for showing only, never a path
    stream: BinaryIO
    size: int  #: bytes


@dataclass(frozen=True)
class Filled:
    """What a form brought, every value of a name in its order."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, list[Upload]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """One request."""

    request: Request
    who: Who | None
    filled: Filled = Filled()

    @cached_property
    def form(self) -> Mapping[str, str]:
        """One value of each name, the last."""
        return {name: values[-1] for name, values in self.filled.values.items()}

    def all(self, name: str) -> list[str]:
        """Every value of this name: ticked boxes, rows of a table."""
        return list(self.filled.values.get(name, ()))

    def file(self, name: str) -> Upload | None:
        return next(iter(self.filled.files.get(name, ())), None)

    @property
    def me(self) -> Who:
        """Whoever is logged in; routes that anybody may call do not ask."""
        assert self.who is not None  # noqa: S101  (the table of routes says so)
        return self.who

    @property
    def path(self) -> Mapping[str, Any]:
        return self.request.path_params

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def again(self) -> str:
        """Where this page is loaded anew; empty: it came of a form, and nothing typed is lost."""
        if self.request.method != "GET":
            return ""
        asked = urlencode([(k, v) for k, v in self.query.multi_items() if k != "xong"])
        return quote(self.request.url.path) + (f"?{asked}" if asked else "")

    @property
    def secure(self) -> bool:
        return self.request.url.scheme == "https"

    @property
    def browser(self) -> Browser:
        client = self.request.client
        return Browser(client.host if client else "?", self.request.headers.get("user-agent", ""))

    def cookie(self, name: str) -> str:
        return self.request.cookies.get(cookie_name(name, secure=self.secure), "")


def cookie_name(name: str, *, secure: bool) -> str:
    """Under https no other host or path can plant it."""
    return f"__Host-giovang-{name}" if secure else f"giovang-{name}"


def local(target: str) -> str:
    """Where to go on after logging in: a path of ours, else the first page (open redirect)."""
    plain = target.isascii() and target.isprintable() and "\\" not in target
    parts = urlsplit(target) if plain else None
    if parts is None or parts.scheme or parts.netloc or not target.startswith("/") \
            or target.startswith("//"):
        return "/"
    return target


class Site:
    """The templates, the files, and what is the same for every request."""

    def __init__(self, home: Home, channels: Callable[[], Mapping[str, Channel]]) -> None:
        self.home = home
        self.channels = channels
        self.jobs = Jobs(home.clock)
        self.closing = threading.Event()  #: we stop: whatever streams has to end
        self.files = {path.name: _File.of(path) for path in sorted(STATIC.iterdir())}
        self.templates = Environment(
            loader=FileSystemLoader(PRODUCT / "templates" / "console"), undefined=StrictUndefined,
            autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self.templates.globals |= {"t": t, "english": english, "file": self.file_address,
                                   "section_holds": nav.section_holds,
                                   **words.HELPERS}

    @cached_property
    def training(self) -> bool:
        return self.home.installation().training

    @cached_property
    def oidc(self) -> Provider | None:
        """The log-in of an organisation's own accounts, where it is set up."""
        given = self.home.settings.oidc
        return Provider(self.home, given) if given is not None else None

    @property
    def oidc_name(self) -> str:
        """What its button says; empty: there is none."""
        given = self.home.settings.oidc
        return "" if given is None else given.name or t("tài khoản cơ quan",
                                                        "your organisation's account")

    def scope(self, ask: Ask) -> Scope:
        """What whoever asks may see and change: their organisation and those below it."""
        return scope_of(self.home.programme().programme, ask.me.organisation)

    def file_address(self, name: str) -> str:
        """A file's address with its hash: kept by browsers until it changes."""
        return f"/static/{name}?{self.files[name].stamp}"

    def page(
        self, ask: Ask, template: str, status: int = 200, /, **values: object
    ) -> Response:
        """A page by its template, templates/console/web/TEMPLATE.html.j2."""
        who = ask.who if ask.who is not None and ask.who.standing == "full" else None
        now = self.home.clock.now()
        html = self.templates.get_template(f"web/{template}.html.j2").render(
            who=who, now=now, here=ask.request.url.path, here_again=ask.again,
            training=self.training,
            unseen=self.unseen(who), plays=self.plays(ask, who),
            done=words.done(ask.query.get("xong", "")),
            menu=nav.menu(who.roles) if who is not None else (),
            tabs=nav.tabs(who.roles, ask.request.url.path) if who is not None else (), **values)
        return Response(html, status, media_type="text/html; charset=utf-8")

    def plays(self, ask: Ask, who: Who | None) -> bool:
        """Whether this is a part somebody plays in training."""
        return (self.training and who is not None and who.person == LEADER
                and bool(ask.cookie(OWN)))

    def part(self, ask: Ask) -> playing.Part | None:
        """Whom an administrator may play, in training."""
        if not self.training or nav.ADMIN.isdisjoint(ask.me.roles):
            return None
        with self.home.store.read() as session:
            return playing.part(session, ask.me)

    def unseen(self, who: Who | None) -> int:
        """The figure beside «Thông báo»; a page without it is better than none."""
        if who is None:
            return 0
        with contextlib.suppress(DBAPIError), self.home.store.read() as session:
            return notices.unseen(session, notices.reader(who.person, who.organisation, who.roles))
        return 0

    def message(self, ask: Ask, status: int, title: str, text: str, back: str = "/") -> Response:
        """A page that says what is wrong and where to go on."""
        return self.page(ask, "message", status, title=title, text=text, back=back)

    def go(self, where: str) -> Response:
        """After a form: "load again" does not send it a second time."""
        return RedirectResponse(where, 303)

    def keep(self, ask: Ask, answer: Response, name: str, token: str, age: int) -> Response:
        """A cookie that no script reads and no other site's form sends."""
        answer.set_cookie(cookie_name(name, secure=ask.secure), token, max_age=age, path="/",
                          secure=ask.secure, httponly=True, samesite="lax")
        return answer

    def forget(self, ask: Ask, answer: Response, name: str) -> Response:
        answer.delete_cookie(cookie_name(name, secure=ask.secure), path="/", secure=ask.secure,
                             httponly=True, samesite="lax")
        return answer


@dataclass(frozen=True)
class _File:
    """A file shipped with the product, in memory: no path of a request ever reaches the disk."""

    data: bytes
    kind: str
    stamp: str

    @classmethod
    def of(cls, path: Path) -> "_File":
        data = path.read_bytes()
        kind = "font/woff2" if path.suffix == ".woff2" else mimetypes.guess_type(path.name)[0]
        return cls(data, kind or "text/plain", hashlib.sha256(data).hexdigest()[:12])
