"""
Bring the database to this version's tables; `giovang migrate`, and every start of a worker.

While an installation is upgraded, workers of two versions run on one PostgreSQL. A migration only
adds, so that those that do not know it go on. One that takes away says `CONTRACT = "1.5.0"`, the
first version that does without what goes: it waits until no older worker lives, and from then on
older software is refused. The database keeps that version, for whoever comes with older software
does not know the migration. Nobody waits long for our locks, and nobody is made to wait long.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from worker.copying import marks
from worker.db import Store
from worker.errors import Refused, UserError
from worker.i18n import t

log = structlog.get_logger("giovang")

FOLDER = Path(__file__).with_name("migrations")
#: who is migrating, on PostgreSQL; as in db.py, but held by a session
_LOCK = 7317
#: milliseconds a migration waits for the lock of a table: whoever comes after it waits as well.
#: Less than PostgreSQL takes to see a deadlock, in which somebody who sends might have to give way
LOCK_WAIT = 500
#: tries for a lock that somebody holds, and seconds between them: two minutes in all
TRIES, AGAIN = 48, 2.0
#: looks whether another worker has ended its migration, and seconds between them: ten minutes
LOOKS, LOOK = 1_200, 0.5
#: not to be had now, and a deadlock of which we were chosen to give way
_BUSY = ("55P03", "40P01")

#: one row, made by the first contract migration; no model, for it outlives what we know
_OLDEST = Table("oldest_version", MetaData(), Column("version", String(20), primary_key=True))
_ALIVE = sql("SELECT id, version FROM node WHERE stopped_at IS NULL "
             "AND heartbeat_at > clock_timestamp() - interval '10 minutes' ORDER BY id")


def upgrade(store: Store, *, alone: bool = False) -> None:
    """
    Run what is missing; keeps the data, does nothing when all is there. Two at once: one does.

    Args:
        alone: no worker can be running, whatever the rows say (a backup put back).

    Raises:
        Refused: a contract migration, and workers that still need what goes are alive.
        UserError: the database is too new for this version.
    """
    if _behind(store) and store.sqlite:  # whoever calls holds the lock of the only worker
        command.upgrade(_config(store), "head")
    elif _behind(store):
        with _turn(store):
            if not alone:
                _refuse_early(store)
            _patiently(store, alone=alone)
    refuse_newer(store)


def upgrade_to(store: Store, revision: str) -> None:
    """The tables of an earlier version: a backup of that version is put into them."""
    try:
        command.upgrade(_config(store, alone=True), revision)
    except CommandError as error:
        raise UserError(
            marks.place(store), t(f"bản sao lưu là của phiên bản mới hơn ({revision})",
                                  f"the backup is of a newer version ({revision})"),
            t("dùng phần mềm của phiên bản ấy", "use the software of that version")) from error


def head(store: Store) -> str | None:
    """The revision this database is at."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(store: Store) -> bool:
    """
    True when the database is older than this version.

    Raises:
        UserError: it is newer, and has given up what this version needs.
    """
    refuse_newer(store)
    return _behind(store)


def refuse_newer(store: Store) -> None:
    """UserError where a newer version has taken away what this one needs."""
    if _known(store):
        return
    with store.engine.execution_options(read_only=True).connect() as connection:
        made = inspect(connection).has_table(_OLDEST.name)
        oldest = connection.execute(select(_OLDEST.c.version)).scalar() if made else None
    ours = version("giovang")
    if oldest is not None and number(ours) < number(oldest):
        raise UserError(
            marks.place(store),
            t(f"cơ sở dữ liệu đã bỏ những gì phiên bản {ours} cần; cần phần mềm từ {oldest}",
              f"the database has given up what version {ours} needs; it takes {oldest} or newer"),
            t("cài phiên bản mới trên máy này", "install the newer version on this machine"))


def must_match(store: Store) -> None:
    """UserError unless every table is one we know: what moves or keeps all rows must see them."""
    if not _known(store):
        raise UserError(
            marks.place(store), t("cơ sở dữ liệu mới hơn phần mềm này, có phần không chép được",
                                  "the database is newer than this software, which does not "
                                  "know all of it"),
            t("làm việc này bằng phần mềm mới", "do it with the newer software"))


