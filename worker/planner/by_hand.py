"""Occurrences by a person's hand, outside the calendar: at once, and once more."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_for_planning
from worker.errors import Refused, UserError
from worker.home import InForce, in_force
from worker.i18n import t
from worker.models import Occurrence
from worker.outbox.keys import occurrence_id
from worker.planner import scope as reading
from worker.planner.cells import Planned
from worker.planner.rows import Rows
from worker.planner.wanted import Scope as Asked
from worker.planner.wanted import immediately
from worker.programme.model import Programme
from worker.scope import WHOLE, Scope, targets_held
from worker.slots import local_date

#: how long `publish --now` and `repeat` may try to begin
LASTS = timedelta(hours=2)


def publish(
    session: Session, now: datetime, by: str, item: str, channels: list[str] | None = None,
    whose: Scope = WHOLE,
) -> Planned:
    """Outside the slots, at once, on these channels (None: all it fits), once a day."""
    force = in_force(session)
    day, entry = local_date(force.programme, now), f"now:{item}"
    if session.get(Occurrence, occurrence_id(entry, "-", day, 1)) is not None:
        raise Refused(
            item, t("hôm nay đã phát ngay tin này rồi", "was published at once today already"),
            t(f"muốn phát lần nữa: giovang repeat {entry}/-/{day}/1",
              f"to air it again: giovang repeat {entry}/-/{day}/1"))
    planned, scope = at_once(session, force, now, item, entry, 1, day, channels, "now")
    _must_be_theirs(force.programme, whose, planned)
    write(session, force, scope, now, by, planned)
    return planned


def _must_be_theirs(programme: Programme, whose: Scope, planned: Planned) -> None:
    """Whoever works for one organisation reaches its places only."""
    held = targets_held(programme, whose)
    if held is not None and any(m.target not in held.get(c.channel, ()) for c in planned.channels
                                for p in c.parcels for m in p.mails):
        raise Refused(planned.item.id,
                      t("còn phát đến nơi của đơn vị khác", "also airs to other organisations"),
                      t("đặt địa bàn của tin, chọn kênh khác, hoặc nhờ người phụ trách chung",
                        "give it an area, choose other channels, or ask whoever works for all"))


def repeat(
    session: Session, now: datetime, by: str, occurrence: str, whose: Scope = WHOLE
) -> Planned:
    """The same item again, at once, on the same channels: a person's decision, run 2, 3 …"""
    force = in_force(session)
    old = session.get(Occurrence, occurrence)
    if old is None:
        raise UserError(occurrence, t("không có lượt phát này", "no such occurrence"),
                        t("lấy mã ở `giovang plan`", "take it from `giovang plan`"))
    if old.picked_by == "campaign":  # the same
        raise Refused(occurrence, t("là đợt nhắn tin", "is an SMS campaign"),
                      t("lập đợt mới: giovang campaign create",
                        "make another: giovang campaign create"))
    if old.picked_by == "area":  # no channel of ours: it would go out on all of them
        raise Refused(occurrence, t("là đơn theo vùng, nhà mạng gửi", "is sent by a carrier"),
                      t("lập đơn khác: giovang area order --again",
                        "order it anew: giovang area order --again"))
    highest = session.scalars(select(func.max(Occurrence.run)).where(
        Occurrence.entry == old.entry, Occurrence.slot == old.slot,
        Occurrence.local_date == old.local_date)).one()
    channels = list(reading.standing(session, old.local_date)[old.id].plans)
    planned, scope = at_once(session, force, now, old.item_id, old.entry, highest + 1,
                             old.local_date, channels, "repeat", slot=old.slot)
    _must_be_theirs(force.programme, whose, planned)
    write(session, force, scope, now, by, planned)
    return planned


def at_once(
    session: Session, force: InForce, now: datetime, item: str, entry: str, run: int, day: date,
    channels: list[str] | None, picked_by: str, *, slot: str = "-",
) -> tuple[Planned, Asked]:
    """What would go out now; refused with the reason when nothing could."""
    scope: Asked = reading.scope(session, force, now, day, {})
    candidate = scope.items.get(item)
    if candidate is None:
        raise Refused(item, t("chưa được duyệt (hoặc không có tin này)",
                              "is not approved (or there is no such item)"),
                      t("xem `giovang items`; trình và duyệt trước",
                        "see `giovang items`; submit and approve it first"))
    known = {c.id: c for c in force.programme.channels if c.enabled}
    for name in channels or ():
        if name not in known:
            raise UserError("--channel", t(f"không có kênh «{name}»", f"no channel “{name}”"),
                            t(f"dùng: {', '.join(known)}", f"use: {', '.join(known)}"))
    chosen = tuple(c for c in known.values()
                   if (c.id in channels if channels else c.id in candidate.channels))
    planned = immediately(scope, candidate, entry, now, day, run, chosen, LASTS, picked_by, slot)
    if not any(c.parcels for c in planned.channels):
        why = "; ".join(dict.fromkeys(c.problem for c in planned.channels if c.problem))
        raise Refused(item, t(f"không phát được bây giờ: {why}", f"cannot air now: {why}"),
                      t("chờ khung giờ, hoặc đặt mức khẩn cấp rồi duyệt lại",
                        "wait for a slot, or make it khan_cap and approve it again"))
    return planned, scope


def write(
    session: Session, force: InForce, scope: Asked, now: datetime, actor: str, planned: Planned
) -> None:
    lock_for_planning(session)
    rows = Rows(now, actor, force.version, scope.writer)
    rows.occurrence(planned)
    for cell in planned.channels:
        rows.cell(planned, cell, 1)
    rows.write(session)
    audit.record(session, now, actor, planned.picked_by, planned.id, {"item": planned.item.id})
