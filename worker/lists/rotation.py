"""
New keys for old ones.

The encrypting key while everything runs: new rows take the new key at once, old rows are
encrypted anew chunk by chunk, then the old key's file goes, and with it all that copies of this
database taken earlier could tell. The look-up key with the worker stopped, in one transaction: a
new key laid over every value, for numbers that are gone have nothing else to be made anew from.
"""

from contextlib import closing
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from worker import audit, lock, nodes
from worker.db import lock_lists, store_now
from worker.errors import Refused
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import ListKey, OptOut, Recipient, RecipientList, RecipientLookup
from worker.outbox.many import Many

from .index import STEP, Gathered
from .keys import folder, make_key, read_key
from .secret import KeysChangedError, Ring, laid_over, open_ring

_UPDATE = Many(
    update(Recipient)
    .where(Recipient.list_id == bindparam("b_list"), Recipient.row == bindparam("b_row"))
    .values(number=bindparam("number"), fields=bindparam("fields"), key_id=bindparam("key_id")))
_LOOKUP = Many(
    update(Recipient)
    .where(Recipient.list_id == bindparam("b_list"), Recipient.row == bindparam("b_row"))
    .values(lookup=bindparam("lookup")))
_WISHES = Many(
    update(OptOut)
    .where(OptOut.lookup == bindparam("b_lookup"), OptOut.kind == bindparam("b_kind"))
    .values(lookup=bindparam("lookup")))
_PLACES = Many(insert(RecipientLookup), "lookup", "list_id", "row")


def replace_cipher_key(home: Home, by: str) -> int:
    """New rows take a new key from now on; gives its id. `renew` sees to the old rows."""
    now = home.clock.now()
    with home.store.write() as session:
        lock_lists(session)
        open_ring(session, home.settings.var)  # a key that cannot be read cannot be replaced
        session.execute(
            update(ListKey).where(ListKey.kind == "cipher", ListKey.replaced_at.is_(None))
            .values(replaced_at=now))
        key = make_key(session, home.settings.var, now, "cipher", by)
        audit.record(session, now, by, "list_key", "cipher", {"key": key.id})
        return key.id


def renew(home: Home, now: datetime, chunks: int | None = None) -> bool:
    """
    Encrypt old rows with the newest key, at most so many *chunks* of them; True when none is left,
    and the old keys are gone.
    """
    with home.store.read() as session:
        old = list(session.scalars(select(ListKey.id).where(
            ListKey.kind == "cipher", ListKey.replaced_at.is_not(None),
            ListKey.retired_at.is_(None))))
        ring = open_ring(session, home.settings.var) if old else None
        lists = list(session.scalars(select(RecipientList.id).order_by(RecipientList.id)))
    if ring is not None:
        left = chunks if chunks is not None else -1
        try:
            for list_id in lists:
                left = _renew_list(home, ring, list_id, old, left)
                if left == 0:
                    return False
        except KeysChangedError:
            return False  # rotated once more meanwhile: the next call begins with that key
        with home.store.write() as session:
            session.execute(update(ListKey).where(ListKey.id.in_(old)).values(retired_at=now))
            for key in old:
                audit.record(session, now, SYSTEM, "list_key", "retired", {"key": key})
    _burn(home)
    return True


def replace_lookup_key(home: Home, by: str) -> None:
    """
    Lay a new key over every look-up value, in one transaction.

    Raises:
        UserError, Refused: a worker runs, or a list is being imported.
    """
    if home.store.sqlite:
        with closing(lock.take(home.settings.var)):
            _lay_over(home, by)
    else:
        _lay_over(home, by)


