"""
An installation made: whole or not at all. A worker killed during its very first start must
find, the next time, either nothing or everything; half an installation would plan nothing
and say nothing.
"""

import uuid

from sqlalchemy import select

from worker import mark, migrate
from worker.db import lock_for_planning
from worker.home import SYSTEM, Home, establish
from worker.models import ProgrammeVersion
from worker.programme.versions import accept


def found(home: Home, text: str, *, training: bool, uid: uuid.UUID | None = None) -> None:
    """
    Tables, then in one transaction who we are and the programme in force; the mark last: one
    that is missing is written at the first opening, before anything is planned. Two nodes may
    do it at once. UserError: every mistake in the programme's text; nothing is made then.
    """
    migrate.upgrade(home.store)
    now = home.clock.now()
    with home.store.write() as session:
        lock_for_planning(session)
        establish(session, now, training=training, uid=uid)
        if session.scalars(select(ProgrammeVersion.id).limit(1)).first() is None:
            accept(session, now, text, SYSTEM, home=home.settings.home)
    installation = home.installation()
    mark.write(home.settings.var, mark.Mark(installation.uid, installation.epoch,
                                            installation.created_at))
