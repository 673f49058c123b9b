"""Whether the shared files can be used: asked at the start, and then every minute."""

import structlog

from worker.alarms.store import close_alarm, raise_alarm
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.settings import Settings
from worker.shared.here import files_of
from worker.shared.kinds import FilesAway

log = structlog.get_logger("giovang")


def at_start(settings: Settings) -> str:
    """
    What is wrong and may pass by itself, or ''. UserError: what does not, such as a wrong key:
    nobody should find out at five in the morning.
    """
    try:
        files_of(settings).probe()
    except FilesAway as error:
        log.warning("files.away", why=error.why)
        return str(error)
    return ""


def look(home: Home, node: str) -> None:
    """An alarm of this machine's own: the others may reach the bucket."""
    if not home.settings.files:
        return
    cause, now = f"files:{node}", home.clock.now()
    try:
        files_of(home.settings).probe()
    except UserError as error:
        with home.store.write() as session:
            raise_alarm(session, now, cause, "files", "serious",
                        t(f"{node} không dùng được kho tệp chung: {error.mistakes[0].what}",
                          f"{node} cannot use the shared files: {error.mistakes[0].what}"))
    else:
        with home.store.write() as session:
            close_alarm(session, now, cause)
