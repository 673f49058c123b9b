"""
How much of its limit a page has used, by the headers of every answer, and how long it rests.

`X-Business-Use-Case-Usage` (page tokens), `X-App-Usage` and `X-Page-Usage` hold per cents; the
first also says in how many minutes a page that is shut out is let in again. Remembered in
memory only: after a restart the next answer says it anew.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from channels.wire import Answer

HEADERS: Final = ("X-Business-Use-Case-Usage", "X-App-Usage", "X-Page-Usage")
MEASURES: Final = ("call_count", "total_cputime", "total_time")
SLOW_AT: Final = 75  #: per cent
REST: Final = 300.0  #: seconds between two posts of a page that has used so much
MAX_REST: Final = 24 * 3600.0  #: seconds; the limit itself is one of 24 hours


class Usage:
    """What each account's last answer said; asked and told by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rest_until: dict[str, float] = {}

    def note(self, account: str, answer: Answer, elapsed: float) -> None:
        """`elapsed`: monotonic seconds. An answer without these headers says nothing."""
        used = percent(answer)
        if used is None:
            return
        with self._lock:
            if used < SLOW_AT:
                self._rest_until.pop(account, None)
            else:
                self._rest_until[account] = elapsed + (regain(answer) or REST)

    def rest(self, account: str, elapsed: float) -> float:
        """Seconds for which posts that are not urgent had better wait; 0: none."""
        with self._lock:
            return max(0.0, self._rest_until.get(account, 0.0) - elapsed)


def percent(answer: Answer) -> int | None:
    """The highest of all figures; None when there is none."""
    return max(
        (int(row[name]) for row in _rows(answer) for name in MEASURES
         if isinstance(row.get(name), int | float)),
        default=None,
    )


def regain(answer: Answer) -> float | None:
    """Seconds until Facebook lets this page in again; None when it is not shut out."""
    minutes = [
        row.get("estimated_time_to_regain_access") for row in _rows(answer)
    ]
    longest = max((m for m in minutes if isinstance(m, int | float)), default=0)
    return min(longest * 60.0, MAX_REST) or None


def _rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for header in HEADERS:
        try:
            told = json.loads(answer.headers.get(header, ""))
        except (ValueError, RecursionError):
            continue
        if not isinstance(told, dict):
            continue
        yield told
        for rows in told.values():
            if isinstance(rows, list):
                yield from (row for row in rows if isinstance(row, dict))
