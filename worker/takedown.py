"""
What was recalled and is still public: which channel can take it back, whose hand must where
none can, and the Sự cố closed once everything is down.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from channels.base import Recalls
from channels.build import KINDS as CHANNEL_KINDS
from channels.online import Corrects
from worker.alarms.store import close_alarm, open_alarms, raise_alarm
from worker.home import SYSTEM, every_programme
from worker.i18n import t, written
from worker.models import Alarm, Batch, Delivery, Item
from worker.office import Office
from worker.outbox.recall import end_unreachable, unreachable
from worker.outbox.takeback import FAILED
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import candidates
from worker.specs import BULLETINS
from worker.states import MAY_BE_OUT

#: places named in one alarm; the log has all of them
NAMED = 3

#: end of the cause of an alarm that is about corrections of a channel
CORRECTING = "/dinh-chinh"

_original, _said = aliased(Delivery), aliased(Batch)


class Place(NamedTuple):
    """Where a text still is, and who keeps that place."""

    name: str
    keeper: str
    address: str  #: "" when it is personal


class Failed(NamedTuple):
    """A recall that took nothing back, or a correction that did not get through, and of what."""

    recall: Delivery
    original: Delivery


def can_recall(session: Session, channels: Iterable[str]) -> frozenset[str]:
    """
    Those of these channels that can take back; one that the programme no longer has as it was
    then: nothing can be sent there, but a person must be told to go there.
    """
    return frozenset(c for c, kind in _types(session, channels)
                     if issubclass(CHANNEL_KINDS[kind].cls, Recalls))


def can_correct(session: Session, channels: Iterable[str]) -> frozenset[str]:
    """Those that can edit what is public where it stands."""
    return frozenset(c for c, kind in _types(session, channels)
                     if issubclass(CHANNEL_KINDS[kind].cls, Corrects))


def reads_out(session: Session, channels: Iterable[str]) -> frozenset[str]:
    """Those of stations: a bulletin corrects what they aired."""
    return frozenset(c for c, kind in _types(session, channels)
                     if kind == "loudspeaker" or kind in BULLETINS)


def _types(session: Session, channels: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in channels:
        was = _as_it_was(session, name)
        if was is not None:
            yield name, was[1].type


def watch(office: Office, now: datetime) -> None:
    """One round, for every node at any time; cheap while nothing is recalled."""
    programme = office.force.programme
    reachable = {(c.id, target.id) for c in programme.channels if c.enabled
                 for target in candidates(programme, c)}
    with office.store.read() as session:
        told = [a for a in open_alarms(session) if a.kind == "recall"]
        if not told and not unreachable(session, reachable):
            return
    with office.store.write() as session:
        end_unreachable(session, now, SYSTEM, reachable)
        session.flush()
        for alarm in told:
            item, _, channel = alarm.cause.removeprefix("recall:").partition("/")
            if not channel:
                _watch_item(session, now, item, alarm, [a.cause for a in told])


def _watch_item(
    session: Session, now: datetime, item: str, alarm: Alarm, told: list[str]
) -> None:
    by_channel: dict[str, list[Failed]] = {}
    for failed in _failed(session, now, item):
        name = failed.original.channel + ("" if failed.recall.kind == "recall" else CORRECTING)
        by_channel.setdefault(name, []).append(failed)
    for channel, failures in by_channel.items():
        _tell(session, now, item, channel, failures)
    for cause in told:
        of_item, _, channel = cause.removeprefix("recall:").partition("/")
        if of_item == item and channel and channel not in by_channel:
            close_alarm(session, now, cause)
    if alarm.told_at is not None and not _left(session, item):
        close_alarm(session, now, alarm.cause)


def _failed(session: Session, now: datetime, item: str) -> list[Failed]:
    rows = session.execute(
        select(Delivery, _original)
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(_original, _original.id == Delivery.refers_to)
        .join(_said, _said.id == _original.batch_id)
        .where((Delivery.kind == "recall") & (Batch.item_id == item)
               | (Delivery.kind == "correct") & (_said.item_id == item),
               _original.state.in_(MAY_BE_OUT), Delivery.refers_to > "", ~_newer(Delivery),
               # a doubt is tried again by itself, but not after a bug, and not for ever
               Delivery.state.in_(FAILED) | (Delivery.state == "uncertain")
               & ((Delivery.code == "bug") | (Batch.closes_at <= now)))
        .order_by(Delivery.channel, Delivery.target, Delivery.id)
    ).all()
    return [Failed(recall, original) for recall, original in rows]


def _newer(fix: Any) -> ColumnElement[bool]:
    """Another try has been made since, by another text or in another way."""
    later = aliased(Delivery)
    return exists().where(later.refers_to == fix.refers_to, later.kind == fix.kind,
                          later.version > fix.version)


def _left(session: Session, item: str) -> bool:
    """
    Something that can be taken back is not yet, or somebody who was to get a correction has not
    got it: an SMS stays where it is.
    """
    fix, wrong = aliased(Delivery), aliased(Delivery)
    open_ = session.scalars(
        select(fix.id).join(wrong, wrong.id == fix.refers_to)
        .join(_said, _said.id == wrong.batch_id)
        .where(_said.item_id == item, fix.kind == "correct", fix.refers_to > "",
               fix.state.in_(("queued", "ready", "sending", "uncertain", *FAILED)), ~_newer(fix),
               wrong.state.in_(MAY_BE_OUT)).limit(1)).first()
    if open_ is not None:
        return True
    recall = aliased(Delivery)
    asked = exists().where(recall.refers_to == Delivery.id, recall.kind == "recall")
    channels = session.scalars(
        select(Delivery.channel).distinct()
        .join(Batch, Batch.id == Delivery.batch_id).join(Item, Item.id == Batch.item_id)
        .where(Batch.item_id == item, Delivery.kind == "publish", Delivery.state.in_(MAY_BE_OUT),
               asked | (Item.state == "recalled"))
    ).all()
    return bool(can_recall(session, channels))


@written()
def _tell(
    session: Session, now: datetime, item: str, channel: str, failures: list[Failed]
) -> None:
    cause = f"recall:{item}/{channel}"
    places = [place_of(session, f.original, now) for f in failures[:NAMED]]
    where = "; ".join(f"{p.name} ({p.address})" if p.address else p.name for p in places)
    more = len(failures) - len(places)
    where += t(f" và {more} nơi nữa", f" and {more} more") if more else ""
    first = failures[0].recall
    why = first.detail or first.code
    if first.kind == "correct":
        _tell_correction(session, now, item, cause, where, why, first)
        return
    what = t(f"tin {item} đã thu hồi vẫn còn trên kênh {channel}: {where}. Lý do: {why}",
             f"item {item} was recalled and is still on channel {channel}: {where}. Why: {why}")
    keepers = ", ".join(dict.fromkeys(p.keeper for p in places if p.keeper))
    step = t(
        f"{keepers or 'người quản trị nơi đó'} gỡ tay; rồi `giovang resolve {first.id} "
        f"--went-out`; muốn máy gỡ lại: `giovang recall {item}`",
        f"{keepers or 'whoever keeps that place'} takes it down by hand; then `giovang resolve "
        f"{first.id} --went-out`; to have it tried again: `giovang recall {item}`")
    _raise(session, now, cause, what, step)


def _tell_correction(
    session: Session, now: datetime, item: str, cause: str, where: str, why: str, first: Delivery
) -> None:
    channel, by = first.channel, session.get_one(Batch, first.batch_id).item_id
    what = t(f"đính chính tin {item} chưa tới được, kênh {channel}: {where}. Lý do: {why}",
             f"the correction of item {item} did not get through on channel {channel}: {where}. "
             f"Why: {why}")
    step = t(
        f"sửa nguyên nhân rồi `giovang correct {item} --with {by}`; đã báo cho nơi đó bằng cách "
        f"khác: `giovang resolve {first.id} --went-out`",
        f"mend the cause, then `giovang correct {item} --with {by}`; told there in another way: "
        f"`giovang resolve {first.id} --went-out`")
    _raise(session, now, cause, what, step)


def _raise(session: Session, now: datetime, cause: str, what: str, step: str) -> None:
    """Once, however many rounds see it."""
    open_now = session.scalars(
        select(Alarm.what).where(Alarm.cause == cause, Alarm.closed_at.is_(None))).first()
    if open_now != what:
        raise_alarm(session, now, cause, "recall", "serious", what, step)


def place_of(session: Session, original: Delivery, now: datetime) -> Place:
    """Where this delivery went, by the newest programme that had the place."""
    was = _as_it_was(session, original.channel, original.target)
    if was is None:
        return Place(original.target, "", original.url)
    programme, config = was
    target = next(x for x in candidates(programme, config) if x.id == original.target)
    body = programme.organisation_on(target.organisation or programme.organisation,
                                     now.astimezone(programme.zone()).date())
    address = "" if target.address.startswith(("env:", "file:")) else target.address
    return Place(target.name, body.name if body else "", original.url or address)


def _as_it_was(
    session: Session, channel: str, target: str | None = None
) -> tuple[Programme, ChannelConfig] | None:
    """The newest programme that has, or had, this channel (with this target)."""
    return next(_with(session, channel, target), None)


def _with(
    session: Session, channel: str, target: str | None
) -> Iterator[tuple[Programme, ChannelConfig]]:
    for programme in every_programme(session):
        config = next((c for c in programme.channels if c.id == channel), None)
        if config is not None and (
            target is None or any(x.id == target for x in candidates(programme, config))
        ):
            yield programme, config
