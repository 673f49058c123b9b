"""Whose turn it is: the order in which a channel's campaigns are asked for their next slice."""

from collections.abc import Iterable
from typing import NamedTuple


class Turn(NamedTuple):
    """A campaign that runs."""

    id: int
    rank: int  #: 0 is the most urgent
    served: int  #: number of the turn it had last; 0: none yet
    waiting: bool = True  #: it has something to send, and room for it
    open: bool = True  #: it may be sent at this hour


def order(turns: Iterable[Turn]) -> list[Turn]:
    """
    Those that may go now: the most urgent first, those of one rank by who was served longest ago.
    A less urgent one goes only when nothing more urgent can: that it may starve is meant.
    """
    able = [turn for turn in turns if turn.waiting and turn.open]
    return sorted(able, key=lambda turn: (turn.rank, turn.served, turn.id))
