"""
Who must not get a campaign (any more): opted out, forgotten, or written to too often. Asked when
its rows are queued and again just before each slice is begun.

Nothing is written for it: what a number got is found by where it stands on lists
(`recipient_lookup`) among the messages of campaigns that began within the horizon. Only what may
be out counts; urgent campaigns and corrections are held back by no cap.
"""

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from worker.given import rows_given
from worker.home import in_force
from worker.lists.optout import CORRECTION, bars
from worker.lists.retention import CAPS_LOOK_BACK
from worker.models import (
    Campaign,
    CampaignMessage,
    OptOut,
    Recipient,
    RecipientLookup,
    UtcDateTime,
)
from worker.outbox.many import One
from worker.programme.model import Programme
from worker.slots import DAY, local_date, to_utc
from worker.states import MAY_BE_OUT

from . import moves
from .moves import Moved
from .units import Running

#: a campaign notes its last begin this late at most (`begin.NOTED`)
_NOTED = timedelta(seconds=10)


class Rules(NamedTuple):
    """What may hold a number of one campaign back now."""

    since: datetime  #: messages from here on count …
    most: int  #: … to so many; 0: any number
    among: tuple[int, ...]  #: campaigns that began since
    item_since: datetime
    same_item: tuple[int, ...]  #: campaigns with the same item that began since


def rules(
    session: Session, at: datetime, programme: Programme, campaign: Campaign | Running
) -> Rules | None:
    """None when nothing can: no campaign it would count began lately. Two questions at most."""
    if campaign.correction or campaign.priority == "khan_cap":
        return None
    caps = programme.caps
    if campaign.purpose == "quang_cao":
        since, most, item_since = at - DAY, caps.advertising_per_day, at
    else:
        today = local_date(programme, at)
        since, most = to_utc(programme.zone(), today, time(0)), caps.public_per_day
        item_since = at - caps.public_item_days * DAY
    recent = session.execute(
        select(Campaign.id, Campaign.item_id, Campaign.last_begun_at)
        .where(Campaign.last_begun_at >= min(since, item_since) - _NOTED,
               Campaign.id != campaign.id, Campaign.purpose == campaign.purpose,
               ~Campaign.correction)).all()
    among = tuple(r.id for r in recent if most and r.last_begun_at >= since - _NOTED)
    same = tuple(r.id for r in recent if r.item_id == campaign.item_id and item_since < at)
    return Rules(since, most, among, item_since, same) if among or same else None


def reached(found: Rules, lookup: Any) -> list[ColumnElement[str | None]]:
    """For each cap an expression: its code when the number with this look-up value reached it."""
    codes: list[ColumnElement[str | None]] = []
    if found.among:
        codes.append(case((_got(found.among, found.since, lookup) >= found.most, "cap-day"),
                          else_=null()))
    if found.same_item:
        codes.append(case((_got(found.same_item, found.item_since, lookup) >= 1, "cap-item"),
                          else_=null()))
    return codes


def _got(campaigns: Sequence[int], since: datetime, lookup: Any) -> ColumnElement[int]:
    message = CampaignMessage.__table__.alias("got")
    place = RecipientLookup.__table__.alias("got_at")
    # a try after the first has its own moment only when it ends; an answer may come days later
    moment = case((message.c.attempts > 1, func.coalesce(message.c.settled_at, message.c.begun_at)),
                  else_=message.c.begun_at)
    return (
        select(func.count()).select_from(place)
        .join(message, and_(message.c.list_id == place.c.list_id,
                            message.c.list_row == place.c.row))
        # + 0: else SQLite goes through all of a campaign's messages for each number
        .where(place.c.lookup == lookup, (message.c.campaign_id + 0).in_(campaigns),
               message.c.state.in_(sorted(MAY_BE_OUT)), moment >= since)
        .scalar_subquery()
    )


def wishes_of(campaign: Campaign | Running) -> str:
    """Whose wishes are heard: by its purpose, but a public correction goes to all who got it."""
    public = campaign.corrects is not None and campaign.purpose == "cong_ich"
    return CORRECTION if public else campaign.purpose


