"""
The whole of it, in an order in which a process may die anywhere:

    source: nobody else writes ──────────────── closed: it says where the installation is now
    target: marked unfinished, rows, compared ──────────── who we are put in, mark taken off

At no moment can both be started. Killed before the source is closed, it is as it was; killed
after, the same command begins the copy anew and finishes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from worker import audit, lock, migrate, nodes
from worker.api import keys
from worker.copying import compare, marks, rows
from worker.copying.compare import Checked
from worker.db import Store, reset_sequences, store_now
from worker.errors import Refused, UserError
from worker.growth import partitions
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import Base, Installation
from worker.users.store import nobody_is_in

#: told of each table that is in, with its rows; then of CLOSED, the moment between the two ends
Told = Callable[[str, int], None]
CLOSED = "closed"


@dataclass(frozen=True)
class Copied:
    """What was copied, and what of its history had been changed before."""

    place: str
    tables: list[Checked]
    broken: list[str]


def copy(home: Home, target: Store, by: str, told: Told) -> Copied:
    """Copy this installation into `target`, compare every row, close the old database."""
    source = home.store
    _other(source, target)
    held = lock.take(home.settings.var) if source.sqlite else None
    try:
        with source.write() as session:
            _alone(home, session)
            found = _copied(home, session, target, by, told)
        told(CLOSED, 0)
        with source.read() as old, target.write() as new:
            rows.put_last(old.connection(), new.connection())
            compare.same_rows(old.connection(), new.connection(), rows.LAST)
            marks.finish(new)
    finally:
        if held is not None:
            held.close()
    return found


def _copied(home: Home, session: Session, target: Store, by: str, told: Told) -> Copied:
    """Everything but who we are; the source is closed by the end of its transaction."""
    now, gone, place = home.clock.now(), marks.moved(home.store), marks.place(target)
    uid = session.scalars(select(Installation.uid)).one()
    if gone is not None and gone.place != place:
        raise UserError("--to", t(f"đã chuyển sang {gone.place}", f"was moved to {gone.place}"),
                        t("chạy lệnh này ở nơi ấy", "run this command there"))
    try:
        _ready(target, uid, now)
    except DBAPIError as error:
        raise UserError(
            place, t(f"không dùng được: {error.orig}", f"cannot be used: {error.orig}"),
            t("người dùng phải là chủ của một cơ sở dữ liệu trống",
              "the user must own an empty database")) from error
    if gone is None:
        audit.record(session, now, by, "copy", "installation", {"to": place})
    partitions.prepare(target, partitions.span(session))
    source = session.connection()
    for table in rows.carried():
        told(table.name, rows.fill(source, target, table))
    rows.approve(source, target)
    with target.write() as new:
        reset_sequences(new)
    with target.read() as new:
        tables = [compare.same_rows(source, new.connection(), table)
                  for table in rows.carried()]
        broken = compare.broken(new)
    if gone is None:
        marks.move_away(session, marks.Moved(place, now, by))
    return Copied(place, tables, broken)


def _alone(home: Home, session: Session) -> None:
    """No worker, and no other writer until this transaction ends."""
    if home.store.sqlite:
        return  # its lock is ours, and so is the one writer's place
    _nobody_works(home, session)  # else the locks below would be waited for
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    _nobody_works(home, session)


def _nobody_works(home: Home, session: Session) -> None:
    if nodes.any_live(session, store_now(session, home.clock)):
        raise Refused(
            "giovang copy", t("còn trạm phát đang chạy trên cơ sở dữ liệu này, hoặc chết chưa quá "
                              "10 phút",
                              "a worker runs on this database, or died within 10 minutes"),
            t("dừng mọi trạm phát rồi chạy lại", "stop every worker and run this again"))


def _other(source: Store, target: Store) -> None:
    if marks.place(source) == marks.place(target) or (
            source.sqlite and target.sqlite and _file(source) == _file(target)):
        raise UserError("--to", t("là chính cơ sở dữ liệu này", "is this very database"),
                        t("nêu một cơ sở dữ liệu trống khác", "name another, empty one"))


def _file(store: Store) -> Path:
    return Path(store.engine.url.database or "").resolve()


def _ready(target: Store, uid: str, now: datetime) -> None:
    """The tables of this version, without a row, marked; UserError: somebody else's."""
    names, half = marks.tables(target), marks.unfinished(target)
    if names and half is None:
        raise _occupied(target, uid, names)
    if half not in (None, uid):
        raise UserError(
            marks.place(target), t("đang chép dở một hệ thống khác vào đây",
                                   "holds the unfinished copy of another installation"),
            t("nêu một cơ sở dữ liệu trống", "name an empty database"))
    if half is not None:
        rows.empty(target, names)
    if half is None or target.sqlite:
        marks.begin(target, uid, now)
    migrate.upgrade(target)


def _occupied(target: Store, uid: str, names: frozenset[str]) -> UserError:
    gone = marks.moved(target)
    same = False
    if gone is None and {"alembic_version", rows.LAST.name} <= names:
        with target.read() as session:
            same = session.scalars(select(Installation.uid)).first() == uid
    if gone is not None:
        what = t(f"là bản cũ đã chuyển sang {gone.place}", f"is an old one, moved to {gone.place}")
    elif same:
        what = t("đã có chính hệ thống này", "holds this very installation already")
    else:
        what = t("không trống", "is not empty")
    return UserError(marks.place(target), what,
                     t("lệnh này không ghi đè gì; nêu một cơ sở dữ liệu trống",
                       "nothing is overwritten; name an empty database"))


def reopen(home: Home, by: str) -> None:
    """
    Come back to the old database, as to a backup put back: a new epoch, so whatever may have
    gone out from the other one is doubted at the next start, and nobody is logged in.
    """
    held = lock.take(home.settings.var) if home.store.sqlite else None
    now = home.clock.now()
    with home.store.write() as session:
        marks.come_back(session)
        installation = session.scalars(select(Installation)).one()
        installation.epoch += 1
        audit.record(session, now, by, "copy_reopen", "installation",
                     {"epoch": installation.epoch})
        nobody_is_in(session, now)
        keys.none_works(session, now, SYSTEM)
    if held is not None:
        held.close()
