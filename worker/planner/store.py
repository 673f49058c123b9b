"""
Write the plan down, at start, hourly, and after each edit.

What has not begun is rewritten in place until 15 minutes before it is due; after that only
a pin, a cancel, a recall or a lost approval touch it. What has begun is never touched: a
change between due and airing goes out as the next version on channels that hand over ahead.
"""

import gc
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from worker.db import Store, lock_for_planning
from worker.growth import partitions
from worker.home import in_force
from worker.i18n import written
from worker.models import Batch, ChannelPlan, Delivery
from worker.outbox import acts, events
from worker.outbox.withdraw import WITHDRAWN, plan_anew
from worker.planner import scope as reading
from worker.planner.cells import Cell, Planned
from worker.planner.rows import Rows
from worker.planner.scope import Standing
from worker.planner.wanted import Scope, Want, wanted
from worker.programme.model import Programme
from worker.slots import local_date
from worker.specs import prepares
from worker.states import MAY_BE_OUT

#: rows in one transaction: it must end within 50 ms
CHUNK = 1_500
#: an occurrence to be rewritten counts for so many more: what stands is deleted cell by cell
REWRITE = 60
#: days looked back for slots that nobody ever planned because the worker was away
LOOK_BACK = 31


@dataclass
class Report:
    """What a planning changed and what it could not fill."""

    added: int = 0
    rewritten: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)


@written()
def replan(
    store: Store, now: datetime, actor: str, *, since: date | None = None,
    until: date | None = None,
) -> Report:
    """
    Plan up to `plan_ahead_days` (or the local days `since` to `until`, both included); the
    same call twice changes nothing.
    """
    with _COLLECTOR.waits():
        while (report := _plan_once(store, now, actor, since, until)) is None:
            pass  # a newer programme was accepted meanwhile: what was wanted is out of date
    return report


@dataclass
class _Collector:
    """
    Python's garbage collector waits while anybody plans: it would look through everything planned
    so far again and again, for a fifth of the whole time, and find nothing, for all of it stays.
    """

    planning: int = 0
    was_on: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def waits(self) -> Iterator[None]:
        with self.lock:
            if not self.planning:
                self.was_on = gc.isenabled()
                gc.disable()
            self.planning += 1
        try:
            yield
        finally:
            with self.lock:
                self.planning -= 1
                if not self.planning and self.was_on:
                    gc.enable()


_COLLECTOR = _Collector()


def _plan_once(
    store: Store, now: datetime, actor: str, since: date | None, until: date | None
) -> Report | None:
    with store.read() as session:
        force = in_force(session)
        today = local_date(force.programme, now)
        planned_until = reading.last_planned_day(session)
        first = since or first_day(planned_until, today)
        last = until or today + timedelta(days=force.programme.settings.plan_ahead_days)
        stands = reading.standing(session, first)
        scope = reading.scope(session, force, now, first, stands)
    partitions.cover(store, first, last)
    wants = list(wanted(scope, first, last))
    report = Report(wants=wants)
    plans = [w.planned for w in wants if w.planned and _may_stand(w.planned, now, planned_until)]
    unwanted = [o for o, stand in sorted(stands.items())
                if first <= stand.occurrence.local_date <= last]
    ahead = _ahead(force.programme)
    for chunk in _chunks([p for p in plans if _to_do(p, stands.get(p.id), now, ahead)], stands):
        rows = Rows(now, actor, force.version, scope.writer)
        with store.write() as session:
            lock_for_planning(session)
            if in_force(session).version != force.version:
                return None
            stand = reading.standing_now(session, [p.id for p in chunk])
            for planned in chunk:
                _plan(session, rows, scope, planned, stand.get(planned.id), now, report)
            rows.write(session)
    wanted_ids = {p.id for p in plans}
    _remove(store, now, actor, force.version, [o for o in unwanted if o not in wanted_ids
            and _surplus(stands[o], now, ahead)], ahead, report)
    return report


def _may_stand(planned: Planned, now: datetime, planned_until: date | None) -> bool:
    """
    What has closed is written down as missed only for days on which nobody planned at all (the
    worker was away). On the others it was not wanted then: it was edited or approved since.
    """
    return planned.closes_at > now or (
        planned_until is not None and planned.local_date > planned_until)


