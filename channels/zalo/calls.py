"""The calls of the Official Account API that articles need: one try each, a body or an outcome."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from channels.options import Context
from channels.values import Outcome, Retry
from channels.verdict import as_outcome, not_understood, verdict
from channels.wire import Answer
from channels.zalo.codes import CODES, STALE
from channels.zalo.tokens import TokenKeeper

Body = Mapping[str, Any]

_PAGES: Final = 10
_PAGE: Final = 10  #: articles; Zalo refuses more
_MARGIN: Final = timedelta(hours=1)  #: our clock and Zalo's


class Calls:
    """Everything below `url`, with the account's access token."""

    def __init__(self, url: str, keeper: TokenKeeper, timeout: float, context: Context) -> None:
        self._base = f"{url.rstrip('/')}/v2.0"
        self._keeper = keeper
        self._timeout = timeout
        self._wire = context.wire

    def ask(
        self, account: str, path: str, deadline: float, *,
        params: Mapping[str, str] | None = None, json: Any = None, idempotent: bool = True,
    ) -> Body | Outcome:
        """`data` of the answer. A token that ended meanwhile is renewed: nothing was done."""
        stale = ""
        while True:
            token = self._keeper.access(account, deadline, stale=stale)
            if not isinstance(token, str):
                return token
            got = self._wire.request(
                "GET" if json is None else "POST", f"{self._base}/{path}", params=params,
                json=json, headers={"access_token": token}, deadline=deadline,
                timeout=self._timeout, idempotent=idempotent,
            )
            code, read = self._read(got, idempotent=idempotent)
            if code not in STALE or stale:
                return read
            stale = token

    def _read(self, got: Any, *, idempotent: bool) -> tuple[str, Body | Outcome]:
        decided = verdict(got, idempotent=idempotent, codes=CODES)
        if decided is not None:
            return "", decided
        assert isinstance(got, Answer)  # noqa: S101 - what verdict leaves
        body = got.json()
        error = body.get("error") if isinstance(body, dict) else None
        if error == 0 and isinstance(body.get("data"), dict):
            return "", body["data"]
        try:
            number = int(error or 0)
        except (TypeError, ValueError):
            number = 0
        if not number:
            return "", not_understood(got, idempotent=idempotent)
        code = f"zalo-{abs(number)}"
        said = self._wire.redact(f"{number} {str(body.get('message', ''))[:120]}".strip())
        code = code if code in CODES else "zalo-other"
        return code, as_outcome(code, CODES[code], said, idempotent=idempotent)

    def create(self, account: str, article: Body, deadline: float) -> str | Outcome:
        """The token of an article in the making. Hidden, so a repeat is seen by nobody."""
        return _text(self.ask(account, "article/create", deadline, json=article), "token")

    def verify(self, account: str, token: str, deadline: float) -> str | Outcome:
        """The article's id; not yet: Retry."""
        got = self.ask(account, "article/verify", deadline, json={"token": token})
        if isinstance(got, Mapping) and not got.get("id"):
            return pending()
        return _text(got, "id")

    def detail(self, account: str, ref: str, deadline: float) -> Body | Outcome:
        return self.ask(account, "article/getdetail", deadline, params={"id": ref})

    def update(self, account: str, ref: str, article: Body, deadline: float) -> Body | Outcome:
        return self.ask(account, "article/update", deadline, json={"id": ref, **article})

    def listed(
        self, account: str, since: datetime, deadline: float
    ) -> tuple[list[Body], bool] | Outcome:
        """The newest articles back to `since`, and whether that was all of them."""
        found: list[Body] = []
        for page in range(_PAGES):
            params = {"offset": str(page * _PAGE), "limit": str(_PAGE), "type": "normal"}
            got = self.ask(account, "article/getslice", deadline, params=params)
            if not isinstance(got, Mapping):
                return got
            medias = got.get("medias")
            if not isinstance(medias, list):
                return as_outcome("zalo-other", CODES["zalo-other"], "medias", idempotent=True)
            rows = [row for row in medias if isinstance(row, dict)]
            found += rows
            oldest = min((_moment(row.get("create_date")) for row in rows), default=0.0)
            past = 0 < oldest < (since - _MARGIN).timestamp()
            if len(medias) < _PAGE or past:
                return found, True
        return found, False


def pending() -> Retry:
    """Zalo works at it; asked again soon, and no attempt is spent."""
    return Retry("zalo-pending", CODES["zalo-pending"].meaning, 15.0, counts=False)


def _text(got: Body | Outcome, name: str) -> str | Outcome:
    if not isinstance(got, Mapping):
        return got
    if isinstance(got.get(name), str) and got[name]:
        return str(got[name])
    return as_outcome("zalo-other", CODES["zalo-other"], name, idempotent=True)


def _moment(told: Any) -> float:
    """Seconds since 1970, from seconds or milliseconds; 0: not told."""
    value = float(told) if isinstance(told, int | float) else 0.0
    return value / 1000 if value > 1e11 else value
