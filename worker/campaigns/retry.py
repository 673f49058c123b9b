"""
What surely did not get through, sent once more under its old key: tries used up, refusals that
the channel's table calls temporary, or whose code a person names. Never what may be out.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from channels.values import Advice
from worker import audit
from worker.db import Store, lock_outbox
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import Campaign, CampaignMessage, CampaignRef, CampaignTally
from worker.outbox import events
from worker.programme.model import Programme

from . import acts, moves
from .figures import a_campaign
from .forecast import opening
from .moves import Moved, lot_of
from .texts import FORGOTTEN

#: rows that one transaction looks at
CHUNK = 5_000
#: what a channel's table says of a refusal that another try may not meet
_TEMPORARY = ("retry", "wait", "account")
#: the index of parts is asked for by these very words
_ONE: ColumnElement[int] = literal_column("1")


def is_temporary(state: str, code: str, codes: Mapping[str, Advice]) -> bool:
    """It may be tried again without asking which code."""
    if state == "exhausted":
        return True
    row = codes.get(code)
    return state == "rejected" and row is not None and row.outcome in _TEMPORARY


class Reason(NamedTuple):
    """How many would be sent again, by what they failed of."""

    state: str
    code: str
    messages: int


def chosen(
    session: Session, campaign_id: int, codes: Mapping[str, Advice], named: Collection[str]
) -> list[tuple[str, str]]:
    """
    States and codes to send again, by the tallies.

    Raises:
        UserError: a code is named that no message of this campaign failed of.
    """
    found = session.execute(
        select(CampaignTally.state, CampaignTally.code)
        .where(CampaignTally.campaign_id == campaign_id,
               CampaignTally.state.in_(["rejected", "exhausted"]))
        .group_by(CampaignTally.state, CampaignTally.code)
        .having(func.sum(CampaignTally.messages) > 0)
        .order_by(CampaignTally.state, CampaignTally.code)).all()
    able = [(s, c) for s, c in found if c != FORGOTTEN]
    unknown = sorted(set(named) - {c for _, c in able})
    if unknown:
        known = ", ".join(sorted({c for _, c in able if c})) or t("không có mã nào", "none")
        raise UserError("--code", t(f"không có số nào hỏng vì mã {', '.join(unknown)}",
                                    f"no number failed of {', '.join(unknown)}"),
                        t(f"các mã của đợt này: {known}", f"codes there are: {known}"))
    return [(s, c) for s, c in able
            if (c in named if named else is_temporary(s, c, codes))]


def must_be_open(now: datetime, programme: Programme, campaign: Campaign) -> None:
    """Refused when nothing of it could go out any more."""
    where = str(campaign.id)
    if campaign.state not in ("running", "finished"):
        raise Refused(
            where, t("chỉ gửi lại khi đợt đang gửi hoặc đã gửi xong",
                     "only of a campaign that runs or has finished"),
            t(f"xem giovang campaign status {where}", f"see giovang campaign status {where}"))
    if opening(programme, campaign, now)[1] is None:
        raise Refused(where, t("đã hết hạn gửi, hoặc không còn giờ nào được nhắn",
                               "its time is over, or no hour for it is left"),
                      t("lập đợt mới", "make a new campaign"))


def reasons(
    session: Session, campaign_id: int, which: Sequence[tuple[str, str]]
) -> list[Reason]:
    """Counted among the messages themselves: partly arrived ones stay out."""
    m = CampaignMessage
    rows = session.execute(
        select(m.state, m.code, func.count()).where(_may_go(campaign_id, which))
        .group_by(m.state, m.code).order_by(func.count().desc(), m.state, m.code)).all()
    return [Reason(*row) for row in rows]


def again(
    store: Store, now: datetime, by: str, campaign_id: int, which: Sequence[tuple[str, str]]
) -> Iterator[int]:
    """
    Make them wait again, a chunk of rows a transaction; gives how many of each. Broken off, it
    is said once more: what has been done waits or is out.
    """
    with store.write() as session:
        total = a_campaign(session, campaign_id).total
        audit.record(session, now, by, "campaign_retry", str(campaign_id),
                     {"which": [f"{state}:{code}" for state, code in which]})
    for first in range(1, total + 1, CHUNK):
        with store.write() as session:
            yield _chunk(session, now, by, campaign_id, which, first)


def _chunk(
    session: Session, now: datetime, by: str, campaign_id: int,
    which: Sequence[tuple[str, str]], first: int,
) -> int:
    lock_outbox(session)
    campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
    must_be_open(now, in_force(session).programme, campaign)
    m = CampaignMessage
    here = and_(_may_go(campaign_id, which), m.row.between(first, first + CHUNK - 1))
    before: Sequence[Any] = session.execute(
        select(m.row, m.state, m.carrier, m.code, m.parts).where(here).order_by(m.row)
        .with_for_update()).all()
    if not before:
        return 0
    session.execute(
        update(m).where(m.campaign_id == campaign_id, m.row.in_([row[0] for row in before]))
        .values(state="waiting", counted=0, parts=0, next_at=None, settled_at=None, code="",
                detail="")
        .execution_options(synchronize_session=False))
    moves.count(session, "", campaign_id, [
        Moved(row, state, "waiting", carrier, "", code, parts)
        for row, state, carrier, code, parts in before])
    spent = sum(parts for _, state, _, _, parts in before if state == "rejected")
    campaign.counts = {  # a carrier may have charged what it failed to bring
        **campaign.counts, "parts_before": campaign.counts.get("parts_before", 0) + spent}
    moves.wake(session, campaign_id, sorted({lot_of(row[0]) for row in before}), now)
    acts.reopen(session, now, campaign_id, by)
    digest = hashlib.sha256("".join(f"{row[0]}:waiting\n" for row in before).encode())
    if campaign.occurrence_id is not None:
        events.append(session, now, by, [events.Note(campaign.occurrence_id, "retried", None, {
            "messages": len(before), "sha256": digest.hexdigest()})])
    return len(before)


def _may_go(campaign_id: int, which: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    m, ref = CampaignMessage, CampaignRef
    # a part has arrived: sent again, its text would be read twice
    arrived = exists().where(ref.campaign_id == m.campaign_id, ref.row == m.row,
                             ref.of > _ONE, ref.outcome == "delivered")
    return and_(
        m.campaign_id == campaign_id, m.state.in_(["rejected", "exhausted"]),
        or_(*(and_(m.state == state, m.code == code) for state, code in which)),
        m.maybe_out.is_(False), or_(m.parts < 2, ~arrived))
