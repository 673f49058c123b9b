"""The keys of the lists: apart from the database, rotated without a number lost or readable."""

import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update

from tests.conftest import START
from tests.store.lists import Lists, home_for
from worker import lock
from worker.alarms.store import open_alarms
from worker.backup import load, opened, write_backup
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import UserError
from worker.lists import journal, keys, optout, rotation
from worker.lists.find import find
from worker.lists.forget import forget
from worker.lists.index import Gathered
from worker.lists.secret import open_ring
from worker.lists.store import accept
from worker.lists.upkeep import upkeep
from worker.models import ListKey, Node, Recipient

LAN, MAI, HOA = "0950000101", "0950000102", "0950000103"
ALL = [LAN, MAI, HOA]
NAMES = ["Lan", "", "Hoa"]
PEOPLE = [("+84950000101", "Lan"), ("+84950000102", ""), ("+84950000103", "Hoa")]


@pytest.fixture
def lists(store: Store, clock: VirtualClock, tmp_path: Path) -> Iterator[Lists]:
    return Lists(home_for(store, clock, tmp_path), tmp_path)


def key_files(lists: Lists) -> set[str]:
    return {path.name for path in keys.folder(lists.home.settings.var).iterdir()}


def key_rows(lists: Lists) -> list[tuple[str, bool, bool]]:
    """Kind, replaced, retired of every key."""
    with lists.home.store.read() as session:
        return [(k.kind, k.replaced_at is not None, k.retired_at is not None)
                for k in session.scalars(select(ListKey).order_by(ListKey.id))]


def found(lists: Lists, number: str) -> list[int]:
    with lists.home.store.read() as session:
        ring = open_ring(session, lists.home.settings.var)
        return [p.list_id for p in find(session, ring, number[1:]).places]


# ---------------------------------------------------------------- files


def test_keys_are_readable_by_us_alone(lists: Lists) -> None:
    """Made once, whoever asks."""
    lists.ring()
    lists.ring()
    place = keys.folder(lists.home.settings.var)

    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert [stat.S_IMODE(p.stat().st_mode) for p in place.iterdir()] == [0o600, 0o600]
    assert len(key_rows(lists)) == 2


def test_a_missing_or_wrong_key_is_named_and_no_other_is_made(lists: Lists) -> None:
    """A new look-up key would let everybody who opted out be written to again."""
    lists.taken([LAN])
    place = keys.folder(lists.home.settings.var)
    for path in place.iterdir():
        path.write_text("00" * 32, encoding="ascii")
    with pytest.raises(UserError, match="là khóa khác"):
        lists.ring()

    shutil.rmtree(place)

    with pytest.raises(UserError, match="thiếu tệp khóa"):
        lists.ring()
    assert len(key_rows(lists)) == 2


def test_a_row_in_the_place_of_another_is_not_read(lists: Lists) -> None:
    """Ciphertext is bound to its list and row."""
    number = lists.taken(ALL)
    other = lists.rows(number)[1]
    with lists.home.store.write() as session:
        session.execute(update(Recipient).where(Recipient.list_id == number, Recipient.row == 1)
                        .values(number=other.number))

    with pytest.raises(UserError, match="không giải mã được"):
        lists.people(number)


# ---------------------------------------------------------------- the encrypting key


def test_new_rows_take_the_new_key_and_old_rows_follow(lists: Lists) -> None:
    """Then the old key is no more; numbers, names and look-ups are what they were."""
    first = lists.taken(ALL, NAMES)
    before = key_files(lists)
    rotation.replace_cipher_key(lists.home, "soan")
    second = lists.taken([MAI])
    assert {r.key_id for r in lists.rows(first)} != {r.key_id for r in lists.rows(second)}
    assert lists.people(first) == PEOPLE

    assert rotation.renew(lists.home, START)

    assert {r.key_id for r in (*lists.rows(first), *lists.rows(second))} == {3}
    assert lists.people(first) == PEOPLE
    assert found(lists, MAI) == [first, second]
    assert key_rows(lists) == [("cipher", True, True), ("lookup", False, False),
                               ("cipher", False, False)]
    assert len(before - key_files(lists)) == 1


def test_a_rotation_goes_on_where_it_stopped(lists: Lists) -> None:
    """A step at a time; no key goes before its last row, a killed deletion is made good."""
    for _ in range(3):
        lists.taken([LAN])
    rotation.replace_cipher_key(lists.home, "soan")
    with lists.home.store.read() as session:
        old = session.get_one(ListKey, 1).file

    assert not rotation.renew(lists.home, START, 2)
    assert old in key_files(lists)
    kept = keys.folder(lists.home.settings.var) / old
    text = kept.read_text(encoding="ascii")
    upkeep(lists.home, START)
    assert old not in key_files(lists)

    kept.write_text(text, encoding="ascii")  # as if killed before it was deleted
    upkeep(lists.home, START)
    assert old not in key_files(lists)


