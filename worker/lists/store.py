"""
A list into the database: rows, then their look-up values, then one flip that makes it count.

    staged = stage(home, ring, origin, Given(source, layout), by)      # counts nowhere yet
    accept(home, ring, staged, by)                                     # now it does

Each chunk is a transaction of its own. Whatever moment the process dies at, what it leaves is a
list in `staging`, which nothing reads and `retention.tidy` removes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, literal, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from worker import audit
from worker.db import lock_lists
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import OptOut, Recipient, RecipientList, RecipientLookup
from worker.outbox.many import Many
from worker.scope import owner_for

from . import report, rows
from .columns import Layout
from .index import Gathered
from .origin import Origin
from .removal import blot, remove
from .rows import CHUNK, Bad
from .secret import KeysChangedError, Ring
from .source import Source

_RECIPIENTS = Many(insert(Recipient), "list_id", "row", "source_row", "number", "fields",
                   "key_id", "lookup", "last3", "carrier")
_LOOKUPS = Many(insert(RecipientLookup), "lookup", "list_id", "row")


@dataclass(frozen=True)
class Given:
    """A file opened, and what is to be done with its bad rows."""

    source: Source
    layout: Layout
    refuse: Callable[[Bad], None] | None = None
    chunk: int = CHUNK


@dataclass
class Staged:
    """A list that is whole and does not count yet."""

    list_id: int
    tally: report.Tally
    layout: Layout
    elsewhere: int = 0  #: its numbers that stand on another list in use, too
    barred: dict[str, int] = field(default_factory=dict)  #: opt-outs by kind

    def figures(self) -> dict[str, Any]:
        return {**report.figures(self.tally, self.layout), "elsewhere": self.elsewhere,
                "barred": self.barred}


def stage(home: Home, ring: Ring, origin: Origin, given: Given, by: str) -> Staged:
    """
    Read, encrypt and store the file; nothing of it counts.

    Raises:
        UserError: a damaged file, not one usable number. Nothing stays.
    """
    with home.store.write() as session:
        list_id = _begin(session, home.clock.now(), origin, given, by)
    try:
        staged = Staged(list_id, report.Tally(), given.layout)
        gathered = _store_rows(home, ring, staged, given)
        _store_lookups(home, list_id, gathered, given.chunk)
        if not staged.tally.accepted:
            raise UserError(given.source.file,
                            t("không có số nào nhận được: ", "has no usable number: ")
                            + "; ".join(report.counts(staged.tally, given.layout)[1:]),
                            t("sửa tệp rồi nhập lại", "mend the file and import it again"))
        with home.store.read() as session:
            staged.elsewhere = _elsewhere(session, list_id)
            staged.barred = _barred(session, list_id)
    except BaseException:
        remove(home.store, list_id)
        raise
    return staged


def accept(home: Home, ring: Ring, staged: Staged, by: str) -> int:
    """
    The flip; gives how many of its numbers had been forgotten, and are left out for good.

    Raises:
        Refused: it waited so long that it was tidied away, or keys were rotated meanwhile.
    """
    now = home.clock.now()
    with home.store.write() as session:
        lock_lists(session)
        try:  # else rows may be left that only a key thrown away since could read
            ring.must_be_current(session)
        except KeysChangedError:
            raise _gone(staged.list_id) from None
        again = session.execute(forgotten_on(staged.list_id)).all()
        blot(session, now, [(r.list_id, r.row, r.lookup) for r in again])
        done = session.execute(
            update(RecipientList)
            .where(RecipientList.id == staged.list_id, RecipientList.state == "staging")
            .values(state="ready", ready_at=now, counts=staged.figures())
            .returning(RecipientList.purpose, RecipientList.basis, RecipientList.organisation,
                       RecipientList.document, RecipientList.stored)
        ).one_or_none()
        if done is None:
            raise _gone(staged.list_id)
        audit.record(session, now, by, "list", str(staged.list_id),
                     {**done._asdict(), "forgotten": len(again)})
    return len(again)


def forgotten_on(list_id: int) -> Select[int, int, bytes]:
    """List, row, look-up value of those on a list who were forgotten."""
    return (
        select(RecipientLookup.list_id, RecipientLookup.row, RecipientLookup.lookup)
        .select_from(OptOut)
        .join(RecipientLookup, RecipientLookup.lookup == OptOut.lookup)
        # not a parameter: the index of the forgotten is found by these very words
        .where(OptOut.kind == literal_column("'forgotten'"), RecipientLookup.list_id == list_id))


def _begin(session: Session, now: datetime, origin: Origin, given: Given, by: str) -> int:
    return session.scalars(insert(RecipientList).returning(RecipientList.id), [{
        "purpose": origin.purpose, "basis": origin.basis,
        "organisation": origin.organisation.strip(), "document": origin.document.strip(),
        "document_date": origin.document_date, "scan_sha256": origin.scan_sha256,
        "source": origin.source.strip(), "expires": origin.expires,
        "file": given.source.file[:255], "fields": list(given.layout.fields.values()),
        "counts": {}, "state": "staging", "imported_by": by, "imported_at": now,
        "touched_at": now, "owner": owner_for(session, by),
    }]).one()


def _store_rows(home: Home, ring: Ring, staged: Staged, given: Given) -> Gathered:
    gathered, first = Gathered(), 1
    for chunk in rows.chunks(rows.read(given.source, given.layout), given.chunk):
        staged.tally.add(chunk)
        if given.refuse is not None:
            for bad in chunk.bad:
                given.refuse(bad)
        sealed = ring.seal(staged.list_id, first, chunk.rows)
        values = [
            {"list_id": staged.list_id, "row": n, "source_row": row.source_row,
             "number": secret.number, "fields": secret.fields, "key_id": ring.current,
             "lookup": secret.lookup, "last3": row.number[-3:], "carrier": row.carrier}
            for n, (row, secret) in enumerate(zip(chunk.rows, sealed, strict=True), start=first)
        ]
        for n, secret in enumerate(sealed, start=first):
            gathered.add(secret.lookup, n)
        first += len(values)
        with home.store.write() as session:
            _touch(session, home.clock.now(), staged.list_id, stored=len(values))
            _RECIPIENTS.execute(session, values)
    return gathered


def _store_lookups(home: Home, list_id: int, gathered: Gathered, size: int) -> None:
    for chunk in gathered.chunks(size):
        with home.store.write() as session:
            _touch(session, home.clock.now(), list_id, indexed=len(chunk))
            _LOOKUPS.execute(session, [
                {"lookup": lookup, "list_id": list_id, "row": row} for lookup, row in chunk])


def _touch(
    session: Session, now: datetime, list_id: int, *, stored: int = 0, indexed: int = 0
) -> None:
    ours = session.scalars(
        update(RecipientList)
        .where(RecipientList.id == list_id, RecipientList.state == "staging")
        .values(touched_at=now, stored=RecipientList.stored + stored,
                indexed=RecipientList.indexed + indexed)
        .returning(RecipientList.id).execution_options(synchronize_session=False)
    ).one_or_none()
    if ours is None:
        raise _gone(list_id)


def _elsewhere(session: Session, list_id: int) -> int:
    other = aliased(RecipientLookup)
    on_another = (
        select(literal(1)).select_from(other)
        .join(RecipientList, RecipientList.id == other.list_id)
        .where(other.lookup == RecipientLookup.lookup, other.list_id != list_id,
               RecipientList.state == "ready")
    ).exists()
    return session.execute(
        select(func.count()).select_from(RecipientLookup)
        .where(RecipientLookup.list_id == list_id, on_another)).scalar_one()


def _barred(session: Session, list_id: int) -> dict[str, int]:
    found = session.execute(
        select(OptOut.kind, func.count()).select_from(OptOut)
        .join(RecipientLookup, RecipientLookup.lookup == OptOut.lookup)
        .where(RecipientLookup.list_id == list_id).group_by(OptOut.kind).order_by(OptOut.kind)
    )
    return {kind: count for kind, count in found}  # noqa: C416  (rows are no pairs to mypy)


def _gone(list_id: int) -> Refused:
    return Refused(t(f"danh sách {list_id}", f"list {list_id}"),
                   t("đã bị bỏ vì chờ quá lâu, hoặc khóa vừa được đổi",
                     "was given up after too long a wait, or keys were just rotated"),
                   t("nhập lại", "import it again"))
