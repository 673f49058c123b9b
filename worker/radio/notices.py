"""
A station is told when its bulletin is urgent, changed or recalled after it was handed over:
first contact by SMS in a lane of its own, the next one when nobody answers, then the centre
is given names to call. "Đã nhận" on the station's page ends it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.plain import plain
from worker import audit
from worker.alarms.store import close_alarm, raise_alarm
from worker.alarms.ways import NotToldError
from worker.db import Store, insert_missing
from worker.errors import UserError
from worker.i18n import t
from worker.models import BulletinRow, StationNotice
from worker.office import MissingSecretError
from worker.programme.model import Contact, Programme, Station
from worker.radio.bulletin import Bulletin, from_json
from worker.radio.fetches import taken

Kind = Literal["urgent", "changed", "recalled"]
WORDS: dict[str, str] = {"urgent": "CÓ TIN KHẨN CẤP", "changed": "BẢN TIN ĐÃ ĐỔI",
                         "recalled": "CÓ TIN THU HỒI, KHÔNG PHÁT"}
#: notices of airings that are over are not sent any more
OVER = timedelta(hours=2)

#: number, text, key; raises NotToldError when the gateway did not take it
Send = Callable[[str, str, str], None]
Secret = Callable[[str], str]


def find_new(session: Session, now: datetime, since: date) -> int:
    """Write down which stations must be told; gives how many are new."""
    rows = session.scalars(
        select(BulletinRow)
        .where(BulletinRow.newest, BulletinRow.local_date >= since,
               BulletinRow.airs_at > now - OVER)
        .order_by(BulletinRow.id)).all()
    known = {(n, kind) for n, kind in session.execute(
        select(StationNotice.bulletin_id, StationNotice.kind)
        .where(StationNotice.bulletin_id.in_([r.id for r in rows])))}
    wanted = []
    for row in rows:
        kind = _kind(session, row)
        if kind is not None and (row.id, kind) not in known:
            wanted.append({"bulletin_id": row.id, "station": row.station, "kind": kind,
                           "made_at": now})
    insert_missing(session, StationNotice, wanted)
    return len(wanted)


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
    gone = {s.delivery for s in bulletin.sections if s.standing == "recalled"}
    read = {s.delivery for old in earlier for s in from_json(old.body).airing_sections}
    return "recalled" if gone & read else "changed"


def tell(store: Store, now: datetime, programme: Programme, secret: Secret, send: Send) -> int:
    """Tell whoever is next; gives how many messages were taken by the gateway."""
    told = 0
    with store.read() as session:
        open_ = session.scalars(
            select(StationNotice).where(StationNotice.answered_at.is_(None))
            .order_by(StationNotice.id)).all()
        bodies = {n.id: from_json(session.get_one(BulletinRow, n.bulletin_id).body)
                  for n in open_}
    stations = {s.id: s for s in programme.stations}
    for notice in open_:
        bulletin, station = bodies[notice.id], stations.get(notice.station)
        if station is None or bulletin.airs_at < now - OVER:
            continue
        if notice.told_at is not None and now < notice.told_at + programme.radio.answer_within:
            continue
        told += _tell_next(store, now, notice, bulletin, station, secret, send)
    return told


def _tell_next(
    store: Store, now: datetime, notice: StationNotice, bulletin: Bulletin, station: Station,
    secret: Secret, send: Send,
) -> int:
    if notice.told >= len(station.contacts):
        with store.write() as session:
            _call_list(session, now, notice, bulletin, station)
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
        f"{bulletin.station_name}: {WORDS[kind]}, buổi {bulletin.airing} ngày "
        f"{bulletin.date:%d/%m}, bản số {bulletin.number}. Mở trang của đài, bấm Đã nhận.")


def _call_list(
    session: Session, now: datetime, notice: StationNotice, bulletin: Bulletin, station: Station
) -> None:
    names = ", ".join(c.name for c in station.contacts) or t("chưa ghi ai", "nobody is named")
    raise_alarm(
        session, now, f"station/{notice.station}", "station", "serious",
        t(f"{bulletin.station_name} chưa nhận: {WORDS[notice.kind]}, {bulletin.airing} ngày "
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
