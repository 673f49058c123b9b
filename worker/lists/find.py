"""
Where a number stands, and what was sent to it. It is typed whole and looked up by its HMAC, never
searched for.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.campaigns.history import Sent, sent_to
from worker.models import OptOut, Recipient, RecipientList, RecipientLookup

from .secret import Ring


@dataclass(frozen=True)
class Place:
    """A list the number is on."""

    list_id: int
    source_row: int  #: of the file
    state: str
    purpose: str
    basis: str
    organisation: str
    document: str
    expires: date
    owner: str | None = None  #: organisation whose list it is


@dataclass(frozen=True)
class Found:
    """All that is known of a number."""

    places: tuple[Place, ...]
    wishes: tuple[OptOut, ...]
    messages: tuple[Sent, ...]  #: of campaigns, the newest first


def find(session: Session, ring: Ring, nine: str) -> Found:
    """*nine*: the digits after the 0."""
    lookup = ring.lookup(nine.encode())
    rows = session.execute(
        select(RecipientList.id, Recipient.source_row, RecipientList.state, RecipientList.purpose,
               RecipientList.basis, RecipientList.organisation, RecipientList.document,
               RecipientList.expires, RecipientList.owner)
        .select_from(RecipientLookup)
        .join(Recipient, (Recipient.list_id == RecipientLookup.list_id)
              & (Recipient.row == RecipientLookup.row))
        .join(RecipientList, RecipientList.id == RecipientLookup.list_id)
        .where(RecipientLookup.lookup == lookup, RecipientList.state != "staging")
        .order_by(RecipientList.id))
    wishes = session.scalars(
        select(OptOut).where(OptOut.lookup == lookup).order_by(OptOut.at, OptOut.kind))
    return Found(tuple(Place(*row) for row in rows), tuple(wishes),
                 tuple(sent_to(session, lookup)))
