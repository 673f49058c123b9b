"""
People who answer a message: a word that means "no more" (Decree 91/2020/NĐ-CP, which asks for
such a way of refusing) is an opt-out from now on. Anything else is counted and not kept.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.values import FromPhone
from vietnamese import phone
from vietnamese.plain import plain
from worker.errors import Refused
from worker.home import SYSTEM, Home
from worker.lists import optout
from worker.lists.optout import Wish
from worker.lists.secret import Ring, ready_ring
from worker.models import Campaign, CampaignMessage, RecipientLookup
from worker.office import Office
from worker.outbox import events

log = structlog.get_logger("giovang")


def take_answers(
    office: Office, channel_id: str, now: datetime, answers: Sequence[FromPhone]
) -> int:
    """
    Write down who wants no more messages; gives how many of them are new.

    Raises:
        UserError: the keys of the lists are missing.
    """
    words = [_folded(w) for w in office.force.programme.settings.opt_out_words]
    numbers = [
        number for answer in answers if says_no(answer.text, words)
        if isinstance(number := phone.national(_with_sign(answer.number)), str)]
    fresh = 0
    if numbers:
        try:
            fresh = _write_down(office, channel_id, now, numbers)
        except Refused:  # keys were rotated between our look and our write
            fresh = _write_down(office, channel_id, now, numbers)
    log.info("answers", channel=channel_id, opted_out=len(numbers), new=fresh,
             others=len(answers) - len(numbers))
    return fresh


def says_no(text: str, words: Sequence[str]) -> bool:
    """It begins with one of these words (folded), whatever stands behind it."""
    said = _folded(text)
    return any(said == word or said.startswith(f"{word} ") for word in words if word)


def _folded(text: str) -> str:
    letters = "".join(c if c.isalnum() else " " for c in plain(text))
    return " ".join(letters.upper().split())


def _with_sign(number: str) -> str:
    """Gateways leave the + out, and 84… is then read as a number without its 0."""
    return f"+{number}" if number.startswith("84") else number


def _write_down(office: Office, channel_id: str, now: datetime, numbers: Sequence[str]) -> int:
    home = Home(office.settings, office.store, office.clock)
    ring = ready_ring(office.store, office.settings.var, now, SYSTEM)
    wish = Wish("opt_out", f"SMS/{channel_id}", SYSTEM)
    fresh = 0
    with office.store.write() as session:
        for nine in dict.fromkeys(numbers):
            if optout.put(session, home, ring, nine, wish):
                fresh += 1
                _tell(session, now, channel_id, ring, nine)
    return fresh


def _tell(session: Session, now: datetime, channel_id: str, ring: Ring, nine: str) -> None:
    """An event of the newest campaign that this number was sent."""
    newest = session.execute(
        select(Campaign.occurrence_id, CampaignMessage.row)
        .join(CampaignMessage, CampaignMessage.campaign_id == Campaign.id)
        .join(RecipientLookup, (RecipientLookup.list_id == CampaignMessage.list_id)
              & (RecipientLookup.row == CampaignMessage.list_row))
        .where(RecipientLookup.lookup == ring.lookup(nine.encode()),
               CampaignMessage.state.in_(["sending", "accepted", "delivered", "uncertain"]))
        .order_by(Campaign.id.desc()).limit(1)
    ).first()
    if newest is not None and newest[0] is not None:
        events.append(session, now, channel_id,
                      [events.Note(newest[0], "opt_out", None, {"row": newest[1]})])
