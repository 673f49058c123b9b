"""
What the coming days lack: templates that end, and planned SMS that carriers would drop. One Sự cố
a cause, closed by itself once it is mended.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.alarms.store import Severity, close_alarm, raise_alarm
from worker.home import InForce
from worker.i18n import t
from worker.models import Alarm
from worker.planner import scope as reading
from worker.planner.store import Report
from worker.planner.wanted import Want, wanted
from worker.programme.model import Programme, SmsTemplate
from worker.slots import local_date

KIND = "sms-template"
#: a template in force that ends within this is told of: carriers take days to register one
SOON = timedelta(days=14)


class Lack(NamedTuple):
    """One thing that is or will be missing."""

    cause: str
    severity: Severity
    where: str
    what: str
    fix: str = ""  #: empty: that of the kind


def tell_templates(
    session: Session, now: datetime, programme: Programme, report: Report
) -> None:
    """Raise what is lacking, close what is not any more."""
    found = {lack.cause: lack for lack in reversed(
        [*ending(programme, local_date(programme, now)), *dropped(report.wants, now)])}
    for lack in found.values():
        raise_alarm(session, now, lack.cause, "sms-template", lack.severity,
                    f"{lack.where}: {lack.what}", lack.fix)
    told = session.scalars(select(Alarm.cause).where(Alarm.kind == KIND, Alarm.closed_at.is_(None)))
    for cause in set(told) - found.keys():
        close_alarm(session, now, cause)


def look_ahead(session: Session, force: InForce, now: datetime) -> list[Lack]:
    """The same of a programme that may not be in force yet; nothing is written."""
    today = local_date(force.programme, now)
    found = [*ending(force.programme, today)]
    if force.programme.sms_templates:
        scope = reading.scope(session, force, now, today, reading.standing(session, today))
        last = today + timedelta(days=force.programme.settings.plan_ahead_days)
        found += dropped(wanted(scope, today, last), now)
    return found


def ending(programme: Programme, today: date) -> Iterator[Lack]:
    """Templates said to be in force whose last day is near or past, and that no other replaces."""
    for one in programme.sms_templates:
        until = one.valid_until
        if one.state != "hieu_luc" or until is None or until > today + SOON:
            continue
        left = [c for c in one.carriers if not _replaced(programme.sms_templates, one, c, today)]
        if left:
            yield Lack(
                f"sms-template:{one.id}", "warning",
                f"sms_templates[{one.id}], {', '.join(left)}",
                t(f"hết hạn từ {until:%d/%m/%Y}", f"ended on {until}") if until < today else
                t(f"hết hạn {until:%d/%m/%Y}, còn {(until - today).days} ngày",
                  f"ends on {until}, in {(until - today).days} days"))


def _replaced(
    templates: Sequence[SmsTemplate], ends: SmsTemplate, carrier: str, today: date
) -> bool:
    """Whether another of the same words serves this carrier for longer."""
    return any(
        (one.channel, one.account, one.sender, one.text)
        == (ends.channel, ends.account, ends.sender, ends.text)
        and carrier in one.carriers and one.state == "hieu_luc"
        and one.valid_until is not None and one.valid_until > today + SOON
        for one in templates)


def dropped(wants: Iterable[Want], now: datetime) -> Iterator[Lack]:
    """
    Planned SMS that some carrier would drop on its day, in order of opening. `serious` where
    somebody gets nothing for sure, `warning` where only numbers of some carriers would.
    """
    for want in sorted(wants, key=lambda w: w.opens_at):
        if want.planned is None or want.closes_at <= now:
            continue
        for cell in want.planned.channels:
            if not (cell.refused or cell.warned):
                continue
            item = want.planned.item.id
            yield Lack(
                f"sms-template:{cell.channel}:{want.planned.entry}",
                "serious" if cell.refused else "warning",
                t(f"{want.slot.name} ngày {want.day:%d/%m/%Y}, kênh {cell.channel}, tin {item}",
                  f"{want.slot.name} on {want.day}, channel {cell.channel}, item {item}"),
                "; ".join((*cell.refused, *cell.warned)))
