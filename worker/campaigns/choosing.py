"""What a campaign can be made of: approved texts, lists in use, SMS channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.models import Item, RecipientList, Rendition
from worker.programme.model import ChannelConfig, Programme
from worker.scope import Scope
from worker.specs import SMS

#: texts offered at most, the newest first
MOST = 200


@dataclass(frozen=True)
class Choices:
    """For the form."""

    items: tuple[Item, ...]
    lists: tuple[RecipientList, ...]
    channels: tuple[ChannelConfig, ...]


def choices(session: Session, programme: Programme, scope: Scope, today: date) -> Choices:
    """Approved items with a text for an SMS channel, lists not over, of what is held."""
    channels = tuple(c for c in programme.channels if c.enabled and c.type in SMS)
    items = [i for i in session.scalars(
                 select(Item).where(Item.state == "approved")
                 .order_by(Item.changed_at.desc(), Item.id).limit(MOST))
             if scope.holds(i.owner)]
    # whether there is a text, not the text: an article's is long, and there are many versions
    able = {item for item, problems in session.execute(
        select(Rendition.item_id, Rendition.problems)
        .join(Item, (Item.id == Rendition.item_id) & (Item.version == Rendition.version))
        .where(Item.state == "approved", Rendition.channel.in_([c.id for c in channels]))
    ) if not problems}
    return Choices(tuple(i for i in items if i.id in able),
                   tuple(usable(session, scope, today)), channels)


def usable(session: Session, scope: Scope, today: date) -> Sequence[RecipientList]:
    """Lists that a campaign may go to, the newest first."""
    return [row for row in session.scalars(
                select(RecipientList)
                .where(RecipientList.state == "ready", RecipientList.expires >= today)
                .order_by(RecipientList.id.desc()))
            if scope.holds(row.owner)]
