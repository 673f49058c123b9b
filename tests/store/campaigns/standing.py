"""Campaigns whose messages already stand somewhere, and whether all counts agree with them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from tests.conftest import START
from tests.deliveries import add_occurrence
from worker.campaigns.keys import key_of
from worker.campaigns.moves import lot_of
from worker.db import Store
from worker.models import (
    Campaign,
    CampaignLot,
    CampaignMessage,
    CampaignRef,
    CampaignTally,
    Event,
)
from worker.models.campaigns import LOT

NONCE = "0f" * 16
LATER = START + timedelta(minutes=5)


def a_campaign(
    store: Store, *states: str, campaign: int = 1, state: str = "running", parts: int = 1,
    channel: str = "sms", nonce: str = NONCE, starts_at: datetime = START,
    closes_at: datetime = START + timedelta(hours=8), lot_state: str = "done",
    message: dict[str, Any] | None = None, first: int = 1, **more: Any,
) -> int:
    """A campaign whose messages, from row `first` on, stand in these states; counts agree."""
    total = first + len(states) - 1
    with store.write() as s:
        occurrence = add_occurrence(s, f"chien-dich:{campaign}/-/2026-11-24/1")
        s.add(Campaign(
            id=campaign, name="C", occurrence_id=occurrence.id, nonce=nonce, channel=channel,
            item_id="td-01", item_version=1, priority="thong_thuong", priority_rank=2,
            purpose="cong_ich", text="x", fields=[], parts=parts, weights={"chinh": 1},
            state=state, state_at=START, state_by="dp", until_row=total, total=total,
            starts_at=starts_at, closes_at=closes_at, counts={}, created_by="dp",
            created_at=START, queued_at=START, approved_by="duyet", approved_at=START, **more))
        s.flush()
        for n, stands in enumerate(states, start=first):
            s.add(_message(campaign, n, stands, parts, message or {}))
        for lot in sorted({lot_of(n) for n in range(first, total + 1)}):
            mine = Counter(states[max(0, lot * LOT + 1 - first) : (lot + 1) * LOT + 1 - first])
            leased = lot_state == "leased"
            s.add(CampaignLot(
                campaign_id=campaign, lot=lot, state=lot_state, next_at=START,
                waiting=mine["waiting"], flying=mine["sending"], uncertain=mine["uncertain"],
                lease_token="t" if leased else None,
                lease_until=START + timedelta(seconds=60) if leased else None,
                node="may-1" if leased else None, incarnation=1 if leased else None))
        for stands, count in Counter(states).items():
            if stands not in ("waiting", "sending"):
                s.add(CampaignTally(campaign_id=campaign, node="", state=stands, code="",
                                    carrier="viettel", messages=count, parts=count * parts))
    return campaign


def _message(
    campaign: int, row: int, state: str, parts: int, more: dict[str, Any]
) -> CampaignMessage:
    tried = state not in ("waiting", "left_out", "expired", "cancelled")
    values: dict[str, Any] = {
        "account": "chinh" if tried else "", "attempts": 1 if tried else 0,
        "begun_at": START if tried else None,
        "parts": parts if tried and state != "sending" else 0, **more}
    return CampaignMessage(campaign_id=campaign, row=row, last3=f"{row % 1000:03d}",
                           carrier="viettel", state=state, **values)


def key(row: int, campaign: int = 1, nonce: str = NONCE) -> str:
    return key_of(bytes.fromhex(nonce), campaign, row)


def a_ref(
    store: Store, ref: str, row: int, *, campaign: int = 1, part: int = 1, of: int = 1,
    at: datetime = START, account: str = "chinh", channel: str = "sms",
) -> None:
    with store.write() as s:
        s.add(CampaignRef(ref=ref, channel=channel, account=account, campaign_id=campaign,
                          row=row, part=part, of=of, at=at))


def states(store: Store, campaign: int = 1) -> list[str]:
    with store.read() as s:
        return list(s.scalars(select(CampaignMessage.state)
                              .where(CampaignMessage.campaign_id == campaign)
                              .order_by(CampaignMessage.row)))


def message(store: Store, row: int, campaign: int = 1) -> CampaignMessage:
    with store.read() as s:
        return s.get_one(CampaignMessage, (campaign, row))


def lot(store: Store, number: int = 0, campaign: int = 1) -> CampaignLot:
    with store.read() as s:
        return s.get_one(CampaignLot, (campaign, number))


def events(store: Store, campaign: int = 1) -> list[tuple[str, dict[str, Any]]]:
    with store.read() as s:
        return [(kind, detail) for kind, detail in s.execute(
            select(Event.kind, Event.detail)
            .where(Event.occurrence_id == f"chien-dich:{campaign}/-/2026-11-24/1")
            .order_by(Event.seq))]


def counts_agree(store: Store, campaign: int = 1) -> bool:
    """Tally and lots say what a count of the messages says."""
    with store.read() as s:
        found: Sequence[Any] = s.execute(
            select(CampaignMessage.row, CampaignMessage.state, CampaignMessage.code,
                   CampaignMessage.parts)
            .where(CampaignMessage.campaign_id == campaign)).all()
        tally = {
            (state, code): (int(n), int(p)) for state, code, n, p in s.execute(
                select(CampaignTally.state, CampaignTally.code, func.sum(CampaignTally.messages),
                       func.sum(CampaignTally.parts))
                .where(CampaignTally.campaign_id == campaign)
                .group_by(CampaignTally.state, CampaignTally.code)) if (n, p) != (0, 0)}
        lots = {x.lot: (x.waiting, x.flying, x.uncertain) for x in s.scalars(
            select(CampaignLot).where(CampaignLot.campaign_id == campaign))}
    wanted: dict[tuple[str, str], tuple[int, int]] = {}
    by_lot: dict[int, Counter[str]] = {}
    for row, state, code, parts in found:
        by_lot.setdefault(lot_of(row), Counter())[state] += 1
        if state not in ("waiting", "sending"):
            n, p = wanted.get((state, code), (0, 0))
            wanted[state, code] = (n + 1, p + parts)
    open_ = {n: (c["waiting"], c["sending"], c["uncertain"]) for n, c in by_lot.items()}
    return (tally, lots) == (wanted, open_)
