"""
Receipts of campaigns' messages. By our key, which holds the place, or by the gateway's id of a
part; thousands at once in a fixed number of statements. What a receipt proves is what it proves
of a delivery (`worker/outbox/doubt.py`); said twice, it changes nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from channels.values import Accepted, Delivered, Rejected, Report, Uncertain
from worker.given import pairs_given, rows_given
from worker.models import (
    Campaign,
    CampaignMessage,
    CampaignRef,
    Receipt,
    UtcDateTime,
    WireRef,
)
from worker.outbox.many import One

from .keys import Place, key_of, place_of
from .verdicts import Known, Word, apply, word_of

#: gateways use their ids again: an older try of the same id is not meant
HORIZON = timedelta(days=7)
#: unmatched receipts that are looked at together
SWEEP = 500

_NOW = bindparam("b_now", type_=UtcDateTime())
#: the index of parts is asked for by these very words
_ONE: ColumnElement[int] = literal_column("1")


class Hit(NamedTuple):
    """Of which message a report speaks; `ref` 0: by our key."""

    n: int
    place: Place
    ref: int = 0
    of: int = 1


def take(
    session: Session, now: datetime, node: str, channel: str, account: str,
    reports: Sequence[Report],
) -> list[Report]:
    """Move the messages these reports speak of; gives back those that are none of a campaign."""
    hits = _by_key(session, channel, reports)
    keyed = {hit.n for hit in hits}
    hits += _by_ref(session, now, channel, account,
                    [(n, r) for n, r in enumerate(reports) if n not in keyed and r.ref])
    if not hits:
        return list(reports)
    messages = _locked(session, {hit.place for hit in hits})
    hits = sorted(hit for hit in hits if hit.place in messages)
    words = _words(session, [(hit, word_of(reports[hit.n])) for hit in hits])
    given = [(hit.n, hit.place, words[hit.n]) for hit in hits]
    taken = apply(session, now, node, channel, account, messages, given)
    return [report for n, report in enumerate(reports) if n not in taken]


# ---------------------------------------------------------------- of which message


def _by_key(session: Session, channel: str, reports: Sequence[Report]) -> list[Hit]:
    places = [(n, r.key, place) for n, r in enumerate(reports)
              if r.key and (place := place_of(r.key)) is not None]
    if not places:
        return []
    nonces = dict(session.execute(
        select(Campaign.id, Campaign.nonce)
        .where(Campaign.id.in_({place.campaign for _, _, place in places}),
               Campaign.channel == channel)).all())
    return [Hit(n, place) for n, key, place in places
            if place.campaign in nonces
            and key_of(bytes.fromhex(nonces[place.campaign]), *place) == key]


_ASKED = rows_given("asked", n=Integer(), ref=Text(), last3=Text())
_newer = aliased(WireRef)
_meant = (
    select(
        _ASKED.c.n, CampaignRef.campaign_id, CampaignRef.row, CampaignRef.id, CampaignRef.of,
        func.row_number().over(
            partition_by=_ASKED.c.n, order_by=(CampaignRef.at.desc(), CampaignRef.id.desc()),
        ).label("age"),
    )
    .join(CampaignRef, CampaignRef.ref == _ASKED.c.ref)
    .join(CampaignMessage, and_(CampaignMessage.campaign_id == CampaignRef.campaign_id,
                                CampaignMessage.row == CampaignRef.row))
    .where(
        CampaignRef.channel == bindparam("b_channel", type_=Text()),
        CampaignRef.account == bindparam("b_account", type_=Text()),
        CampaignRef.at > bindparam("b_since", type_=UtcDateTime()),
        or_(_ASKED.c.last3 == "", _ASKED.c.last3 == CampaignMessage.last3),
        # the same id, given since to a delivery that is no campaign's
        ~select(_newer.id).where(
            _newer.channel == CampaignRef.channel, _newer.account == CampaignRef.account,
            _newer.ref == CampaignRef.ref, _newer.at > CampaignRef.at).exists(),
    )
    .subquery("meant")
)
_BY_REF = One(
    select(_meant.c.n, _meant.c.campaign_id, _meant.c.row, _meant.c.id, _meant.c.of)
    .where(_meant.c.age == 1)
)


def _by_ref(
    session: Session, now: datetime, channel: str, account: str,
    reports: Sequence[tuple[int, Report]],
) -> list[Hit]:
    if not reports:
        return []
    asked = json.dumps([[n, r.ref[:200], _last3(r.target)] for n, r in reports])
    found = _BY_REF.rows(session, asked=asked, b_channel=channel, b_account=account,
                         b_since=now - HORIZON)
    return [Hit(n, Place(campaign, row), ref, of) for n, campaign, row, ref, of in found]


def _last3(target: str) -> str:
    digits = target
    if not (target.isascii() and target.isdigit()):  # nearly always it is digits alone
        digits = "".join(c for c in target if c.isascii() and c.isdigit())
    return digits[-3:] if len(digits) >= 9 else ""


_PLACES = rows_given("places", campaign=Integer(), row=BigInteger())
_LOCKED = One(
    select(CampaignMessage.campaign_id, CampaignMessage.row, CampaignMessage.state,
           CampaignMessage.code, CampaignMessage.carrier, CampaignMessage.parts,
           CampaignMessage.attempts, CampaignMessage.maybe_out)
    .join(_PLACES, and_(CampaignMessage.campaign_id == _PLACES.c.campaign,
                        CampaignMessage.row == _PLACES.c.row))
    .order_by(CampaignMessage.campaign_id, CampaignMessage.row)
    .with_for_update(of=CampaignMessage)
)


def _locked(session: Session, places: set[Place]) -> dict[Place, Known]:
    session.flush()
    found = _LOCKED.rows(session, places=json.dumps(sorted(places)))
    return {Place(campaign, row): Known(state, code, carrier, parts, attempts, bool(maybe))
            for campaign, row, state, code, carrier, parts, attempts, maybe in found}


# ---------------------------------------------------------------- parts


_TOLD = pairs_given("told", "id", "outcome")
_TELL = One(
    update(CampaignRef).where(CampaignRef.id == _TOLD.c.id, CampaignRef.outcome.is_(None))
    .values(outcome=_TOLD.c.outcome).returning(CampaignRef.id)
)
_SAID = One(
    select(CampaignRef.id, CampaignRef.outcome).join(_TOLD, CampaignRef.id == _TOLD.c.id)
)
_other = aliased(CampaignRef)
#: of each part given: how many of its message's parts arrived, and how many failed
_WHOLE = One(
    select(CampaignRef.id, func.count().filter(_other.outcome == "delivered"),
           func.count().filter(_other.outcome == "rejected"))
    .select_from(_TOLD)
    .join(CampaignRef, CampaignRef.id == _TOLD.c.id)
    .join(_other, and_(_other.campaign_id == CampaignRef.campaign_id,
                       _other.row == CampaignRef.row, _other.of > _ONE,
                       _other.of == CampaignRef.of, _other.at == CampaignRef.at))
    .group_by(CampaignRef.id)
)


def _words(session: Session, given: Sequence[tuple[Hit, Word]]) -> dict[int, Word]:
    """What each report says of the whole message; the parts' own outcomes are kept."""
    words = {hit.n: word for hit, word in given}
    final = [(hit, word) for hit, word in given if hit.ref and word.is_final]
    first: dict[int, Hit] = {}
    for hit, _ in final:
        first.setdefault(hit.ref, hit)
    if not first:
        return words
    told = json.dumps({ref: words[hit.n].name for ref, hit in first.items()})
    fresh = {ref for ref, in _TELL.rows(session, told=told)}
    again = [(hit, word) for hit, word in final
             if hit.ref not in fresh or first[hit.ref].n != hit.n]
    said = dict(tuple(x) for x in _SAID.rows(session, told=told)) if again else {}
    for hit, word in again:
        same = said[hit.ref] == word.name
        words[hit.n] = word._replace(name="known" if same else "contradiction")
    long = [hit for ref, hit in first.items() if ref in fresh and hit.of > 1]
    for hit, word in _of_parts(session, long, words):
        words[hit.n] = word
    return words


