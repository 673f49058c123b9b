"""
Telling of a Sự cố: log, webhook, e-mail, SMS. One way that fails never stops the others and
raises no alarm of its own: telling cannot feed itself.

Who was told is written in two steps: a claim before (two workers do not both call), the
names after. When no way succeeded the name is not written, and the same person is called
again after `escalate_after`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, update

from vietnamese.plain import plain
from vietnamese.sms import REFUSED
from worker.alarms.duty import on_duty
from worker.alarms.kinds import KINDS
from worker.db import Store
from worker.home import Home
from worker.i18n import t
from worker.models import Alarm
from worker.programme.model import Alarms, Duty, Programme

log = structlog.get_logger("giovang.alarms")

#: an alarm nobody has mended is told anew after this
REPEAT = timedelta(days=1)
#: an SMS of ours stays within two parts: 2 × 153 septets
SMS_LENGTH = 306


@dataclass(frozen=True)
class Senders:
    """The ways out; each raises when it fails. None: this way is not set up."""

    secret: Callable[[str], str]  #: "env:NAME", "file:PATH" -> value
    post: Callable[[str, dict[str, Any]], None] | None = None  #: url, JSON
    mail: Callable[[str, str, str, str], None] | None = None  #: smtp url, to, subject, text
    sms: Callable[[str, str, str], None] | None = None  #: number, text, key


@dataclass(frozen=True)
class _Call:
    """One alarm to be told to one person (None: there is no roster)."""

    alarm: Alarm
    duty: Duty | None
    told: list[str]  #: names before this call


def notify_due(home: Home, programme: Programme, senders: Senders, now: datetime) -> int:
    """Tell what is due to be told; gives how many alarms were told of."""
    calls = _claim(home.store, programme, now)
    for call in calls:
        if _tell(call, programme, senders):
            _remember(home.store, call)
    return len(calls)


def _claim(store: Store, programme: Programme, now: datetime) -> list[_Call]:
    with store.read() as session:
        due = [a for a in session.scalars(
            select(Alarm).where(Alarm.closed_at.is_(None)).order_by(Alarm.id)
        ) if is_due(a, programme.alarms, programme.zone(), now)]
    if not due:
        return []
    calls = []
    with store.write() as session:
        for alarm in due:
            call = _call(alarm, programme.alarms, programme.zone(), now)
            same = (Alarm.told_at.is_(None) if alarm.told_at is None
                    else Alarm.told_at == alarm.told_at)
            mine = session.execute(
                update(Alarm).where(Alarm.id == alarm.id, same, Alarm.closed_at.is_(None))
                .values(told_at=now, told=call.told).returning(Alarm.id)
                .execution_options(synchronize_session=False)
            ).first()
            if mine is not None:
                calls.append(call)
    return calls


def is_due(alarm: Alarm, alarms: Alarms, zone: ZoneInfo, now: datetime) -> bool:
    """Not told yet; not answered and somebody is left to call; or a day has passed."""
    if alarm.told_at is None:
        return alarm.acked_by is None
    waited = now - alarm.told_at
    if alarm.acked_by is not None:
        return KINDS[alarm.kind].daily and waited >= REPEAT
    left = [d for d in on_duty(alarms, zone, now) if d.person not in alarm.told]
    return waited >= REPEAT or (waited >= alarms.escalate_after and bool(left))


def _call(alarm: Alarm, alarms: Alarms, zone: ZoneInfo, now: datetime) -> _Call:
    """The next of the line who has not been told; after a day the line begins again."""
    line = on_duty(alarms, zone, now)
    again = alarm.told_at is not None and now - alarm.told_at >= REPEAT
    told = [] if again else list(alarm.told)
    return _Call(alarm, next((d for d in line if d.person not in told), None), told)


def _tell(call: _Call, programme: Programme, senders: Senders) -> bool:
    """By every way there is; True when at least one of them reached somebody."""
    alarm, duty, alarms = call.alarm, call.duty, programme.alarms
    text = message(alarm, programme.zone())
    log.warning("alarm", id=alarm.id, kind=alarm.kind, severity=alarm.severity, what=alarm.what,
                fix=alarm.fix, count=alarm.count, person=duty.person if duty else "")
    reached = [False]
    if alarms.webhook and senders.post is not None:
        post = senders.post
        reached.append(_try("webhook", alarm.id, lambda: post(
            _value(senders, alarms.webhook), payload(alarm, programme.zone(), duty))))
    if duty and duty.email and alarms.smtp and senders.mail is not None:
        mail = senders.mail
        subject = f"[giovang] {KINDS[alarm.kind].name()}"
        reached.append(_try("mail", alarm.id, lambda: mail(
            _value(senders, alarms.smtp), _value(senders, duty.email), subject, text)))
    if duty and duty.phone and senders.sms is not None:
        sms = senders.sms
        key = f"alarm-{alarm.id}-{len(call.told)}-{alarm.count}"
        reached.append(_try("sms", alarm.id, lambda: sms(
            _value(senders, duty.phone), sms_text(text), key)))
    return any(reached)


def _try(way: str, alarm_id: int, act: Callable[[], None]) -> bool:
    try:
        act()
    except Exception as error:  # noqa: BLE001  (a broken way must not stop the next one)
        log.error("alarm.not_told", id=alarm_id, way=way, error=repr(error))
        return False
    return True


def _value(senders: Senders, reference: str) -> str:
    named = reference.startswith(("env:", "file:"))
    return senders.secret(reference) if named else reference


def _remember(store: Store, call: _Call) -> None:
    names = [*call.told, call.duty.person] if call.duty else call.told
    with store.write() as session:
        session.execute(
            update(Alarm).where(Alarm.id == call.alarm.id).values(told=names)
            .execution_options(synchronize_session=False)
        )


def message(alarm: Alarm, zone: ZoneInfo) -> str:
    """What happened, since when, what to do, how to answer."""
    since = alarm.first_at.astimezone(zone).strftime("%H:%M %d/%m/%Y")
    times = t(f", {alarm.count} lần", f", {alarm.count} times") if alarm.count > 1 else ""
    return "\n".join([
        f"{KINDS[alarm.kind].name()}: {alarm.what}",
        t(f"Từ {since}{times}", f"Since {since}{times}"),
        t(f"Việc cần làm: {alarm.fix}", f"To do: {alarm.fix}"),
        t(f"Trả lời: giovang ack {alarm.id}", f"Answer: giovang ack {alarm.id}"),
    ])


def sms_text(text: str) -> str:
    """Without diacritics, within two parts; the answer line is kept whole."""
    bare = plain("".join(c for c in text if c not in REFUSED and c not in "`«»"))
    ascii_only = bare.encode("ascii", "ignore").decode()
    body, _, answer = ascii_only.rpartition("\n")
    room = SMS_LENGTH - len(answer) - 1
    short = body if len(body) <= room else body[:room - 3] + "..."
    return f"{short}\n{answer}"


def payload(alarm: Alarm, zone: ZoneInfo, duty: Duty | None) -> dict[str, Any]:
    """What the webhook is given; no number and no address."""
    return {
        "id": alarm.id, "kind": alarm.kind, "severity": alarm.severity, "what": alarm.what,
        "since": alarm.first_at.astimezone(zone).isoformat(timespec="seconds"),
        "count": alarm.count, "fix": alarm.fix, "person": duty.person if duty else None,
        "answer": f"giovang ack {alarm.id}", "text": message(alarm, zone),
    }
