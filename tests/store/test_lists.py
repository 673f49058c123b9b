"""A list in the database: whole or not at all, unreadable without its keys, erased on request."""

import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import IntegrityError

from tests.conftest import START
from tests.store.lists import ORIGIN, Lists, home_for
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.lists import columns, optout, optout_file, retention
from worker.lists.find import find
from worker.lists.forget import forget
from worker.lists.origin import check, last_day
from worker.lists.secret import open_ring
from worker.lists.source import open_source
from worker.lists.store import Given, accept, forgotten_on
from worker.lists.upkeep import upkeep
from worker.models import Audit, Recipient, RecipientList, RecipientLookup

LAN, MAI, HOA = "0950000101", "0950000102", "0950000103"
ALL = [LAN, MAI, HOA]
NAMES = ["Lan", "", "Hoa"]


@pytest.fixture
def lists(store: Store, clock: VirtualClock, tmp_path: Path) -> Lists:
    return Lists(home_for(store, clock, tmp_path), tmp_path)


# ---------------------------------------------------------------- import


def test_a_list_comes_back_as_it_went_in(lists: Lists) -> None:
    """Number and fields of every row, from ciphertext only."""
    number = lists.taken(ALL, NAMES)

    assert lists.people(number) == [("+84950000101", "Lan"), ("+84950000102", ""),
                                    ("+84950000103", "Hoa")]
    assert [(r.row, r.source_row, r.last3, r.fields is None) for r in lists.rows(number)] == [
        (1, 2, "101", False), (2, 3, "102", True), (3, 4, "103", False)]
    assert (lists.row(number).stored, lists.row(number).indexed, lists.lookups()) == (3, 3, 3)


def test_nothing_personal_stands_readable_in_the_database(lists: Lists) -> None:
    """Whoever copies the file or reads the disk finds neither number nor name."""
    lists.taken(ALL, ["Lan Khong Ai Biet"] * 3)

    with lists.home.store.engine.connect() as connection:
        for table in (Recipient, RecipientLookup, RecipientList, Audit):
            text = str(connection.execute(select(table.__table__)).all())
            assert "50000101" not in text
            assert "Khong Ai Biet" not in text
    assert "50000101" not in repr(lists.ring())


def test_a_list_counts_nowhere_before_its_flip(lists: Lists) -> None:
    """Staged, it has its counts, and is not found."""
    staged = lists.staged(lists.file([*ALL, LAN, "0204388511"]))

    assert (staged.tally.accepted, staged.tally.refused["double"]) == (3, 1)
    assert lists.states() == {"staging": 1}
    with lists.home.store.read() as session:
        assert not find(session, lists.ring(), LAN[1:]).places


def test_doubles_across_lists_are_counted(lists: Lists) -> None:
    """A number of another list in use, but not of one that has ended."""
    lists.taken([LAN, HOA])
    ended = lists.taken([MAI])
    with lists.home.store.write() as session:
        retention.end(session, START, ended, "soan", "thử")

    assert lists.staged(lists.file(ALL)).elsewhere == 2


def test_a_file_damaged_further_down_leaves_nothing(lists: Lists) -> None:
    """Three chunks were stored when the broken quote came."""
    path = lists.file([*ALL, *[f"09500002{n:02d}" for n in range(10)], '"0950'])

    with pytest.raises(UserError, match="CSV"):
        lists.staged(path)

    assert (lists.states(), lists.count(Recipient), lists.lookups()) == ({}, 0, 0)


def test_a_list_without_a_number_is_refused(lists: Lists) -> None:
    """And leaves nothing."""
    with pytest.raises(UserError, match="không có số nào"):
        lists.staged(lists.file(["0204388511"]))

    assert lists.states() == {}


def _die_at(url: str, folder: Path, commit: int) -> None:
    """In a process of its own: import, and be killed as this commit begins."""
    store = Store(url)
    lists = Lists(home_for(store, VirtualClock(START), folder, fresh=False), folder)
    lists.ring()
    seen = 0

    def count(_connection: object) -> None:
        nonlocal seen
        seen += 1
        if seen == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "commit", count)
    lists.taken(ALL, NAMES)


