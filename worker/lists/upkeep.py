"""What the running worker does for the lists, a little at a time."""

from datetime import datetime

from sqlalchemy import select

from worker.alarms.store import close_alarm, raise_alarm
from worker.home import Home
from worker.models import Alarm

from . import journal, retention, rotation, uploads
from .keys import missing

#: steps of rows encrypted anew in one go: a million rows take ten minutes beside everything else
_STEPS = 50


def upkeep(home: Home, now: datetime) -> None:
    """Retention, a started rotation a step further, and an alarm while a key is missing."""
    uploads.sweep(home, now)
    retention.tidy(home, now)
    with home.store.read() as session:
        wrong = "; ".join(missing(session, home.settings.var))
        told = session.scalars(select(Alarm.id).where(
            Alarm.cause == "list_keys", Alarm.closed_at.is_(None))).first()
    if wrong or told is not None:
        with home.store.write() as session:
            if wrong:
                raise_alarm(session, now, "list_keys", "list_keys", "serious", wrong)
            else:
                close_alarm(session, now, "list_keys")
    if not wrong:
        journal.replay(home.store, home.settings.var, now)
        rotation.renew(home, now, _STEPS)
