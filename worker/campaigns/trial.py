"""
A campaign's text to a few named phones, at once, by the channel itself: for eyes, before anybody
approves or runs it. No message of the campaign, and counted nowhere; the audit says who did it.
"""

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Channel
from channels.scrub import scrub
from channels.values import Message
from worker import audit
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import AccountRow, Campaign, Item, StopOrder
from worker.office import Office
from worker.outbox.settle import outcome_name

from . import acts
from .lane import Lane
from .texts import filled, parts_of

#: numbers of one test at most
MOST = 10
#: a test that a gateway keeps for longer than this would puzzle whoever gets it
LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Tried:
    """What came of one test."""

    number: str  #: masked
    state: str
    code: str
    words: str  #: the gateway's
    ref: str


def handsets(office: Office, channel_id: str) -> list[str]:
    """
    Our own phones, as the programme names them.

    Raises:
        UserError: it names none.
    """
    found = list(Lane(office, channel_id, _bug).handsets().values())
    if not found:
        raise UserError("--to-seeds", t(f"kênh {channel_id} chưa có máy của ta (options.seeds)",
                                        f"channel {channel_id} has no handsets (options.seeds)"),
                        t("gõ số, hoặc thêm seeds vào schedules.toml",
                          "type numbers, or add seeds to schedules.toml"))
    return found


def _bug(where: str, error: BaseException) -> None:
    raise RuntimeError(where) from error


def send(
    home: Home, office: Office, campaign_id: int, numbers: Sequence[str],
    fields: Mapping[str, str], by: str,
) -> list[Tried]:
    """
    One try for each number, at the account's rate. `fields`: values for the places that lists
    fill; one not given stands there by its name.

    Raises:
        UserError, Refused: too many numbers, an emergency stop, a text no longer approved, …
    """
    numbers = list(dict.fromkeys(numbers))
    if not 1 <= len(numbers) <= MOST:
        raise UserError(t("số nhận thử", "numbers"),
                        t(f"phải có 1 đến {MOST} số, ở đây có {len(numbers)}",
                          f"1 to {MOST} of them, here are {len(numbers)}"))
    with home.store.write() as session:
        campaign = acts.find(session, campaign_id)
        _may_go(session, campaign)
        channel = _channel(office, campaign.channel)
        text = _text(campaign, fields)
        audit.record(session, home.clock.now(), by, "campaign_test", str(campaign_id),
                     {"last3": [number[-3:] for number in numbers]})
    rate = office.rate(campaign.channel, channel.account(numbers[0]))
    tried, never = [], threading.Event()
    for n, number in enumerate(numbers):
        if n and rate:
            home.clock.wait(never, parts_of(text) / rate)
        message = _message(home, campaign_id, number, text)
        outcome = channel.send(message, deadline=home.clock.elapsed() + channel.timeout)
        tried.append(Tried(f"•••••••{number[-3:]}", outcome_name(outcome),
                           getattr(outcome, "code", ""), scrub(outcome.detail),
                           getattr(outcome, "ref", "")))
    return tried


def _may_go(session: Session, campaign: Campaign) -> None:
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
                      f"giovang start {order.channel} --as …")
    paused = session.scalars(select(AccountRow).where(
        AccountRow.channel == where, AccountRow.account == "*",
        AccountRow.paused_at.is_not(None))).first()
    if paused is not None:
        raise Refused(where, t(f"kênh đang tạm dừng ({paused.paused_by}: {paused.paused_reason})",
                               f"it is paused ({paused.paused_by}: {paused.paused_reason})"),
                      f"giovang resume {where} --as …")


def _channel(office: Office, channel_id: str) -> Channel:
    if channel_id not in office.channels:
        raise Refused(channel_id, office.broken.get(
            channel_id, t("kênh không còn trong chương trình", "no longer in the programme")))
    return office.channels[channel_id]


def _text(campaign: Campaign, fields: Mapping[str, str]) -> str:
    unknown = sorted(set(fields) - set(campaign.fields))
    if unknown:
        known = ", ".join(campaign.fields) or t("không có trường nào", "none")
        raise UserError("--field", t(f"lời của đợt này không có {', '.join(unknown)}",
                                     f"its text has no {', '.join(unknown)}"),
                        t(f"các trường: {known}", f"fields: {known}"))
    return filled(campaign.text, {name: fields.get(name, name) for name in campaign.fields})


def _message(home: Home, campaign_id: int, number: str, text: str) -> Message:
    now: datetime = home.clock.now()
    key = uuid.uuid5(uuid.UUID(home.installation().uid),
                     f"campaign-test/{campaign_id}/{number}/{now.isoformat()}")
    return Message(key=str(key), target=number, text=text, first_try_at=now, opens_at=now,
                   expires_at=now + LASTS)
