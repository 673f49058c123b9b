"""Backup, restore, and a database that is older than what went out: nothing is sent twice."""

import shutil
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sandbox import Sandbox
from tests.conftest import START
from tests.postgres import Cluster
from tests.process.conftest import Install
from tests.process.flow import Flow, programme, taken
from worker import audit, mark, recovery
from worker.backup import load, opened, write_backup
from worker.db import Store
from worker.errors import UserError
from worker.home import Home
from worker.models import Base, Delivery, Event, Installation, Item
from worker.outbox.events import broken_chain

MINUTE = timedelta(minutes=1)
OPENS = START + timedelta(hours=3, minutes=30)


def _restored(flow: Flow, file: Path, url: str) -> Flow:
    """The backup in a new database, the worker started over it with the same var/."""
    store = Store(url)
    with opened(file) as (archive, meta):
        load(archive, meta, store, flow.clock.now())
    home = Home(flow.home.settings, store, flow.clock)
    with store.read() as session:
        found = recovery.doubt(session, home.settings.var)
    assert found is not None
    recovery.recover(store, home.settings.var, flow.clock.now(), found)
    return Flow(home, flow.clock)


@pytest.fixture
def another_url(request: pytest.FixtureRequest, tmp_path: Path, empty_url: str) -> str:
    """A second empty database of the same kind."""
    if empty_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'another.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.url(cluster.create())


def test_after_a_restore_nothing_goes_out_a_second_time(
    tmp_path: Path, empty_url: str, another_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Backed up before the slot, restored after it: asked for or left to a person, never sent."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    write_backup(flow.home, tmp_path / "b.tar.gz")
    flow.work_until(OPENS + 5 * MINUTE)
    flow.house.set_mark()
    before = taken(sandbox)
    assert set(before.values()) == {1}

    restored = _restored(flow, tmp_path / "b.tar.gz", another_url)
    restored.work_until(OPENS + 30 * MINUTE)

    assert taken(sandbox) == before
    states = {c: d.state for c, d in restored.of_day(OPENS).items()}
    assert states["sms"] == "uncertain"  # a gateway that cannot be asked: a person decides
    assert {s for c, s in states.items() if c != "sms"} <= {"accepted", "delivered"}
    restored.home.close()


def test_a_backup_holds_every_row_and_its_chains(
    tmp_path: Path, empty_url: str, another_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Every table comes back row by row; the hash chains are whole; the epoch has risen."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.work_until(OPENS + 5 * MINUTE)
    write_backup(flow.home, tmp_path / "b.tar.gz")
    store = Store(another_url)
    with opened(tmp_path / "b.tar.gz") as (archive, meta):
        load(archive, meta, store, flow.clock.now())

    with flow.home.store.read() as old, store.read() as new:
        for table in Base.metadata.sorted_tables:
            count = select(func.count()).select_from(table)
            extra = 1 if table.name == "audit" else 0  # the restore itself
            assert new.scalar(count) == (old.scalar(count) or 0) + extra, table.name
        assert new.scalars(select(Installation.epoch)).one() == 2
        assert new.scalars(select(Item.state)).one() == "approved"
        assert audit.verify(new) is None
        for occurrence in new.scalars(select(Event.occurrence_id).distinct()):
            assert broken_chain(new, occurrence) is None
    store.close()


def test_a_database_put_back_by_hand_is_noticed(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """No `restore` was run, only a file copied: the mark beside it says it is too old."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    flow.home.store.close()
    shutil.copy(path, tmp_path / "old.sqlite3")
    flow.work_until(OPENS + 5 * MINUTE)
    flow.house.set_mark()

    old = Store(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    with old.read() as session:
        found = recovery.doubt(session, flow.home.settings.var)

    assert found is not None
    assert found.why == "older-than-mark"
    old.close()


def test_a_missing_mark_is_a_doubt_once_something_was_planned(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Without the mark nobody knows what went out from here."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    with flow.home.store.read() as session:
        found = recovery.doubt(session, flow.home.settings.var)
    assert found is not None
    assert found.why == "no-mark"


def test_an_orderly_restart_is_no_doubt(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """The mark and the database agree: nothing is doubted."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    flow.work_until(OPENS + 5 * MINUTE)
    flow.house.set_mark()
    with flow.home.store.read() as session:
        assert recovery.doubt(session, flow.home.settings.var) is None
    assert mark.read(flow.home.settings.var) is not None


def test_what_was_restored_as_uncertain_is_told(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A Sự cố says how many, and what to do."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    write_backup(flow.home, tmp_path / "b.tar.gz")
    flow.work_until(OPENS + 5 * MINUTE)

    restored = _restored(flow, tmp_path / "b.tar.gz", f"sqlite:///{tmp_path / 'n.sqlite3'}")

    assert "recovery" in restored.alarms()
    with restored.home.store.read() as session:
        assert session.scalar(select(func.count()).where(Delivery.code == "restored"))
    restored.home.close()


@pytest.mark.parametrize("damage", ["not an archive", "cut", "changed row"])
def test_a_damaged_backup_is_refused_whole(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, damage: str
) -> None:
    """One clear error; the target holds nothing of it."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    file = tmp_path / "b.tar.gz"
    write_backup(flow.home, file)
    if damage == "not an archive":
        file.write_text("không phải bản sao lưu")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        _forge(file)
    store = Store(f"sqlite:///{tmp_path / 'n.sqlite3'}")

    with pytest.raises(UserError, match="sao lưu"), opened(file) as (archive, meta):
        load(archive, meta, store, flow.clock.now())

    store.close()


def _forge(file: Path) -> None:
    """Somebody else's name as the author, in a file that is otherwise whole."""
    folder = file.parent / "mo"
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    person = folder / "person.jsonl"
    person.write_text(person.read_text().replace("soan", "kẻ-khác", 1))
    with tarfile.open(file, "w:gz") as archive:
        for name in sorted(folder.iterdir()):
            archive.add(name, name.name)