def empty(store: Store) -> bool:
    """True when there is no database of ours yet; makes no file by asking."""
    if store.sqlite and not Path(store.engine.url.database or "").exists():
        return True
    return head(store) is None


# ---------------------------------------------------------------------- what is there


def _config(store: Store, *, alone: bool = False) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes.update(engine=store.engine, applied=_applied, alone=alone,
                             lock_wait=None if store.sqlite else LOCK_WAIT)
    return config


def _behind(store: Store) -> bool:
    return _known(store) and head(store) != _scripts().get_current_head()


def _known(store: Store) -> bool:
    """False when the database is at a revision of a newer version."""
    current = head(store)
    return current is None or current in {s.revision for s in _scripts().walk_revisions()}


@lru_cache
def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


def contract(script: Script | None) -> str | None:
    """The first version that does without what this migration takes away."""
    found: str | None = getattr(script.module, "CONTRACT", None) if script else None
    return found


def number(words: str) -> tuple[int, ...]:
    """1.5.0rc1 -> (1, 5, 0)."""
    found = re.match(r"\d+(?:\.\d+)*", words)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


# ---------------------------------------------------------------------- one at a time


@contextmanager
def _turn(store: Store) -> Iterator[None]:
    """One process at a time migrates; whoever waited finds nothing left to do."""
    engine = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.detach()  # closed at the end, and the lock with it
        pause = threading.Event()
        for _ in range(LOOKS):
            if connection.execute(sql(f"SELECT pg_try_advisory_lock({_LOCK})")).scalar_one():
                break
            pause.wait(LOOK)
        else:
            raise Refused(
                marks.place(store), t("máy khác đang nâng cấp cơ sở dữ liệu, chưa xong",
                                      "another machine is still migrating the database"),
                t("xem máy đó; chạy lại sau", "look at that one; start again later"))
        yield


def _patiently(store: Store, *, alone: bool) -> None:
    """Each migration waits for a table only shortly, and gives way, for its rows are being sent."""
    pause = threading.Event()
    for left in reversed(range(TRIES)):
        try:
            command.upgrade(_config(store, alone=alone), "head")
        except DBAPIError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _BUSY:
                raise
            log.warning("migration.waits", error=str(error.orig).strip(), left=left)
            pause.wait(AGAIN)
        else:
            return


# ---------------------------------------------------------------------- what takes away


def _refuse_early(store: Store) -> None:
    """Before anything is changed."""
    scripts = _scripts()
    waiting = [contract(s) for s in scripts.iterate_revisions("head", head(store) or "base")]
    needed = max(filter(None, waiting), key=number, default=None)
    if needed is not None and head(store) is not None:
        with store.engine.connect() as connection:
            _refuse_older(connection, needed)


def _applied(*, ctx: MigrationContext, step: MigrationInfo, **_: Any) -> None:
    """Within the transaction of a migration, at its end."""
    script = step.up_revision
    needed = contract(script if isinstance(script, Script) else None)
    connection = ctx.connection
    if needed is None or not step.is_upgrade or connection is None:
        return
    _OLDEST.create(connection, checkfirst=True)
    connection.execute(delete(_OLDEST))
    connection.execute(insert(_OLDEST), [{"version": needed}])
    alone = ctx.config is not None and ctx.config.attributes["alone"]
    if connection.dialect.name == "postgresql" and not alone:
        # whoever starts now registers before this, and is seen, or after our commit, and looks
        connection.execute(sql("LOCK TABLE node IN SHARE MODE"))
        _refuse_older(connection, needed)


def _refuse_older(connection: Connection, needed: str) -> None:
    older = [f"{node} ({has})" for node, has in connection.execute(_ALIVE)
             if number(has) < number(needed)]
    if older:
        names = ", ".join(older)
        raise Refused(
            t("nâng cấp", "upgrade"),
            t(f"trạm phát cũ hơn {needed} còn chạy: {names}; bản này bỏ những gì chúng cần",
              f"workers older than {needed} run: {names}; this version gives up what they need"),
            t(f"nâng chúng lên {needed} trước; máy đã tắt hẳn thì chờ 10 phút",
              f"bring them to {needed} first; for one that is off for good wait 10 minutes"))
