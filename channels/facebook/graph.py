"""
The Graph API: one call, and what its answer proves. The code in the body decides, not the
status: 200 and 500 both carry errors.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from channels.facebook.codes import CODES
from channels.facebook.usage import Usage, regain
from channels.options import Clock
from channels.values import Accepted, Delivered, Rejected, Retry, Uncertain
from channels.verdict import as_outcome, not_understood, verdict, without_answer
from channels.wire import Answer, NoAnswer, Wire

Trouble = Rejected | Retry | Uncertain
_SLOW_DOWN = 2 * 3600.0  #: seconds; "posting too fast" lasts for hours


class Graph:
    """Calls with an account's own token; every answer tells how much of the limit is used."""

    def __init__(
        self, base: str, tokens: Mapping[str, str], wire: Wire, clock: Clock, timeout: float
    ) -> None:
        self._base = base
        self._tokens = tokens
        self._wire = wire
        self.clock = clock
        self.timeout = timeout
        self.usage = Usage()

    def call(
        self,
        method: str,
        path: str,
        account: str,
        *,
        deadline: float,
        idempotent: bool = True,
        params: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Answer | NoAnswer:
        """One call; the token goes in a header, for addresses end in access logs."""
        got = self._wire.request(
            method,
            f"{self._base}/{path}",
            headers={"Authorization": f"Bearer {self._tokens[account]}"},
            params=params,
            data=fields,
            files=files,
            deadline=deadline,
            timeout=self.timeout,
            idempotent=idempotent,
        )
        if isinstance(got, Answer):
            self.usage.note(account, got, self.clock.elapsed())
        return got

    def by_now(self) -> float:
        """The deadline of a question that nobody gave one."""
        return self.clock.elapsed() + self.timeout

    def read(self, got: Answer | NoAnswer, *, idempotent: bool = True) -> dict[str, Any] | Trouble:
        """The object that was answered, or why there is none."""
        if isinstance(got, NoAnswer):
            return without_answer(got, idempotent=idempotent)
        body = got.json()
        error = error_of(got)
        code = code_of(error)
        if row := CODES.get(code):
            said = str(error.get("error_user_msg") or error.get("message") or "")[:120]
            detail = self._wire.redact(f"{said} {error.get('fbtrace_id', '')}".strip())
            wait = _SLOW_DOWN if code == "fb-368-1390008" else regain(got)
            outcome = as_outcome(code, row, detail, idempotent=idempotent, retry_after=wait)
        else:
            decided = verdict(got, idempotent=idempotent, codes=CODES)
            if decided is None and isinstance(body, dict) and "error" not in body:
                return body
            if isinstance(decided, Rejected) and not error:
                decided = None  # Facebook says why: this is half its word, or somebody else's
            outcome = decided or not_understood(got, idempotent=idempotent)
        assert not isinstance(outcome, Accepted | Delivered)  # noqa: S101 - no such row
        return outcome

    def change(
        self, method: str, ref: str, account: str, deadline: float,
        fields: Mapping[str, str] | None = None,
    ) -> Trouble | None:
        """Edit or delete what stands at `ref`, which may be repeated; None: it is done."""
        got = self.call(method, part(ref), account, deadline=deadline, fields=fields)
        body = self.read(got)
        if not isinstance(body, dict):
            return body
        if body.get("success") is True:
            return None
        assert isinstance(got, Answer)  # noqa: S101 - it had a body
        outcome = not_understood(got, idempotent=True)
        assert isinstance(outcome, Retry)  # noqa: S101 - by `idempotent`
        return outcome


def part(name: str) -> str:
    """One part of an address: a "/" in it would be another call."""
    return quote(name, safe="")


def error_of(got: Answer | NoAnswer) -> dict[str, Any]:
    """The error in an answer; empty when there is none."""
    body = got.json() if isinstance(got, Answer) else None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def code_of(error: Mapping[str, Any]) -> str:
    """`fb-CODE-SUBCODE` when the table knows it, else `fb-CODE`; 200 to 299 are one family."""
    code, sub = error.get("code"), error.get("error_subcode")
    if f"fb-{code}-{sub}" in CODES:
        return f"fb-{code}-{sub}"
    if code == 100 and "does not exist" in str(error.get("message", "")):
        return "fb-100-33"
    if isinstance(code, int) and 200 <= code <= 299:
        return "fb-200"
    return f"fb-{code}"


def is_gone(trouble: object) -> bool:
    """The object asked for is not there."""
    return isinstance(trouble, Rejected) and trouble.code in ("fb-100-33", "http-404")
