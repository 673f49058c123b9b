"""What the operations are given: one call, who makes it, and how it is acted on exactly once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from channels.base import Channel
from console.api.problems import ProblemError
from console.web.nav import ACTORS, EVERYBODY
from worker.api import answers
from worker.api.answers import Call, Kept
from worker.api.joined import together
from worker.api.keys import SCOPES, Caller
from worker.errors import Mistake
from worker.home import Home, InForce
from worker.i18n import t
from worker.scope import Scope, scope_of

#: more of a file is read at once
CHUNK = 1 << 20


@dataclass(frozen=True)
class Desk:
    """What is the same for every call."""

    home: Home
    channels: Callable[[], Mapping[str, Channel]]


@dataclass(frozen=True)
class Ask:
    """One call."""

    request: Request
    desk: Desk
    caller: Caller
    once: str | None = None  #: the idempotency key

    @cached_property
    def now(self) -> datetime:
        return self.home.clock.now()

    @property
    def home(self) -> Home:
        return self.desk.home

    @property
    def person(self) -> str:
        return self.caller.person

    @cached_property
    def force(self) -> InForce:
        return self.home.programme()

    @cached_property
    def zone(self) -> ZoneInfo:
        return self.force.programme.zone()

    @cached_property
    def scope(self) -> Scope:
        """What the key's person may see and change."""
        return scope_of(self.force.programme, self.caller.organisation)

    def at(self, moment: datetime | None) -> datetime | None:
        """A moment in the programme's time zone."""
        return moment.astimezone(self.zone) if moment is not None else None

    def call(self, given: BaseModel | str | None) -> Call:
        """This call as it is told from others with the same idempotency key."""
        said = given if isinstance(given, str) else given.model_dump_json() if given else ""
        url = self.request.url
        whole = f"{self.request.method}\n{url.path}\n{url.query}\n{said}"
        return Call(self.caller.key, self.once or "",
                    hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest())

    def act(
        self, given: BaseModel | None, do: Callable[[Home], BaseModel], status: int = 200
    ) -> Response:
        """
        Do it, in one transaction with the answer that is kept for a second call: `do` gets a
        home whose transactions are parts of that one.
        """
        with together(self.home) as (session, home):
            if self.once is None:
                return _said(Kept(status, do(home).model_dump_json()))
            call = self.call(given)
            found = answers.claim(session, self.now, call)
            if isinstance(found, Kept):
                return _said(found, again=True)
            session.flush()
            kept = Kept(status, do(home).model_dump_json())
            answers.keep(session, call, found, kept)
        return _said(kept)

    def act_long(
        self, given: BaseModel | str, do: Callable[["Finish"], BaseModel], status: int = 201
    ) -> Response:
        """
        Do what takes many transactions. `do` makes it count by `finish`, once, at its end: the
        answer is kept in that transaction.
        """
        if self.once is None:
            return _said(Kept(status, do(Finish(self)).model_dump_json()))
        call = self.call(given)
        with self.home.store.write() as session:
            found = answers.claim(session, self.now, call)
        if isinstance(found, Kept):
            return _said(found, again=True)
        try:
            return _said(Kept(status, do(Finish(self, call, found, status)).model_dump_json()))
        except BaseException:
            with self.home.store.write() as session:
                answers.give_up(session, call, found)
            raise


@dataclass(frozen=True)
class Finish:
    """The last transaction of a long act."""

    ask: Ask
    call: Call | None = None  #: None: no answer is kept
    mine: str = ""
    status: int = 200

    def __call__(self, last: Callable[[Session, Home], BaseModel]) -> BaseModel:
        with together(self.ask.home) as (session, home):
            done = last(session, home)
            if self.call is not None:
                answers.keep(session, self.call, self.mine,
                             Kept(self.status, done.model_dump_json()))
        return done


def _said(kept: Kept, *, again: bool = False) -> Response:
    return Response(kept.body, kept.status, {"Idempotent-Replayed": "true"} if again else None,
                    "application/json")


def _ask(request: Request, scope: str, roles: frozenset[str], once: str | None) -> Ask:
    caller: Caller = request.state.caller
    if scope not in caller.scopes:
        raise ProblemError("not-allowed", "", [Mistake(
            scope, t(f"khóa không có quyền «{scope}»", f"the key lacks the scope “{scope}”"),
            t("nhờ quản trị tạo khóa khác", "ask an administrator for another key"))])
    if not roles & caller.roles:
        names = ", ".join(sorted(roles))
        raise ProblemError("not-allowed", "", [Mistake(
            caller.person, t(f"không có vai trò nào trong: {names}",
                             f"has none of the roles: {names}"),
            t("nhờ người có vai trò ấy", "ask somebody who has it"))])
    return Ask(request, request.app.state.desk, caller, once)


Once = Annotated[str | None, Header(
    alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
    description="Your name for this call: sent again with it, it acts once and gets the same "
                "answer, for 24 hours. Another request under the same key is refused (422).")]
MustOnce = Annotated[str, Header(
    alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
    description="Your name for this call, required here: sent again with it, it acts once and "
                "gets the same answer, for 24 hours. Another request under it is refused (422).")]


class May:
    """A dependency: whoever calls may, by the key's scope and the person's roles."""

    def __init__(self, scope: str, roles: frozenset[str] = EVERYBODY) -> None:
        assert scope in SCOPES  # noqa: S101  (a slip of ours)
        self.scope, self.roles = scope, roles

    def __call__(self, request: Request) -> Ask:
        return _ask(request, self.scope, self.roles, None)


class MayAct(May):
    """The same for an act."""

    def __init__(self, scope: str, roles: frozenset[str] = ACTORS) -> None:
        super().__init__(scope, roles)

    def __call__(self, request: Request, once: Once = None) -> Ask:
        return _ask(request, self.scope, self.roles, once)


class MayActOnce(MayAct):
    """The same for an act that must not happen twice by a call repeated."""

    def __call__(self, request: Request, once: MustOnce) -> Ask:  # type: ignore[override]
        return _ask(request, self.scope, self.roles, once)


Reads = Annotated[Ask, Depends(May("read"))]
