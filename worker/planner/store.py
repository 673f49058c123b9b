"""
Write the plan down, at start, hourly, and after each edit.

What has not begun is rewritten in place until 15 minutes before it is due; after that only
a pin, a cancel, a recall or a lost approval touch it. What has begun is never touched: a
change between due and airing goes out as the next version on channels that hand over ahead.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from worker.db import Store, lock_for_planning
from worker.home import in_force
from worker.models import Batch, ChannelPlan, Delivery, Occurrence
from worker.outbox import acts, events
from worker.planner import scope as reading
from worker.planner.cells import Cell, Planned
from worker.planner.rows import Rows, occurrence_values
from worker.planner.scope import Standing
from worker.planner.wanted import Scope, Want, wanted
from worker.slots import local_date

#: occurrences in one transaction: it must end within 50 ms
CHUNK = 25
#: days looked back for slots that nobody ever planned because the worker was away
LOOK_BACK = 31


@dataclass
class Report:
    """What a planning changed and what it could not fill."""

    added: int = 0
    rewritten: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)


def replan(
    store: Store, now: datetime, actor: str, *, since: date | None = None,
    until: date | None = None,
) -> Report:
    """
    Plan up to `plan_ahead_days` (or the local days `since` to `until`, both included); the
    same call twice changes nothing.
    """
    with store.read() as session:
        force = in_force(session)
        today = local_date(force.programme, now)
        first = since or first_day(session, today)
        last = until or today + timedelta(days=force.programme.settings.plan_ahead_days)
        stands = reading.standing(session, first)
        scope = reading.scope(session, force, now, first, stands)
    wants = list(wanted(scope, first, last))
    report = Report(wants=wants)
    plans = [w.planned for w in wants if w.planned and w.planned.closes_at > now - LOOK_BACK * _DAY]
    for chunk in _chunks(plans, CHUNK):
        rows = Rows(now, actor, force.version, scope.writer)
        with store.write() as session:
            lock_for_planning(session)
            known = set(session.scalars(
                select(Occurrence.id).where(Occurrence.id.in_([p.id for p in chunk]))))
            for planned in chunk:
                stand = stands.get(planned.id)
                if stand is not None:
                    _revise(session, rows, scope, planned, stand, now, report)
                elif planned.id not in known:  # else another planner was first: next time
                    _add(rows, planned)
                    report.added += 1
            rows.write(session)
    _remove_unwanted(store, now, actor, stands, {p.id for p in plans}, first, report)
    return report


_DAY = timedelta(days=1)


def first_day(session: Session, today: date) -> date:
    """Yesterday, or further back when the worker was away longer than it had planned ahead."""
    last = reading.last_planned_day(session)
    if last is None or last >= today - _DAY:
        return today - _DAY
    return max(last + _DAY, today - LOOK_BACK * _DAY)


def _chunks(plans: Sequence[Planned], size: int) -> Iterator[list[Planned]]:
    source = iter(plans)
    while chunk := list(islice(source, size)):
        yield chunk


def _add(rows: Rows, planned: Planned) -> None:
    rows.occurrence(planned)
    for cell in planned.channels:
        rows.cell(planned, cell, 1)


def _revise(
    session: Session, rows: Rows, scope: Scope, planned: Planned, stand: Standing, now: datetime,
    report: Report,
) -> None:
    old = stand.occurrence
    if old.cancelled_at is not None or old.closes_at <= now:
        return
    other_item = (old.item_id, old.item_version) != (planned.item.id, planned.item.version)
    if stand.frozen(now) and not other_item:
        return
    changed = [c for c in planned.channels
               if c.channel not in stand.plans
               or stand.plans[c.channel].fingerprint != c.fingerprint]
    gone = [c for c in stand.plans if c not in {x.channel for x in planned.channels}]
    if not changed and not gone:
        return
    session.execute(
        update(Occurrence).where(Occurrence.id == planned.id)
        .values(**occurrence_values(planned), programme_version=rows.programme_version)
        .execution_options(synchronize_session=False)
    )
    for cell in changed:
        _replace_cell(session, rows, scope, planned, stand, cell, now)
    for channel in gone:
        if channel not in stand.begun:
            _delete_cell(session, planned.id, channel)
    report.rewritten.append(planned.id)
    events.append(session, now, rows.actor, [events.Note(
        planned.id, "superseded", None,
        {"item": planned.item.id, "version": planned.item.version, "was": old.item_id,
         "channels": [c.channel for c in changed]})])


def _replace_cell(
    session: Session, rows: Rows, scope: Scope, planned: Planned, stand: Standing, cell: Cell,
    now: datetime,
) -> None:
    plan = stand.plans.get(cell.channel)
    if cell.channel not in stand.begun:
        _delete_cell(session, planned.id, cell.channel)
        rows.cell(planned, cell, plan.version if plan else 1)
        return
    channel = scope.programme.channel(cell.channel)
    leads = channel.lead is not None or channel.lead_time is not None
    if plan is None or not leads or now >= planned.opens_at:
        return  # what has begun is never touched
    # handed over, not yet aired: the next version goes out and names the one it replaces
    version = plan.version + 1
    segment = scope.programme.segment(planned.segment) if planned.segment else None
    slot = scope.programme.slot(planned.slot)
    acts.drop_unbegun(session, now, [planned.id], ("publish",), channel=cell.channel)
    session.execute(delete(ChannelPlan).where(
        ChannelPlan.occurrence_id == planned.id, ChannelPlan.channel == cell.channel))
    rows.cell(planned, scope.writer.cell(planned, channel, segment, slot, version), version)


def _delete_cell(session: Session, occurrence_id: str, channel: str) -> None:
    """Only ever called for a cell of which nothing has begun."""
    mine = (Batch.occurrence_id == occurrence_id, Batch.channel == channel,
            Batch.kind == "publish")
    session.execute(delete(Delivery).where(
        Delivery.batch_id.in_(select(Batch.id).where(*mine)), Delivery.attempts == 0))
    session.execute(delete(Batch).where(*mine))
    session.execute(delete(ChannelPlan).where(
        ChannelPlan.occurrence_id == occurrence_id, ChannelPlan.channel == channel))


def _remove_unwanted(
    store: Store, now: datetime, actor: str, stands: dict[str, Standing], wanted_ids: set[str],
    first: date, report: Report,
) -> None:
    """What the programme no longer has: cells go, the occurrence and its story stay."""
    for occurrence_id, stand in sorted(stands.items()):
        o = stand.occurrence
        if (occurrence_id in wanted_ids or o.slot == "-" or not stand.plans
                or stand.frozen(now) or o.local_date < first or o.cancelled_at is not None):
            continue
        with store.write() as session:
            for channel in stand.plans:
                _delete_cell(session, occurrence_id, channel)
            events.append(session, now, actor, [events.Note(
                occurrence_id, "superseded", None, {"removed": True})])
        report.removed.append(occurrence_id)


def within(wants: Iterable[Want], now: datetime, hours: int) -> list[Want]:
    """Those that open within so many hours."""
    return [w for w in wants if now <= w.opens_at <= now + timedelta(hours=hours)]
