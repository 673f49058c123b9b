"""
Who hears of a Sự cố now, and who is next when nobody answers. Pure.

Hours and weekdays are local; a duty over midnight belongs to the weekday it begins on.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from worker.programme.model import WEEKDAYS, Alarms, Duty


def on_duty(alarms: Alarms, zone: ZoneInfo, now: datetime) -> list[Duty]:
    """
    The line of persons to call, first to last, each once: those on duty in the order of the
    roster, each followed by the deputy (with the contacts of the deputy's own entry). An
    hour that nobody covers is everybody's.
    """
    local = now.astimezone(zone)
    present = [d for d in alarms.duty if _covers(d, local)] or list(alarms.duty)
    line: dict[str, Duty] = {}
    for duty in present:
        line.setdefault(duty.person, duty)
        if duty.deputy is not None:
            line.setdefault(duty.deputy, _contacts(alarms, duty.deputy))
    return list(line.values())


def _covers(duty: Duty, local: datetime) -> bool:
    """True within [start, end); an end not after the start lies on the next day."""
    clock = local.time().replace(tzinfo=None)
    today = WEEKDAYS[local.weekday()] in duty.weekdays
    yesterday = WEEKDAYS[local.weekday() - 1] in duty.weekdays
    if duty.start < duty.end:
        return today and duty.start <= clock < duty.end
    # over midnight, or the whole day round (start equal to end)
    return (today and clock >= duty.start) or (yesterday and time(0) <= clock < duty.end)


def _contacts(alarms: Alarms, person: str) -> Duty:
    """The person's own entry; without one, a name that only the log and the webhook show."""
    return next((d for d in alarms.duty if d.person == person), Duty(person=person))
