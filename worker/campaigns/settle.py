"""
Settle: write what came of a campaign's messages. Fenced by state and attempt number, as
`worker/outbox/settle.py` is: a late answer may end the doubt that its own try left, never
overwrite a later try or a final state.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, Text, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from channels.values import Accepted, Delivered, Outcome, Retry
from worker import retry
from worker.db import rows_given
from worker.models import CampaignMessage, CampaignRef, UtcDateTime
from worker.outbox import refusals
from worker.outbox.many import Many, One
from worker.outbox.settle import outcome_name

from . import moves
from .keys import key_of
from .moves import Moved
from .units import Result

_NOW = bindparam("b_now", type_=UtcDateTime())
_GIVEN = rows_given("given", row=BigInteger(), attempts=Integer(), state=Text(), ref=Text(),
                    code=Text(), detail=Text(), parts=Integer())
_THIS_TRY = (
    CampaignMessage.campaign_id == bindparam("b_campaign", type_=Integer()),
    CampaignMessage.row == _GIVEN.c.row, CampaignMessage.attempts == _GIVEN.c.attempts,
)
_WRITTEN = {"state": _GIVEN.c.state, "ref": _GIVEN.c.ref, "code": _GIVEN.c.code,
            "detail": _GIVEN.c.detail, "parts": _GIVEN.c.parts, "settled_at": _NOW,
            "counted": CampaignMessage.counted + 1}
_END = One(
    update(CampaignMessage).where(*_THIS_TRY, CampaignMessage.state == "sending")
    .values(**_WRITTEN).returning(CampaignMessage.row)
)
#: our lease had died and the try was counted as uncertain
_END_DOUBT = One(
    update(CampaignMessage)
    .where(*_THIS_TRY, CampaignMessage.state == "uncertain", _GIVEN.c.state != "uncertain")
    .values(**_WRITTEN).returning(CampaignMessage.row, CampaignMessage.code)
)
_CODES = One(
    select(CampaignMessage.row, CampaignMessage.code)
    .where(*_THIS_TRY, CampaignMessage.state == "uncertain")
)
_AGAIN = Many(
    update(CampaignMessage)
    .where(CampaignMessage.campaign_id == bindparam("k_campaign"),
           CampaignMessage.row == bindparam("k_row"), CampaignMessage.state == "sending",
           CampaignMessage.attempts == bindparam("k_attempts"))
    .values(state=bindparam("s_state"), next_at=bindparam("s_next"), code=bindparam("s_code"),
            detail=bindparam("s_detail"), counted=CampaignMessage.counted + bindparam("s_counts"),
            maybe_out=or_(CampaignMessage.maybe_out, bindparam("s_maybe")),
            settled_at=bindparam("s_settled"), parts=bindparam("s_parts"))
)
_IDS = rows_given("ids", ref=Text(), row=BigInteger(), part=Integer(), of=Integer())
_REFS = One(
    insert(CampaignRef)
    .from_select(
        ["ref", "channel", "account", "campaign_id", "row", "part", "of", "at"],
        select(_IDS.c.ref, bindparam("b_channel", type_=Text()),
               bindparam("b_account", type_=Text()), bindparam("b_campaign", type_=Integer()),
               _IDS.c.row, _IDS.c.part, _IDS.c.of, _NOW))
    .returning(CampaignRef.id)
)


class Settled(NamedTuple):
    """A result that was written, and the state its message has."""

    result: Result
    state: str


def settle(
    session: Session, now: datetime, node: str, results: Sequence[Result], *, by_ref: bool
) -> list[Settled]:
    """
    Write results of one campaign and account; gives those that counted. `by_ref`: the gateway's
    receipts name its own ids, which are kept to find the message.
    """
    if not results:
        return []
    campaign, account = results[0].slice.campaign, results[0].slice.account
    ended = [r for r in results if not isinstance(r.outcome, Retry)]
    settled, moved = _end(session, now, campaign.id, ended)
    again = _retry(session, now, [r for r in results if isinstance(r.outcome, Retry)])
    moves.count(session, node, campaign.id, [*moved, *(m for _, m in again)])
    if by_ref:
        _remember(session, now, campaign.channel, account, campaign.id, ended)
    refusals.note(session, now, [(campaign.channel, account, r.outcome) for r in results])
    return settled + [s for s, _ in again]


def _end(
    session: Session, now: datetime, campaign: int, results: Sequence[Result]
) -> tuple[list[Settled], list[Moved]]:
    if not results:
        return [], []
    given = {r.begun.row: (r, _ended(r.outcome)) for r in results}
    rows = json.dumps([_written(r, state) for r, state in given.values()])
    done = {row for row, in _END.rows(session, b_campaign=campaign, given=rows, b_now=now)}
    sources = dict.fromkeys(done, ("sending", ""))
    if len(done) < len(given):
        late = json.dumps([_written(r, state) for row, (r, state) in given.items()
                           if row not in done])
        codes = dict(tuple(x) for x in _CODES.rows(session, b_campaign=campaign, given=late))
        for row, _ in _END_DOUBT.rows(session, b_campaign=campaign, given=late, b_now=now):
            sources[row] = ("uncertain", codes[row])
    settled, moved = [], []
    for row, (source, code) in sources.items():
        result, state = given[row]
        settled.append(Settled(result, state))
        moved.append(Moved(row, source, state, result.begun.carrier, _code(result.outcome), code,
                           result.parts))
    return settled, moved


def _ended(outcome: Outcome) -> str:
    return outcome_name(outcome)


def _code(outcome: Outcome) -> str:
    return getattr(outcome, "code", "")[:40]


def _written(r: Result, state: str) -> list[object]:
    outcome = r.outcome
    return [r.begun.row, r.begun.attempts, state, getattr(outcome, "ref", "")[:200],
            _code(outcome), outcome.detail[:500], r.parts]


def _retry(
    session: Session, now: datetime, results: Sequence[Result]
) -> list[tuple[Settled, Moved]]:
    """Nothing was taken: it waits again, or its tries are used up."""
    found, rows = [], []
    for r in results:
        campaign, begun = r.slice.campaign, r.begun
        outcome = r.outcome
        assert isinstance(outcome, Retry)  # noqa: S101  (the caller chose them)
        maybe = begun.maybe_out or r.repeat_until is not None
        at = retry.next_try(
            now, outcome, priority=campaign.priority,
            counted=begun.counted + (1 if outcome.counts else 0),
            key=key_of(campaign.nonce, campaign.id, begun.row))
        if at is not None and r.repeat_until is not None and at >= r.repeat_until:
            at = None
        state = "waiting" if at else ("uncertain" if maybe else "exhausted")
        rows.append({
            "k_campaign": campaign.id, "k_row": begun.row, "k_attempts": begun.attempts,
            "s_state": state, "s_next": at, "s_code": _code(outcome),
            "s_detail": outcome.detail[:500], "s_counts": 1 if outcome.counts else 0,
            "s_maybe": maybe, "s_settled": None if at else now, "s_parts": 0 if at else r.parts,
        })
        found.append((Settled(r, state), Moved(
            begun.row, "sending", state, begun.carrier, "" if at else _code(outcome),
            parts=0 if at else r.parts)))
    return _only_ours(session, rows, found)


def _only_ours(
    session: Session, rows: Sequence[dict[str, object]], found: list[tuple[Settled, Moved]]
) -> list[tuple[Settled, Moved]]:
    """Leaves out what a dead lease had given up: it is counted already."""
    if not rows:
        return []
    still = {
        row for row, in session.execute(
            select(CampaignMessage.row).where(
                CampaignMessage.campaign_id == rows[0]["k_campaign"],
                CampaignMessage.row.in_([r["k_row"] for r in rows]),
                CampaignMessage.state == "sending").with_for_update())
    }
    ours = [n for n, r in enumerate(rows) if r["k_row"] in still]
    _AGAIN.execute(session, [rows[n] for n in ours])
    return [found[n] for n in ours]


def _remember(
    session: Session, now: datetime, channel: str, account: str, campaign: int,
    results: Iterable[Result],
) -> None:
    ids = [
        [ref[:200], r.begun.row, n, len(refs)]
        for r in results if isinstance(r.outcome, Accepted | Delivered) and r.outcome.ref
        for refs in [getattr(r.outcome, "parts", ()) or (r.outcome.ref,)]
        for n, ref in enumerate(refs, start=1)
    ]
    if ids:
        _REFS.rows(session, ids=json.dumps(ids), b_channel=channel, b_account=account,
                   b_campaign=campaign, b_now=now)
