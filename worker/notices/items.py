"""Approvers hear of what waits, and again before its slot; authors of what came back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.home import in_force
from worker.i18n import t
from worker.items.queue_ import Airing, Waiting, waiting
from worker.models import Audit, Installation, Item, ItemVersion, Person
from worker.notices import store
from worker.notices.people import approvers, writers
from worker.notices.store import Told
from worker.notices.words import at, text_of
from worker.programme.model import Programme

#: so long before it is needed an approver hears of it again
BEFORE = timedelta(hours=2)
#: not again within this of having heard the first time
APART = timedelta(minutes=30)
#: where an item airs next is worked out no more often than this: the planner is asked
LOOK = timedelta(minutes=5)
#: what came back longer ago than this is not told any more
LATELY = timedelta(days=2)


@dataclass
class ItemNotices:
    """What this node has looked at; nothing hangs on it but work done twice."""

    _stood: tuple[tuple[str, int], ...] = ()
    _looked_at: datetime | None = None
    _back: set[tuple[str, int, str]] = field(default_factory=set)

    def waits(self, session: Session, now: datetime) -> Sequence[Told]:
        """Cheap while nothing is submitted, or what is was looked at a moment ago."""
        stood = tuple((i, v) for i, v in session.execute(
            select(Item.id, Item.version).where(Item.state == "submitted").order_by(Item.id)))
        fresh = self._looked_at is not None and now - self._looked_at < LOOK
        if not stood or (stood == self._stood and fresh):
            return ()
        programme = in_force(session).programme
        found = [told
                 for one in waiting(session, now, programme) if not one.airs_alone
                 for told in _of_waiting(session, now, programme, one)]
        self._stood, self._looked_at = stood, now
        return found

    def back(self, session: Session, now: datetime) -> Sequence[Told]:
        """Returned and rejected ones of the last days, each looked at once."""
        found: list[Told] = []
        for item in session.scalars(
            select(Item).where(Item.state.in_(("returned", "rejected")),
                               Item.changed_at >= now - LATELY).order_by(Item.id)
        ):
            key = (item.id, item.version, item.changed_at.isoformat())
            if key not in self._back:
                found += _of_back(session, item)
                self._back.add(key)
        return found


def _of_waiting(
    session: Session, now: datetime, programme: Programme, one: Waiting
) -> Iterator[Told]:
    due = due_of(one.airs, now) if one.airs else None
    again = due is not None and due - now <= BEFORE and now - one.submitted_at >= APART
    stages = [("waits", "")] + ([("soon", f"{due:%Y%m%dT%H%M}/")] if again else [])
    people = approvers(session, now, session.get_one(Item, one.item_id))
    link = f"/duyet/{one.item_id}"
    for kind, when in stages:
        name = t(*store.KINDS[kind])
        text = text_of(training(session), _lines(session, programme, one, name), link)
        for person in people:
            yield Told(f"{kind}/{one.item_id}/{one.version}/{when}{person.id}", kind,
                       f"{name}: «{one.title}»", text, link, person=person.id)


def due_of(airs: Airing, now: datetime) -> datetime:
    """By when it has to be approved: before a channel is given it ahead, then before it opens."""
    return airs.needed_by if airs.needed_by > now else airs.opens_at


def _lines(session: Session, programme: Programme, one: Waiting, name: str) -> Iterator[str]:
    zone, airs = programme.zone(), one.airs
    author = session.get(Person, one.submitted_by)
    by = author.name if author else one.submitted_by
    urgent = {"khan_cap": t(" (KHẨN CẤP)", " (URGENT)"), "uu_tien": t(" (ưu tiên)", " (priority)")}
    yield f"{name.upper()}: «{one.title}»{urgent.get(one.priority, '')}"
    when = at(one.submitted_at, zone)
    yield t(f"Người trình: {by}, {when}", f"Submitted by {by}, {when}")
    if airs is None:
        yield t("Chưa có trong khung giờ nào của hai tuần tới",
                "In no golden hour of the next two weeks")
    else:
        opens = at(airs.opens_at, zone)
        yield t(f"Khung giờ tới: {airs.slot}, {opens}", f"Next slot: {airs.slot}, {opens}")
        if airs.needed_by < airs.opens_at:
            needed = at(airs.needed_by, zone)
            yield t(f"Cần duyệt trước {needed}", f"Needed by {needed}")
    yield t("Việc cần làm: đọc, rồi bấm Duyệt hoặc Trả lại.",
            "To do: read it, then approve or return it.")


def _of_back(session: Session, item: Item) -> Iterator[Told]:
    act = session.execute(
        select(Audit.seq, Audit.actor, Audit.at, Audit.detail)
        .where(Audit.subject == item.id, Audit.act.in_(("return", "reject")))
        .order_by(Audit.seq.desc()).limit(1)).first()
    if act is None or session.get(ItemVersion, (item.id, item.version)) is None:
        return
    zone = in_force(session).programme.zone()
    judge = session.get(Person, act.actor)
    vi, en = store.KINDS[item.state]
    reason = str(act.detail.get("reason", "")).strip()
    link = f"/soan-tin/{item.id}"
    lines = [
        f"{t(vi, en).upper()}: «{item.title}»",
        f"{judge.name if judge else act.actor}, {at(act.at, zone)}",
        t(f"Lý do: {reason}", f"Why: {reason}") if reason else "",
        t("Việc cần làm: sửa tin rồi trình duyệt lại.", "To do: mend it and submit it again.")
        if item.state == "returned" else
        t("Tin này không phát. Muốn dùng ý khác thì soạn tin mới.",
          "It will not be published. Write a new item if needed."),
    ]
    for person in writers(session, item.id, item.version, but=(act.actor,)):
        yield Told(f"back/{act.seq}/{person.id}", item.state,
                   f"{t(vi, en)}: «{item.title}»", text_of(training(session), lines, link), link,
                   person=person.id)


def training(session: Session) -> bool:
    return session.scalars(select(Installation.training)).one()
