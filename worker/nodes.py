"""Which worker this is: a node, and which of its lives."""

import hashlib
import socket
from collections import Counter
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker.models import Attempt, Campaign, Event, Node
from worker.outbox.units import Worker

#: without a beat for longer than this a worker counts as dead
BEAT = timedelta(seconds=90)
#: of so long a node's rate is told
MINUTE = timedelta(minutes=1)
_TAKEN = ("accepted", "delivered")


def node_name(var: Path) -> str:
    """Host and home: two installations on one host are two nodes."""
    place = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:8]
    return f"{socket.gethostname()[:60]}-{place}"


def register(session: Session, now: datetime, name: str) -> Worker:
    """A new life of this node; its earlier lives are dead for certain."""
    node = session.get(Node, name)
    if node is None:
        node = Node(id=name, incarnation=0, version="", started_at=now, heartbeat_at=now)
        session.add(node)
    node.incarnation += 1
    node.version, node.started_at, node.heartbeat_at = version("giovang"), now, now
    node.stopped_at = None
    session.flush()
    return Worker(name, node.incarnation)


def stands(session: Session, now: datetime, worker: Worker) -> None:
    """This life is there, whatever the database has forgotten of it."""
    node = session.get(Node, worker.node)
    if node is None:
        node = Node(id=worker.node, incarnation=worker.incarnation, version=version("giovang"),
                    started_at=now, heartbeat_at=now)
        session.add(node)
    node.incarnation, node.stopped_at = max(node.incarnation, worker.incarnation), None


def any_live(session: Session, now: datetime) -> bool:
    """A worker runs somewhere, or died within ten minutes without signing off."""
    return session.scalars(select(Node.id).where(
        Node.stopped_at.is_(None), Node.heartbeat_at > now - timedelta(minutes=10))
    ).first() is not None


def others_live(session: Session, now: datetime, name: str) -> bool:
    """Another node beat within ten minutes: we join a running cluster."""
    return session.scalars(
        select(Node.id).where(Node.id != name, Node.heartbeat_at > now - timedelta(minutes=10))
    ).first() is not None


def is_first(session: Session, now: datetime, name: str) -> bool:
    """Of the workers that live this one does what one of them must do."""
    first = session.scalars(
        select(func.min(Node.id)).where(Node.stopped_at.is_(None), Node.heartbeat_at > now - BEAT)
    ).one()
    return first is None or first == name


def sent(session: Session, now: datetime) -> Counter[str]:
    """
    Node -> messages that far sides took from it in the last minute. Asked of what is written
    anyway: tries, and what a campaign's log tells of its slices, at the latest after ten seconds.
    """
    since = now - MINUTE
    found: Counter[str] = Counter(dict(iter(session.execute(
        select(Attempt.node, func.count())
        .where(Attempt.begun_at > since, Attempt.outcome.in_(_TAKEN)).group_by(Attempt.node)))))
    going = select(Campaign.occurrence_id).where(Campaign.last_begun_at > since - MINUTE)
    told = session.execute(select(Event.actor, Event.at, Event.detail).where(
        Event.occurrence_id.in_(going), Event.kind == "slice", Event.at > since))
    for node, at, detail in told:
        span = max(1.0, detail["seconds"])  # of which a part may be over a minute ago
        share = min(1.0, (at - since).total_seconds() / span)
        found[node] += round(share * sum(detail["states"].get(state, 0) for state in _TAKEN))
    return found


class Seen(NamedTuple):
    """One worker as `status` shows it."""

    node: str
    version: str
    alive: bool
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None
    sent_minute: int  #: messages


def seen(session: Session, now: datetime) -> list[Seen]:
    """The workers of the last day, those that live first: another version is an upgrade's."""
    rows = session.scalars(
        select(Node).where(Node.heartbeat_at > now - timedelta(days=1)).order_by(Node.id))
    rates = sent(session, now)
    found = [Seen(n.id, n.version, n.stopped_at is None and now - n.heartbeat_at <= BEAT,
                  n.started_at, n.heartbeat_at, n.stopped_at, rates[n.id]) for n in rows]
    return sorted(found, key=lambda n: not n.alive)


def signed_off(session: Session, now: datetime, name: str) -> None:
    """Stopped in order."""
    session.execute(update(Node).where(Node.id == name).values(stopped_at=now, heartbeat_at=now))
