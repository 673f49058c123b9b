"""Two communes below one district: who may see and change whose things."""

from sqlalchemy import insert, update

from tests.accounts import an_account
from tests.builders import PROGRAMME
from tests.conftest import START
from worker.db import Store
from worker.home import Home
from worker.models import Person, ProgrammeVersion

A, B, ABOVE = "luc-ngan", "bien-dong", "bac-ninh"

#: the usual programme; A has a group of numbers and a station, so has B, the page has nobody's
TWO = PROGRAMME.replace("""id = "luc-ngan"
name""", """id = "luc-ngan"
parent = "bac-ninh"
name""").replace('''organisation = "luc-ngan"

[[channels]]
id = "facebook"''', '''organisation = "luc-ngan"
[[channels.targets]]
id = "to-b"
name = "Tổ Biển Động"
address = "0950000102"
organisation = "bien-dong"

[[channels]]
id = "facebook"''') + """
[[organisations]]
id = "bien-dong"
name = "Xã Biển Động"
parent = "bac-ninh"

[[organisations]]
id = "bac-ninh"
name = "Tỉnh Bắc Ninh"

[[stations]]
id = "dai-bien-dong"
name = "Đài truyền thanh xã Biển Động"
organisation = "bien-dong"
"""


def two_organisations(store: Store) -> None:
    """This programme is in force from now on."""
    with store.write() as session:
        session.execute(insert(ProgrammeVersion), [{
            "sha256": "2" * 64, "text": TWO, "accepted_at": START,
            "accepted_by": "quan-tri"}])


def somebody(home: Home, person: str, organisation: str | None, *roles: str,
             account: bool = True) -> None:
    """A person of this organisation with these roles, and an account."""
    if account:
        an_account(home, person, *roles)
    else:
        with home.store.write() as session:
            session.execute(insert(Person), [{
                "id": person, "name": f"Người {person}", "roles": list(roles), "active": True,
                "created_at": home.clock.now()}])
    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == person)
                        .values(organisation=organisation))
