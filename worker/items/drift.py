"""Which approved texts would read differently today: a template or its channel was edited."""

from sqlalchemy.orm import Session

from worker.items.renditions import freeze
from worker.items.store import airable
from worker.programme.model import Programme
from worker.settings import Settings


def would_read_differently(
    session: Session, programme: Programme, settings: Settings
) -> list[tuple[str, str]]:
    """
    (item, channel) of every approved item whose frozen text differs from what would be written
    now, or that has none for an enabled channel. Submitting and approving again takes it over.
    """
    found = []
    for item in airable(session):
        frozen = item.renditions
        found += [
            (item.content.id, now.channel)
            for now in freeze(item.content, programme, settings)
            if now.channel not in frozen or frozen[now.channel].sha256 != now.sha256
        ]
    return found
