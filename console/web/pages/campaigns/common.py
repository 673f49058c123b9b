"""What the pages of campaigns have in common: whose, which, and words without commands in them."""

from collections.abc import Iterable, Mapping

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.values import Advice
from console.web.context import Ask, Site
from worker.campaigns import acts
from worker.errors import UserError
from worker.home import in_force
from worker.models import Campaign, Person, RecipientList
from worker.scope import Scope, scope_of

SENDERS = frozenset({"dieu_phoi"})
APPROVERS = frozenset({"nguoi_duyet"})
#: whole numbers are asked for by these alone; the auditor may open every form, and send none
FINDERS = frozenset({"dieu_phoi", "kiem_tra"})

HERE = "/dot-nhan-tin"


def number_of(ask: Ask, name: str = "number") -> int:
    text = str(ask.path[name])
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise HTTPException(404)
    return int(text)


def scope_in(session: Session, ask: Ask) -> Scope:
    """`site.scope`, where a session is open already: one connection is enough."""
    return scope_of(in_force(session).programme, ask.me.organisation)


def campaign_of(ask: Ask, session: Session) -> Campaign:
    """The campaign of the address; one of others is answered like one that is not there."""
    try:
        row = acts.find(session, number_of(ask))
    except UserError:
        raise HTTPException(404) from None
    if not scope_in(session, ask).holds(row.owner):
        raise HTTPException(404)
    return row


def list_of(ask: Ask, session: Session) -> RecipientList:
    row = session.get(RecipientList, number_of(ask))
    if row is None or row.state == "staging" or not scope_in(session, ask).holds(row.owner):
        raise HTTPException(404)
    return row


def codes_of(site: Site, channel: str) -> Mapping[str, Advice]:
    """What the codes of a channel mean; nothing when it is not there."""
    found = site.channels().get(channel)
    return found.codes if found is not None else {}


def by_field(error: UserError, names: Mapping[str, str]) -> dict[str, str]:
    """
    Mistakes by the field of the form they stand at: `names`, option -> field. What belongs to no
    field stands under "".
    """
    found: dict[str, str] = {}
    for m in error.mistakes:
        name = names.get(m.where, "")
        text = m.at_field() if name else m.on_page()
        found[name] = f"{found[name]}\n{text}" if name in found else text
    return found


def person_names(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id."""
    wanted = [x for x in ids if x]
    rows = session.scalars(select(Person).where(Person.id.in_(wanted)))
    return {person.id: person.name for person in rows}