_DAY = timedelta(days=1)


def first_day(planned_until: date | None, today: date) -> date:
    """Yesterday, or further back when the worker was away longer than it had planned ahead."""
    if planned_until is None or planned_until >= today - _DAY:
        return today - _DAY
    return max(planned_until + _DAY, today - LOOK_BACK * _DAY)


def _chunks(
    plans: Iterable[Planned], stands: Mapping[str, Standing]
) -> Iterator[list[Planned]]:
    """As many as one transaction may write; one at least, however many targets it has."""
    chunk: list[Planned] = []
    size = 0
    for planned in plans:
        rows = _rows_of(planned) + (REWRITE if planned.id in stands else 0)
        if chunk and size + rows > CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(planned)
        size += rows
    if chunk:
        yield chunk


def _rows_of(planned: Planned) -> int:
    """Occurrence and event; per cell its plan, batches, deliveries, a content for each."""
    return 2 + sum(
        1 + sum(1 + 2 * len(parcel.mails) for parcel in cell.parcels) for cell in planned.channels
    )


def _to_do(
    planned: Planned, stand: Standing | None, now: datetime, ahead: Collection[str]
) -> bool:
    """It stands nowhere, or otherwise than wanted."""
    return stand is None or any(_changes(planned, stand, now, ahead))


def _plan(
    session: Session, rows: Rows, scope: Scope, planned: Planned, stand: Standing | None,
    now: datetime, report: Report,
) -> None:
    if stand is None:
        rows.occurrence(planned)
        for cell in planned.channels:
            rows.cell(planned, cell, 1)
        report.added += 1
    else:
        _revise(session, rows, scope, planned, stand, now, report)


def _changes(
    planned: Planned, stand: Standing, now: datetime, ahead: Collection[str]
) -> tuple[list[Cell], list[str]]:
    """
    Cells to be replaced, and channels whose cell goes. Another item (a pin, a lost approval)
    is taken up at any time, what was withdrawn, too; an edit only until the cell is frozen, or
    until its slot where it takes off what nobody has seen yet.
    """
    old = stand.occurrence
    if old.cancelled_at is not None or old.closes_at <= now:
        return [], []
    other_item = (old.item_id, old.item_version) != (planned.item.id, planned.item.version)
    changed = [
        c for c in planned.channels
        if c.channel not in stand.plans
        or (stand.plans[c.channel].fingerprint != c.fingerprint
            and (other_item or stand.plans[c.channel].fingerprint == WITHDRAWN
                 or not stand.cell_frozen(c.channel, now)
                 or (not c.parcels and stand.hidden(c.channel, now, ahead))))
    ]
    stays = {c.channel for c in planned.channels}
    return changed, [c for c in _may_go(stand, now, ahead) if c not in stays]


def _may_go(stand: Standing, now: datetime, ahead: Collection[str]) -> list[str]:
    return [c for c in stand.plans
            if not stand.cell_frozen(c, now) or stand.hidden(c, now, ahead)]


def _revise(
    session: Session, rows: Rows, scope: Scope, planned: Planned, stand: Standing, now: datetime,
    report: Report,
) -> None:
    changed, going = _changes(planned, stand, now, _ahead(scope.programme))
    done = [c.channel for c in changed
            if _replace_cell(session, rows, scope, planned, stand, c, now)]
    gone = [c for c in going if _take_off(session, now, rows.actor, stand, c)]
    if not done and not gone:
        return
    rows.rewrite(planned)
    report.rewritten.append(planned.id)
    events.append(session, now, rows.actor, [events.Note(
        planned.id, "superseded", None,
        {"item": planned.item.id, "version": planned.item.version,
         "was": stand.occurrence.item_id, "channels": done + gone})])


