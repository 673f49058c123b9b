"""Which worker this is: a node, and which of its lives."""

import hashlib
import socket
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker.models import Node
from worker.outbox.units import Worker

#: without a beat for longer than this a worker counts as dead
BEAT = timedelta(seconds=90)


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


class Seen(NamedTuple):
    """One worker as `status` shows it."""

    node: str
    version: str
    alive: bool
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None


def seen(session: Session, now: datetime) -> list[Seen]:
    """The workers of the last day, those that live first: another version is an upgrade's."""
    rows = session.scalars(
        select(Node).where(Node.heartbeat_at > now - timedelta(days=1)).order_by(Node.id))
    found = [Seen(n.id, n.version, n.stopped_at is None and now - n.heartbeat_at <= BEAT,
                  n.started_at, n.heartbeat_at, n.stopped_at) for n in rows]
    return sorted(found, key=lambda n: not n.alive)


def signed_off(session: Session, now: datetime, name: str) -> None:
    """Stopped in order."""
    session.execute(update(Node).where(Node.id == name).values(stopped_at=now, heartbeat_at=now))
