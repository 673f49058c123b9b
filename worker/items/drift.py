"""Which approved texts would read differently today: a template or its channel was edited."""

from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.items.renditions import TEMPLATE, freeze
from worker.items.store import airable
from worker.programme.model import Programme
from worker.settings import Settings


def would_read_differently(
    session: Session, programme: Programme, settings: Settings
) -> list[tuple[str, str]]:
    """
    (item, channel) of every approved item whose frozen text differs from what would be written
    now, or that has none for an enabled channel. Submitting and approving again takes it over.
    UserError: a template that is missing or broken; what was approved airs all the same.
    """
    found = []
    for item in airable(session):
        for now in freeze(item.content, programme, settings):
            for problem in now.problems:
                if problem.code == TEMPLATE:
                    raise UserError(now.channel, problem.what, problem.fix)
            frozen = item.renditions.get(now.channel)
            if frozen is None or frozen.sha256 != now.sha256:
                found.append((item.content.id, now.channel))
    return found
