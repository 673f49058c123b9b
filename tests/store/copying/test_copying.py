"""An installation in another database: every row as it was, the old one closed, never two."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.builders import settings_for
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from tests.postgres import Cluster
from tests.store.copying.filled import counts, fill
from worker import audit, lock, mark, nodes, recovery
from worker.clock import VirtualClock
from worker.copying import marks, move
from worker.db import Store, store_now
from worker.errors import Refused, UserError
from worker.failures import explain
from worker.home import Home, create, made
from worker.models import Alarm, Delivery, Installation, Item, Node, Person
from worker.outbox.events import broken_chains
from worker.states import LABELS

EVERY_STATE = sorted(set(LABELS) - {"held"})  # held: what its batch is, not a row's
WRITES: tuple[Callable[[Session], object], ...] = (
    lambda s: audit.record(s, START, "ca_hai", "backup", "x"),
    lambda s: nodes.register(s, START, "may-khac"),
    lambda s: s.execute(update(Delivery).values(state="sending")),
    lambda s: s.execute(text("DELETE FROM alarm")),
)


@dataclass
class Copies:
    """One installation, and the places it may go to."""

    home: Home
    clock: VirtualClock
    folder: Path
    cluster: Cluster
    opened: list[Store] = field(default_factory=list)

    def postgresql(self) -> Store:
        return self.store(self.cluster.url(self.cluster.create()))

    def sqlite(self, name: str = "moi.sqlite3") -> Store:
        return self.store(f"sqlite:///{self.folder / name}")

    def store(self, url: str) -> Store:
        self.opened.append(Store(url))
        return self.opened[-1]

    def copy(self, target: Store, home: Home | None = None) -> move.Copied:
        return move.copy(home or self.home, target, "ca_hai", lambda _step, _rows: None)

    def at(self, store: Store) -> Home:
        return Home(self.home.settings, store, self.clock)


@pytest.fixture
def copies(
    planned_sqlite: Path, tmp_path: Path, clock: VirtualClock, postgres: Cluster
) -> Iterator[Copies]:
    """The usual world, a delivery in every state, something in every table."""
    file = shutil.copy(planned_sqlite, tmp_path / "cu.sqlite3")
    store = Store(f"sqlite:///{file}")
    with store.write() as session:
        session.execute(update(Node).values(stopped_at=START))
        session.execute(update(Person).where(Person.id == "ca_hai").values(
            name="Nguyễn Thị “Ba”\\N"))
        batch = add_batch(session, add_occurrence(session))
        for n, state in enumerate(EVERY_STATE):
            add_delivery(session, batch, f"{n:08d}-1111-5111-8111-111111111111", state=state,
                         target=f"xa-{n}")
    fill(store)
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", database_url=store.url)
    home = Home(settings, store, clock)
    made_here = Copies(home, clock, tmp_path, postgres, [store])
    yield made_here
    for opened in made_here.opened:
        opened.close()


def test_there_and_back_every_row_of_every_table_is_as_it_was(copies: Copies) -> None:
    """SQLite, PostgreSQL, SQLite: the same sums of all tables but the audit, which tells of it."""
    before = counts(copies.home.store)
    postgresql, sqlite = copies.postgresql(), copies.sqlite()

    there = copies.copy(postgresql)
    back = copies.copy(sqlite, copies.at(postgresql))

    assert {name for name, n in before.items() if not n} == set()
    assert {c.table: c.rows for c in there.tables} == {
        name: n + (name == "audit") for name, n in before.items() if name != "installation"}
    assert [c for c in back.tables if c.table != "audit"] == [
        c for c in there.tables if c.table != "audit"]
    assert counts(sqlite) == before | {"audit": before["audit"] + 2}
    with sqlite.read() as session:
        assert set(session.scalars(select(Delivery.state))) >= set(EVERY_STATE)
        assert "approved" in set(session.scalars(select(Item.state)))
        assert audit.verify(session) is None
        assert not [o for o, _ in broken_chains(session) if o.startswith("canh_giac")]


def test_what_comes_next_follows_what_is_there(copies: Copies) -> None:
    """Numbers go on after the highest; constraints and triggers hold on the other side."""
    target = copies.postgresql()
    copies.copy(target)

    with target.write() as session:
        highest = max(session.scalars(select(Alarm.id)))
        alarm = Alarm(cause="c", kind="k", severity="warning", what="", fix="",
                      first_at=copies.clock.now(), last_at=copies.clock.now())
        session.add(alarm)
        session.flush()
        assert alarm.id == highest + 1
    for forbidden in (
        "UPDATE audit SET actor = 'x'", "DELETE FROM event",
        "UPDATE installation SET training = NOT training",
        "INSERT INTO item SELECT 'moi', version, 'approved' FROM item",
        "UPDATE item SET state = 'approved', needs_approvals = 9",
    ):
        with pytest.raises(DBAPIError), target.write() as session:
            session.execute(text(forbidden))


# ---------------------------------------------------------------------- the old one


@pytest.mark.parametrize("old", ["sqlite", "postgresql"])
def test_the_old_database_takes_no_write_until_it_is_put_back(copies: Copies, old: str) -> None:
    """
    Refused by constraints: also to whoever has it open since before. Reopened it is a backup put
    back: whatever may have gone out since is doubted.
    """
    home, target = copies.home, copies.postgresql()
    copies.copy(target)
    if old == "postgresql":
        home, target = copies.at(target), copies.sqlite()
        copies.copy(target, home)

    for write in WRITES:
        with pytest.raises(DBAPIError) as refused, home.store.write() as session:
            write(session)
        words, code = explain(refused.value)
        assert (code, "đã chuyển đi nơi khác" in words) == (2, True)
    with pytest.raises(UserError, match="đã chuyển sang"):
        made(home.store)
    assert made(target)

    move.reopen(home, "ca_hai")

    assert made(home.store)
    with home.store.read() as session:
        found = recovery.doubt(session, home.settings.var)
        assert found is not None
        assert found.why == "restored"
        assert audit.verify(session) is None
    for write in WRITES:
        with home.store.write() as session:
            write(session)


def test_the_copy_is_no_doubt_to_whoever_takes_the_folder_along(copies: Copies) -> None:
    """The mark beside it fits the copy; without it, as everywhere, nobody knows what went out."""
    target, var = copies.postgresql(), copies.home.settings.var
    with copies.home.store.read() as session:
        row = session.scalars(select(Installation)).one()
        last = recovery.last_begin(session) or row.created_at
    mark.write(var, mark.Mark(row.uid, row.epoch, last))

    copies.copy(target)

    with target.read() as session:
        assert recovery.doubt(session, var) is None
        assert recovery.doubt(session, var / "khac") is not None


# ---------------------------------------------------------------------- refused


def test_a_worker_that_runs_here_keeps_it_from_being_copied(copies: Copies) -> None:
    held = lock.take(copies.home.settings.var)

    with pytest.raises(UserError, match="đang chạy ở đây"):
        copies.copy(copies.postgresql())

    held.close()
    assert made(copies.home.store)


def test_a_worker_that_runs_elsewhere_on_it_too(copies: Copies) -> None:
    source, target = copies.postgresql(), copies.sqlite()
    copies.copy(source)
    with source.write() as session:
        nodes.register(session, store_now(session, copies.clock), "may-2")

    with pytest.raises(Refused, match="còn trạm phát đang chạy"):
        copies.copy(target, copies.at(source))

    assert not marks.tables(target)


def test_a_target_that_holds_anything_is_left_as_it_is(copies: Copies) -> None:
    """Somebody's table, another installation, this one, an old one: nothing is overwritten."""
    foreign, other, old = copies.postgresql(), copies.sqlite("khac.sqlite3"), copies.home.store
    with foreign.write() as session:
        session.execute(text("CREATE TABLE cua_nguoi_khac (a int)"))
    create(other, copies.clock, training=False)
    copy = copies.postgresql()
    copies.copy(copy)

    for home, target, words in (
        (copies.at(copy), foreign, "không trống"), (copies.at(copy), other, "không trống"),
        (copies.at(copy), old, "là bản cũ đã chuyển sang"),
        (copies.at(copy), copy, "chính cơ sở dữ liệu này"),
        (copies.home, copy, "đã có chính hệ thống này"),
        (copies.home, foreign, "đã chuyển sang"),
    ):
        before = marks.tables(target)
        with pytest.raises(UserError, match=words) as refused:
            copies.copy(target, home)
        assert refused.value.exit_code == 2
        assert marks.tables(target) == before


