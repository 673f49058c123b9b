"""The statement that copies rows of a list into a campaign, each number judged on its way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Insert, case, exists, false, func, insert, literal, null, select
from sqlalchemy.orm import Session

from worker.models import Campaign, CampaignMessage, Recipient, RecipientLookup
from worker.programme.model import Programme
from worker.states import MAY_BE_OUT

from . import caps


def copied(
    session: Session, now: datetime, programme: Programme, campaign: Campaign, list_id: int,
    earlier: Sequence[int], offset: int, first: int, last: int,
) -> Insert:
    """
    Rows `first` to `last` of the campaign, which are `offset` further than in the list. Caps are
    judged for the moment it may start; `earlier`: the campaign's lists before this one.
    """
    reasons = [
        case((Recipient.number.is_(None), "forgotten"), else_=null()),
        caps.barred(Recipient.lookup, caps.wishes_of(campaign)),
    ]
    if campaign.corrects is not None:
        wrong = CampaignMessage.__table__.alias("wrong")
        got = exists().where(
            wrong.c.campaign_id == campaign.corrects, wrong.c.list_id == list_id,
            wrong.c.list_row == Recipient.row, wrong.c.state.in_(sorted(MAY_BE_OUT)))
        reasons.append(case((~got, "not-concerned"), else_=null()))
    if earlier:
        there = exists().where(RecipientLookup.lookup == Recipient.lookup,
                               RecipientLookup.list_id.in_(earlier))
        reasons.append(case((there, "double"), else_=null()))
    limits = caps.rules(session, max(now, campaign.starts_at), programme, campaign)
    if limits is not None:
        reasons += caps.reached(limits, Recipient.lookup)
    judged = (
        select(Recipient.row, Recipient.last3, Recipient.carrier,
               func.coalesce(*reasons, "").label("code"))
        .where(Recipient.list_id == list_id, Recipient.row.between(first - offset, last - offset))
        # MATERIALIZED: else each number is judged once for its state and once for its code
        .cte("judged").prefix_with("MATERIALIZED")
    )
    return insert(CampaignMessage).from_select(
        ["campaign_id", "row", "list_id", "list_row", "seed", "last3", "carrier", "state",
         "account", "attempts", "counted", "parts", "maybe_out", "ref", "code", "detail"],
        select(literal(campaign.id), judged.c.row + offset, literal(list_id), judged.c.row,
               literal(""), judged.c.last3, judged.c.carrier,
               case((judged.c.code == "", "waiting"), else_="left_out"), literal(""), literal(0),
               literal(0), literal(0), false(), literal(""), judged.c.code, literal("")),
        include_defaults=False)