def test_killed_at_any_commit_a_list_is_whole_or_counts_nowhere(lists: Lists) -> None:
    """Whichever commit the process dies at; what it leaves is cleared, and the next try works."""
    lists.file(ALL, NAMES)
    context = multiprocessing.get_context("fork")
    url, died = lists.home.store.engine.url.render_as_string(hide_password=False), 0
    lists.home.store.close()
    for commit in range(1, 60):
        child = context.Process(target=_die_at, args=(url, lists.folder, commit))
        child.start()
        child.join()
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        died += 1
        assert lists.states().get("ready", 0) == 0
    assert died > 8  # list, two chunks, two times look-ups, reads between them, the flip
    assert lists.states()["ready"] == 1

    retention.tidy(lists.home, START + timedelta(hours=2))

    assert lists.states() == {"ready": 1}
    assert (lists.count(Recipient), lists.lookups()) == (3, 3)


def test_an_import_that_is_alive_is_not_cleared(lists: Lists) -> None:
    """Only one that wrote nothing for an hour is dead; accepted too late, it is refused."""
    staged = lists.staged(lists.file(ALL))
    retention.tidy(lists.home, START + timedelta(minutes=59))
    assert lists.states() == {"staging": 1}

    retention.tidy(lists.home, START + timedelta(minutes=61))

    with pytest.raises(Refused):
        accept(lists.home, lists.ring(), staged, "soan")


# ---------------------------------------------------------------- what the law asks


@pytest.mark.parametrize(("change", "where"), [
    ({"purpose": "quang_cao"}, "--basis"),
    ({"basis": "vi_thich"}, "--basis"),
    ({"organisation": " "}, "--ordered-by"),
    ({"document": ""}, "--document"),
    ({"source": ""}, "--source"),
    ({"document_date": date(2026, 11, 25)}, "--date"),
    ({"expires": date(2026, 11, 23)}, "--expires"),
    ({"expires": date(2027, 11, 25)}, "--expires"),
])
def test_no_list_without_its_reason(change: dict[str, object], where: str) -> None:
    """Purpose, basis, who ordered it, source, expiry; advertising only by consent."""
    origin = replace(ORIGIN, **change)  # type: ignore[arg-type]

    with pytest.raises(UserError) as caught:
        check(origin, date(2026, 11, 24), 12)
    assert [m.where for m in caught.value.mistakes] == [where]


