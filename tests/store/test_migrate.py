"""Migrations beside workers that run: one at a time, never long in the way, and who may go on."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from tests.awake import Awake
from tests.builders import settings_for
from tests.process.installation import until
from tests.store.conftest import OldStore
from worker import backup, migrate
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.home import Home

#: seconds that whoever sends may wait because of a migration that waits itself
IN_THE_WAY = migrate.LOCK_WAIT / 1000 + 0.5
#: seconds that all migrations may take on a machine with other work
PATIENCE = 300.0


@pytest.fixture
def old(old_store: OldStore) -> Store:
    """A database whose next migration changes `delivery`."""
    return old_store("0006")


def newer(store: Store, oldest: str | None) -> None:
    """As a newer version's migrations leave it; `oldest`: the last that took something away."""
    with store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.execute(text("DELETE FROM oldest_version"))
        if oldest is not None:
            session.execute(text("INSERT INTO oldest_version VALUES (:v)"), {"v": oldest})


@pytest.mark.parametrize("oldest", ["0.0.9", None])
def test_software_older_than_the_database_goes_on_while_nothing_it_needs_is_gone(
    store: Store, oldest: str | None
) -> None:
    newer(store, oldest)

    migrate.upgrade(store)

    assert not migrate.pending(store)
    assert migrate.head(store) == "9999"


def test_software_too_old_for_the_database_is_refused_by_name(store: Store) -> None:
    newer(store, "99.1.0")

    for act in (migrate.upgrade, migrate.pending, migrate.refuse_newer):
        with pytest.raises(UserError, match=r"99\.1\.0"):
            act(store)


def test_what_keeps_all_rows_must_know_all_tables(
    store: Store, clock: VirtualClock, tmp_path: Path
) -> None:
    """A backup by older software would leave out what it does not know, and nobody would see it."""
    newer(store, None)

    with pytest.raises(UserError, match="mới hơn"):
        backup.write_backup(Home(settings_for(tmp_path), store, clock), tmp_path / "a.tar.gz")
    with pytest.raises(UserError, match="9999"):
        migrate.upgrade_to(store, "9999")


def test_two_new_workers_at_once_migrate_once(old: Store) -> None:
    other = Store(old.url)

    with ThreadPoolExecutor() as pool:
        list(pool.map(migrate.upgrade, (old, other), timeout=PATIENCE))  # raises what either raised

    assert not migrate.pending(old)
    other.close()


def test_who_comes_second_waits_for_the_first_and_finds_nothing_left(old: Store) -> None:
    other, said = Store(old.url), list[str]()
    event.listen(other.engine, "before_cursor_execute", lambda *a: said.append(str(a[2])))
    with ThreadPoolExecutor() as pool, old.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM delivery"))
        first = pool.submit(migrate.upgrade, old)
        until("it waits for a table", lambda: a_table_is_wanted(other))
        second = pool.submit(migrate.upgrade, other)
        until("it asks for its turn twice", lambda: sum("pg_try_advisory" in s for s in said) > 1)
        assert not second.done()
        reader.rollback()
        first.result(PATIENCE)
        second.result(PATIENCE)

    assert not migrate.pending(other)
    assert not [s for s in said if re.match(r"\s*(CREATE|ALTER|DROP|UPDATE|INSERT)", s)]
    other.close()


def test_while_an_older_worker_lives_nothing_is_changed_that_it_would_miss(old: Store) -> None:
    """Nor anything before that: it is refused by name, and may be done when that one has ended."""
    with old.write() as session:
        session.execute(text(
            "INSERT INTO node (id, incarnation, version, started_at, heartbeat_at) "
            "VALUES ('may-cu', 1, '0.0.9', now(), now())"))

    with pytest.raises(Refused, match="may-cu"):
        migrate.upgrade(old)
    assert migrate.head(old) == "0006"

    with old.write() as session:
        session.execute(text("UPDATE node SET stopped_at = now()"))
    migrate.upgrade(old)
    assert not migrate.pending(old)


def a_table_is_wanted(store: Store) -> bool:
    with store.read() as session:
        return bool(session.execute(text(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        )).scalar_one())


def test_a_migration_that_waits_for_a_table_stops_nobody_for_long(old: Store) -> None:
    """Somebody reads a table for long (a backup): whoever writes it does not wait for us, too."""
    new = threading.Thread(target=migrate.upgrade, args=(old,))
    with old.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM delivery"))
        new.start()
        until("it waits", lambda: a_table_is_wanted(old))

        # when others write meanwhile
        slowest = 0.0
        for _ in range(6):
            with Awake() as awake, old.write() as session:
                session.execute(text("UPDATE delivery SET late = late"))
            slowest = max(slowest, awake.seconds())
            threading.Event().wait(0.2)

        # then they did not wait for the reader, nor did the migration give up
        assert slowest < IN_THE_WAY
        assert new.is_alive()
        reader.rollback()
    new.join(PATIENCE)
    assert not new.is_alive()
    assert not migrate.pending(old)