def _renew_list(home: Home, ring: Ring, list_id: int, old: list[int], left: int) -> int:
    """How many chunks are left of *left*; a negative number never ends."""
    last = 0
    while left != 0:
        with home.store.read() as session:
            found = session.execute(
                select(Recipient.row, Recipient.number, Recipient.fields, Recipient.key_id)
                .where(Recipient.list_id == list_id, Recipient.row > last,
                       Recipient.key_id.in_(old))
                .order_by(Recipient.row).limit(STEP)).all()
        if not found:
            return left
        last, left = found[-1].row, left - 1
        made = {r.row: ring.renewed(list_id, r.row, r.key_id, r.number, r.fields) for r in found}
        with home.store.write() as session:
            ring.must_be_current(session)
            # forgotten or wiped since we read: what is gone must not come back
            still = set(session.scalars(
                select(Recipient.row).where(
                    Recipient.list_id == list_id, Recipient.row.between(found[0].row, last),
                    Recipient.key_id.in_(old)).with_for_update()))
            _UPDATE.execute(session, [
                {"b_list": list_id, "b_row": row, "number": number, "fields": fields,
                 "key_id": ring.current}
                for row, (number, fields) in made.items() if row in still])
    return 0


def _burn(home: Home) -> None:
    """Delete the files of retired keys, also where an earlier run died before it could."""
    with home.store.read() as session:
        names = session.scalars(
            select(ListKey.file).where(ListKey.retired_at.is_not(None))).all()
    for name in names:
        (folder(home.settings.var) / name).unlink(missing_ok=True)


def _lay_over(home: Home, by: str) -> None:
    now = home.clock.now()
    with home.store.write() as session:
        lock_lists(session)
        _must_be_quiet(session, home)
        open_ring(session, home.settings.var)
        session.execute(
            update(ListKey).where(ListKey.kind == "lookup", ListKey.replaced_at.is_(None))
            .values(replaced_at=now))
        row = make_key(session, home.settings.var, now, "lookup", by)
        key = read_key(home.settings.var, row)
        _recipients(session, key)
        _wishes(session, key)
        audit.record(session, now, by, "list_key", "lookup", {"key": row.id})


def _must_be_quiet(session: Session, home: Home) -> None:
    name, now = nodes.node_name(home.settings.var), store_now(session, home.clock)
    if not home.store.sqlite and nodes.any_live(session, now):
        raise Refused(name, t("còn trạm phát đang chạy", "a worker runs"),
                      t("dừng mọi trạm phát trước", "stop every worker first"))
    if session.scalars(select(RecipientList.id).where(
            RecipientList.state == "staging")).first() is not None:
        raise Refused(t("danh sách", "lists"), t("có danh sách đang nhập", "one is being imported"),
                      t("đợi nhập xong", "wait for its end"))


def _recipients(session: Session, key: bytes) -> None:
    session.execute(delete(RecipientLookup))
    for list_id in session.scalars(select(RecipientList.id).order_by(RecipientList.id)).all():
        gathered, last = Gathered(), 0
        while found := session.execute(
            select(Recipient.row, Recipient.lookup)
            .where(Recipient.list_id == list_id, Recipient.row > last,
                   Recipient.lookup.is_not(None))
            .order_by(Recipient.row).limit(STEP)
        ).all():
            last = found[-1].row
            made = [(row, laid_over(lookup or b"", key)) for row, lookup in found]
            for row, lookup in made:
                gathered.add(lookup, row)
            _LOOKUP.execute(session, [
                {"b_list": list_id, "b_row": row, "lookup": lookup} for row, lookup in made])
        for chunk in gathered.chunks(STEP):
            _PLACES.execute(session, [
                {"lookup": lookup, "list_id": list_id, "row": row} for lookup, row in chunk])


def _wishes(session: Session, key: bytes) -> None:
    for kind in session.scalars(select(OptOut.kind).distinct()).all():
        # all of a kind before the first is changed: a changed one must not be met again
        gathered = Gathered()
        for lookup in session.scalars(
            select(OptOut.lookup).where(OptOut.kind == kind).execution_options(yield_per=STEP)
        ):
            gathered.add(lookup, 0)
        for chunk in gathered.chunks(STEP):
            _WISHES.execute(session, [
                {"b_lookup": lookup, "b_kind": kind, "lookup": laid_over(lookup, key)}
                for lookup, _ in chunk])
