"""Kênh: how each stands, pause and resume, and its accounts asked now. Nothing is edited here."""

import threading

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from worker import channel_view
from worker.home import in_force
from worker.i18n import t
from worker.outbox import desk
from worker.outbox.orders import ALL

#: may pause, resume and ask, if they work for the whole installation
MOVERS = frozenset({"quan_tri", "dieu_phoi"})
#: channels asked at once from pages: each may wait for a far side that does not answer
_ASKING = threading.BoundedSemaphore(2)


def page(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        force = in_force(session)
        rows = channel_view.channels_now(session, force, now, site.channels())
    return site.page(ask, "config/channels", rows=rows, zone=force.programme.zone())


def one(site: Site, ask: Ask) -> Response:
    return _one(site, ask)


def pause(site: Site, ask: Ask) -> Response:
    channel, place = _place(site, ask)
    reason = ask.form.get("reason", "").strip()
    if not reason:
        return _one(site, ask, why=t("Ghi lý do tạm dừng rồi bấm lại.",
                                     "Write why, then press again."))
    desk.pause(site.home, ask.me.person, place, reason[:500])
    return site.go(f"/kenh/{channel}?xong=kenh-dung")


def resume(site: Site, ask: Ask) -> Response:
    channel, place = _place(site, ask)
    desk.resume(site.home, ask.me.person, place)
    return site.go(f"/kenh/{channel}?xong=kenh-tiep")


def check(site: Site, ask: Ask) -> Response:
    """Asks the far side now; sends no message and writes nothing down."""
    channel, _ = _place(site, ask)
    with site.home.store.read() as session:
        force = in_force(session)
    if not force.programme.channel(channel).enabled:
        return _one(site, ask, why=t("Kênh đang tắt nên không hỏi.", "The channel is off."))
    if not _ASKING.acquire(blocking=False):
        return _one(site, ask, why=t("Đang kiểm tra kênh khác. Chờ một phút rồi bấm lại.",
                                     "Other channels are being asked. Try again in a minute."))
    try:
        answers = channel_view.asked(
            site.home, force, channel, site.channels(),
            t("trạm phát chưa mở được kênh này; xem Sự cố", "the worker could not open it"))
    finally:
        _ASKING.release()
    if answers is None:
        return _one(site, ask, why=t(
            "Cổng không trả lời trong 25 giây. Thử lại; vẫn vậy thì hỏi nhà cung cấp.",
            "No answer within 25 seconds. Try again, then ask the provider."))
    return _one(site, ask, answers=answers)


def _one(site: Site, ask: Ask, **more: object) -> Response:
    now, channel = site.home.clock.now(), str(ask.path["channel"])
    with site.home.store.read() as session:
        force = in_force(session)
        rows = channel_view.channels_now(session, force, now, site.channels())
    row = next((row for row in rows if row.config.id == channel), None)
    if row is None:
        raise HTTPException(404)
    values = {"answers": None, "why": "", **more}
    return site.page(
        ask, "config/channel", 400 if values["why"] else 200, row=row,
        zone=force.programme.zone(), options=channel_view.options_of(row.config),
        targets=channel_view.targets_of(force.programme, row.config), may=_may(ask), **values)


def _may(ask: Ask) -> bool:
    return ask.me.organisation is None and bool(MOVERS & ask.me.roles)


def _place(site: Site, ask: Ask) -> tuple[str, str]:
    """The channel of the address, and what of it is meant: all of it, or one account."""
    channel = str(ask.path["channel"])
    programme = site.home.programme().programme
    config = next((c for c in programme.channels if c.id == channel), None)
    if config is None:
        raise HTTPException(404)
    if not _may(ask):
        raise HTTPException(403, t("Chỉ Quản trị, Điều phối nhắn tin của cả hệ thống làm được.",
                                   "Only administrators and SMS coordinators of the whole."))
    account = ask.form.get("account", ALL)
    if account != ALL and account not in {a.id for a in config.accounts}:
        raise HTTPException(404)
    return channel, channel if account == ALL else f"{channel}/{account}"