def _of_parts(
    session: Session, hits: Sequence[Hit], words: dict[int, Word]
) -> list[tuple[Hit, Word]]:
    """A message has arrived when each of its parts has; one part that failed fails it."""
    if not hits:
        return []
    told = json.dumps({hit.ref: "" for hit in hits})
    counts = {ref: (arrived, failed) for ref, arrived, failed in _WHOLE.rows(session, told=told)}
    return [(hit, words[hit.n].of_part(hit.of, *counts[hit.ref])) for hit in hits]


# ---------------------------------------------------------------- receipts that came first


def match_refs(
    session: Session, now: datetime, node: str, channel: str, account: str, since: datetime
) -> int:
    """
    Receipts of an account that overtook the answers to their messages; gives how many found
    theirs now. `since`: when the first of those messages was begun.
    """
    since = max(since, now - HORIZON)
    if not _OVERTOOK.rows(session, b_since=since, b_channel=channel, b_account=account):
        return 0
    session.flush()
    waiting = session.scalars(
        select(Receipt)
        .where(Receipt.matched_at.is_(None), Receipt.received_at >= since,
               Receipt.channel == channel, Receipt.account == account)
        .order_by(Receipt.received_at, Receipt.id).limit(SWEEP)
        .with_for_update(skip_locked=True, of=Receipt)
    ).all()
    return len(waiting) - len(rematch(session, now, node, waiting))


_OVERTOOK = One(
    select(Receipt.id)
    .where(Receipt.matched_at.is_(None),
           Receipt.received_at >= bindparam("b_since", type_=UtcDateTime()),
           Receipt.channel == bindparam("b_channel", type_=Text()),
           Receipt.account == bindparam("b_account", type_=Text())).limit(1)
)


def rematch(
    session: Session, now: datetime, node: str, waiting: Sequence[Receipt]
) -> list[Receipt]:
    """Stored receipts once more, locked by the caller; gives those that are no campaign's."""
    left: list[Receipt] = []
    accounts = sorted({(r.channel, r.account) for r in waiting})
    for channel, account in accounts:
        mine = [r for r in waiting if (r.channel, r.account) == (channel, account)]
        reports = [_again(r) for r in mine]
        rest = {id(r) for r in take(session, now, node, channel, account, reports)}
        for receipt, report in zip(mine, reports, strict=True):
            if id(report) in rest:
                left.append(receipt)
            else:
                receipt.matched_at = now
    session.flush()
    return left


def _again(receipt: Receipt) -> Report:
    outcomes: dict[str, Any] = {
        "delivered": Delivered(receipt.ref, detail=receipt.detail),
        "accepted": Accepted(receipt.ref, receipt.detail),
        "rejected": Rejected(receipt.code, receipt.detail),
    }
    outcome = outcomes.get(receipt.outcome) or Uncertain(receipt.code, receipt.detail)
    return Report(receipt.ref, outcome, key=receipt.key)
