"""
A Sự cố is one open row a cause: seen again it counts, mended it closes, and the next time it
opens anew. The partial unique index on open causes decides between two workers.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.scrub import scrub
from worker import audit
from worker.alarms.kinds import KINDS
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Alarm

Severity = Literal["warning", "serious"]

_CAUSE = 200  #: characters the column holds
QUIET = timedelta(days=1)


def raise_alarm(
    session: Session, now: datetime, cause: str, kind: str, severity: Severity, what: str,
    fix: str = "",
) -> bool:
    """
    Tell of a cause; True when it is new. A milder sighting does not soften the words of a
    serious one. `fix` empty: the kind's own. Phone numbers are masked before they are kept.
    """
    cause = _fit(cause)
    step = scrub(fix or KINDS[kind].fix())
    if _seen_again(session, now, cause, severity, scrub(what), step):
        return False
    try:
        with session.begin_nested():
            session.execute(insert(Alarm), [{
                "cause": cause, "kind": kind, "severity": severity, "what": scrub(what),
                "fix": step, "first_at": now, "last_at": now, "count": 1, "told": [],
            }])
    except IntegrityError:  # another worker opened it between our look and our insert
        _seen_again(session, now, cause, severity, scrub(what), step)
        return False
    return True


def _seen_again(
    session: Session, now: datetime, cause: str, severity: Severity, what: str, fix: str
) -> bool:
    words: dict[str, Any] = {"severity": severity, "what": what, "fix": fix}
    if severity == "warning":
        graver = Alarm.severity == "serious"
        words = {name: case((graver, getattr(Alarm, name)), else_=value)
                 for name, value in words.items()}
    return session.execute(
        update(Alarm)
        .where(Alarm.cause == cause, Alarm.closed_at.is_(None))
        .values(count=Alarm.count + 1, last_at=now, **words)
        .returning(Alarm.id)
        .execution_options(synchronize_session=False)
    ).first() is not None


def _fit(cause: str) -> str:
    """A longer cause ends in its own hash, so that two long ones do not become one."""
    if len(cause) <= _CAUSE:
        return cause
    return f"{cause[:_CAUSE - 33]}~{hashlib.sha256(cause.encode()).hexdigest()[:32]}"


def close_alarm(session: Session, now: datetime, cause: str) -> bool:
    """It is mended; False when nothing of this cause was open."""
    return session.execute(
        update(Alarm)
        .where(Alarm.cause == _fit(cause), Alarm.closed_at.is_(None))
        .values(closed_at=now)
        .returning(Alarm.id)
        .execution_options(synchronize_session=False)
    ).first() is not None


def ack(session: Session, now: datetime, alarm_id: int, person: str) -> Alarm:
    """«Tôi xử lý»: this person has taken it; nobody else is called."""
    alarm = session.scalars(
        select(Alarm).where(Alarm.id == alarm_id).with_for_update()
    ).first()
    if alarm is None:
        raise UserError(str(alarm_id), t("không có sự cố này", "there is no such alarm"),
                        t("xem số ở `giovang alarms`", "see the numbers in `giovang alarms`"))
    if alarm.closed_at is not None:
        raise Refused(str(alarm_id), t("sự cố đã hết", "the alarm is closed already"))
    if alarm.acked_by is not None:
        raise Refused(str(alarm_id), t(f"đã có {alarm.acked_by} xử lý",
                                       f"{alarm.acked_by} has taken it already"))
    alarm.acked_by, alarm.acked_at = person, now
    audit.record(session, now, person, "ack", f"alarm/{alarm_id}", {"cause": alarm.cause})
    return alarm


def done(session: Session, now: datetime, alarm_id: int, person: str) -> Alarm:
    """A person says that it is mended; seen again it opens anew."""
    alarm = session.scalars(
        select(Alarm).where(Alarm.id == alarm_id, Alarm.closed_at.is_(None)).with_for_update()
    ).first()
    if alarm is None:
        raise UserError(str(alarm_id), t("không có sự cố đang mở này", "no such open alarm"),
                        t("xem số ở `giovang alarms`", "see the numbers in `giovang alarms`"))
    alarm.acked_by, alarm.acked_at = alarm.acked_by or person, alarm.acked_at or now
    alarm.closed_at = now
    audit.record(session, now, person, "alarm_done", f"alarm/{alarm_id}", {"cause": alarm.cause})
    return alarm


def close_quiet(session: Session, now: datetime) -> int:
    """
    What somebody took and nobody saw again for a day is over: a bug, a jump of the clock, a
    missed slot have no end of their own that would close them. Those that are told every day
    until mended stay.
    """
    daily = [kind for kind, words in KINDS.items() if words.daily]
    return len(session.execute(
        update(Alarm)
        .where(Alarm.closed_at.is_(None), Alarm.acked_at.is_not(None), Alarm.last_at < now - QUIET,
               Alarm.acked_at < now - QUIET, Alarm.kind.not_in(daily))
        .values(closed_at=now)
        .returning(Alarm.id)
        .execution_options(synchronize_session=False)
    ).all())


def open_alarms(session: Session) -> Sequence[Alarm]:
    """Open ones, serious first, then the newest sighting."""
    return session.scalars(
        select(Alarm).where(Alarm.closed_at.is_(None))
        .order_by(case((Alarm.severity == "serious", 0), else_=1), Alarm.last_at.desc(),
                  Alarm.id.desc())
    ).all()


def count_open(session: Session) -> int:
    """How many are open."""
    return session.scalars(select(func.count()).where(Alarm.closed_at.is_(None))).one()
