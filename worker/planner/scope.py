"""Read from the database what planning depends on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.items.model import ItemContent
from worker.models import (
    Batch,
    ChannelPlan,
    Delivery,
    Installation,
    Item,
    ItemVersion,
    Occurrence,
    Pin,
    ProgrammeVersion,
    Rendition,
)
from worker.planner.cells import Writer
from worker.planner.picks import Candidate, History
from worker.planner.wanted import PinKey, Scope
from worker.programme.model import Programme

#: what is due within this is no longer rewritten by an edit
FREEZE = timedelta(minutes=15)


@dataclass(frozen=True)
class Standing:
    """An occurrence that stands in the database, and its cells."""

    occurrence: Occurrence
    plans: Mapping[str, ChannelPlan]
    begun: frozenset[str]  #: channels of which something has begun

    def frozen(self, now: datetime) -> bool:
        """Too late for an edit to touch it."""
        if self.begun:
            return True
        return min((p.due_at for p in self.plans.values()), default=self.occurrence.opens_at) \
            <= now + FREEZE


def candidates(session: Session) -> dict[str, Candidate]:
    """Approved items, in the version approved, with the channels they fit."""
    rows = session.execute(
        select(Item.id, Item.version, ItemVersion.content)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.version == Item.version))
        .where(Item.state == "approved")
        .order_by(Item.id)
    )
    channels: dict[str, set[str]] = {}
    seconds: dict[str, int] = {}
    for item_id, channel, texts, problems in session.execute(
        select(Rendition.item_id, Rendition.channel, Rendition.texts, Rendition.problems)
        .join(Item, (Item.id == Rendition.item_id) & (Item.version == Rendition.version))
        .where(Item.state == "approved")
    ):
        if not problems:
            channels.setdefault(item_id, set()).add(channel)
        seconds[item_id] = max(seconds.get(item_id, 0), int(texts.get("seconds", 0) or 0))
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
    occurrences = session.scalars(select(Occurrence).where(Occurrence.local_date >= first)).all()
    plans: dict[str, dict[str, ChannelPlan]] = {}
    for plan in session.scalars(
        select(ChannelPlan)
        .join(Occurrence, Occurrence.id == ChannelPlan.occurrence_id)
        .where(Occurrence.local_date >= first)
    ):
        plans.setdefault(plan.occurrence_id, {})[plan.channel] = plan
    begun: dict[str, set[str]] = {}
    for occurrence_id, channel in session.execute(
        select(Delivery.occurrence_id, Delivery.channel)
        .where(Delivery.day >= first, Delivery.kind == "publish", Delivery.attempts > 0)
        .distinct()
    ):
        begun.setdefault(occurrence_id, set()).add(channel)
    return {
        o.id: Standing(o, plans.get(o.id, {}), frozenset(begun.get(o.id, ())))
        for o in occurrences
    }


def history(session: Session, programme: Programme, before: date) -> History:
    """Picks before this day, the latest of each item by each segment."""
    found = History()
    channels = {s.id: s.channels for s in programme.segments}
    rows = session.execute(
        select(Occurrence.segment, Occurrence.item_id, Item.theme,
               func.max(Occurrence.local_date).label("day"), func.max(Occurrence.opens_at))
        .join(Item, Item.id == Occurrence.item_id)
        .where(Occurrence.segment.is_not(None), Occurrence.local_date < before)
        .group_by(Occurrence.segment, Occurrence.item_id, Item.theme)
        .order_by(func.max(Occurrence.opens_at), Occurrence.segment)
    )
    for segment, item, theme, day, _ in rows:
        if segment is not None:
            found.add(segment, channels.get(segment, ()), item, theme, day)
    return found


def scope(
    session: Session, force: InForce, now: datetime, first: date, stands: Mapping[str, Standing]
) -> Scope:
    """Everything `wanted` asks for. Picks of frozen occurrences stay while they may air."""
    items = candidates(session)
    fixed: dict[tuple[str, str, date], Candidate] = {}
    for s in stands.values():
        o, item = s.occurrence, items.get(s.occurrence.item_id)
        if o.segment and s.frozen(now) and item and item.version == o.item_version:
            fixed[o.segment, o.slot, o.local_date] = item
    installation = session.scalars(select(Installation)).one()
    texts = renditions(session, {(c.id, c.version) for c in items.values()})
    pins = {
        PinKey(p.entry, p.slot, p.local_date): p.item_id
        for p in session.scalars(select(Pin).where(Pin.local_date >= first))
    }
    return Scope(
        programme=force.programme, items=items, pins=pins,
        history=history(session, force.programme, first),
        writer=Writer(force.programme, installation.uid, installation.training, texts),
        fixed=fixed,
        begins=session.scalars(select(func.min(ProgrammeVersion.accepted_at))).one() or now,
    )


def last_planned_day(session: Session) -> date | None:
    """The last local day for which something was ever planned by the calendar."""
    return session.scalars(
        select(func.max(Occurrence.local_date)).where(Occurrence.slot != "-")
    ).one()


def open_batches(session: Session, occurrence_id: str, channel: str, version: int) -> list[int]:
    """Ids of the publishing batches of one cell."""
    return list(session.scalars(
        select(Batch.id).where(
            Batch.occurrence_id == occurrence_id, Batch.channel == channel,
            Batch.version == version, Batch.kind == "publish",
        )
    ))