def test_what_was_made_with_a_replaced_key_does_not_count(lists: Lists) -> None:
    """An import over which the key was rotated starts again: its rows may be past reading."""
    ring = lists.ring()
    staged = lists.staged(lists.file(ALL))
    rotation.replace_cipher_key(lists.home, "soan")

    with pytest.raises(UserError, match="khóa vừa được đổi"):
        accept(lists.home, ring, staged, "soan")
    with pytest.raises(UserError, match="khóa vừa được đổi"):
        optout.add(lists.home, ring, LAN[1:], optout.Wish("opt_out", "gọi điện", "soan"))

    assert lists.states() == {"staging": 1}


def test_a_number_forgotten_while_its_row_is_renewed_stays_forgotten(lists: Lists) -> None:
    """The row was read with its number, and is blotted before the new ciphertext is written."""
    number = lists.taken(ALL, NAMES)
    rotation.replace_cipher_key(lists.home, "soan")
    other = Lists(replace(lists.home, store=Store(
        lists.home.store.engine.url.render_as_string(hide_password=False))), lists.folder)
    commits = 0

    def between(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == 2:  # the rows have been read
            forget(other.home, other.ring(), LAN[1:], "soan")

    event.listen(lists.home.store.engine, "commit", between)
    assert rotation.renew(lists.home, START)
    event.remove(lists.home.store.engine, "commit", between)
    other.home.store.close()

    assert commits > 2
    assert lists.people(number) == PEOPLE[1:]


def test_a_forgotten_row_stays_forgotten_through_a_rotation(lists: Lists) -> None:
    """There is nothing left to encrypt anew."""
    number = lists.taken(ALL, NAMES)
    forget(lists.home, lists.ring(), LAN[1:], "soan")
    rotation.replace_cipher_key(lists.home, "soan")
    rotation.renew(lists.home, START)

    assert lists.people(number) == PEOPLE[1:]


# ---------------------------------------------------------------- the look-up key


def test_a_new_lookup_key_finds_everybody_again(lists: Lists) -> None:
    """Also those whose number is gone: who opted out or was forgotten is not written to."""
    number = lists.taken(ALL, NAMES)
    wish = optout.Wish("opt_out", "tin nhắn", "soan")
    optout.add(lists.home, lists.ring(), MAI[1:], wish)
    forget(lists.home, lists.ring(), LAN[1:], "soan")
    before = {r.lookup for r in lists.rows(number)}

    for _ in range(2):
        rotation.replace_lookup_key(lists.home, "soan")

    assert not before & ({r.lookup for r in lists.rows(number)} - {None})
    assert (found(lists, HOA), found(lists, LAN), lists.lookups()) == ([number], [], 2)
    assert not optout.add(lists.home, lists.ring(), MAI[1:], wish)
    assert lists.staged(lists.file(ALL)).barred == {"forgotten": 1, "opt_out": 1}


def test_the_lookup_key_is_not_rotated_beside_a_worker(lists: Lists) -> None:
    """Nor beside an import: both hold look-up values of the old key."""
    lists.taken([LAN])
    if lists.home.store.sqlite:
        with closing(lock.take(lists.home.settings.var)), pytest.raises(UserError, match="trạm"):
            rotation.replace_lookup_key(lists.home, "soan")
    else:
        with lists.home.store.write() as session:
            now = session.connection().exec_driver_sql("SELECT now()").scalar_one()
            session.execute(insert(Node).values(
                id="khac", incarnation=1, version="1", started_at=now, heartbeat_at=now))
        with pytest.raises(UserError, match="trạm"):
            rotation.replace_lookup_key(lists.home, "soan")
        with lists.home.store.write() as session:
            session.execute(update(Node).values(stopped_at=now))
    lists.staged(lists.file([MAI]))

    with pytest.raises(UserError, match="đang nhập"):
        rotation.replace_lookup_key(lists.home, "soan")
    assert key_rows(lists) == [("cipher", False, False), ("lookup", False, False)]


def test_look_up_values_come_out_in_their_order() -> None:
    """Whatever order they went in; each once, with the number beside it."""
    gathered = Gathered()
    values = [bytes([n % 3, n * 37 % 256] + [0] * 14) for n in range(200)]
    for n, value in enumerate(values):
        gathered.add(value, n)

    chunks = list(gathered.chunks(7))

    assert [e for c in chunks for e in c] == sorted((v, n) for n, v in enumerate(values))
    assert {len(c) for c in chunks[:-1]} == {7}


# ---------------------------------------------------------------- backup, alarm


def test_a_backup_holds_no_key(lists: Lists, clock: VirtualClock, tmp_path: Path) -> None:
    """Put back without the keys it says which are missing; with them everything is readable."""
    number = lists.taken(ALL, NAMES)
    write_backup(lists.home, tmp_path / "b.tar.gz")
    with opened(tmp_path / "b.tar.gz") as (archive, meta):
        held = archive.getnames()
        other = Lists(home_for(Store(f"sqlite:///{tmp_path}/khac/x.sqlite3"), clock,
                               tmp_path / "khac", fresh=False), tmp_path)
        load(archive, meta, other.home.store, START)

    assert not [name for name in held if "khoa" in name]
    with other.home.store.read() as session:
        assert len(keys.missing(session, other.home.settings.var)) == 2
    shutil.copytree(keys.folder(lists.home.settings.var), keys.folder(other.home.settings.var))
    assert other.people(number) == PEOPLE
    assert found(other, HOA) == [number]
    other.home.store.close()


@pytest.mark.parametrize("rotated", ["never", "since", "between"])
def test_a_backup_put_back_does_not_undo_a_wish(
    lists: Lists, tmp_path: Path, rotated: str
) -> None:
    """Erased or opted out after the backup: neither comes back, whichever key was in force."""
    number = lists.taken(ALL, NAMES)
    if rotated == "between":
        optout.add(lists.home, lists.ring(), MAI[1:], optout.Wish("opt_out", "gọi điện", "soan"))
        rotation.replace_lookup_key(lists.home, "soan")
    write_backup(lists.home, tmp_path / "b.tar.gz")
    if rotated == "since":
        rotation.replace_lookup_key(lists.home, "soan")
    optout.add(lists.home, lists.ring(), MAI[1:], optout.Wish("opt_out", "gọi điện", "soan"))
    wishes = lists.home.settings.var / journal.FILE
    with wishes.open("a", encoding="utf-8") as file:
        file.write('{"kind": "forg')  # whoever wrote it died
    forget(lists.home, lists.ring(), LAN[1:], "soan")
    with wishes.open("a", encoding="utf-8") as file:
        file.write('{"kind": "forg')

    back = replace(lists.home, store=Store(f"sqlite:///{tmp_path}/cu.sqlite3"))
    with opened(tmp_path / "b.tar.gz") as (archive, meta):
        load(archive, meta, back.store, START)
    upkeep(back, START)
    old = Lists(back, tmp_path)

    assert old.people(number) == PEOPLE[1:]
    assert (found(old, LAN), found(old, MAI)) == ([], [number])
    assert old.staged(old.file(ALL)).barred == {"forgotten": 1, "opt_out": 1}
    assert journal.replay(back.store, back.settings.var, START) == 0
    assert "50000101" not in wishes.read_text(encoding="utf-8")
    assert stat.S_IMODE(wishes.stat().st_mode) == 0o600
    back.store.close()


def test_a_wish_whose_writer_died_is_taken_up_after_a_rotation(lists: Lists) -> None:
    """It was written down beside the database, and the transaction never came."""
    number = lists.taken(ALL, NAMES)
    wish = optout.Wish("forgotten", "yêu cầu xóa", "soan")
    journal.note(lists.home.settings.var, lists.ring(), LAN[1:], wish, START)
    rotation.replace_lookup_key(lists.home, "soan")

    upkeep(lists.home, START)

    assert lists.people(number) == PEOPLE[1:]
    assert lists.staged(lists.file([LAN])).barred == {"forgotten": 1}


def test_a_missing_key_is_an_alarm_until_it_is_back(lists: Lists) -> None:
    """Said once, and closed by itself."""
    lists.taken([LAN])
    place = keys.folder(lists.home.settings.var)
    moved = place.rename(place.with_name("cat-rieng"))
    for minutes in (0, 1):
        upkeep(lists.home, START + timedelta(minutes=minutes))
    with lists.home.store.read() as session:
        assert [a.kind for a in open_alarms(session)] == ["list_keys"]

    moved.rename(place)
    upkeep(lists.home, START + timedelta(minutes=2))

    with lists.home.store.read() as session:
        assert not open_alarms(session)
