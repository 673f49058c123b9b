"""
Settle: write what came of a campaign's messages. Fenced by state and attempt number, as
`worker/outbox/settle.py` is: a late answer may end the doubt that its own try left, never
overwrite a later try or a final state.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    Text,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from channels.values import Retry
from worker import retry
from worker.given import pairs_given, rows_given
from worker.models import CampaignMessage, CampaignRef, UtcDateTime
from worker.outbox import refusals
from worker.outbox.many import Many, One

from . import alike, moves
from .alike import Kind
from .keys import key_of
from .moves import Alike, Moved
from .units import Result, Running

#: the gateway has them, under its own id
_TAKEN = ("accepted", "delivered")

#: so many that are alike are written by a statement of their own, which is the cheaper one
FEW = 4

_NOW = bindparam("b_now", type_=UtcDateTime())
_CAMPAIGN = bindparam("b_campaign", type_=Integer())
_GIVEN = rows_given("given", row=BigInteger(), attempts=Integer(), state=Text(), ref=Text(),
                    code=Text(), detail=Text(), parts=Integer())
_THIS_TRY = (CampaignMessage.campaign_id == _CAMPAIGN, CampaignMessage.row == _GIVEN.c.row,
             CampaignMessage.attempts == _GIVEN.c.attempts)
_WRITTEN = {"state": _GIVEN.c.state, "ref": _GIVEN.c.ref, "code": _GIVEN.c.code,
            "detail": _GIVEN.c.detail, "parts": _GIVEN.c.parts, "settled_at": _NOW,
            "counted": CampaignMessage.counted + 1}
_END = One(
    update(CampaignMessage).where(*_THIS_TRY, CampaignMessage.state == "sending")
    .values(**_WRITTEN).returning(CampaignMessage.row)
)
_PAIRS = pairs_given("pairs", "row", "ref")
#: `_END` for rows that differ by the gateway's id alone
_END_ALIKE = One(
    update(CampaignMessage)
    .where(CampaignMessage.campaign_id == _CAMPAIGN, CampaignMessage.row == _PAIRS.c.row,
           CampaignMessage.attempts == bindparam("b_attempts", type_=Integer()),
           CampaignMessage.state == "sending")
    .values(state=bindparam("b_state", type_=Text()), ref=_PAIRS.c.ref,
            code=bindparam("b_code", type_=Text()), detail=bindparam("b_detail", type_=Text()),
            parts=bindparam("b_parts", type_=Integer()), settled_at=_NOW,
            counted=CampaignMessage.counted + 1)
    .returning(CampaignMessage.row)
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


def _refs(ids: CTE, part: Any, of: Any) -> One:
    return One(
        insert(CampaignRef)
        .from_select(
            ["ref", "channel", "account", "campaign_id", "row", "part", "of", "at"],
            select(ids.c.ref, bindparam("b_channel", type_=Text()),
                   bindparam("b_account", type_=Text()), _CAMPAIGN, ids.c.row, part, of, _NOW)))


_REFS = _refs(_IDS, _IDS.c.part, _IDS.c.of)
_REFS_ALIKE = _refs(_PAIRS, literal_column("1"), literal_column("1"))


class Settled(NamedTuple):
    """Results that were written alike, and what their messages have now."""

    results: Sequence[Result]
    state: str
    code: str
    carrier: str
    parts: int  #: of each
    late: bool = False


def settle(
    session: Session, now: datetime, node: str, results: Sequence[Result], *, by_ref: bool,
    twice: bool = False,
) -> list[Settled]:
    """
    Write results of one campaign and account; gives those that counted. `by_ref`: the gateway's
    receipts name its own ids, which are kept to find the message. `twice`: they may have been
    written before, by a commit that got no answer.
    """
    if not results:
        return []
    campaign, account = results[0].slice.campaign, results[0].slice.account
    # of one row the last word
    ended = {r.begun.row: r for r in results if not isinstance(r.outcome, Retry)}
    retried = [r for r in results if isinstance(r.outcome, Retry)]
    found = alike.kinds(ended.values())
    settled, moved = _end(session, now, campaign.id, ended, found)
    again = _retry(session, now, retried)
    moves.count_alike(session, node, campaign.id, moved + Counter(
        [(moves.lot_of(m.row), m[1:]) for _, m in again]))
    if by_ref:
        written = _written_refs(session, campaign.id, ended.values()) if twice else set()
        _remember(session, now, campaign, account, [
            r for kind, mine in found.items() if kind.state in _TAKEN
            for r in mine if r.begun.row not in written])
    outcomes = [mine[0].outcome for mine in found.values()] + [r.outcome for r in retried]
    refusals.note(session, now, [(campaign.channel, account, outcome) for outcome in outcomes])
    return settled + [s for s, _ in again]


def _end(
    session: Session, now: datetime, campaign: int, ended: Mapping[int, Result],
    found: Mapping[Kind, Sequence[Result]],
) -> tuple[list[Settled], "Counter[Alike]"]:
    done = _write(session, now, campaign, found)
    settled: list[Settled] = []
    moved: Counter[Alike] = Counter()
    for kind, results in found.items():
        mine = results if len(done) == len(ended) else [r for r in results if r.begun.row in done]
        if mine:
            settled.append(Settled(mine, kind.state, kind.code, kind.carrier, kind.parts,
                                   kind.late))
            moved[kind.lot, ("sending", kind.state, kind.carrier, kind.code, "",
                             kind.parts)] += len(mine)
    if len(done) < len(ended):
        left = {row: r for row, r in ended.items() if row not in done}
        for kind, result, doubt in _end_doubt(session, now, campaign, left):
            settled.append(Settled([result], kind.state, kind.code, kind.carrier, kind.parts,
                                   kind.late))
            moved[kind.lot, ("uncertain", kind.state, kind.carrier, kind.code, doubt,
                             kind.parts)] += 1
    return settled, moved


def _write(
    session: Session, now: datetime, campaign: int, found: Mapping[Kind, Sequence[Result]]
) -> set[int]:
    """The rows that were still on the wire, and have ended now."""
    written: dict[tuple[str, str, str, int, int], dict[int, str]] = {}
    for kind, results in found.items():
        written.setdefault(kind.written, {}).update(alike.refs(results))
    done: list[tuple[int]] = []
    rest: list[list[object]] = []
    for (state, code, detail, parts, attempts), refs in written.items():
        if len(refs) < FEW:
            rest += [[row, attempts, state, ref, code, detail, parts] for row, ref in refs.items()]
            continue
        done += _END_ALIKE.rows(
            session, b_campaign=campaign, pairs=json.dumps(refs), b_attempts=attempts,
            b_state=state, b_code=code, b_detail=detail, b_parts=parts, b_now=now)
    if rest:
        done += _END.rows(session, b_campaign=campaign, given=json.dumps(rest), b_now=now)
    return {row for row, in done}


def _end_doubt(
    session: Session, now: datetime, campaign: int, left: Mapping[int, Result]
) -> list[tuple[Kind, Result, str]]:
    """What stood as uncertain, ended by the answer to this very try; with the doubt's code."""
    kinds = {r.begun.row: kind for kind, mine in alike.kinds(left.values()).items() for r in mine}
    late = json.dumps([
        [row, k.attempts, k.state, ref, k.code, k.detail, k.parts]
        for row, ref in alike.refs(left.values()).items() for k in [kinds[row]]])
    codes = dict(tuple(x) for x in _CODES.rows(session, b_campaign=campaign, given=late))
    return [(kinds[row], left[row], codes[row]) for row, _ in _END_DOUBT.rows(
        session, b_campaign=campaign, given=late, b_now=now)]


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
            "s_state": state, "s_next": at, "s_code": outcome.code[:40],
            "s_detail": outcome.detail[:500], "s_counts": 1 if outcome.counts else 0,
            "s_maybe": maybe, "s_settled": None if at else now, "s_parts": 0 if at else r.parts,
        })
        code = "" if at else outcome.code[:40]
        found.append((
            Settled([r], state, code, begun.carrier, r.parts, r.late),
            Moved(begun.row, "sending", state, begun.carrier, code, parts=0 if at else r.parts)))
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


def _written_refs(session: Session, campaign: int, results: Iterable[Result]) -> set[int]:
    """Rows whose message the gateway's ids are kept for already."""
    refs = set(alike.refs(results).values()) - {""}
    return set(session.scalars(
        select(CampaignRef.row).where(CampaignRef.campaign_id == campaign,
                                      CampaignRef.ref.in_(refs))))


def _remember(
    session: Session, now: datetime, campaign: Running, account: str, taken: Iterable[Result]
) -> None:
    place = {"b_channel": campaign.channel, "b_account": account, "b_campaign": campaign.id,
             "b_now": now}
    single, several = alike.ids(taken)
    if single:
        _REFS_ALIKE.run(session, pairs=json.dumps(single), **place)
    if several:
        _REFS.run(session, ids=json.dumps(several), **place)
