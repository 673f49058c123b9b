"""Training begins with somebody who may see and do everything, let in by a one-time link."""

from sqlalchemy import insert, select

from worker import audit
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import Person, UserAccount
from worker.people import ROLES
from worker.users import links, store

#: the person's id, in training only
FIRST = "quan-tri"


def first_link(home: Home) -> str | None:
    """
    In training, until somebody has set a password: a new link's token. A real installation gets
    its first account by `giovang user add`, from somebody who is named.
    """
    now = home.clock.now()
    if not home.installation().training:
        return None
    with home.store.write() as session:
        if session.scalars(select(UserAccount.person_id)
                           .where(UserAccount.password.is_not(None)).limit(1)).first():
            return None
        if session.get(Person, FIRST) is None:
            session.execute(insert(Person), [{
                "id": FIRST, "name": t("Quản trị tập huấn", "Training administrator"),
                "active": True, "roles": list(ROLES), "created_at": now}])
            audit.record(session, now, SYSTEM, "person", FIRST, {"roles": list(ROLES)})
        if session.get(UserAccount, FIRST) is None:
            store.add(session, now, FIRST, SYSTEM)
        if store.account_of(session, FIRST) is None:
            return None
        return links.make_link(session, now, FIRST, SYSTEM)
