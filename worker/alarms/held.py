"""
Which Sự cố concern somebody: all where they work for the whole; else those of their stations,
targets, items and campaigns, and emergency stops. What concerns everybody at once (accounts,
disk, several stations in one) is for those of the whole.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from worker.alarms.store import open_alarms
from worker.log_query import within
from worker.models import Alarm, Campaign, Delivery, Item
from worker.programme.model import Programme
from worker.scope import Scope, Targets, targets_held


def alarms_held(session: Session, programme: Programme, scope: Scope) -> Sequence[Alarm]:
    """Open ones that concern whoever has this scope."""
    held = targets_held(programme, scope)
    if held is None:
        return open_alarms(session)
    stations = frozenset(s.id for s in programme.stations if scope.holds(s.organisation))
    return [a for a in open_alarms(session) if _concerns(session, a.cause, scope, held, stations)]


def _concerns(
    session: Session, cause: str, scope: Scope, held: Targets, stations: frozenset[str]
) -> bool:
    kind, slash, subject = cause.partition("/")
    if slash and kind == "station":
        return subject in stations
    if slash and kind == "approved-alone":
        return _item(session, subject, scope)
    kind, _, subject = cause.partition(":")
    match kind:
        case "stop":
            return True
        case "recall" | "withdraw":
            return _item(session, subject.partition("/")[0], scope)
        case "campaign-paused":
            owner = select(Campaign.owner).where(Campaign.id == _number(subject))
            return scope.holds(session.scalars(owner).first())
        case "unpin":
            return _delivery(session, held, Delivery.id == subject)
        case "missed":
            occurrence, _, channel = subject.rpartition(":")
            return channel in held and _delivery(
                session, {channel: held[channel]}, Delivery.occurrence_id == occurrence)
    return False


def _item(session: Session, item: str, scope: Scope) -> bool:
    return scope.holds(session.scalars(select(Item.owner).where(Item.id == item)).first())


def _delivery(session: Session, held: Targets, which: ColumnElement[bool]) -> bool:
    found = select(Delivery.id).where(which, within(held)).limit(1)
    return session.scalars(found).first() is not None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
