"""Ask the far side about what is uncertain; the answer, not a guess, ends the doubt."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from channels.base import Reconciles
from channels.values import Found, Uncertain
from worker.home import SYSTEM
from worker.i18n import t
from worker.models import Attempt, Batch, Content, Delivery, Occurrence
from worker.office import Office
from worker.outbox.doubt import ASK_AGAIN, LAST_TRY, answered
from worker.outbox.units import Lease, Letter

#: questions in one round: a page's feed is not to be hammered
ROUND = 20


_original = aliased(Delivery)
#: a correction that is a message of its own; an edit in place is simply made again
_of_its_own = (Delivery.kind == "correct") & exists().where(
    _original.id == Delivery.refers_to, _original.tag != Delivery.tag)


@dataclass(frozen=True)
class Question:
    """One doubt to ask about."""

    letter: Letter
    lease: Lease


def questions(office: Office, now: datetime) -> list[Question]:
    """Uncertain deliveries whose last try is over, on channels that can be asked."""
    channels = office.reconcilable()
    if not channels:
        return []
    with office.store.read() as session:
        rows = session.execute(
            select(Delivery, Batch, Occurrence, Content.payload, Attempt.deadline_at)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(Occurrence, Occurrence.id == Delivery.occurrence_id)
            .join(Content, Content.sha256 == Delivery.content_sha256)
            .outerjoin(Attempt, LAST_TRY)
            .where(
                Delivery.state == "uncertain", or_(Delivery.kind == "publish", _of_its_own),
                Delivery.channel.in_(channels),
                or_(Attempt.deadline_at.is_(None), Attempt.deadline_at < now),
                or_(Delivery.absent_at.is_(None), Delivery.absent_at <= now - ASK_AGAIN),
            )
            # who was asked longest ago: an account that answers nothing keeps no one waiting
            .order_by(Delivery.asked_at.nulls_first(), Delivery.settled_at, Delivery.id)
            .limit(ROUND)
        ).all()
    return [question(d, b, o, payload) for d, b, o, payload, _ in rows]


def question(
    delivery: Delivery, batch: Batch, occurrence: Occurrence, payload: dict[str, Any]
) -> Question:
    """A delivery that was begun, as its channel is asked about it."""
    return Question(_letter(delivery, batch, payload), _lease(batch, occurrence))


def reconcile(office: Office, now: datetime) -> int:
    """
    One round; gives how many doubts ended. An exception of a channel is raised when the round
    is over: it must not keep the others from being asked.
    """
    ended = 0
    bugs: list[Exception] = []
    for doubt in questions(office, now):
        try:
            found = ask(office, doubt)
        except Exception as error:  # noqa: BLE001  (raised below)
            bugs.append(error)
            found = Uncertain("bug", type(error).__name__)
        letter = doubt.letter
        with office.store.write() as session:
            state = answered(session, office.clock.now(), SYSTEM, letter.id, letter.attempts, found)
        ended += state != "uncertain"
    if bugs:
        raise ExceptionGroup("reconcile", bugs)
    return ended


def ask(office: Office, doubt: Question) -> Found:
    """Ask the channel; without a database session."""
    channel = office.channels.get(doubt.lease.channel)
    message = office.message(doubt.letter, doubt.lease, doubt.letter.attempts)
    if not isinstance(channel, Reconciles) or message is None:
        return Uncertain("programme", t(
            "kênh hoặc nơi nhận không còn trong chương trình",
            "channel or target is no longer in the programme"))
    return channel.find(message)


def _letter(delivery: Delivery, batch: Batch, payload: dict[str, Any]) -> Letter:
    return Letter(
        id=delivery.id, day=delivery.day, target=delivery.target, content=payload,
        tag=delivery.tag, attempts=delivery.attempts, counted=delivery.counted,
        # after a restore nobody knows when it was tried: not before it was due
        first_try_at=delivery.first_try_at or batch.next_attempt_at,
        parts=1, ref=delivery.ref, refers_to=None, suspect=False,
    )


def _lease(batch: Batch, occurrence: Occurrence) -> Lease:
    day: date = batch.day
    return Lease(
        batch_id=batch.id, token="", until=batch.closes_at, occurrence_id=occurrence.id, day=day,
        channel=batch.channel, account=batch.account, kind=batch.kind, version=batch.version,
        priority=occurrence.priority, priority_rank=batch.priority_rank,
        purpose=occurrence.purpose, item_id=batch.item_id, opens_at=batch.opens_at,
        closes_at=batch.closes_at, windows=(), late_policy=occurrence.late,
        when_uncertain=occurrence.when_uncertain,
    )
