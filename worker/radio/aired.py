"""
"Đã phát": what a station says of an airing is the receipt of every delivery in its bulletin.
Aired in full or in part they end as delivered, with the extent kept; another version or not
aired ends them as rejected, with the reason. The first answer counts; the same again is
nothing new; another one later is kept, told as a Sự cố, and moves nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from sys import intern
from typing import Literal, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.alarms.store import close_alarm, raise_alarm
from worker.db import insert_missing, lock_outbox
from worker.errors import UserError
from worker.i18n import each, t, written
from worker.models import Aired, BulletinRow, Delivery
from worker.outbox.doubt import apply_receipt
from worker.programme.model import Programme
from worker.radio.boxes import occurrence_of
from worker.radio.bulletin import Bulletin, from_json
from worker.states import FINAL

Extent = Literal["full", "part", "other", "not"]
Source = Literal["page", "offline", "centre", "log"]

EXTENTS: dict[str, tuple[str, str]] = {
    "full": ("Phát đủ", "In full"), "part": ("Phát một phần", "In part"),
    "other": ("Phát bản khác", "Another version"), "not": ("Không phát", "Not aired"),
}
#: why an airing was not full; the words staff choose from
REASONS: dict[str, tuple[str, str]] = {
    "mat_dien": ("Mất điện", "Power cut"), "hong_may": ("Hỏng máy, hỏng loa", "Broken set"),
    "mat_mang": ("Mất mạng, không tải được", "No network"),
    "thieu_nguoi": ("Không có người trực", "Nobody on duty"),
    "lenh_tren": ("Theo lệnh cấp trên", "By order"), "thoi_tiet": ("Thời tiết", "Weather"),
    "khac": ("Lý do khác", "Something else"),
}
#: how the centre came to know what a station did not say itself
LEARNED: dict[str, tuple[str, str]] = {
    "dien_thoai": ("điện thoại", "telephone"), "zalo": ("Zalo", "Zalo"),
    "van_ban": ("văn bản, báo cáo", "a written report"), "tai_cho": ("nghe tại chỗ", "on the spot"),
}
#: clocks of old PCs: an airing may be told so much before its time
EARLY = timedelta(hours=1)
#: an answer about an airing longer ago than this is not taken
OLDEST = timedelta(days=62)
#: bulletins read in one statement
PART = 500


@dataclass(frozen=True)
class Answer:
    """What was said of one airing."""

    station: str
    date: date
    airing: str
    extent: Extent
    by: str  #: who aired it
    source: Source
    aired_at: datetime | None = None  #: None: at its time
    number: int | None = None
    clusters: tuple[str, ...] = ()  #: speaker clusters that were silent
    times: int | None = None  #: read once of two
    reason: str = ""
    note: str = ""
    said_to: str = ""  #: the centre's person who was told, where the station did not say it itself
    learned: str = ""  #: and how, of LEARNED


@dataclass(frozen=True)
class Result:
    """`new`: it was not known; `counted`: it moved the deliveries; `moved`: how many."""

    new: bool
    counted: bool
    moved: int = 0


def report(session: Session, now: datetime, answer: Answer) -> Result:
    """Keep what was said, and let the first answer of an airing end its deliveries."""
    lock_outbox(session)
    bulletin = _bulletin(session, answer)
    _check(now, answer, bulletin)
    earlier = session.scalars(select(Aired).where(
        Aired.station == answer.station, Aired.local_date == answer.date,
        Aired.airing == answer.airing)).all()
    dedupe = _dedupe(answer)
    if dedupe in {row.dedupe for row in earlier}:
        return Result(new=False, counted=False)
    counted = not any(row.counted for row in earlier)
    insert_missing(session, Aired, [{
        "station": answer.station, "local_date": answer.date, "airing": answer.airing,
        "number": answer.number, "extent": answer.extent, "clusters": list(answer.clusters),
        "times": answer.times, "reason": answer.reason, "note": "; ".join(_notes(answer)),
        "by": answer.by.strip(), "said_to": answer.said_to, "source": answer.source,
        "aired_at": answer.aired_at or bulletin.airs_at, "received_at": now, "dedupe": dedupe,
        "counted": counted,
    }])
    if not counted:
        _contradicts(session, now, answer)
        return Result(new=True, counted=False)
    return Result(new=True, counted=True, moved=_receipts(session, now, answer, bulletin))


def report_many(session: Session, now: datetime, answers: Iterable[Answer]) -> list[Result]:
    """Several days in one tick: all or nothing, for a mistake names its own day."""
    return [report(session, now, answer) for answer in answers]


def answers_of(
    session: Session, station: str, first: date, last: date
) -> dict[tuple[date, str], Aired]:
    """What counts of these days, by date and airing."""
    rows = session.scalars(
        select(Aired).where(Aired.station == station, Aired.local_date >= first,
                            Aired.local_date <= last, Aired.counted))
    return {(row.local_date, row.airing): row for row in rows}


class Silence(NamedTuple):
    """A bulletin that was to be aired, and of which nobody has said anything."""

    station_name: str
    use_until: datetime
    urgent: bool


#: what was read of a bulletin by its id, for no number ever changes; None: nothing was to be said
Known = dict[int, Silence | None]


def unconfirmed(
    session: Session, now: datetime, since: date, known: Known | None = None
) -> list[Silence]:
    """
    Those whose airing has begun, in order, stand-by ones apart. `known`: what earlier looks have
    read, kept up here, so that a bulletin is read once and not with every look.
    """
    known = {} if known is None else known
    said = select(Aired.id).where(
        Aired.station == BulletinRow.station, Aired.local_date == BulletinRow.local_date,
        Aired.airing == BulletinRow.airing, Aired.counted).exists()
    ids = session.scalars(
        select(BulletinRow.id)
        .where(BulletinRow.newest, BulletinRow.local_date >= since, BulletinRow.airs_at < now,
               ~said)
        .order_by(BulletinRow.airs_at, BulletinRow.station)).all()
    for gone in known.keys() - set(ids):
        del known[gone]
    new = [n for n in ids if n not in known]
    for first in range(0, len(new), PART):
        for row in session.scalars(
                select(BulletinRow).where(BulletinRow.id.in_(new[first:first + PART]))):
            known[row.id] = _silence(from_json(row.body))
    return [found for n in ids if (found := known[n]) is not None]


def _silence(b: Bulletin) -> Silence | None:
    if b.stand_by or not b.airing_sections:
        return None
    return Silence(intern(b.station_name), b.use_until, b.priority == "khan_cap")


def watch_unconfirmed(
    session: Session, now: datetime, programme: Programme, known: Known | None = None
) -> int:
    """
    One Sự cố for all stations that have not said "Đã phát", at the hour the programme names;
    for an urgent bulletin at once when its time is over. Gives how many are missing.
    """
    local = now.astimezone(programme.zone())
    missing = unconfirmed(session, now, local.date() - timedelta(days=2), known)
    over = [b for b in missing if b.use_until <= now]
    urgent = [b for b in over if b.urgent]
    hour = local.replace(hour=programme.radio.unconfirmed_at.hour,
                         minute=programme.radio.unconfirmed_at.minute, second=0, microsecond=0)
    ordinary = [b for b in over if not b.urgent and b.use_until <= hour <= local]
    for found, cause, severity in ((urgent, "aired/khan-cap", "serious"),
                                   (ordinary, "aired/thuong", "warning")):
        if found:
            names = ", ".join(dict.fromkeys(b.station_name for b in found))
            raise_alarm(
                session, now, cause, "unconfirmed", severity,  # type: ignore[arg-type]
                t(f"{len(found)} buổi phát chưa báo «Đã phát»: {names}",
                  f"{len(found)} airings not confirmed: {names}"))
    if not urgent:
        close_alarm(session, now, "aired/khan-cap")
    if not over:
        close_alarm(session, now, "aired/thuong")
    return len(over)


def _bulletin(session: Session, answer: Answer) -> Bulletin:
    numbered = [BulletinRow.number == answer.number] if answer.number is not None else []
    row = session.scalars(
        select(BulletinRow)
        .where(BulletinRow.station == answer.station, BulletinRow.local_date == answer.date,
               BulletinRow.airing == answer.airing, *numbered)
        .order_by(BulletinRow.number.desc()).limit(1)
    ).first()
    if row is None:
        raise UserError(
            _place(answer), t("không có bản tin nào của buổi phát này", "no such bulletin"),
            t("xem lại ngày, giờ phát và số bản tin", "look at date, airing and number"))
    return from_json(row.body)


def _check(now: datetime, answer: Answer, bulletin: Bulletin) -> None:
    if answer.extent not in EXTENTS:
        raise UserError(_place(answer), t(f"không có mức «{answer.extent}»", "no such extent"),
                        t(f"chọn: {', '.join(each(EXTENTS).values())}",
                          f"one of: {', '.join(EXTENTS)}"))
    if not answer.by.strip():
        raise UserError(_place(answer), t("chưa ghi ai phát", "nobody is named"),
                        t("ghi họ tên người phát", "name who aired it"))
    if answer.extent != "full" and not (answer.reason in REASONS or answer.note.strip()):
        raise UserError(_place(answer), t("không phát đủ mà chưa nói lý do", "no reason is given"),
                        t("chọn lý do hoặc ghi vài chữ", "choose a reason, or write a few words"))
    if answer.learned and answer.learned not in LEARNED:
        raise UserError(_place(answer), t("không rõ biết qua đâu", "it is not said how"),
                        t("chọn trong danh sách", "choose from the list"))
    told = answer.aired_at or bulletin.airs_at
    if bulletin.airs_at > now + EARLY or told > now + EARLY:
        raise UserError(_place(answer), t("chưa đến giờ phát", "it has not aired yet"),
                        t("báo sau khi phát; xem đồng hồ máy", "say it after the airing"))
    if bulletin.airs_at < now - OLDEST:
        raise UserError(_place(answer), t("đã quá hai tháng", "more than two months ago"),
                        t("báo trung tâm bằng văn bản", "tell the centre in writing"))


def _receipts(session: Session, now: datetime, answer: Answer, bulletin: Bulletin) -> int:
    """What of the bulletin is still open ends here; what was recalled or put off is left alone."""
    keys = [s.delivery for s in bulletin.airing_sections if s.delivery]
    box = occurrence_of(bulletin.station, bulletin.date, bulletin.airing, bulletin.number)
    keys = list(session.scalars(
        select(Delivery.id).where(
            or_(Delivery.id.in_(keys) & Delivery.state.not_in(FINAL),
                # the vendor's box was given the same bulletin
                (Delivery.occurrence_id == box) & (Delivery.kind == "publish")
                & Delivery.state.in_(("sending", "accepted", "uncertain"))))
        .order_by(Delivery.id)))
    aired = answer.extent in ("full", "part")
    for key in keys:
        apply_receipt(session, now, key, "delivered" if aired else "rejected",
                      f"aired-{answer.extent}", detail_of(answer))
    return len(keys)


@written()
def detail_of(answer: Answer) -> str:
    """In the log: to what extent, and why not in full. No name: the log holds no persons."""
    words = [t(*EXTENTS[answer.extent])]
    if answer.clusters:
        words.append(t("cụm không phát: ", "silent: ") + ", ".join(answer.clusters))
    if answer.times is not None:
        words.append(t(f"đọc {answer.times} lần", f"read {answer.times} time(s)"))
    words += [t(*REASONS[answer.reason])] if answer.reason in REASONS else []
    return "; ".join([*words, *_notes(answer)])


def _notes(answer: Answer) -> list[str]:
    how = []
    if answer.learned:
        vi, en = LEARNED[answer.learned]
        how = [t(f"biết qua {vi}", f"known by {en}")]
    return [note for note in (answer.note.strip(), *how) if note]


@written()
def _contradicts(session: Session, now: datetime, answer: Answer) -> None:
    raise_alarm(
        session, now, f"aired/{_place(answer)}", "receipt", "warning",
        t(f"{_place(answer)}: báo «{EXTENTS[answer.extent][0]}», khác lần báo trước",
          f"{_place(answer)}: says {answer.extent}, which is not what was said before"),
        t("hỏi lại đài; nhật ký giữ lần báo đầu", "ask the station; the log keeps the first"))


def _dedupe(answer: Answer) -> str:
    said: Sequence[object] = [answer.extent, answer.number, sorted(answer.clusters), answer.times,
                              answer.reason, answer.note.strip()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _place(answer: Answer) -> str:
    return f"{answer.station} {answer.date:%d/%m/%Y} {answer.airing}"
