"""One site's REST interface: a call, and what its answer proves."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from channels.options import Context
from channels.values import Outcome, Retry
from channels.verdict import CODES as WIRE_CODES
from channels.verdict import as_outcome, not_understood, verdict, without_answer
from channels.wire import Answer, NoAnswer
from channels.wordpress.codes import CODES

Thing = dict[str, Any]  #: a post, picture, category or user, as WordPress tells it

#: WordPress says 600 s whenever it updates itself, which takes seconds: a slot may be shorter
LONGEST: Final = 120.0


class Rest:
    """`logins`: account -> user and application password."""

    def __init__(
        self, url: str, logins: Mapping[str, tuple[str, str]], timeout: float, context: Context
    ) -> None:
        self._url = url.rstrip("/")
        self._logins = logins
        self._timeout = timeout
        self._wire = context.wire

    def secrets(self) -> tuple[str, ...]:
        """Passwords, also as the Authorization header has them: as readable as themselves."""
        return tuple(
            s for user, password in self._logins.values()
            for s in (password, base64.b64encode(f"{user}:{password}".encode()).decode()))

    def call(
        self, method: str, path: str, account: str, deadline: float, **body: Any
    ) -> Answer | NoAnswer:
        """`path` below wp/v2, or "" for the site's own description."""
        return self._wire.request(
            method, f"{self._url}/wp-json/{f'wp/v2/{path}' if path else ''}",
            auth=self._logins[account], deadline=deadline, timeout=self._timeout,
            # A create is not: after a stale connection it might arrive twice in one moment.
            idempotent=method != "POST", **body)

    def things(
        self, path: str, account: str, deadline: float, **params: str
    ) -> tuple[list[Thing], Answer] | Outcome:
        """A list that was asked for."""
        got = self.call("GET", path, account, deadline, params={"per_page": "100", **params})
        if trouble := self.trouble(got):
            return _only_asked(trouble)
        listed = got.json() if isinstance(got, Answer) else None
        if (isinstance(got, Answer) and isinstance(listed, list)
                and all(isinstance(a, dict) and isinstance(a.get("id"), int) for a in listed)):
            return listed, got
        return self._unread(got, asked=True)

    def thing(
        self, method: str, path: str, account: str, deadline: float, **body: Any
    ) -> Thing | Outcome:
        """What was asked for, made or changed."""
        got = self.call(method, path, account, deadline, **body)
        if trouble := self.trouble(got):
            return _only_asked(trouble) if method == "GET" else trouble
        told = got.json() if isinstance(got, Answer) else None
        if isinstance(told, dict) and isinstance(told.get("id"), int):
            return told
        return self._unread(got, asked=method == "GET")

    def trouble(self, got: Answer | NoAnswer) -> Outcome | None:
        """Why it was not done; None for a 2xx."""
        if isinstance(got, Answer) and got.status >= 400:
            code = own_code(got)
            body = got.json()
            if _is_a_visitors(got, code):
                code = "wp-login"
            if row := CODES.get(code):
                said = self._wire.redact(str(body.get("message", ""))[:120])
                return as_outcome(code, row, said, idempotent=True)
        outcome = verdict(got, idempotent=True, codes=CODES)
        if isinstance(outcome, Retry) and outcome.code == "http-503-later":
            return replace(outcome, retry_after=min(outcome.retry_after or 0.0, LONGEST))
        if isinstance(outcome, Retry) and isinstance(got, Answer) and 300 <= got.status < 400:
            at = urlsplit(got.headers.get("Location", ""))
            to = f"{at.scheme}://{at.netloc.rpartition('@')[2]}{at.path.partition('/wp-json')[0]}"
            detail = self._wire.redact(f"{outcome.detail}: chuyển tới {to}")
            return replace(outcome, detail=detail)
        return outcome

    def not_done(self) -> Outcome:
        """A site that says yes and does nothing."""
        return as_outcome("bad-answer", WIRE_CODES["bad-answer"], idempotent=True)

    def _unread(self, got: Answer | NoAnswer, *, asked: bool) -> Outcome:
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=True)
        if asked and got.body.lstrip()[:1] == b"<":  # only asked: nothing can have been taken
            title = got.text().partition("<title>")[2].partition("</title>")[0].strip()[:80]
            return as_outcome("wp-page", CODES["wp-page"], self._wire.redact(title),
                              idempotent=True)
        outcome = not_understood(got, idempotent=True)
        return _only_asked(outcome) if asked else outcome


def _only_asked(trouble: Outcome) -> Outcome:
    """
    A question that failed has changed nothing, however it failed: no doubt, and no try spent. A
    site that is away for half a slot would use them up.
    """
    if isinstance(trouble, Retry) and trouble.counts:
        return as_outcome("wp-away", CODES["wp-away"], trouble.detail, idempotent=True)
    return trouble


def own_code(got: Answer) -> str:
    """WordPress' code as a key of `CODES`; "" when it says none."""
    body = got.json()
    return f"wp-{body['code']}" if isinstance(body, dict) and body.get("code") else ""


def _is_a_visitors(got: Answer, code: str) -> bool:
    """
    Whether WordPress took us for a visitor: with a wrong password it says so only by refusing to
    show drafts (400, as if the question were wrong), or 401 for what a visitor may not do.
    """
    if code == "wp-rest_invalid_param":
        body = got.json()
        data = body.get("data") if isinstance(body, dict) else None
        details = data.get("details") if isinstance(data, dict) else None
        status = details.get("status") if isinstance(details, dict) else None
        return isinstance(status, dict) and status.get("code") == "rest_forbidden_status"
    return got.status == 401 and (code.startswith("wp-rest_cannot_") and code in CODES
                                  and code != "wp-rest_cannot_access")
