"""What an edit of the programme would do to the next hours, before anybody takes it up."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from worker.home import InForce, in_force
from worker.i18n import t
from worker.planner import scope as reading
from worker.planner.cells import Planned
from worker.planner.wanted import wanted
from worker.programme.model import Programme
from worker.slots import local_date

#: an edit that moves, cancels or adds something so soon is listed
SOON = timedelta(hours=24)


def preview_edit(session: Session, programme: Programme, now: datetime) -> list[str]:
    """A line for each occurrence of the next 24 hours that would move, fall away or be new."""
    force = in_force(session)
    old = _soon(session, force, now)
    new = _soon(session, InForce(force.version, programme), now)
    zone = programme.zone()
    lines = []
    for key in sorted(old.keys() | new.keys()):
        was, will = old.get(key), new.get(key)
        if was is None and will is not None:
            at = f"{will.opens_at.astimezone(zone):%d/%m %H:%M}"
            lines.append(t(f"thêm: {key} ({at}, {will.item.id})",
                           f"added: {key} ({at}, {will.item.id})"))
        elif will is None:
            lines.append(t(f"bỏ: {key}", f"cancelled: {key}"))
        elif was is not None and (changes := _changes(was, will, programme)):
            lines.append(t(f"đổi: {key}: {changes}", f"changed: {key}: {changes}"))
    return lines


def _soon(session: Session, force: InForce, now: datetime) -> dict[str, Planned]:
    today = local_date(force.programme, now)
    stands = reading.standing(session, today)
    scope = reading.scope(session, force, now, today, stands)
    return {
        want.planned.id: want.planned
        for want in wanted(scope, today, today + SOON)
        if want.planned is not None and now < want.opens_at <= now + SOON
    }


def _changes(was: Planned, will: Planned, programme: Programme) -> str:
    zone = programme.zone()
    found = []
    if (was.opens_at, was.closes_at) != (will.opens_at, will.closes_at):
        found.append(f"{was.opens_at.astimezone(zone):%H:%M}–{was.closes_at.astimezone(zone):%H:%M}"
                     f" → {will.opens_at.astimezone(zone):%H:%M}"
                     f"–{will.closes_at.astimezone(zone):%H:%M}")
    if was.item.id != will.item.id:
        found.append(f"{was.item.id} → {will.item.id}")
    before, after = _airing(was), _airing(will)
    found += [f"+{channel}" for channel in sorted(after - before)]
    found += [f"-{channel}" for channel in sorted(before - after)]
    return ", ".join(found)


def _airing(planned: Planned) -> set[str]:
    return {cell.channel for cell in planned.channels if cell.parcels}
