"""Why a campaign that was let go sends nothing at this moment, for whoever looks at it."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.i18n import t
from worker.models import AccountRow, Campaign, Item, StopOrder
from worker.nodes import BEAT
from worker.slots import local_date
from worker.status import last_beat

from . import words
from .figures import waits_for_a_person
from .forecast import opening
from .registered import warnings


def hindrances(session: Session, now: datetime, force: InForce, campaign: Campaign) -> list[str]:
    """A sentence each, with what to do; empty when it may send now, or does not run."""
    if campaign.state != "running":
        return []
    return [
        *_worker(session, now), *_stops(session, campaign), *_item(session, campaign),
        *_accounts(session, now, force, campaign), *_times(now, force, campaign),
        *_phase(session, now, force, campaign), *_carriers(now, force, campaign),
    ]


def _worker(session: Session, now: datetime) -> list[str]:
    beat = last_beat(session)
    if beat is not None and now - beat <= BEAT:
        return []
    return [t("trạm phát không chạy: giovang run", "no worker runs: giovang run")]


def _stops(session: Session, campaign: Campaign) -> list[str]:
    orders = session.scalars(select(StopOrder).where(
        StopOrder.lifted_at.is_(None), StopOrder.channel.in_(["*", campaign.channel])))
    return [t(f"đang DỪNG KHẨN CẤP {o.channel} ({o.by}: {o.reason}); hai người: "
              f"giovang start {o.channel} --as NGƯỜI",
              f"EMERGENCY STOP {o.channel} ({o.by}: {o.reason}); two persons: "
              f"giovang start {o.channel} --as PERSON") for o in orders]


def _item(session: Session, campaign: Campaign) -> list[str]:
    item = session.get(Item, campaign.item_id)
    if item is None or (item.state == "approved" and item.version == campaign.item_version):
        return []
    return [t(f"tin {campaign.item_id} không còn được duyệt ở bản này; dừng hẳn rồi lập đợt "
              "mới", f"item {campaign.item_id} is no longer approved in this version; stop it and "
                     "make a new campaign")]


def _accounts(
    session: Session, now: datetime, force: InForce, campaign: Campaign
) -> list[str]:
    found, channel = [], campaign.channel
    rows = session.scalars(select(AccountRow).where(
        AccountRow.channel == channel,
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > now))
        .order_by(AccountRow.account)).all()
    zone = force.programme.zone()
    for row in rows:
        if row.account != "*" and row.account not in campaign.weights:
            continue
        name = channel if row.account == "*" else f"{channel}/{row.account}"
        if row.paused_at is not None:
            found.append(t(f"kênh {name} tạm dừng ({row.paused_by}: {row.paused_reason}); "
                           f"giovang resume {name} --as NGƯỜI",
                           f"channel {name} is paused ({row.paused_by}: {row.paused_reason}); "
                           f"giovang resume {name} --as PERSON"))
        elif row.blocked_until is not None:
            until = words.at(row.blocked_until, now, zone)
            found.append(t(f"tài khoản {name} nghỉ đến {until} ({row.blocked_code}); "
                           "giovang alarms",
                           f"account {name} rests until {until} ({row.blocked_code}); "
                           "giovang alarms"))
    return found


def _times(now: datetime, force: InForce, campaign: Campaign) -> list[str]:
    may, opens = opening(force.programme, campaign, now)
    if opens is None:
        return [t("đến khi hết hạn không còn giờ nào được nhắn",
                  "no hour in which it may be sent is left")]
    if may:
        return []
    at = words.at(opens, now, force.programme.zone())
    if campaign.starts_at > now and opens == campaign.starts_at:
        return [t(f"chưa đến giờ: bắt đầu lúc {at}", f"not yet: it begins at {at}")]
    return [t(f"ngoài giờ được nhắn, gửi tiếp lúc {at}", f"outside its hours, goes on at {at}")]


def _carriers(now: datetime, force: InForce, campaign: Campaign) -> list[str]:
    """Of the numbers it was made for: who has had it already is among them."""
    return warnings(force.programme, campaign, campaign.counts.get("carriers", {}),
                    local_date(force.programme, now))


def _phase(
    session: Session, now: datetime, force: InForce, campaign: Campaign
) -> list[str]:
    if not waits_for_a_person(session, campaign):
        return []
    seeds = campaign.until_row <= campaign.seeds
    what = (t("đã gửi tới máy của ta", "our own handsets have theirs") if seeds else
            t(f"đã gửi thử {campaign.until_row - campaign.seeds} số",
              f"the trial of {campaign.until_row - campaign.seeds} numbers is through"))
    if campaign.go_on_at is not None:
        at = words.at(campaign.go_on_at, now, force.programme.zone())
        what += t(f"; tự gửi tiếp lúc {at}", f"; goes on by itself at {at}")
    else:
        what += t("; xem kết quả rồi cho chạy tiếp", "; look at it, then let it go on")
    return [what]
