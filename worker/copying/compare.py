"""Both sides row by row, and the chains of what was put in."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from sqlalchemy import JSON, Connection, Table
from sqlalchemy.orm import Session

from worker import audit
from worker.copying.rows import read
from worker.errors import Refused
from worker.i18n import t
from worker.outbox.events import broken_chains


class Checked(NamedTuple):
    """One table: both sides hold these very rows."""

    table: str
    rows: int
    sha256: str  #: of all of them in the order of their keys; the same on either database


def same_rows(source: Connection, target: Connection, table: Table) -> Checked:
    """Every row against its other, in the order of the keys; Refused at the first that differs."""
    count, digest = 0, hashlib.sha256()
    named = [c.name for c in table.columns]
    loose = [n for n, c in enumerate(table.columns) if isinstance(c.type, JSON)]
    keys = [named.index(c.name) for c in table.primary_key]
    for here, there in zip_longest(_rows(source, table), _rows(target, table)):
        if here != there and not _alike(here, there, loose):
            row = here if here is not None else there
            raise Refused(
                table.name,
                t(f"dòng {tuple(row[n] for n in keys)} không giống nhau sau khi chép",
                  f"row {tuple(row[n] for n in keys)} is not the same after the copy"),
                t("chưa có gì đổi ở bản cũ; chạy lại, và báo cho người làm phần mềm",
                  "nothing was changed in the old one; run it again, and tell its makers"))
        count += 1
        digest.update(_canonical(here, loose).encode())
    return Checked(table.name, count, digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    chunks = read(connection, table, ordered=True)
    return map(tuple, chain.from_iterable(chunks))


def _alike(here: Sequence[Any] | None, there: Sequence[Any] | None, loose: list[int]) -> bool:
    """The same but for how its JSON is written."""
    if here is None or there is None:
        return False
    return _read(here, loose) == _read(there, loose)


def _read(row: Sequence[Any], loose: list[int]) -> list[Any]:
    # no value and a JSON null are two things
    return [(json.loads(v),) if n in loose and v is not None else v for n, v in enumerate(row)]


def _canonical(row: Sequence[Any], loose: list[int]) -> str:
    if loose:
        row = [json.dumps(json.loads(v), sort_keys=True) if n in loose and v is not None else v
               for n, v in enumerate(row)]
    return "\x1f".join(map(str, row)) + "\x1e"


def broken(session: Session) -> list[str]:
    """Chains that do not fit: they came so, for every row is as it was."""
    found = []
    if (number := audit.verify(session)) is not None:
        found.append(t(f"chuỗi kiểm tra đứt ở dòng {number}", f"the audit breaks at row {number}"))
    found += [t(f"chuỗi sự kiện của {occurrence} đứt ở dòng {number}",
                f"the events of {occurrence} break at row {number}")
              for occurrence, number in broken_chains(session)]
    return found
