"""Lists as people see them: those they hold, the newest first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from worker.models import OptOut, RecipientList
from worker.scope import Scope


def every(
    session: Session, scope: Scope, *, before: int | None, limit: int
) -> Sequence[RecipientList]:
    """Without what is being brought in at this moment; `before`: a list's number."""
    query = _held(scope).where(RecipientList.state != "staging").limit(limit)
    return session.scalars(query.where(RecipientList.id < before) if before else query).all()


def half_done(session: Session, scope: Scope) -> Sequence[RecipientList]:
    """Brought in and not answered for: by somebody at this moment, or cut off."""
    return session.scalars(_held(scope).where(RecipientList.state == "staging")).all()


def _held(scope: Scope) -> Select[Any]:
    query = select(RecipientList).order_by(RecipientList.id.desc())
    if scope.organisations is None:
        return query
    return query.where(RecipientList.owner.in_(sorted(scope.organisations)))


def wishes(session: Session, limit: int) -> tuple[dict[str, int], Sequence[OptOut]]:
    """How many numbers want no message, by kind; and the newest of them."""
    counts = {kind: int(n) for kind, n in session.execute(
        select(OptOut.kind, func.count()).group_by(OptOut.kind).order_by(OptOut.kind))}
    newest = session.scalars(
        select(OptOut).order_by(OptOut.at.desc(), OptOut.lookup).limit(limit)).all()
    return counts, newest
