"""
An access token when one is needed. A refresh token is good once, so before it is spent that is
written down, and the new pair is stored before anybody uses it.

After a crash in between nobody knows whether the old token was spent: it is tried once more. If
Zalo says it is not valid, the account stops with the step that mends it, and stays so until a
secret comes that was never seen before. Source: OAuth v4 for Official Accounts (access token
about 25 hours, refresh token three months).
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from channels.options import Context
from channels.values import Outcome, Retry
from channels.verdict import advice_for, as_outcome, verdict
from channels.wire import Answer, NoAnswer
from channels.zalo.codes import CODES
from channels.zalo.state import MemoryState, Row, Stored, Tokens, short

EARLY: Final = 6 * 3600.0  #: seconds before its end; a refresh that fails then harms nobody yet
_LAST: Final = 60.0  #: seconds before its end from which an access token is not used
_LEASE: Final = 90.0  #: seconds for which a refresh of another process is waited for
_MONTHS: Final = 90 * 24 * 3600.0
_INVALID: Final = -14014


class TokenKeeper:
    """The tokens of every account of a channel."""

    def __init__(
        self, logins: Mapping[str, Mapping[str, str]], oauth_url: str, timeout: float,
        context: Context,
    ) -> None:
        state = context.state
        if state is None:
            if not context.training:
                raise ValueError("zalo_oa needs an account state")
            state = MemoryState()
        self._logins = logins
        self._url = f"{oauth_url.rstrip('/')}/v4/oa/access_token"
        self._timeout = timeout
        self._wire, self._clock = context.wire, context.clock
        self.rows = {a: Row(state, a, names["app_secret"]) for a, names in logins.items()}
        self._locks = {a: threading.Lock() for a in logins}
        self._unsaved: dict[str, tuple[Tokens, Tokens]] = {}  #: spent, got: the state was away

    def access(self, account: str, deadline: float, *, stale: str = "") -> str | Outcome:
        """An access token other than `stale`, or why there is none."""
        with self._locks[account]:
            self._save_late(account)
            got = self._access(account, deadline, stale)
            if isinstance(got, str):
                self._wire.hide([got])
            return got

    def tokens(self, account: str) -> Tokens:
        """As they are stored; the given secret's where none were."""
        return self._given(account, self.rows[account].read()[1].tokens)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _given(self, account: str, tokens: Tokens) -> Tokens:
        """A secret never seen before wins over what is stored; an older one does not."""
        secret = self._logins[account]["refresh_token"]
        source = short(secret)
        if source in tokens.seen:
            return tokens
        seen = (*tokens.seen, source)[-20:]
        return Tokens(source, seen, secret, self._now() + _MONTHS)

    def _access(self, account: str, deadline: float, stale: str) -> str | Outcome:
        row = self.rows[account]
        for _ in range(10):
            version, stored = row.read()
            tokens, now = self._given(account, stored.tokens), self._now()
            left = tokens.access_until - now if tokens.access not in ("", stale) else 0.0
            if left > EARLY:
                return tokens.access
            usable = tokens.access if left > _LAST else ""
            self._wire.hide([tokens.refresh, tokens.access])
            if tokens.lost:
                return usable or _stop("zalo-refresh-lost")
            busy = tokens.refreshing and not tokens.over
            if busy and 0 <= now - tokens.since < _LEASE:
                return usable or Retry("zalo-refreshing", CODES["zalo-refreshing"].meaning, 5.0,
                                       counts=False)
            begun = replace(tokens, refreshing=short(tokens.refresh), since=now, over=False)
            if row.write(version, replace(stored, tokens=begun)):
                got = self._refresh(account, begun, deadline)
                if got is not None:
                    return usable or got if not isinstance(got, str) else got
        return Retry("zalo-state", CODES["zalo-state"].meaning, 5.0, counts=False)

    def _refresh(self, account: str, begun: Tokens, deadline: float) -> str | Outcome | None:
        """Spend the token; None: another process was quicker, look again."""
        login = self._logins[account]
        got = self._wire.request(
            "POST", self._url, deadline=deadline, timeout=self._timeout,
            headers={"secret_key": login["app_secret"]},
            data={"refresh_token": begun.refresh, "app_id": login["app_id"],
                  "grant_type": "refresh_token"},
        )
        body = got.json() if isinstance(got, Answer) else None
        if isinstance(body, dict) and body.get("access_token"):
            return self._store(account, begun, self._pair(begun, body))
        if isinstance(got, NoAnswer) and got.proves != "unknown":
            self._note(account, begun, refreshing="", over=False)
            return verdict(got, idempotent=True, codes=CODES)
        error = _number(body)
        empty = isinstance(got, Answer) and got.status == 200 and not got.body.strip()
        if error == _INVALID or (empty and begun.empty):
            spent = self._note(account, begun, refreshing="", lost=True)
            return _stop("zalo-refresh-lost") if spent else None
        if not self._note(account, begun, over=True, empty=empty):
            return None
        if error and isinstance(body, dict):
            said = str(body.get("error_name") or body.get("message") or "")[:80]
            return _stop("zalo-oauth", self._wire.redact(f"{error} {said}".strip()))
        decided = verdict(got, idempotent=True, codes=CODES)
        doubt = decided is None or _doubtful(decided)
        return _stop("zalo-refresh-doubt", retry_after=30.0) if doubt else decided

    def _pair(self, begun: Tokens, body: Mapping[str, Any]) -> Tokens:
        now = self._now()
        refresh = str(body.get("refresh_token") or begun.refresh)
        access = str(body["access_token"])
        self._wire.hide([refresh, access])
        return Tokens(
            begun.source, begun.seen, refresh,
            now + _seconds(body.get("refresh_token_expires_in"), _MONTHS),
            access, now + _seconds(body.get("expires_in"), 3600.0),
        )

    def _store(self, account: str, begun: Tokens, pair: Tokens) -> str | Outcome | None:
        # Kept until it is stored: when the state is away, the next call stores it first.
        self._unsaved[account] = (begun, pair)
        if not self._save_late(account):
            return Retry("zalo-state", CODES["zalo-state"].meaning, 5.0, counts=False)
        return self.tokens(account).access or None

    def _save_late(self, account: str) -> bool:
        """Store a pair that could not be; True when none is left."""
        if account not in self._unsaved:
            return True
        begun, pair = self._unsaved[account]
        newer: list[bool] = []

        def put(stored: Stored) -> Stored | None:
            # Whoever called the token invalid meanwhile was wrong: ours is what came of it.
            newer.append(stored.tokens.refresh != begun.refresh)
            return None if newer[-1] else replace(stored, tokens=pair)

        if self.rows[account].change(put) is None and not newer[-1]:
            return False
        del self._unsaved[account]
        return True

    def _note(self, account: str, begun: Tokens, **changes: Any) -> bool:
        """Write down how it ended, unless another process has gone on from there."""
        def put(stored: Stored) -> Stored | None:
            same = stored.tokens.refresh == begun.refresh
            return replace(stored, tokens=replace(stored.tokens, **changes)) if same else None

        return self.rows[account].change(put) is not None


def _stop(code: str, detail: str = "", *, retry_after: float | None = None) -> Outcome:
    return as_outcome(code, CODES[code], detail, idempotent=True, retry_after=retry_after)


def _doubtful(outcome: Outcome) -> bool:
    row = advice_for(outcome.code, CODES) if isinstance(outcome, Retry) else None
    return row is None or row.outcome == "uncertain"


def _number(body: Any) -> int:
    try:
        return int(body["error"])  # a number, now and then in quotation marks
    except (TypeError, KeyError, ValueError):
        return 0


def _seconds(told: Any, otherwise: float) -> float:
    try:
        return float(told)
    except (TypeError, ValueError):
        return otherwise
