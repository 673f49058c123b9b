"""Commands over what is to go out: recall, cancel, pause, resume, stop, start, resolve."""

from typing import Annotated

import typer
from sqlalchemy import select

from worker import audit
from worker.alarms.store import close_alarm, raise_alarm
from worker.campaigns.area.acts import call_carrier, still_with_carriers
from worker.campaigns.recalling import stop_all, stopped_lines
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.home import acting, in_force, open_home
from worker.i18n import t
from worker.models import Batch
from worker.outbox import acts, orders, withdraw
from worker.outbox.recall import recall_item, resolve_failed
from worker.output import say
from worker.planner.store import replan
from worker.programme.model import Programme
from worker.takedown import can_recall

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]
ChannelOrAccount = Annotated[
    str, typer.Argument(help=t("KÊNH hoặc KÊNH/TÀI-KHOẢN", "CHANNEL[/ACCOUNT]"))
]
Reason = Annotated[str, typer.Option("--reason", help=t("Lý do", "Reason"))]


def recall(
    item: Annotated[str, typer.Argument(help=t("Mã tin", "Item"))],
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Take an item back everywhere: one person, at once."""
    needs_reason(reason)
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        said_on = session.scalars(
            select(Batch.channel).where(Batch.item_id == item).distinct()).all()
        can = can_recall(session, said_on)
        done = recall_item(session, now, person.id, item, reason, can)
        stopped = stop_all(session, now, person.id, item, reason)
        calls = list(map(call_carrier, still_with_carriers(session, now, item)))
        close_alarm(session, now, f"approved-alone/{item}")  # nothing left to confirm
        raise_alarm(session, now, f"recall:{item}", "recall", "serious",
                    t(f"tin {item} bị thu hồi: {reason}", f"item {item} was recalled: {reason}"),
                    "; ".join([*calls, t("`giovang status` cho biết nơi nào còn",
                                         "see `giovang status`")]))
    replan(home.store, now, person.id)
    say(t(f"đã thu hồi {item}: hủy {done.cancelled} lượt chưa gửi, đang gỡ {done.opened} nơi",
          f"recalled {item}: {done.cancelled} cancelled, {done.opened} being taken back"))
    if done.beyond:
        say(t(f"{done.beyond} lượt không gỡ được (SMS): cần tin đính chính",
              f"{done.beyond} cannot be taken back (SMS): a correction is needed"))
        say(t(f"khi tin đính chính đã được duyệt: giovang correct {item} --with TIN-ĐÍNH-CHÍNH",
              f"once a correction is approved: giovang correct {item} --with CORRECTION"))
    for line in (*stopped_lines(stopped), *calls):
        say(line)
    home.close()


def cancel(
    occurrence: Annotated[str, typer.Argument(help=t("Mã lượt phát", "Occurrence"))],
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Cancel what of an occurrence has not begun."""
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        count = acts.cancel_occurrence(session, now, person.id, occurrence, reason)
        audit.record(session, now, person.id, "cancel", occurrence, {"reason": reason})
    say(t(f"đã hủy {occurrence}: {count} lượt gửi", f"cancelled {occurrence}: {count} deliveries"))
    home.close()


def pause(
    channel: ChannelOrAccount,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Nothing new begins on this channel or account."""
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        name, account = _account(in_force(session).programme, channel)
        orders.pause(session, home.clock.now(), person.id, name, account, reason)
    say(t(f"đã tạm dừng {channel}", f"paused {channel}"))
    home.close()


def resume(
    channel: ChannelOrAccount,
    as_: As = None,
) -> None:
    """Lift a pause."""
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_)
        programme = in_force(session).programme
        name, account = _account(programme, channel)
        now = home.clock.now()
        if not orders.resume(session, now, person.id, name, account):
            raise Refused(
                channel, t("không bị tạm dừng, không có tài khoản nào đang nghỉ",
                           "is not paused, and no account of it rests"),
                t("xem `giovang status` và `giovang alarms`",
                  "see `giovang status` and `giovang alarms`"))
        for one in programme.channel(name).accounts:
            if account in (orders.ALL, one.id):  # refused again, it is told again
                close_alarm(session, now, f"account:{name}/{one.id}")
        still = orders.paused(session, name)
    say(t(f"đã tiếp tục {channel}", f"resumed {channel}"))
    for left in still:
        say(t(f"còn tạm dừng: {left}; `giovang resume {left}`",
              f"still paused: {left}; `giovang resume {left}`"))
    home.close()


def stop(
    channel: Annotated[str, typer.Option("--channel", help=t("Chỉ kênh này", "Only this"))] = "*",
    reason: Reason = "",
    as_: As = None,
) -> None:
    """DỪNG KHẨN CẤP: one person, at once."""
    needs_reason(reason)
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        if channel != "*":
            _account(in_force(session).programme, channel)
        orders.stop(session, now, person.id, channel, reason)
        raise_alarm(session, now, f"stop:{channel}", "stop", "serious",
                    t(f"DỪNG KHẨN CẤP ({channel}) bởi {person.id}: {reason}",
                      f"EMERGENCY STOP ({channel}) by {person.id}: {reason}"),
                    t("hai người chạy `giovang start` để chạy lại", "two persons run `start`"))
    with home.store.write() as session:  # by itself: a stop waits for nothing
        lock_outbox(session)
        withdrawn = withdraw.forbidden(session, now, person.id)
    say(t(f"ĐÃ DỪNG {'mọi kênh' if channel == '*' else channel}; hai người `giovang start` để chạy "
          "lại", f"STOPPED {'everything' if channel == '*' else channel}; two persons `start`"))
    if withdrawn:
        say(t(f"đang gỡ {withdrawn} bài đã chuẩn bị trước",
              f"{withdrawn} prepared texts are being taken back"))
    home.close()


def start(
    channel: Annotated[
        str | None, typer.Option("--channel", help=t("Chỉ kênh này", "Only this"))
    ] = None,
    as_: As = None,
) -> None:
    """Start again after a stop: once by each of two persons."""
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        if channel is not None:
            _account(in_force(session).programme, channel)
        before = {o.channel for o in orders.in_force(session)}
        waiting = orders.start(session, now, person.id, channel)
        session.flush()
        for name in before - {o.channel for o in orders.in_force(session)}:
            close_alarm(session, now, f"stop:{name}")
    if waiting:
        say(t("đã ghi nhận; cần thêm một người khác chạy `giovang start`",
              "noted; a second, other person must run `giovang start`"))
    else:
        replan(home.store, now, person.id)  # what the stop had taken back is prepared anew
        say(t("đã chạy lại", "running again"))
    home.close()


def resolve(
    delivery: Annotated[str, typer.Argument(help=t("Mã lượt gửi (key)", "Delivery (key)"))],
    went_out: Annotated[
        bool, typer.Option("--went-out", help=t("Xác nhận đã gửi", "It went out"))
    ] = False,
    did_not: Annotated[
        bool, typer.Option("--did-not", help=t("Chưa gửi, thôi gửi", "It did not; let it be"))
    ] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help=t("Gửi lại (có thể trùng)", "Send again"))
    ] = False,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """A person ends a doubt, or decides on a recall that failed."""
    needs_reason(reason)
    chosen: list[acts.Resolution] = []
    chosen += ["went-out"] if went_out else []
    chosen += ["did-not"] if did_not else []
    chosen += ["send-again"] if send_again else []
    if len(chosen) != 1:
        raise UserError("resolve", t("phải chọn đúng một cách", "choose exactly one way"),
                        "--went-out | --did-not | --send-again")
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        state = resolve_failed(session, now, person.id, delivery, chosen[0], reason) or (
            acts.resolve(session, now, person.id, delivery, chosen[0], reason))
        audit.record(session, now, person.id, "resolve", delivery,
                     {"how": chosen[0], "reason": reason})
    say(t(f"{delivery}: {state}", f"{delivery}: {state}"))
    home.close()


def needs_reason(reason: str) -> None:
    """Refuse an act without one."""
    if not reason.strip():
        raise UserError("--reason", t("cần ghi lý do", "a reason is needed"),
                        t('thêm --reason "…"', 'add --reason "…"'))


def _account(programme: Programme, name: str) -> tuple[str, str]:
    """CHANNEL[/ACCOUNT] of this programme; account "*" is the whole channel."""
    channel, _, account = name.partition("/")
    config = next((c for c in programme.channels if c.id == channel), None)
    if config is None:
        known = ", ".join(c.id for c in programme.channels)
        raise UserError(name, t("không có kênh này", "no such channel"),
                        t(f"dùng: {known}", f"use: {known}"))
    if account and account not in {a.id for a in config.accounts}:
        known = ", ".join(f"{channel}/{a.id}" for a in config.accounts)
        raise UserError(name, t("không có tài khoản này", "no such account"),
                        t(f"dùng: {known}", f"use: {known}"))
    return channel, account or "*"
