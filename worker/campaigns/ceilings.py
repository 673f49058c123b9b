"""The ceilings of campaigns: parts and đồng they may spend in all, asked before each begin."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.models import Campaign

from . import moves
from .guard import Reason
from .moves import Counts
from .units import Running
from .words import number

#: seconds for which what was counted is trusted; what we begin ourselves is added meanwhile
FRESH = 0.25
#: … unless no more than so many times what is asked for is left
EDGE = 20
#: a rejected one counts: the tally does not tell a gateway that refused it at once from a carrier
#: that failed after it was charged, and a ceiling is held by the higher bill
_SPENT = ("accepted", "delivered", "uncertain", "rejected")


def parts_out(counts: Counts, parts: int) -> int:
    """Parts that were, or may have been, sent so far. `parts`: of one message at its longest."""
    return counts.parts_of(*_SPENT) + counts.flying * parts


def messages_within(ceiling: int | None, out: int, parts: int, wanted: int) -> int:
    """How many of the wanted messages, of so many parts each, the ceiling leaves."""
    if ceiling is None:
        return wanted
    return max(0, min(wanted, (ceiling - out) // parts))


@dataclass
class Ceilings:
    """What the campaigns of a channel may still begin; in the thread of its writer."""

    _out: dict[int, tuple[float, int]] = field(default_factory=dict)  #: counted when, parts

    def room(self, session: Session, elapsed: float, campaign: Running, wanted: int) -> int:
        """
        How many of so many messages may be begun now. They are counted as begun; what did not
        go out after all comes back with the next count.
        """
        ceiling, parts = campaign.ceiling_parts, campaign.parts
        if ceiling is None:
            return wanted
        at, out = self._out.get(campaign.id, (float("-inf"), 0))
        if elapsed - at >= FRESH or ceiling - out < EDGE * wanted * parts:
            # two workers at the edge come one after the other
            session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
            at = elapsed
            out = campaign.parts_before + parts_out(moves.counts(session, campaign.id), parts)
        left = messages_within(ceiling, out, parts, wanted)
        self._out[campaign.id] = at, out + left * parts
        return left

    def ended(self, session: Session, campaign: Running) -> Reason | None:
        """
        Why it pauses when there is no room for one message more. Not while something flies: a
        text whose fields are short takes fewer parts than were kept free for it.
        """
        counts = moves.counts(session, campaign.id)
        if campaign.ceiling_parts is None or counts.flying or not counts.waiting:
            return None
        ceiling, left = number(campaign.ceiling_parts), number(counts.waiting)
        return Reason("ceiling", t(
            f"đã tới trần {ceiling} tin tính cước; còn {left} số chưa gửi",
            f"the ceiling of {ceiling} parts is reached; {left} numbers are not sent to"))

    def forget(self) -> None:
        """The transaction was undone."""
        self._out.clear()