def _replace_cell(
    session: Session, rows: Rows, scope: Scope, planned: Planned, stand: Standing, cell: Cell,
    now: datetime,
) -> bool:
    """False where it is too late: what has begun is never touched."""
    plan = stand.plans.get(cell.channel)
    if cell.channel not in stand.begun:
        _delete_cell(session, planned.id, cell.channel)
        rows.cell(planned, cell, plan.version if plan else 1)
        return True
    channel = scope.programme.channel(cell.channel)
    leads = channel.lead is not None or channel.lead_time is not None
    withdrawn = plan is not None and plan.fingerprint == WITHDRAWN
    if plan is None or not (withdrawn or (leads and now < planned.opens_at)):
        return False
    # handed over, not yet aired: the next version goes out and names the one it replaces
    version = plan.version + 1
    segment = scope.programme.segment(planned.segment) if planned.segment else None
    slot = scope.programme.slot(planned.slot)
    acts.drop_unbegun(session, now, [planned.id], ("publish",), channel=cell.channel,
                      actor=rows.actor)
    session.execute(delete(ChannelPlan).where(
        ChannelPlan.occurrence_id == planned.id, ChannelPlan.channel == cell.channel))
    new = scope.writer.cell(planned, channel, segment, slot, version)
    rows.cell(planned, _without_public(session, now, planned, new) if withdrawn else new, version)
    return True


def _without_public(session: Session, now: datetime, planned: Planned, cell: Cell) -> Cell:
    """Part of a cell was withdrawn: who has, or may have, the other part gets it no second time."""
    out = MAY_BE_OUT if now >= planned.opens_at else {"accepted", "delivered"}
    has = set(session.scalars(select(Delivery.target).where(
        Delivery.occurrence_id == planned.id, Delivery.channel == cell.channel,
        Delivery.kind == "publish", Delivery.state.in_(out))))
    parcels = (p._replace(mails=tuple(m for m in p.mails if m.target not in has))
               for p in cell.parcels)
    return cell._replace(parcels=tuple(p for p in parcels if p.mails))


def _take_off(
    session: Session, now: datetime, actor: str, stand: Standing, channel: str
) -> bool:
    """This cell is no longer wanted; what of it is prepared is withdrawn. False: it was off."""
    occurrence_id = stand.occurrence.id
    if channel not in stand.begun:
        _delete_cell(session, occurrence_id, channel)
        return True
    plan_anew(session, occurrence_id, channel, stand.plans[channel].version)
    return acts.drop_unbegun(
        session, now, [occurrence_id], ("publish",), channel=channel, actor=actor) > 0


def _ahead(programme: Programme) -> frozenset[str]:
    """Channels that prepare."""
    return frozenset(c.id for c in programme.channels
                     if prepares(c.type) and (c.lead is not None or c.lead_time is not None))


def _delete_cell(session: Session, occurrence_id: str, channel: str) -> None:
    """Only ever called for a cell of which nothing has begun."""
    mine = (Batch.occurrence_id == occurrence_id, Batch.channel == channel,
            Batch.kind == "publish")
    session.execute(delete(Delivery).where(
        Delivery.batch_id.in_(select(Batch.id).where(*mine)), Delivery.attempts == 0))
    session.execute(delete(Batch).where(*mine))
    session.execute(delete(ChannelPlan).where(
        ChannelPlan.occurrence_id == occurrence_id, ChannelPlan.channel == channel))


def _surplus(stand: Standing, now: datetime, ahead: Collection[str]) -> list[str]:
    """Channels on which something stands that may still go."""
    o = stand.occurrence
    by_hand = o.slot == "-" or o.run > 1
    if by_hand or o.cancelled_at is not None or o.closes_at <= now:
        return []
    return _may_go(stand, now, ahead)


def _remove(
    store: Store, now: datetime, actor: str, version: int, ids: Sequence[str],
    ahead: Collection[str], report: Report,
) -> None:
    """What the programme no longer has: cells go, the occurrence and its story stay."""
    for occurrence_id in ids:
        with store.write() as session:
            lock_for_planning(session)
            if in_force(session).version != version:
                return  # whoever brought the newer one plans anew
            stand = reading.standing_now(session, [occurrence_id])[occurrence_id]
            may_go = _surplus(stand, now, ahead)
            channels = [c for c in may_go if _take_off(session, now, actor, stand, c)]
            if not channels:
                continue
            if len(may_go) == len(stand.plans):
                stand.occurrence.picked_by = reading.REMOVED
            events.append(session, now, actor, [events.Note(
                occurrence_id, "superseded", None, {"removed": True, "channels": channels})])
        report.removed.append(occurrence_id)
