"""One try of one letter on the wire: in the pool, without a database session."""

import time
from datetime import datetime, timedelta

from channels.base import Channel, Recalls
from channels.online import Corrects, Prepares
from channels.values import Message, Outcome, Rejected, Retry, Uncertain
from channels.verdict import proves_nothing
from worker.i18n import t
from worker.office import Office
from worker.outbox.units import Begun, Result, Tried
from worker.shared.here import bring
from worker.shared.kinds import FilesAway


def send_one(office: Office, channel_id: str, begun: Begun, begun_at: float) -> Result:
    """
    Gives a result whatever happens: a try without one would be waited for until the end.
    Its deadline counts from the begin (monotonic seconds): a process frozen since then sends
    nothing when it wakes.
    """
    channel = office.channels.get(channel_id)
    started = time.perf_counter()
    bug: Exception | None = None
    outcome: Tried
    repeat_until: datetime | None = None
    try:
        outcome = _try(office, channel, begun, begun_at)
        repeat_until = _repeat_until(channel, begun, outcome)
    except Exception as error:  # noqa: BLE001  (an escaped exception is a bug: never a blind retry)
        bug, outcome = error, Uncertain("bug", type(error).__name__)
    return Result(begun, outcome, time.perf_counter() - started, repeat_until, bug=bug)


def _try(office: Office, channel: Channel | None, begun: Begun, begun_at: float) -> Tried:
    message = office.message(begun.letter, begun.lease, begun.number) if channel else None
    if channel is None or message is None:
        return Retry("programme", t("nơi nhận không còn trong chương trình",
                                       "the target is no longer in the programme"), counts=False)
    try:
        if begun.lease.kind != "recall":  # what is taken back needs no file
            bring(office.settings, message)
    except FilesAway as error:
        return Retry("files", error.mistakes[0].what, counts=False)
    deadline = begun_at + channel.timeout
    if begun.prepare:
        if isinstance(channel, Prepares):
            return channel.prepare(message, deadline=deadline)
        return Retry("programme", t("kênh không còn chuẩn bị trước",
                                       "the channel no longer prepares ahead"), counts=False)
    if begun.lease.kind == "correct" and begun.letter.refers_to:
        return _edit(channel, message, begun.letter.ref, deadline)
    if begun.lease.kind != "recall":
        return channel.send(message, deadline=deadline)
    if isinstance(channel, Recalls):
        return channel.recall(message, begun.letter.ref)
    return Rejected("no-recall", t("kênh này không gỡ được",
                                   "this channel takes nothing back"))


def _edit(channel: Channel, message: Message, ref: str, deadline: float) -> Outcome:
    """A correction in place: of what a person found out to be public no id may be known."""
    if not ref:
        return Rejected("no-ref", t("không biết mã của bài ở nơi đó nên không sửa tại chỗ được",
                                    "its id there is unknown: it cannot be mended in place"))
    if isinstance(channel, Corrects):
        return channel.correct(message, ref, deadline=deadline)
    return Rejected("no-correct", t("kênh này không sửa tại chỗ được nữa",
                                    "this channel no longer mends in place"))


def _repeat_until(channel: Channel | None, begun: Begun, outcome: Tried) -> datetime | None:
    """For a Retry that proves nothing: until when the far side knows our key."""
    if channel is None or not isinstance(outcome, Retry):
        return None
    if not proves_nothing(outcome.code, channel.codes):
        return None
    first = begun.letter.first_try_at or begun.begun_at
    return first + timedelta(seconds=channel.key_lifetime)
