"""What an edited programme would move, cancel or add in the time ahead."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from worker.home import InForce, in_force
from worker.i18n import t
from worker.planner import scope as reading
from worker.planner.cells import Planned
from worker.planner.wanted import wanted
from worker.programme.model import Programme
from worker.slots import local_date

HOURS = timedelta(hours=24)


class Move(NamedTuple):
    """An occurrence that the edit would add (no `old`), drop (no `new`) or change."""

    key: str
    old: Planned | None
    new: Planned | None

    @property
    def opens_at(self) -> datetime:
        planned = self.new or self.old
        assert planned is not None  # noqa: S101  (one of the two is there)
        return planned.opens_at


def moves(
    session: Session, programme: Programme, now: datetime, within: timedelta = HOURS
) -> list[Move]:
    """What the edit would do to what opens within this time, in the keys' order."""
    force = in_force(session)
    before = _plans(session, force, now, within)
    after = _plans(session, InForce(force.version, programme), now, within)
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or _prints(old) != _prints(new):
            found.append(Move(key, old, new))
    return found


def preview_edit(session: Session, programme: Programme, now: datetime) -> list[str]:
    """One line per occurrence that the edit would change; empty when nothing near changes."""
    lines = []
    for key, old, new in moves(session, programme, now):
        if old is None and new is not None:
            lines.append(t(f"thêm {key}: {_said(new, programme)}",
                           f"adds {key}: {_said(new, programme)}"))
        elif new is None and old is not None:
            lines.append(t(f"bỏ {key}: {_said(old, programme)}",
                           f"drops {key}: {_said(old, programme)}"))
        elif old is not None and new is not None:
            lines.append(t(f"đổi {key}: {_said(old, programme)} → {_said(new, programme)}",
                           f"changes {key}: {_said(old, programme)} → {_said(new, programme)}"))
    return lines


def _plans(
    session: Session, force: InForce, now: datetime, within: timedelta
) -> dict[str, Planned]:
    first = local_date(force.programme, now) - timedelta(days=1)
    stands = reading.standing(session, first)
    scope = reading.scope(session, force, now, first, stands)
    wants = wanted(scope, first, first + within + timedelta(days=2))
    return {w.planned.id: w.planned for w in wants
            if w.planned and w.closes_at > now and w.opens_at <= now + within}


def _prints(planned: Planned) -> list[tuple[str, str]]:
    return sorted((c.channel, c.fingerprint) for c in planned.channels)


def _said(planned: Planned, programme: Programme) -> str:
    opens = planned.opens_at.astimezone(programme.zone())
    channels = ", ".join(c.channel for c in planned.channels if c.parcels)
    return f"{opens:%d/%m %H:%M} {planned.item.id} ({channels})"
