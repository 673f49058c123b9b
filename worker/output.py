"""What a command prints: data on stdout, everything else on stderr."""

import contextlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from worker.i18n import t

Row = Mapping[str, Any]


def local_iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with the programme's offset, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def dumps(value: Any) -> str:
    """JSON as every command writes it: Vietnamese readable, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def lines(rows: Iterable[Row]) -> None:
    """One JSON object a line."""
    for row in rows:
        sys.stdout.write(dumps(row) + "\n")


def show(rows: Sequence[Row], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Rows for a program (`--json`, every key) or for a person (`columns`: key -> heading)."""
    if as_json:
        lines(rows)
    else:
        sys.stdout.write(table(rows, columns))


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> str:
    """An aligned table as text; long cells are cut with …, but never the last one of a row."""
    if not rows:
        return t("(không có gì)", "(nothing)") + "\n"
    last = list(columns)[-1]
    cells = [[_cell(row.get(k), whole=k == last) for k in columns] for row in rows]
    widths = [max(len(h), *(len(c[i]) for c in cells)) for i, h in enumerate(columns.values())]
    head = "  ".join(h.ljust(w) for h, w in zip(columns.values(), widths, strict=True))
    body = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in cells]
    return "\n".join([head.rstrip(), *body]) + "\n"


def _cell(value: Any, *, whole: bool) -> str:
    text = "" if value is None else _plain(value) if not isinstance(value, str) else value
    text = " ".join(text.split())
    return text if whole or len(text) <= 60 else text[:59] + "…"


def say(*parts: str) -> None:
    """A line for the person at the keyboard, on stderr; whoever has gone (`| head`) misses it."""
    # a worker that is publishing must not end because nobody reads its last words any more
    with contextlib.suppress(OSError):
        sys.stderr.write(" ".join(parts) + "\n")