def barred(lookup: Any, purpose: str) -> ColumnElement[str | None]:
    """The kind of wish against this number, as a code: "opt-out", …; NULL when there is none."""
    return func.replace(
        select(func.max(OptOut.kind))
        .where(OptOut.lookup == lookup, _bars(purpose))
        .scalar_subquery(), "_", "-")


def _bars(purpose: str) -> ColumnElement[bool]:
    return or_(*(OptOut.kind == kind for kind in sorted(bars(purpose))))  # `One` takes no `in_`


def leave_out(
    session: Session, now: datetime, node: str, campaign: Running, first: int, last: int
) -> int:
    """
    Before these rows are begun: those that wait and must not go any more become `left_out`; what
    may have gone out on an earlier try is `uncertain`, not denied. Gives how many.
    """
    place = {"b_campaign": campaign.id, "b_first": first, "b_last": last}
    found: dict[int, str] = dict(_WISHES[wishes_of(campaign)].rows(session, **place))
    if _LATELY.rows(session, b_campaign=campaign.id, b_since=now - CAPS_LOOK_BACK):
        limits = rules(session, now, in_force(session).programme, campaign)
        if limits is not None:
            for row, code in session.execute(_over(limits, campaign.id, first, last)):
                if code is not None:
                    found.setdefault(row, code)
    return _move(session, now, node, campaign.id, found) if found else 0


def _waiting(campaign: Any, first: Any, last: Any) -> Any:
    return (
        select(CampaignMessage.row).select_from(CampaignMessage)
        .join(Recipient, and_(Recipient.list_id == CampaignMessage.list_id,
                              Recipient.row == CampaignMessage.list_row))
        .where(CampaignMessage.campaign_id == campaign, CampaignMessage.state == "waiting",
               CampaignMessage.row.between(first, last))
    )


def _over(limits: Rules, campaign: int, first: int, last: int) -> Any:
    code = func.coalesce(*reached(limits, Recipient.lookup), null())
    return _waiting(campaign, first, last).add_columns(code).where(Recipient.lookup.is_not(None))


_LATELY = One(
    select(Campaign.id)
    .where(Campaign.last_begun_at >= bindparam("b_since", type_=UtcDateTime()),
           Campaign.id != bindparam("b_campaign", type_=Integer())).limit(1)
)


def _wishes(purpose: str) -> One:
    wished = exists().where(OptOut.lookup == Recipient.lookup, _bars(purpose))
    return One(
        _waiting(bindparam("b_campaign", type_=Integer()), bindparam("b_first", type_=BigInteger()),
                 bindparam("b_last", type_=BigInteger()))
        .add_columns(case((Recipient.forgotten_at.is_not(None), literal("forgotten")),
                          else_=barred(Recipient.lookup, purpose)))
        .where(or_(Recipient.forgotten_at.is_not(None), wished)))


_WISHES = {purpose: _wishes(purpose) for purpose in ("cong_ich", "quang_cao", CORRECTION)}


def _move(
    session: Session, now: datetime, node: str, campaign: int, found: dict[int, str]
) -> int:
    out = _OUT.rows(session, out=json.dumps(list(found.items())), b_campaign=campaign, b_now=now)
    moves.count(session, node, campaign, [
        Moved(row, "waiting", state, carrier, code) for row, state, carrier, code in out])
    return len(out)


def ended(state: str) -> ColumnElement[str]:
    """This state, or uncertain where an earlier try may have gone out: the log never denies it."""
    return case((CampaignMessage.maybe_out, "uncertain"), else_=state)


_GIVEN = rows_given("out", row=BigInteger(), code=Text())
_OUT = One(
    update(CampaignMessage)
    .where(CampaignMessage.campaign_id == bindparam("b_campaign", type_=Integer()),
           CampaignMessage.row == _GIVEN.c.row, CampaignMessage.state == "waiting")
    .values(state=ended("left_out"), code=_GIVEN.c.code, next_at=None,
            settled_at=bindparam("b_now", type_=UtcDateTime()))
    .returning(CampaignMessage.row, CampaignMessage.state, CampaignMessage.carrier,
               CampaignMessage.code)
)
