"""What the running worker does for the lists, a little at a time."""

from datetime import datetime

from worker.alarms.store import close_alarm, raise_alarm
from worker.home import Home

from . import retention, rotation
from .keys import missing

#: chunks encrypted anew in one go: a million rows take ten minutes beside everything else
_CHUNKS = 50


def upkeep(home: Home, now: datetime) -> None:
    """Retention, a started rotation a step further, and an alarm while a key is missing."""
    retention.tidy(home, now)
    with home.store.read() as session:
        wrong = missing(session, home.settings.var)
    with home.store.write() as session:
        if wrong:
            raise_alarm(session, now, "list_keys", "list_keys", "serious", "; ".join(wrong))
        else:
            close_alarm(session, now, "list_keys")
    if not wrong:
        rotation.renew(home, now, _CHUNKS)