def test_the_same_file_by_another_name_is_the_same_database(copies: Copies) -> None:
    link = copies.folder / "loi-khac"
    link.symlink_to(copies.folder)

    with pytest.raises(UserError, match="chính cơ sở dữ liệu này"):
        copies.copy(copies.store(f"sqlite:///{link}/cu.sqlite3"))


def test_a_row_the_other_database_cannot_hold_is_named(copies: Copies) -> None:
    """SQLite takes a text longer than its column; PostgreSQL must not get it cut."""
    with copies.home.store.write() as session:
        session.execute(update(Person).where(Person.id == "soan").values(name="á" * 121))
    target = copies.postgresql()

    with pytest.raises(UserError, match=r"person: .*120"):
        copies.copy(target)

    assert made(copies.home.store)
    with pytest.raises(UserError, match="đang chép dở"):
        made(target)


# ---------------------------------------------------------------------- cut off


class _Killed(BaseException):
    """As a power cut: nothing of ours runs any more."""


@pytest.mark.parametrize(("kind", "at"), [("postgresql", "event"), ("sqlite", move.CLOSED)])
def test_cut_off_it_begins_anew_and_nobody_starts_what_is_half(
    copies: Copies, kind: str, at: str
) -> None:
    """In the middle of the rows, and between closing the old one and opening the new one."""
    target = copies.postgresql() if kind == "postgresql" else copies.sqlite()
    before = counts(copies.home.store)

    def tell(step: str, _rows: int) -> None:
        if step == at:
            raise _Killed

    with pytest.raises(_Killed):
        move.copy(copies.home, target, "ca_hai", tell)

    with pytest.raises(UserError, match="đang chép dở"):
        made(target)
    if at == move.CLOSED:
        with pytest.raises(UserError, match="đã chuyển sang"):
            made(copies.home.store)
        with pytest.raises(UserError, match="đã chuyển sang"):
            copies.copy(copies.sqlite("nham.sqlite3"))
    else:
        assert made(copies.home.store)
        assert counts(copies.home.store) == before

    copies.copy(target)

    assert made(target)
    assert marks.moved(copies.home.store) is not None
    assert counts(target) == before | {"audit": before["audit"] + 1}


def test_half_a_copy_of_another_installation_is_left_alone(copies: Copies) -> None:
    target = copies.postgresql()
    marks.begin(target, "cua-nguoi-khac", copies.clock.now())

    with pytest.raises(UserError, match="đang chép dở một hệ thống khác"):
        copies.copy(target)

