"""
One thing at a time: chosen and marked as being asked, done without a session, written down.

    open ──> done       dropped: no longer wanted (recalled, a newer pin, a later figure is due)
      └─────> failed    the far side refused, or too often gave nothing

An unpin is made when a pin is first tried, before the wire: whatever becomes of the pin, and of
us, the text comes down again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from channels.online import Figures
from channels.values import Accepted, Delivered, Outcome, Rejected, Retry
from worker import retry
from worker.aftercare.rows import MARKS, PUBLIC, Wish
from worker.alarms.store import close_alarm, raise_alarm
from worker.db import insert_missing, lock_aftercare
from worker.i18n import t
from worker.models import (
    AccountRow,
    Aftercare,
    Batch,
    Content,
    Delivery,
    DeliveryFigures,
    Item,
    Occurrence,
    StopOrder,
)
from worker.reconcile import Question, question

#: somebody who asks and does not come back (a crash) holds up the account for so long
ASKING = timedelta(minutes=5)
#: a figure that could not be had so often is left
FAILURES = 3
#: an unpin that failed for so long is a Sự cố, and one that failed for so long is given up
ALARM_AFTER, GIVE_UP = timedelta(days=1), timedelta(days=7)

#: rows looked at for one that is still wanted
LOOKED_AT = 50

_PINS = ("pin", "unpin")


@dataclass(frozen=True)
class Task:
    """Something to ask the far side for now."""

    row: Aftercare
    question: Question


Answer = Outcome | Figures


def next_task(
    session: Session, now: datetime, wanted: dict[str, Wish],
    measured: Collection[tuple[str, str]] = (),
) -> Task | None:
    """
    What is due first, marked as ours; what is no longer wanted is dropped on the way. `measured`:
    (channel, account) of which no further figures are asked for now.
    """
    lock_aftercare(session)
    for _ in range(LOOKED_AT):  # a transaction stays short, however much was missed
        row = session.scalars(_due(now, measured)).first()
        if row is None:
            return None
        delivery, batch, occurrence, payload, item_state = session.execute(
            select(Delivery, Batch, Occurrence, Content.payload, Item.state)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(Occurrence, Occurrence.id == Delivery.occurrence_id)
            .join(Content, Content.sha256 == Delivery.content_sha256)
            .join(Item, Item.id == Batch.item_id)
            .where(Delivery.id == row.delivery_id, Delivery.day == row.day)
        ).one()
        public = delivery.state in PUBLIC and item_state != "recalled"
        why = _unwanted(session, now, row, wanted.get(row.channel), public=public)
        if why:
            _end(row, now, "dropped", why)
            session.flush()
            continue
        row.asked_until, row.tries = now + ASKING, row.tries + 1
        if row.kind == "pin":
            _open_unpin(session, row, wanted[row.channel])
        session.flush()
        return Task(row, question(delivery, batch, occurrence, payload))
    return None


def _due(now: datetime, measured: Collection[tuple[str, str]]) -> Select[Aftercare]:
    busy = aliased(Aftercare)
    resting = exists().where(
        AccountRow.channel == Aftercare.channel,
        or_(AccountRow.account == Aftercare.account, AccountRow.account == "*"),
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > now))
    return (
        select(Aftercare)
        .where(
            Aftercare.state == "open", Aftercare.next_at <= now, ~resting,
            ~exists().where(busy.state == "open", busy.channel == Aftercare.channel,
                            busy.account == Aftercare.account, busy.asked_until > now),
            # nothing is put on top while somebody has said stop
            or_(Aftercare.kind != "pin", ~_stopped()),
            or_(Aftercare.kind.in_(_PINS),
                tuple_(Aftercare.channel, Aftercare.account).not_in(measured)),
        )
        .order_by(case((Aftercare.kind.in_(_PINS), 0), else_=1), Aftercare.next_at,
                  Aftercare.delivery_id)
        .limit(1)
    )


def _stopped() -> ColumnElement[bool]:
    return exists().where(StopOrder.lifted_at.is_(None),
                          or_(StopOrder.channel == "*", StopOrder.channel == Aftercare.channel))


def _unwanted(
    session: Session, now: datetime, row: Aftercare, wish: Wish | None, *, public: bool
) -> str:
    """Why it is not done; "" when it is. An unpin always is."""
    if row.kind == "unpin":
        return ""
    if not public:
        return "recalled"
    if row.kind == "pin":
        if wish is None or row.published_at + timedelta(days=wish.pin_days) <= now:
            return "over"
        return "replaced" if _newer_pin(session, row) else ""
    later = [mark for mark, age in MARKS.items()
             if age > MARKS[row.kind] and row.published_at + age <= now]
    return "missed" if later else ""


def _newer_pin(session: Session, row: Aftercare) -> bool:
    return session.scalars(
        select(Aftercare.delivery_id)
        .where(Aftercare.kind == "pin", Aftercare.channel == row.channel,
               Aftercare.target == row.target, Aftercare.state.in_(("open", "done")),
               Aftercare.published_at > row.published_at)
        .limit(1)
    ).first() is not None


def _open_unpin(session: Session, pin: Aftercare, wish: Wish) -> None:
    due_at = pin.published_at + timedelta(days=wish.pin_days)
    insert_missing(session, Aftercare, [{
        "delivery_id": pin.delivery_id, "day": pin.day, "kind": "unpin", "channel": pin.channel,
        "account": pin.account, "target": pin.target, "published_at": pin.published_at,
        "due_at": due_at, "next_at": due_at, "asked_until": None, "tries": 0, "failures": 0,
        "state": "open", "code": "", "detail": "", "ended_at": None,
    }])


def recalled(now: datetime) -> ColumnElement[bool]:
    """Of the rows of `aftercare`: those on top though their text was taken back."""
    return and_(_waits_to_unpin(now), exists().where(
        Delivery.id == Aftercare.delivery_id, Delivery.day == Aftercare.day,
        Batch.id == Delivery.batch_id, Item.id == Batch.item_id,
        or_(Item.state == "recalled", Delivery.state == "recalled")))


def hurry(session: Session, now: datetime) -> None:
    """Unpin at once what was recalled since."""
    session.execute(
        update(Aftercare).where(recalled(now)).values(due_at=now, next_at=now)
        .execution_options(synchronize_session=False))


def _waits_to_unpin(now: datetime) -> ColumnElement[bool]:
    return and_(Aftercare.state == "open", Aftercare.kind == "unpin", Aftercare.due_at > now)


def settle(session: Session, now: datetime, task: Task, answer: Answer) -> None:
    """What came of it; nothing when somebody else has taken it meanwhile."""
    row = session.scalars(
        select(Aftercare)
        .where(Aftercare.delivery_id == task.row.delivery_id, Aftercare.day == task.row.day,
               Aftercare.kind == task.row.kind, Aftercare.state == "open",
               Aftercare.tries == task.row.tries)
        .with_for_update()
    ).first()
    if row is None:
        return
    row.asked_until = None
    row.code, row.detail = getattr(answer, "code", ""), getattr(answer, "detail", "")[:2000]
    if isinstance(answer, Figures):
        _keep(session, now, row, answer)
    elif isinstance(answer, Accepted | Delivered):
        _end(row, now, "done", row.code)
        if row.kind == "pin":
            _replace_older(session, now, row, task.question.letter.ref)
        close_alarm(session, now, _cause(row))
    elif row.kind == "pin":
        _pin_failed(session, now, row, answer)
    elif row.kind == "unpin":
        _unpin_failed(session, now, row, answer)
    else:
        _no_figures(now, row, answer)


def _keep(session: Session, now: datetime, row: Aftercare, figures: Figures) -> None:
    insert_missing(session, DeliveryFigures, [{
        "delivery_id": row.delivery_id, "day": row.day, "mark": row.kind, "at": now,
        "age": int((now - row.published_at).total_seconds()), "counts": dict(figures.counts),
    }])
    _end(row, now, "done", "")


def _replace_older(session: Session, now: datetime, pin: Aftercare, ref: str) -> None:
    """One text on top of a page: those pinned before come down now."""
    older = session.execute(
        select(Aftercare, Delivery.ref)
        .join(Delivery, and_(Delivery.id == Aftercare.delivery_id, Delivery.day == Aftercare.day))
        .where(_waits_to_unpin(now), Aftercare.channel == pin.channel,
               Aftercare.target == pin.target, Aftercare.delivery_id != pin.delivery_id)
    ).all()
    for unpin, its_ref in older:
        if its_ref == ref:  # aired again, updated in place: it is the very text on top
            _end(unpin, now, "dropped", "replaced")
        else:
            unpin.due_at = unpin.next_at = now


def _pin_failed(session: Session, now: datetime, row: Aftercare, answer: Answer) -> None:
    """Refused at the first try: nothing is on top, and nothing must come down."""
    if not isinstance(answer, Rejected):
        _again(now, row, answer)
        return
    _end(row, now, "failed", answer.code)
    if row.tries == 1:
        session.execute(
            update(Aftercare)
            .where(Aftercare.delivery_id == row.delivery_id, Aftercare.day == row.day,
                   Aftercare.kind == "unpin", Aftercare.state == "open")
            .values(state="dropped", code="not-pinned", ended_at=now)
            .execution_options(synchronize_session=False))


def _unpin_failed(session: Session, now: datetime, row: Aftercare, answer: Answer) -> None:
    _again(now, row, answer)
    if now - row.due_at >= ALARM_AFTER:
        delivery = session.get_one(Delivery, (row.delivery_id, row.day))
        where = delivery.url or row.target
        raise_alarm(
            session, now, _cause(row), "unpin", "warning",
            t(f"kênh {row.channel}: bài cũ vẫn ghim ở {where}, cả ngày chưa bỏ ghim được. "
              f"Lý do: {row.detail or row.code}",
              f"channel {row.channel}: an old text is still pinned at {where}, after a day. "
              f"Why: {row.detail or row.code}"))
    if now - row.due_at >= GIVE_UP:
        _end(row, now, "failed", row.code)


def _no_figures(now: datetime, row: Aftercare, answer: Answer) -> None:
    """Told to nobody: a figure that is missing harms no one."""
    counts = not isinstance(answer, Retry) or answer.counts
    row.failures += counts
    if row.failures >= FAILURES or now - row.published_at >= 2 * MARKS["7d"]:
        _end(row, now, "failed", row.code)
    else:
        _again(now, row, answer)


def _again(now: datetime, row: Aftercare, answer: Answer) -> None:
    told = answer.retry_after if isinstance(answer, Retry) else None
    row.next_at = now + retry.aftercare_wait(row.tries, told, f"{row.delivery_id}/{row.kind}")


def _end(row: Aftercare, now: datetime, state: str, code: str) -> None:
    row.state, row.code, row.ended_at = state, code, now


def _cause(row: Aftercare) -> str:
    return f"unpin:{row.delivery_id}"
