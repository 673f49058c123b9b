"""
What was prepared, must not become public, and could not be taken back: the far side may publish
it by itself, so each is a Sự cố until it is gone or somebody has taken it off by hand.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from worker.alarms.store import close_alarm, open_alarms, raise_alarm
from worker.i18n import t, written
from worker.models import Batch, Delivery
from worker.office import Office
from worker.outbox.takeback import FAILED
from worker.takedown import NAMED, Failed, place_of

_original = aliased(Delivery)
_CAUSE = "withdraw:"


def watch(office: Office, now: datetime) -> None:
    """One round, for every node at any time; cheap while nothing failed."""
    with office.store.read() as session:
        told = [a for a in open_alarms(session) if a.cause.startswith(_CAUSE)]
        if not told and not left(session, now):
            return
    with office.store.write() as session:
        by_cause: dict[str, list[Failed]] = {}
        for failed in left(session, now):
            item = session.get_one(Batch, failed.original.batch_id).item_id
            by_cause.setdefault(f"{_CAUSE}{item}/{failed.original.channel}", []).append(failed)
        for cause, failures in by_cause.items():
            known = next((a.what for a in told if a.cause == cause), None)
            _tell(session, now, cause, failures, known)
        for alarm in told:
            if alarm.cause not in by_cause:
                close_alarm(session, now, alarm.cause)


def left(session: Session, now: datetime) -> list[Failed]:
    """Withdrawals that take nothing back any more without a person."""
    # by its index, which holds these few only; joined at once, SQLite reads the whole log
    withdrawn = select(_original.id).where(_original.withdrawn_at.is_not(None),
                                           _original.state != "recalled")
    if session.scalars(withdrawn.limit(1)).first() is None:
        return []  # as nearly always; PostgreSQL would ask three indexes of every month
    rows = session.execute(
        select(Delivery, _original)
        .join(_original, (_original.id == Delivery.refers_to) & (_original.day == Delivery.day))
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.refers_to.in_(withdrawn), Delivery.kind == "recall",
               # a doubt is tried again by itself, but not after a bug, and not for ever
               Delivery.state.in_(FAILED) | (Delivery.state == "uncertain")
               & ((Delivery.code == "bug") | (Batch.closes_at <= now)))
        .order_by(Delivery.channel, Delivery.target, Delivery.id)
    ).all()
    return [Failed(recall, original) for recall, original in rows]


@written()
def _tell(
    session: Session, now: datetime, cause: str, failures: list[Failed], known: str | None
) -> None:
    item, _, channel = cause.removeprefix(_CAUSE).partition("/")
    places = [place_of(session, f.original, now) for f in failures[:NAMED]]
    where = "; ".join(f"{p.name} ({p.address})" if p.address else p.name for p in places)
    more = len(failures) - len(places)
    where += t(f" và {more} nơi nữa", f" and {more} more") if more else ""
    first = failures[0].recall
    why = first.detail or first.code
    what = t(f"bài đã chuẩn bị của tin {item} phải gỡ mà còn trên kênh {channel}, nơi đó có thể "
             f"tự đăng khi đến giờ: {where}. Lý do: {why}",
             f"a prepared text of item {item} was to be taken back and is still on channel "
             f"{channel}, which may publish it by itself: {where}. Why: {why}")
    if what == known:
        return
    keepers = ", ".join(dict.fromkeys(p.keeper for p in places if p.keeper))
    step = t(
        f"{keepers or 'người quản trị nơi đó'} xóa bài hẹn giờ; rồi `giovang resolve {first.id} "
        f"--went-out`; muốn máy gỡ lại: `giovang resolve {first.id} --send-again`",
        f"{keepers or 'whoever keeps that place'} deletes what is scheduled; then `giovang "
        f"resolve {first.id} --went-out`; to have it tried again: `… --send-again`")
    raise_alarm(session, now, cause, "recall", "serious", what, step)
