"""
Wishes kept beside the database, in `var/khong-nhan`: a backup put back is older than some of them,
and whoever asked to be left alone or erased since must not be written to again.

A line holds look-up values, no number: one under each look-up key there has been, for the database
put back may be older than the newest.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.campaigns import history
from worker.db import Store, insert_missing, lock_lists
from worker.models import ListKey, OptOut, RecipientLookup

from .keys import fingerprint, read_key
from .removal import blot
from .secret import Ring, laid_over

if TYPE_CHECKING:
    from .optout import Wish

FILE = "khong-nhan"


def note(var: Path, ring: Ring, nine: str, wish: "Wish", now: datetime) -> None:
    """Write a wish down for good, before the transaction that takes it up."""
    value, values = nine.encode(), {}
    for _, key in ring.chain:
        value = laid_over(value, key)
        values[fingerprint(key)] = value.hex()
    line = json.dumps({"kind": wish.kind, "last3": nine[-3:], "source": wish.source,
                       "by": wish.by, "at": now.isoformat(), "lookup": values})
    path = var / FILE
    whole = not path.exists() or path.read_bytes()[-1:] in {b"", b"\n"}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(line + "\n" if whole else f"\n{line}\n")  # not after a line that broke off
        file.flush()
        os.fsync(file.fileno())


def replay(store: Store, var: Path, now: datetime) -> int:
    """
    Take up what the database does not know; gives how many that were. The newest is asked for
    first: a database that knows it knows them all.
    """
    lines = list(_lines(var))
    with store.read() as session:
        if not lines or _known(session, var, lines[-1]):
            return 0
    fresh = 0
    for line in lines:
        with store.write() as session:
            lock_lists(session)
            if not _known(session, var, line):
                _take_up(session, var, now, line)
                fresh += 1
    return fresh


def erase(session: Session, now: datetime, lookup: bytes) -> tuple[list[int], int]:
    """
    Blot a number out of every list, and out of what campaigns would still send it; gives which
    lists and how many messages those were.
    """
    places = session.execute(
        select(RecipientLookup.list_id, RecipientLookup.row)
        .where(RecipientLookup.lookup == lookup).order_by(RecipientLookup.list_id)).all()
    unsent = history.forget(session, now, [(list_id, row) for list_id, row in places])
    blot(session, now, [(list_id, row, lookup) for list_id, row in places])
    return [list_id for list_id, _ in places], unsent


def _known(session: Session, var: Path, line: dict[str, Any]) -> bool:
    lookup = _lookup(session, var, line["lookup"])
    # without a key in common there is no list either that the number could stand on
    return lookup is None or session.get(OptOut, (lookup, line["kind"])) is not None


def _take_up(session: Session, var: Path, now: datetime, line: dict[str, Any]) -> None:
    lookup = _lookup(session, var, line["lookup"])
    if lookup is None:
        return
    insert_missing(session, OptOut, [{
        "lookup": lookup, "kind": line["kind"], "last3": line["last3"], "source": line["source"],
        "recorded_by": line["by"], "at": datetime.fromisoformat(line["at"])}])
    if line["kind"] == "forgotten":
        erase(session, now, lookup)


def _lines(var: Path) -> Iterator[dict[str, Any]]:
    if not (var / FILE).exists():
        return
    with (var / FILE).open(encoding="utf-8") as file:
        for text in file:
            if text.endswith("}}\n"):
                yield json.loads(text)  # else its writer died, and nothing was promised


def _lookup(session: Session, var: Path, values: dict[str, str]) -> bytes | None:
    """The value under this database's newest key; None where there are no keys yet."""
    later: list[ListKey] = []
    for row in session.scalars(
            select(ListKey).where(ListKey.kind == "lookup").order_by(ListKey.id.desc())):
        if row.fingerprint in values:
            value = bytes.fromhex(values[row.fingerprint])
            for key in reversed(later):
                value = laid_over(value, read_key(var, key))
            return value
        later.append(row)
    return None
