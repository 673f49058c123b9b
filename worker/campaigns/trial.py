"""
A campaign's text to a few named phones: for eyes, before anybody approves or runs it. Asked for
here and sent by the worker (`trial_sender.py`), at the account's rate, behind nothing. No message
of the campaign, and counted nowhere; the audit says who did it.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.phone import masked
from worker import audit
from worker.db import next_ids
from worker.errors import Refused, UserError
from worker.home import Home, in_force
from worker.i18n import t
from worker.lists import optout
from worker.lists.rows import Row
from worker.lists.secret import Ring, open_ring
from worker.models import AccountRow, Campaign, Item, Node, OptOut, StopOrder, TrialSend
from worker.nodes import BEAT

from . import acts
from .texts import filled

#: numbers of one test at most
MOST = 10
#: a test that nothing began by then is never sent: it would puzzle whoever gets it later
LASTS = timedelta(minutes=2)
#: of such a list there is none: its rows are tests
NO_LIST = 0
#: tests shown with a campaign
SHOWN = timedelta(hours=12)
_LOOK = 0.1


@dataclass(frozen=True)
class Tried:
    """What came of one test."""

    number: str  #: masked; of our own handsets their name
    state: str
    code: str
    words: str  #: the gateway's
    ref: str
    at: datetime

    @property
    def ended(self) -> bool:
        return self.state not in ("waiting", "sending")


def handsets(session: Session, campaign_id: int) -> list[str]:
    """
    Our own phones on the campaign's channel, by name.

    Raises:
        UserError: the programme names none.
    """
    channel = acts.find(session, campaign_id).channel
    found = list(in_force(session).programme.channel(channel).options.get("seeds", {}))
    if not found:
        raise UserError("--to-seeds", t(f"kênh {channel} chưa có máy của ta (options.seeds)",
                                        f"channel {channel} has no handsets (options.seeds)"),
                        t("gõ số, hoặc thêm seeds vào schedules.toml",
                          "type numbers, or add seeds to schedules.toml"))
    return found


def ask(
    home: Home, campaign_id: int, whom: Sequence[str], fields: Mapping[str, str], by: str
) -> list[int]:
    """
    Have the worker send it to these numbers (+84…) or handsets (by name); gives the tests' ids.
    `fields`: values for the places that lists fill; one not given stands there by its name.

    Raises:
        UserError, Refused: too many numbers, an opt-out, an emergency stop, no worker, …
    """
    whom, now = list(dict.fromkeys(whom)), home.clock.now()
    if not 1 <= len(whom) <= MOST:
        raise UserError(t("số nhận thử", "numbers"),
                        t(f"phải có 1 đến {MOST} số, ở đây có {len(whom)}",
                          f"1 to {MOST} of them, here are {len(whom)}"))
    numbers = [one for one in whom if one.startswith("+84")]
    ring = _ring(home) if numbers else None
    with home.store.write() as session:
        campaign = acts.find(session, campaign_id)
        may_go(session, campaign)
        _worker_lives(session, now)
        text = _text(campaign, fields)
        if ring is not None:
            optout.must_be_current(ring, session)
            _want_it(session, ring, campaign, numbers)
        ids = list(next_ids(session, TrialSend, len(whom)))
        session.add_all(_row(campaign, number, one, ring, text, by, now)
                        for number, one in zip(ids, whom, strict=True))
        audit.record(session, now, by, "campaign_test", str(campaign_id),
                     {"last3": [one[-3:] if one in numbers else one for one in whom]})
    return ids


def outcome(home: Home, ids: Sequence[int], seconds: float) -> list[Tried]:
    """What came of these tests, waited for so long at most."""
    until, never = home.clock.elapsed() + seconds, threading.Event()
    while True:
        with home.store.read() as session:
            found = [_tried(row, home.clock.now()) for row in session.scalars(
                select(TrialSend).where(TrialSend.id.in_(ids)).order_by(TrialSend.id))]
        if all(one.ended for one in found) or home.clock.elapsed() >= until:
            return found
        home.clock.wait(never, _LOOK)


def recent(session: Session, campaign_id: int, now: datetime) -> list[Tried]:
    """The newest tests of a campaign, the last one first."""
    return [_tried(row, now) for row in session.scalars(
        select(TrialSend).where(TrialSend.campaign_id == campaign_id,
                                TrialSend.asked_at > now - SHOWN)
        .order_by(TrialSend.id.desc()).limit(MOST))]


def may_go(session: Session, campaign: Campaign) -> None:
    """Asked when a test is wanted, and again when it is begun; Refused with what forbids it."""
    where = campaign.channel
    item = session.get(Item, campaign.item_id)
    if item is None or item.state != "approved" or item.version != campaign.item_version:
        raise Refused(campaign.item_id, t("tin không còn được duyệt đúng bản này",
                                          "the item is no longer approved in this version"),
                      t("duyệt tin rồi lập đợt mới", "approve it and make a new campaign"))
    order = session.scalars(select(StopOrder).where(
        StopOrder.lifted_at.is_(None), StopOrder.channel.in_(["*", where]))).first()
    if order is not None:
        raise Refused(where, t(f"đang DỪNG KHẨN CẤP ({order.by}: {order.reason})",
                               f"EMERGENCY STOP ({order.by}: {order.reason})"),
                      t("hai người cho chạy lại rồi gửi thử", "two persons start again first"))
    paused = session.scalars(select(AccountRow).where(
        AccountRow.channel == where, AccountRow.account == "*",
        AccountRow.paused_at.is_not(None))).first()
    if paused is not None:
        raise Refused(where, t(f"kênh đang tạm dừng ({paused.paused_by}: {paused.paused_reason})",
                               f"it is paused ({paused.paused_by}: {paused.paused_reason})"),
                      t("cho kênh chạy tiếp rồi gửi thử", "resume the channel first"))


def _ring(home: Home) -> Ring:
    with home.store.read() as session:
        return open_ring(session, home.settings.var)


def _worker_lives(session: Session, now: datetime) -> None:
    alive = session.scalars(select(Node.id).where(
        Node.stopped_at.is_(None), Node.heartbeat_at > now - BEAT)).first()
    if alive is None:
        raise Refused(t("gửi thử", "test"), t("trạm phát không chạy", "no worker runs"),
                      t("chạy trạm phát rồi gửi thử", "start the worker, then test"))


def _want_it(session: Session, ring: Ring, campaign: Campaign, numbers: Sequence[str]) -> None:
    """Whoever wants no message gets no test either; our own handsets are asked by name."""
    lookups = {ring.lookup(one[3:].encode()): one for one in numbers}
    barred = session.scalars(select(OptOut.lookup).where(
        OptOut.lookup.in_(list(lookups)), OptOut.kind.in_(optout.bars(campaign.purpose)))).first()
    if barred is not None:
        raise Refused(masked(lookups[barred]), t("số này đã từ chối nhận tin",
                                                 "this number has opted out"),
                      t("bỏ số này ra", "leave it out"))


def _row(
    campaign: Campaign, number: int, whom: str, ring: Ring | None, text: str, by: str,
    now: datetime,
) -> TrialSend:
    row = TrialSend(id=number, campaign_id=campaign.id, channel=campaign.channel, text=text,
                    asked_by=by, asked_at=now, expires_at=now + LASTS, state="waiting",
                    handset="", last3="")
    if ring is None or not whom.startswith("+84"):
        row.handset = whom
    else:
        [sealed] = ring.seal(NO_LIST, number, [Row(whom, "", (), 1, None)])
        row.number, row.key_id, row.last3 = sealed.number, ring.current, whom[-3:]
    return row


def _tried(row: TrialSend, now: datetime) -> Tried:
    late = row.state == "waiting" and row.expires_at <= now
    return Tried(row.handset or f"•••••••{row.last3}", "expired" if late else row.state, row.code,
                 row.words, row.ref, row.asked_at)


def _text(campaign: Campaign, fields: Mapping[str, str]) -> str:
    unknown = sorted(set(fields) - set(campaign.fields))
    if unknown:
        known = ", ".join(campaign.fields) or t("không có trường nào", "none")
        raise UserError("--field", t(f"lời của đợt này không có {', '.join(unknown)}",
                                     f"its text has no {', '.join(unknown)}"),
                        t(f"các trường: {known}", f"fields: {known}"))
    return filled(campaign.text, {name: fields.get(name, name) for name in campaign.fields})