def test_the_last_day_of_a_short_month() -> None:
    """A year from the 29th of February, three months from the 30th of November."""
    assert last_day(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert last_day(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert last_day(date(2026, 12, 15), 12) == date(2027, 12, 15)


@pytest.mark.parametrize("values", [
    {"purpose": "quang_cao"}, {"state": "ready", "stored": 5}, {"state": "ended"},
])
def test_the_database_refuses_what_may_not_be(lists: Lists, values: dict[str, object]) -> None:
    """Advertising without consent, half a list that counts, an end without its moment."""
    number = lists.taken([LAN])

    with pytest.raises(IntegrityError), lists.home.store.write() as session:
        session.execute(update(RecipientList).where(RecipientList.id == number).values(**values))


def test_a_forgotten_row_takes_no_number_again(lists: Lists) -> None:
    """The database refuses it, whoever writes."""
    number = lists.taken([LAN])
    forget(lists.home, lists.ring(), LAN[1:], "soan")

    with pytest.raises(IntegrityError), lists.home.store.write() as session:
        session.execute(update(Recipient).where(Recipient.list_id == number)
                        .values(number=b"x", key_id=1))


# ---------------------------------------------------------------- opt-out, forget, find


def test_opt_outs_come_from_the_same_files(lists: Lists) -> None:
    """Twice is once; they are counted on a list; advertising alone heeds the do-not-call list."""
    ring, home = lists.ring(), lists.home
    wish = optout.Wish("opt_out", "tin nhắn trả lời", "soan")
    assert optout.add(home, ring, LAN[1:], wish)
    assert not optout.add(home, ring, LAN[1:], wish)

    with open_source(lists.file([LAN, MAI, MAI])) as source:
        given = Given(source, columns.find(source, None, ()))
        tally, fresh = optout_file.bring(home, ring, given, replace(wish, kind="do_not_call"))
    assert (tally.accepted, fresh) == (2, 2)

    assert lists.staged(lists.file(ALL)).barred == {"do_not_call": 2, "opt_out": 1}
    assert "do_not_call" in optout.bars("quang_cao")
    assert "do_not_call" not in optout.bars("cong_ich")


def test_a_forgotten_number_is_gone_from_every_list(lists: Lists) -> None:
    """Ciphertext, fields and look-up value; three digits stay, and the wish."""
    first, second = lists.taken(ALL, NAMES), lists.taken([LAN])

    assert forget(lists.home, lists.ring(), LAN[1:], "soan") == 2

    assert lists.people(first) == [("+84950000102", ""), ("+84950000103", "Hoa")]
    blotted = lists.rows(second)[0]
    assert (blotted.number, blotted.fields, blotted.key_id, blotted.lookup) == (None,) * 4
    assert (blotted.last3, blotted.forgotten_at) == ("101", START)
    with lists.home.store.read() as session:
        found = find(session, lists.ring(), LAN[1:])
        told = session.scalars(select(Audit).where(Audit.act == "forget")).one()
    assert (found.places, [w.kind for w in found.wishes]) == ((), ["forgotten"])
    assert told.detail == {"last3": "101", "lists": [first, second], "unsent": 0}


def test_a_forgotten_number_does_not_come_back_with_the_next_list(lists: Lists) -> None:
    """Forgotten before, or while the list waits for its flip: it counts without it."""
    forget(lists.home, lists.ring(), LAN[1:], "soan")
    staged = lists.staged(lists.file(ALL, NAMES))
    forget(lists.home, lists.ring(), HOA[1:], "soan")

    assert accept(lists.home, lists.ring(), staged, "soan") == 1

    assert lists.people(staged.list_id) == [("+84950000102", "")]


def test_a_number_is_found_where_it_stands(lists: Lists) -> None:
    """By its look-up value alone, with why it is there."""
    lists.taken([MAI])
    number = lists.taken([LAN, HOA])

    with lists.home.store.read() as session:
        ring = open_ring(session, lists.home.settings.var)
        place = find(session, ring, HOA[1:]).places[0]
        assert not find(session, ring, "950009999").places
    assert (place.list_id, place.source_row, place.state) == (number, 3, "ready")
    assert (place.organisation, place.document) == ("UBND xã Lục Ngạn", "12/KH-UBND")


# ---------------------------------------------------------------- the end


def test_an_expired_list_loses_its_numbers(lists: Lists) -> None:
    """The day after its last; look-up values stay as long again, then nothing but digits."""
    number = lists.taken(ALL, NAMES)
    retention.tidy(lists.home, START + timedelta(days=68))  # 31 January
    assert len(lists.people(number)) == 3

    retention.tidy(lists.home, START + timedelta(days=69))

    row = lists.row(number)
    assert (row.state, row.end_reason) == ("ended", "hết hạn (31/01/2027)")
    assert (lists.people(number), lists.lookups()) == ([], 3)
    assert all(r.fields is None and r.key_id is None for r in lists.rows(number))

    retention.tidy(lists.home, START + timedelta(days=69 + 366))
    assert lists.lookups() == 0
    assert [(r.last3, r.lookup) for r in lists.rows(number)] == [
        ("101", None), ("102", None), ("103", None)]


def test_no_list_is_kept_longer_than_list_months(lists: Lists) -> None:
    """Whatever its own last day says."""
    number = lists.taken([LAN], origin=replace(ORIGIN, expires=date(2099, 1, 1)))

    upkeep(lists.home, START + timedelta(days=366))

    assert (lists.row(number).state, lists.people(number)) == ("ended", [])


def test_a_list_is_ended_once(lists: Lists) -> None:
    """By a person, at once; a second time is refused."""
    number = lists.taken([LAN])
    with lists.home.store.write() as session:
        retention.end(session, START, number, "soan", "nhầm")
    retention.wipe(lists.home, number, START)

    assert lists.people(number) == []
    with pytest.raises(Refused), lists.home.store.write() as session:
        retention.end(session, START, number, "soan", "nhầm")


def test_no_question_of_the_flip_reads_a_whole_table(migrated_sqlite: Path) -> None:
    """The do-not-call list may hold millions, and nobody else writes while a list becomes ready."""
    store = Store(f"sqlite:///{migrated_sqlite}")
    statement = forgotten_on(1).compile(store.engine)
    with store.engine.connect() as connection:
        plan = [str(row[3]) for row in connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", (1,))]
    store.close()

    assert "ix_opt_out_forgotten" in plan[0]
    assert plan[1].startswith("SEARCH recipient_lookup USING PRIMARY KEY (lookup=? AND list_id=?)")


def test_one_number_stands_once_on_a_list(lists: Lists) -> None:
    """The key of the look-up table, should the reader ever let a double pass."""
    number = lists.taken([LAN])
    lookup = lists.ring().lookup(LAN[1:].encode())

    with pytest.raises(IntegrityError), lists.home.store.write() as session:
        session.execute(insert(RecipientLookup).values(lookup=lookup, list_id=number, row=9))
