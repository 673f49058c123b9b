"""Read from the database what planning depends on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from worker.db import lock_outbox
from worker.home import InForce
from worker.items.model import ItemContent
from worker.models import (
    ChannelPlan,
    Delivery,
    Installation,
    Item,
    ItemVersion,
    Occurrence,
    ProgrammeVersion,
    Rendition,
)
from worker.planner.cells import Writer
from worker.planner.picks import Candidate, History, How, Shelf
from worker.planner.series import pinned
from worker.planner.wanted import Pick, Place, Scope
from worker.programme.model import Programme
from worker.slots import channels_in

#: what is due within this is no longer rewritten by an edit
FREEZE = timedelta(minutes=15)
#: `picked_by` of an occurrence that the programme no longer has: it aired nothing
REMOVED = "removed"


@dataclass(frozen=True)
class Standing:
    """An occurrence that stands in the database, and its cells."""

    occurrence: Occurrence
    plans: Mapping[str, ChannelPlan]
    begun: frozenset[str]  #: channels of which something has begun
    prepared: frozenset[str] = frozenset()  #: … and was prepared at the far side

    def frozen(self, now: datetime) -> bool:
        """Too late for an edit to change its item."""
        if self.begun:
            return True
        return min((p.due_at for p in self.plans.values()), default=self.occurrence.opens_at) \
            <= now + FREEZE

    def cell_frozen(self, channel: str, now: datetime) -> bool:
        """Too late for an edit to touch what stands on this channel."""
        plan = self.plans.get(channel)
        return channel in self.begun or (plan is not None and plan.due_at <= now + FREEZE)

    def hidden(self, channel: str, now: datetime, ahead: Collection[str]) -> bool:
        """
        Nobody was to see anything of it yet, though it may be at the far side. `ahead`: channels
        that prepare.
        """
        return now < self.occurrence.opens_at and (channel in ahead or channel in self.prepared)


def candidates(
    session: Session, states: Collection[str] = ("approved",)
) -> dict[str, Candidate]:
    """Approved items, in the version approved, with the channels they fit."""
    rows = session.execute(
        select(Item.id, Item.version, ItemVersion.content)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.version == Item.version))
        .where(Item.state.in_(states))
        .order_by(Item.id)
    )
    channels: dict[str, set[str]] = {}
    seconds: dict[str, int] = {}
    for item_id, channel, spoken, problems in session.execute(
        select(Rendition.item_id, Rendition.channel, Rendition.texts["seconds"].as_integer(),
               Rendition.problems)
        .join(Item, (Item.id == Rendition.item_id) & (Item.version == Rendition.version))
        .where(Item.state.in_(states))
    ):
        if not problems:
            channels.setdefault(item_id, set()).add(channel)
        seconds[item_id] = max(seconds.get(item_id, 0), spoken or 0)
    return {
        item_id: Candidate(ItemContent.model_validate(content), version,
                           frozenset(channels.get(item_id, ())), seconds.get(item_id, 0))
        for item_id, version, content in rows
    }


def renditions(
    session: Session, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], dict[str, dict[str, str]]]:
    """Frozen texts by (item, version) and channel; those with problems are left out."""
    pairs = set(wanted)
    found: dict[tuple[str, int], dict[str, dict[str, str]]] = {}
    for r in session.scalars(
        select(Rendition).where(Rendition.item_id.in_({item for item, _ in pairs}))
    ):
        if (r.item_id, r.version) in pairs and not r.problems:
            texts = {k: v for k, v in r.texts.items() if isinstance(v, str)}
            found.setdefault((r.item_id, r.version), {})[r.channel] = texts
    return found


def standing(session: Session, first: date) -> dict[str, Standing]:
    """Occurrences from this local day on."""
    # not Delivery.day: SQLite then groups along another index, through every delivery there is
    theirs = select(Occurrence.id).where(Occurrence.local_date >= first)
    return _standing(session, Occurrence.local_date >= first, Delivery.occurrence_id.in_(theirs))


def standing_now(session: Session, ids: Collection[str]) -> dict[str, Standing]:
    """
    These occurrences as they stand at this moment; their deliveries are locked, so nothing of
    them begins before the transaction ends.
    """
    lock_outbox(session)
    session.execute(
        select(Delivery.id).where(Delivery.occurrence_id.in_(ids), Delivery.kind == "publish")
        .order_by(Delivery.id).with_for_update()
    )
    return _standing(session, Occurrence.id.in_(ids), Delivery.occurrence_id.in_(ids))


def _standing(
    session: Session, which: ColumnElement[bool], tried: ColumnElement[bool]
) -> dict[str, Standing]:
    occurrences = session.scalars(select(Occurrence).where(which)).all()
    if not occurrences:
        return {}
    plans: dict[str, dict[str, ChannelPlan]] = {}
    for plan in session.scalars(
        select(ChannelPlan).join(Occurrence, Occurrence.id == ChannelPlan.occurrence_id)
        .where(which)
    ):
        plans.setdefault(plan.occurrence_id, {})[plan.channel] = plan
    begun: dict[str, set[str]] = {}
    prepared: dict[str, set[str]] = {}
    for occurrence_id, channel, is_prepared in session.execute(
        select(Delivery.occurrence_id, Delivery.channel, func.max(Delivery.prepared_at))
        .where(tried, Delivery.kind == "publish", Delivery.attempts > 0)
        .group_by(Delivery.occurrence_id, Delivery.channel)
    ):
        begun.setdefault(occurrence_id, set()).add(channel)
        if is_prepared is not None:
            prepared.setdefault(occurrence_id, set()).add(channel)
    return {
        o.id: Standing(o, plans.get(o.id, {}), frozenset(begun.get(o.id, ())),
                       frozenset(prepared.get(o.id, ())))
        for o in occurrences
    }


def history(session: Session, programme: Programme, now: datetime, before: date) -> History:
    """Picks closed by now or before this day, the latest of each item by segment and slot."""
    found = History()
    channels = {
        (segment.id, slot.id): tuple(c.id for c in channels_in(programme, segment, slot))
        for segment in programme.segments for slot in programme.slots
    }
    rows = session.execute(
        select(Occurrence.segment, Occurrence.slot, Occurrence.item_id, Item.theme,
               func.max(Occurrence.local_date))
        .join(Item, Item.id == Occurrence.item_id)
        .where(Occurrence.segment.is_not(None), Occurrence.picked_by != REMOVED,
               or_(Occurrence.closes_at <= now, Occurrence.local_date < before))
        .group_by(Occurrence.segment, Occurrence.slot, Occurrence.item_id, Item.theme)
        .order_by(func.max(Occurrence.opens_at), Occurrence.slot, Occurrence.segment)
    )
    for segment, slot, item, theme, day in rows:
        if segment is not None:
            found.add(segment, channels.get((segment, slot), ()), item, theme, day)
    return found


def scope(
    session: Session, force: InForce, now: datetime, first: date, stands: Mapping[str, Standing],
    *, states: Collection[str] = ("approved",), written: bool = True,
) -> Scope:
    """
    Everything `wanted` asks for. Picks of frozen occurrences stay while they may air. `states`:
    of items that may be picked; not `written`: who asks only which item airs needs no texts.
    """
    items = candidates(session, states)
    themes = dict(session.execute(select(Item.id, Item.theme)).all())
    fixed: dict[Place, Pick] = {}
    cancelled: dict[Place, tuple[str, str]] = {}
    closed: set[Place] = set()
    for s in stands.values():
        o, item = s.occurrence, items.get(s.occurrence.item_id)
        if o.segment is None or o.picked_by == REMOVED:
            continue
        place = Place(o.segment, o.slot, o.local_date)
        if o.closes_at <= now:
            closed.add(place)
        elif o.cancelled_at is not None:
            cancelled[place] = (o.item_id, themes[o.item_id])
        elif s.frozen(now) and item and item.version == o.item_version:
            fixed[place] = Pick(item, cast("How", o.picked_by))
    installation = session.scalars(select(Installation)).one()
    texts = renditions(session, {(c.id, c.version) for c in items.values()}) if written else {}
    return Scope(
        programme=force.programme, shelf=Shelf(items), pins=pinned(session, first),
        history=history(session, force.programme, now, first),
        writer=Writer(force.programme, installation.uid, installation.training, texts),
        fixed=fixed, closed=closed, cancelled=cancelled,
        begins=session.scalars(select(func.min(ProgrammeVersion.accepted_at))).one() or now,
    )


def last_planned_day(session: Session) -> date | None:
    """The last local day for which something was ever planned by the calendar."""
    return session.scalars(
        select(func.max(Occurrence.local_date)).where(Occurrence.slot != "-")
    ).one()
