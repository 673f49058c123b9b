"""
Settle: write what came of a try. Fenced by state and attempt number: once a lease died and
the try was counted as uncertain, its late result may resolve that, never overwrite a later
try or a final state.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from channels.values import Accepted, Delivered, Prepared, Rejected, Retry, Uncertain
from worker import retry
from worker.given import one_of
from worker.i18n import t
from worker.models import Attempt, Batch, Delivery, WireRef
from worker.outbox import acts, events, refusals, withdraw
from worker.outbox.follow import follow_originals
from worker.outbox.many import Many, One
from worker.outbox.units import Result, Tried
from worker.programme.model import Priority

_OUTCOME_NAMES = {Accepted: "accepted", Delivered: "delivered", Rejected: "rejected",
                  Retry: "retry", Uncertain: "uncertain", Prepared: "prepared"}

# built once: these are on the path of every message
_STILL = One(
    select(Delivery.id, Delivery.state, Delivery.attempts)
    .where(one_of(Delivery.id, "ids"),
           Delivery.day.between(bindparam("first"), bindparam("last")))
    .with_for_update()
)
_SETTLE = Many(
    update(Delivery)
    .where(Delivery.id == bindparam("k_id"), Delivery.day == bindparam("k_day"))
    .values(
        state=bindparam("s_state"), next_attempt_at=bindparam("s_next"),
        counted=Delivery.counted + bindparam("s_counts"), ref=bindparam("s_ref"),
        url=bindparam("s_url"), code=bindparam("s_code"), detail=bindparam("s_detail"),
        settled_at=bindparam("s_settled"), maybe_out=bindparam("s_maybe"),
        prepared_at=bindparam("s_prepared"),
    )
)
_END = Many(
    update(Attempt)
    .where(Attempt.delivery_id == bindparam("k_id"), Attempt.day == bindparam("k_day"),
           Attempt.number == bindparam("k_number"))
    .values(ended_at=bindparam("s_ended"), outcome=bindparam("s_outcome"),
            counted=bindparam("s_counted"), code=bindparam("s_code"),
            detail=bindparam("s_detail"), ref=bindparam("s_ref"))
)
_REF = Many(
    insert(WireRef).inline(), "channel", "account", "ref", "delivery_id", "number", "at", "part",
    "of",
)


def settle(session: Session, now: datetime, actor: str, results: Sequence[Result]) -> list[str]:
    """Write results; gives the state each delivery now has, in the order given."""
    if not results:
        return []
    still = _still_sending(session, results)
    rows = [_row(now, r) for r in results]
    _end_with_batch(session, now, results, rows)
    ours = [still.get(r.begun.letter.id) == ("sending", r.begun.number) for r in results]
    if any(ours):
        _update_deliveries(session, [row for row, mine in zip(rows, ours, strict=True) if mine])
    _end_attempts(session, now, results, rows)
    notes = [
        _note(r, row) if mine else _late_result(session, now, row, r, still.get(r.begun.letter.id))
        for row, r, mine in zip(rows, results, ours, strict=True)
    ]
    events.append(session, now, actor, notes)
    _remember_refs(session, now, results)
    refusals.note(session, now, [
        (r.begun.lease.channel, r.begun.lease.account, r.outcome) for r in results])
    recalls = [r.begun.letter.id for r in results if r.begun.lease.kind != "publish"]
    follow_originals(session, now, actor, [r.begun.letter.id for r in results], recalls)
    if any(row["s_prepared"] for row in rows):  # its approval may have fallen meanwhile
        withdraw.forbidden(session, now, actor, [row["k_id"] for row in rows])
    return [row["s_state"] for row in rows]


def _still_sending(session: Session, results: Sequence[Result]) -> dict[str, tuple[str, int]]:
    days = [r.begun.letter.day for r in results]
    ids = [r.begun.letter.id for r in results]
    found = _STILL.rows(session, ids=ids, first=min(days), last=max(days))
    return {key: (state, attempts) for key, state, attempts in found}


def verdict(now: datetime, result: Result) -> tuple[str, datetime | None, bool]:
    """State, time of the next try, and whether this try counted."""
    outcome, lease = result.outcome, result.begun.lease
    if result.begun.prepare:
        return _of_prepare(now, result)
    maybe_out = result.begun.letter.maybe_out or result.repeat_until is not None
    if isinstance(outcome, Rejected) and maybe_out and lease.kind == "publish":
        return "uncertain", None, True  # this try was refused; an earlier one may be out
    if not isinstance(outcome, Retry):
        return _OUTCOME_NAMES[type(outcome)], None, True
    counted = result.begun.letter.counted + (1 if outcome.counts else 0)
    at = retry.next_try(now, outcome, priority=cast("Priority", lease.priority),
                        counted=counted, key=result.begun.letter.id, kind=lease.kind)
    if at is None:
        return "uncertain" if maybe_out else "exhausted", None, outcome.counts
    # a wait that would end after closing is cut short: one more try while it still helps
    last_chance = lease.closes_at - timedelta(seconds=30)
    if at > last_chance > now + timedelta(seconds=15):
        at = last_chance
    if result.repeat_until is not None and at >= result.repeat_until:
        return "uncertain", None, outcome.counts
    return "ready", at, outcome.counts


def _of_prepare(now: datetime, result: Result) -> tuple[str, datetime | None, bool]:
    """No prepare counts, and none is the last try: at `opens_at` it is made public or sent."""
    outcome, lease = result.outcome, result.begun.lease
    if isinstance(outcome, Prepared):
        return "ready", lease.opens_at, False
    if not isinstance(outcome, Retry):
        return _OUTCOME_NAMES[type(outcome)], None, False
    at = retry.next_try(now, outcome, priority=cast("Priority", lease.priority),
                        counted=result.begun.number, key=result.begun.letter.id)
    at = lease.opens_at if at is None else min(at, max(now, lease.opens_at))
    if result.repeat_until is not None and at >= result.repeat_until:
        return "uncertain", None, False
    return "ready", at, False


def _row(now: datetime, result: Result) -> dict[str, Any]:
    state, at, counts = verdict(now, result)
    outcome, letter = result.outcome, result.begun.letter
    prepared = isinstance(outcome, Prepared)
    detail = outcome.detail or (t("đã chuẩn bị", "prepared") if prepared else "")
    return {
        "k_id": result.begun.letter.id, "k_day": result.begun.letter.day,
        "s_state": state, "s_next": at, "s_counts": 1 if counts else 0,
        "s_ref": getattr(outcome, "ref", "") or result.begun.letter.ref,
        "s_url": getattr(outcome, "url", ""), "s_code": getattr(outcome, "code", ""),
        "s_detail": detail[:2000], "s_settled": None if state == "ready" else now,
        # what was tried before and nobody knows of may at most be prepared, too
        "s_maybe": not prepared and (letter.maybe_out or result.repeat_until is not None),
        "s_prepared": now if prepared else letter.prepared_at,
    }


def _end_with_batch(
    session: Session, now: datetime, results: Sequence[Result], rows: list[dict[str, Any]]
) -> None:
    """No further try of what was cancelled, recalled or closed while it was on the wire."""
    again = {r.begun.lease.batch_id for r, row in zip(results, rows, strict=True)
             if row["s_state"] == "ready"}
    if not again:
        return
    states = dict(session.execute(
        # shared lock: whoever cancels it comes wholly before us or wholly after
        select(Batch.id, Batch.state).where(Batch.id.in_(again)).with_for_update(read=True)
    ).all())
    for r, row in zip(results, rows, strict=True):
        state = states.get(r.begun.lease.batch_id)
        if row["s_state"] == "ready" and state in ("cancelled", "expired"):
            row |= {"s_state": "uncertain" if row["s_maybe"] else state, "s_next": None,
                    "s_settled": now}


def _update_deliveries(session: Session, rows: list[dict[str, Any]]) -> None:
    _SETTLE.execute(session, rows)


def _end_attempts(
    session: Session, now: datetime, results: Sequence[Result], rows: list[dict[str, Any]]
) -> None:
    _END.execute(
        session,
        [
            {
                "k_id": row["k_id"], "k_day": row["k_day"], "k_number": r.begun.number,
                "s_ended": now, "s_outcome": _OUTCOME_NAMES[type(r.outcome)],
                "s_counted": bool(row["s_counts"]), "s_code": row["s_code"],
                "s_detail": row["s_detail"], "s_ref": row["s_ref"],
            }
            for row, r in zip(rows, results, strict=True)
        ],
    )


def _note(result: Result, row: dict[str, Any]) -> events.Note:
    detail: dict[str, Any] = {"attempt": result.begun.number, "state": row["s_state"]}
    if row["s_code"]:
        detail["code"] = row["s_code"]
    if row["s_ref"]:
        detail["ref"] = row["s_ref"]
    if isinstance(result.outcome, Prepared):
        detail["prepared"] = True
    return events.Note(result.begun.lease.occurrence_id, "settled", result.begun.letter.id, detail)


def _late_result(
    session: Session, now: datetime, row: dict[str, Any], result: Result,
    found: tuple[str, int] | None,
) -> events.Note:
    """Our lease had died: an answer may still end the doubt that this very try left."""
    if (found == ("uncertain", result.begun.number)
            and isinstance(result.outcome, Accepted | Delivered | Prepared | Rejected)):
        _update_deliveries(session, [row])
        if row["s_state"] == "ready":  # prepared: its batch may have been given back
            acts.wake_batch(session, result.begun.lease.batch_id, row["s_next"])
        kind = "settled"
    else:
        row["s_state"] = found[0] if found else "gone"
        kind = "late_result"
    return events.Note(
        result.begun.lease.occurrence_id, kind, result.begun.letter.id,
        {"attempt": result.begun.number, "outcome": _OUTCOME_NAMES[type(result.outcome)],
         "state": row["s_state"], "at": now.isoformat()},
    )


def _remember_refs(session: Session, now: datetime, results: Sequence[Result]) -> None:
    rows = [
        {
            "channel": r.begun.lease.channel, "account": r.begun.lease.account,
            "ref": ref[:200], "delivery_id": r.begun.letter.id, "number": r.begun.number,
            "at": now, "part": part, "of": len(refs),
        }
        for r in results
        if isinstance(r.outcome, Accepted) and r.outcome.ref
        for refs in [r.outcome.parts or (r.outcome.ref,)]
        for part, ref in enumerate(refs, start=1)
    ]
    _REF.execute(session, rows)


def outcome_name(outcome: Tried) -> str:
    """The word for the log: accepted, delivered, rejected, retry, uncertain, prepared."""
    return _OUTCOME_NAMES[type(outcome)]
