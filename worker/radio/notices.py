"""
A station is told when its bulletin is urgent, changed, recalled or silenced after it was handed
over: first contact by SMS in a lane of its own, the next one when nobody answers, then the centre
is given names to call. "Đã nhận" on the station's page ends it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Text, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from vietnamese.plain import plain
from worker import audit
from worker.alarms.store import close_alarm, raise_alarm
from worker.alarms.ways import NotToldError
from worker.db import Store, insert_missing
from worker.errors import UserError
from worker.i18n import t
from worker.models import BulletinRow, Fetched, StationNotice
from worker.office import MissingSecretError
from worker.programme.model import Contact, Programme, Station
from worker.radio.bulletin import Bulletin, from_json
from worker.radio.fetches import taken

Kind = Literal["urgent", "changed", "recalled", "silenced"]
WORDS: dict[str, tuple[str, str]] = {
    "urgent": ("CÓ TIN KHẨN CẤP", "URGENT NEWS"), "changed": ("BẢN TIN ĐÃ ĐỔI", "BULLETIN CHANGED"),
    "recalled": ("CÓ TIN THU HỒI, KHÔNG PHÁT", "ITEM RECALLED, DO NOT AIR IT"),
    "silenced": ("NGỪNG PHÁT, KHÔNG PHÁT BẢN ĐÃ LẤY", "SILENCE, DO NOT AIR WHAT YOU TOOK"),
}
#: notices of airings that are over are not sent any more
OVER = timedelta(hours=2)

#: number, text, key; raises NotToldError when the gateway did not take it
Send = Callable[[str, str, str], None]
Secret = Callable[[str], str]


class Found(NamedTuple):
    """How many notices are new, and the last bulletin that was looked at."""

    new: int
    last: int


def find_new(session: Session, now: datetime, since: date, after: int = 0) -> Found:
    """
    Write down which stations must be told. Bulletins up to `after` were looked at: one of them
    is looked at again only when somebody holds an older number. Numbers are given out by one
    node at a time, so none comes later under a smaller id.
    """
    last = session.scalars(select(func.max(BulletinRow.id))).one() or 0
    older = aliased(BulletinRow)
    held = exists().where(
        older.station == BulletinRow.station, older.local_date == BulletinRow.local_date,
        older.airing == BulletinRow.airing, older.number < BulletinRow.number,
        Fetched.bulletin_id == older.id)
    urgent = cast(BulletinRow.body, Text).contains('"khan_cap"')
    rows = session.scalars(
        select(BulletinRow)
        .where(BulletinRow.newest, BulletinRow.local_date >= since,
               BulletinRow.airs_at > now - OVER,
               or_((BulletinRow.id > after) & urgent, (BulletinRow.number > 1) & held),
               ~exists().where(StationNotice.bulletin_id == BulletinRow.id))
        .order_by(BulletinRow.id))
    wanted = [{"bulletin_id": row.id, "station": row.station, "kind": kind, "made_at": now}
              for row in rows if (kind := _kind(session, row)) is not None]
    insert_missing(session, StationNotice, wanted)
    return Found(len(wanted), last)


def _kind(session: Session, row: BulletinRow) -> Kind | None:
    bulletin = from_json(row.body)
    if bulletin.priority == "khan_cap":
        return "urgent"
    if bulletin.replaces is None:
        return None
    earlier = session.scalars(
        select(BulletinRow).where(
            BulletinRow.station == row.station, BulletinRow.local_date == row.local_date,
            BulletinRow.airing == row.airing, BulletinRow.number < row.number)).all()
    if not any(taken(session, old.id) for old in earlier):
        return None  # nobody there has an old copy: the page shows the new one
    read = {(s.delivery, s.item) for old in earlier
            for s in from_json(old.body).airing_sections}
    gone = {s.standing for s in bulletin.sections if (s.delivery, s.item) in read}
    return "recalled" if "recalled" in gone else "silenced" if "silenced" in gone else "changed"


def tell(store: Store, now: datetime, programme: Programme, secret: Secret, send: Send) -> int:
    """Tell whoever is next; gives how many messages were taken by the gateway."""
    told = 0
    with store.read() as session:
        due = [(notice, from_json(row.body)) for notice, row in session.execute(
            select(StationNotice, BulletinRow)
            .join(BulletinRow, BulletinRow.id == StationNotice.bulletin_id)
            .where(StationNotice.answered_at.is_(None), BulletinRow.airs_at >= now - OVER,
                   or_(StationNotice.told_at.is_(None),
                       StationNotice.told_at <= now - programme.radio.answer_within))
            .order_by(StationNotice.id))]
    stations = {s.id: s for s in programme.stations}
    for notice, bulletin in due:
        station = stations.get(notice.station)
        if station is not None:
            told += _tell_next(store, now, notice, bulletin, station, secret, send)
    return told


def _tell_next(
    store: Store, now: datetime, notice: StationNotice, bulletin: Bulletin, station: Station,
    secret: Secret, send: Send,
) -> int:
    if notice.told >= len(station.contacts):
        with store.write() as session:
            _call_list(session, now, notice, bulletin, station)
            session.get_one(StationNotice, notice.id).told_at = now  # the centre, by the alarm
        return 0
    contact = station.contacts[notice.told]
    with store.write() as session:  # before the wire: two workers do not both tell
        row = session.get_one(StationNotice, notice.id, with_for_update=True)
        if row.told != notice.told or row.answered_at is not None:
            return 0
        row.told, row.told_at = notice.told + 1, now
    return _sent(contact, notice, bulletin, secret, send)


def _sent(
    contact: Contact, notice: StationNotice, bulletin: Bulletin, secret: Secret, send: Send
) -> int:
    words = text_of(bulletin, notice.kind)
    try:
        send(secret(contact.phone), words, f"dai-{notice.id}-{notice.told + 1}")
    except (NotToldError, MissingSecretError):
        return 0  # the next contact is told when the time is up, and the call list names all
    return 1


def text_of(bulletin: Bulletin, kind: str) -> str:
    """One SMS without accents; no address in it, for an address in a message is not trusted."""
    mark = "TAP HUAN. " if bulletin.training else ""
    return mark + plain(
        f"{bulletin.station_name}: {WORDS[kind][0]}, buổi {bulletin.airing} ngày "
        f"{bulletin.date:%d/%m}, bản số {bulletin.number}. Mở trang của đài, bấm Đã nhận.")


def _call_list(
    session: Session, now: datetime, notice: StationNotice, bulletin: Bulletin, station: Station
) -> None:
    names = ", ".join(c.name for c in station.contacts) or t("chưa ghi ai", "nobody is named")
    raise_alarm(
        session, now, f"station/{notice.station}", "station", "serious",
        t(f"{bulletin.station_name} chưa nhận: {WORDS[notice.kind][0]}, {bulletin.airing} ngày "
          f"{bulletin.date:%d/%m/%Y}; gọi: {names}",
          f"{bulletin.station_name} has not answered ({notice.kind}); call: {names}"))


def answer(session: Session, now: datetime, notice_id: int, by: str, recorded_by: str) -> None:
    """«Đã nhận», on the page or by phone; every open notice of that airing is answered."""
    row = session.get(StationNotice, notice_id)
    if row is None:
        raise UserError(str(notice_id), t("không có thông báo này", "there is no such notice"),
                        t("xem `giovang station calls`", "see `giovang station calls`"))
    if not by.strip():
        raise UserError(t("người nhận", "who received it"), t("chưa ghi họ tên", "no name"),
                        t("ghi họ tên", "write a name"))
    audit.record(session, now, recorded_by, "station_answered", str(notice_id))
    same = select(BulletinRow.id).join(
        StationNotice, StationNotice.bulletin_id == BulletinRow.id).where(
        BulletinRow.station == row.station)
    for notice in session.scalars(
        select(StationNotice).where(StationNotice.bulletin_id.in_(same),
                                    StationNotice.id <= notice_id,
                                    StationNotice.answered_at.is_(None))
    ):
        notice.answered_at, notice.answered_by = now, by.strip()
    session.flush()
    if not open_notices(session, row.station):
        close_alarm(session, now, f"station/{row.station}")


def open_notices(session: Session, station: str = "") -> list[StationNotice]:
    """What waits for «Đã nhận», the oldest first; of one station or of all."""
    only = [StationNotice.station == station] if station else []
    return list(session.scalars(
        select(StationNotice).where(StationNotice.answered_at.is_(None), *only)
        .order_by(StationNotice.id)))
