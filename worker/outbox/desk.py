"""
What a person does about what is to go out, whole: the act, its alarm, what follows it. The command
line, the console and the API call these and only put the answer in words.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit, corrections
from worker.alarms.store import close_alarm, raise_alarm
from worker.campaigns.area.acts import call_carrier, still_with_carriers
from worker.campaigns.recalling import Made, correct_all, stop_all, stopped_lines
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.home import Home, in_force
from worker.i18n import t, written
from worker.models import Batch
from worker.outbox import acts, orders, withdraw
from worker.outbox.correct import Corrected, correct_item
from worker.outbox.recall import recall_item, resolve_failed
from worker.planner.store import replan
from worker.programme.model import Programme
from worker.takedown import can_recall


@dataclass(frozen=True)
class Recalled:
    """What a recall did; `lines`: campaigns stopped, carriers to call."""

    cancelled: int
    opened: int  #: places being taken back
    beyond: int  #: out for good (SMS): a correction is needed
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Righted:
    """What a correction did, on the channels and by campaigns."""

    done: Corrected
    made: list[Made]
    lines: list[str]
    anything: bool  #: False: nobody got what could be corrected


def recall(home: Home, actor: str, item: str, reason: str) -> Recalled:
    """Take an item back everywhere: one person, at once."""
    needs_reason(reason)
    now = home.clock.now()
    with home.store.write() as session:
        said_on = session.scalars(
            select(Batch.channel).where(Batch.item_id == item).distinct()).all()
        can = can_recall(session, said_on)
        done = recall_item(session, now, actor, item, reason, can)
        lines, _ = _beside(session, now, actor, item, reason, lambda: t(
            f"tin {item} bị thu hồi: {reason}", f"item {item} was recalled: {reason}"))
    replan(home.store, now, actor)
    return Recalled(done.cancelled, done.opened, done.beyond, lines)


def correct(home: Home, actor: str, item: str, correction: str, reason: str) -> Righted:
    """Recall an item, and correct it wherever it was got."""
    needs_reason(reason)
    now = home.clock.now()
    with home.store.write() as session:
        force = in_force(session)
        said_on = session.scalars(
            select(Batch.channel).where(Batch.item_id == item).distinct()).all()
        done = correct_item(
            session, now, actor, item, correction, reason, corrections.ways(session, said_on),
            corrections.Filler(session, force, now, correction))
        lines, stopped = _beside(session, now, actor, item, reason, lambda: t(
            f"tin {item} bị thu hồi, đính chính bằng {correction}: {reason}",
            f"item {item} was recalled and is corrected by {correction}: {reason}"))
    replan(home.store, now, actor)
    made = correct_all(home, item, correction, actor)
    anything = done.anything or stopped or any(m.correction for m in made)
    return Righted(done, made, lines, anything)


def _beside(
    session: Session, now: datetime, actor: str, item: str, reason: str,
    what: Callable[[], str],
) -> tuple[list[str], bool]:
    """
    What goes with every recall: the item's campaigns stopped, its carriers to be called, the
    alarm. Gives both as lines, and whether a campaign was stopped.
    """
    stopped = stop_all(session, now, actor, item, reason)
    close_alarm(session, now, f"approved-alone/{item}")  # nothing left to confirm
    still = still_with_carriers(session, now, item)
    with written():  # the alarm is everybody's, whatever this page's language
        raise_alarm(session, now, f"recall:{item}", "recall", "serious", what(),
                    "; ".join([*map(call_carrier, still), t("`giovang status` cho biết nơi nào còn",
                                                            "see `giovang status`")]))
    return [*stopped_lines(stopped), *map(call_carrier, still)], bool(stopped)


def cancel(home: Home, actor: str, occurrence: str, reason: str) -> int:
    """Cancel what of an occurrence has not begun; how many deliveries."""
    now = home.clock.now()
    with home.store.write() as session:
        count = acts.cancel_occurrence(session, now, actor, occurrence, reason)
        audit.record(session, now, actor, "cancel", occurrence, {"reason": reason})
    return count


def pause(home: Home, actor: str, channel: str, reason: str) -> None:
    """Nothing new begins on this CHANNEL or CHANNEL/ACCOUNT."""
    with home.store.write() as session:
        name, account = account_of(in_force(session).programme, channel)
        orders.pause(session, home.clock.now(), actor, name, account, reason)


def resume(home: Home, actor: str, channel: str) -> list[str]:
    """Lift a pause; what of the channel stays paused."""
    with home.store.write() as session:
        programme = in_force(session).programme
        name, account = account_of(programme, channel)
        now = home.clock.now()
        if not orders.resume(session, now, actor, name, account):
            raise Refused(
                channel, t("không bị tạm dừng, không có tài khoản nào đang nghỉ",
                           "is not paused, and no account of it rests"),
                t("xem `giovang status` và `giovang alarms`",
                  "see `giovang status` and `giovang alarms`"))
        for one in programme.channel(name).accounts:
            if account in (orders.ALL, one.id):  # refused again, it is told again
                close_alarm(session, now, f"account:{name}/{one.id}")
        return orders.paused(session, name)


def stop(home: Home, actor: str, channel: str, reason: str) -> int:
    """DỪNG KHẨN CẤP ("*": everything); how many prepared texts are being taken back."""
    needs_reason(reason)
    now = home.clock.now()
    with home.store.write() as session:
        if channel != "*":
            account_of(in_force(session).programme, channel)
        orders.stop(session, now, actor, channel, reason)
        with written():
            raise_alarm(session, now, f"stop:{channel}", "stop", "serious",
                        t(f"DỪNG KHẨN CẤP ({channel}) bởi {actor}: {reason}",
                          f"EMERGENCY STOP ({channel}) by {actor}: {reason}"),
                        t("hai người cho chạy lại: trang Dừng khẩn cấp, hoặc `giovang start`",
                          "two persons start again: Emergency stop, or `giovang start`"))
    with home.store.write() as session:  # by itself: a stop waits for nothing
        lock_outbox(session)
        return withdraw.forbidden(session, now, actor)


def start(home: Home, actor: str, channel: str | None) -> bool:
    """
    Start again after a stop, once by each of two persons; False: a second one is needed.
    `channel`: only the stop of this channel ("*": the one of everything); None: every stop.
    """
    now = home.clock.now()
    with home.store.write() as session:
        if channel not in (None, orders.ALL):
            account_of(in_force(session).programme, channel)
        before = {o.channel for o in orders.in_force(session)}
        waiting = orders.start(session, now, actor, channel)
        session.flush()
        for name in before - {o.channel for o in orders.in_force(session)}:
            close_alarm(session, now, f"stop:{name}")
    if not waiting:
        replan(home.store, now, actor)  # what the stop had taken back is prepared anew
    return not waiting


def resolve(
    home: Home, actor: str, delivery: str, how: acts.Resolution, reason: str
) -> str:
    """A person ends a doubt, or decides on a recall that failed; the state after it."""
    needs_reason(reason)
    now = home.clock.now()
    with home.store.write() as session:
        state = resolve_failed(session, now, actor, delivery, how, reason) or (
            acts.resolve(session, now, actor, delivery, how, reason))
        audit.record(session, now, actor, "resolve", delivery, {"how": how, "reason": reason})
    return state


def needs_reason(reason: str) -> None:
    """Refuse an act without one."""
    if not reason.strip():
        raise UserError("--reason", t("cần ghi lý do", "a reason is needed"),
                        t('thêm --reason "…"', 'add --reason "…"'))


def account_of(programme: Programme, name: str) -> tuple[str, str]:
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
