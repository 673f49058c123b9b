"""What waits for an approver: the most urgent first, with the golden hour it would air in."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.models import Approval, Campaign, Item, ItemVersion
from worker.planner import scope as reading
from worker.planner.cells import PRIORITY_RANK, Cell, Planned, Writer
from worker.planner.wanted import wanted
from worker.programme.model import ChannelConfig, Programme, Segment, Slot
from worker.slots import channels_in, due_at, local_date

#: how far ahead an item's golden hour is looked for
AHEAD = timedelta(days=14)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Airing:
    """A golden hour in which an item airs, or would if it were approved now."""

    item_id: str
    day: date
    slot: str  #: its name
    segment: str  #: its name; "" for a pin of its own
    opens_at: datetime
    closes_at: datetime
    needed_by: datetime  #: approved later, a channel that is given it ahead goes without


@dataclass(frozen=True)
class Waiting:
    """A submitted item; or one that airs on one person's word and waits for the second."""

    item_id: str
    version: int
    title: str
    priority: str
    owner: str | None
    submitted_at: datetime
    submitted_by: str
    given: int  #: approvals so far …
    needed: int  #: … of so many
    airs_alone: bool  #: approved by one person alone: on air already
    airs: Airing | None  #: next; None: in no golden hour of the coming fortnight


def waiting(session: Session, now: datetime, programme: Programme) -> list[Waiting]:
    """Everything that waits for a yes, the most urgent first."""
    found = _waiting(session)
    if not found:
        return []
    today = local_date(programme, now)
    return _placed(found, airings(session, now, programme, today, today + AHEAD))


def _waiting(session: Session) -> list[Waiting]:
    return _items(session, or_(
        Item.state == "submitted",
        and_(Item.state == "approved", Item.needs_approvals > _GIVEN)))


def _placed(found: list[Waiting], planned: list[Airing]) -> list[Waiting]:
    nexts: dict[str, Airing] = {}
    for airing in planned:
        nexts.setdefault(airing.item_id, airing)
    return sorted((replace(one, airs=nexts.get(one.item_id)) for one in found), key=_urgency)


def one_item(
    session: Session, now: datetime, programme: Programme, item_id: str
) -> Waiting | None:
    """This item as its approver meets it, whatever its state; None: never submitted as it is."""
    found = _items(session, and_(Item.id == item_id, ItemVersion.submitted_at.is_not(None)))
    if not found:
        return None
    today = local_date(programme, now)
    planned = airings(session, now, programme, today, today + AHEAD)
    return replace(found[0], airs=next((a for a in planned if a.item_id == item_id), None))


_GIVEN = (select(func.count()).select_from(Approval)
          .where(Approval.item_id == Item.id, Approval.version == Item.version)
          .scalar_subquery())


def _items(session: Session, which: ColumnElement[bool]) -> list[Waiting]:
    rows = session.execute(
        select(Item, ItemVersion.submitted_at, ItemVersion.submitted_by, _GIVEN)
        .join(ItemVersion, and_(ItemVersion.item_id == Item.id,
                                ItemVersion.version == Item.version))
        .where(which).order_by(Item.id)).all()
    return [
        Waiting(item.id, item.version, item.title, item.priority, item.owner,
                at or item.changed_at, by or item.author, count, item.needs_approvals,
                item.state == "approved" and count < item.needs_approvals, None)
        for item, at, by, count in rows
    ]


def _urgency(one: Waiting) -> tuple[int, bool, datetime, str]:
    return (PRIORITY_RANK.get(one.priority, 9), one.airs is None,
            one.airs.needed_by if one.airs else one.submitted_at, one.item_id)


def airings(
    session: Session, now: datetime, programme: Programme, first: date, last: date
) -> list[Airing]:
    """
    What airs in the golden hours of these days that are not over, by opening, were everything
    submitted approved at this moment: the planner itself is asked.
    """
    from_day = min(first, local_date(programme, now)) - DAY
    stands = reading.standing(session, from_day)
    scope = reading.scope(session, InForce(0, programme), now, from_day, stands,
                          states=("approved", "submitted"), written=False)
    plain = _Unwritten(programme, scope.writer.installation, scope.writer.training, {})
    found = []
    for want in wanted(replace(scope, writer=plain), from_day, last):
        item = want.choice.item
        if item is None or want.closes_at <= now or want.day < first:
            continue
        channels = [c for c in (channels_in(programme, want.segment, want.slot) if want.segment
                                else programme.channels) if c.id in item.channels]
        found.append(Airing(
            item.id, want.day, want.slot.name, want.segment.name if want.segment else "",
            want.opens_at, want.closes_at,
            min((due_at(programme, c, want.opens_at) for c in channels), default=want.opens_at)))
    return sorted(found, key=lambda a: (a.opens_at, a.item_id))


class _Unwritten(Writer):
    """Only who airs when is asked: no text is filled in for anybody."""

    def cell(
        self, planned: Planned, channel: ChannelConfig, segment: Segment | None,
        slot: Slot | None, version: int = 1,
    ) -> Cell:
        del segment, slot, version
        return Cell(channel.id, planned.opens_at, ())


def campaigns_waiting(session: Session) -> list[Campaign]:
    """SMS campaigns that nobody has approved yet, the next to begin first."""
    return list(session.scalars(
        select(Campaign).where(Campaign.state == "draft")
        .order_by(Campaign.starts_at, Campaign.id)))


@dataclass(frozen=True)
class Placed:
    """An item of a week: where it airs in it; `waits`: it still needs a yes."""

    item_id: str
    title: str
    owner: str | None
    airs: tuple[Airing, ...]
    waits: Waiting | None


def week(
    session: Session, now: datetime, programme: Programme, first: date
) -> list[Placed]:
    """
    Everything that airs in the seven days from this one, by its first airing there, then what
    waits and airs in no golden hour of theirs.
    """
    today, last = local_date(programme, now), first + 6 * DAY
    planned = airings(session, now, programme, min(first, today), max(last, today + AHEAD))
    waits = {one.item_id: one for one in _placed(_waiting(session), planned)}
    placed: dict[str, list[Airing]] = {}
    for airing in planned:
        if first <= airing.day <= last:
            placed.setdefault(airing.item_id, []).append(airing)
    rows = session.execute(
        select(Item.id, Item.title, Item.owner).where(Item.id.in_({*placed, *waits}))).all()
    known = {row.id: row for row in rows}
    return [Placed(i, known[i].title, known[i].owner, tuple(placed.get(i, ())), waits.get(i))
            for i in dict.fromkeys([*placed, *waits])]
