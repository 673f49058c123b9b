"""
What an online channel can do beyond sending: be prepared before the slot, correct in place
what is public, keep it on top, count who saw it. A channel has what methods it has; the worker
asks by these protocols. The rules of `base.py` hold: one try, no sleep, no raising.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pydantic import Field

from channels.options import Options
from channels.values import Message, Outcome, Prepared, Rejected, Retry, Uncertain

__all__ = ["Corrects", "Figures", "Measures", "PinOptions", "Pins", "Prepared", "Prepares"]


@dataclass(frozen=True)
class Figures:
    """How many saw it and what they did, as the far side counts: views, shares, reactions …"""

    counts: Mapping[str, int]


@runtime_checkable
class Prepares(Protocol):
    """
    A channel that may bring a message to the far side before its slot, seen by nobody.

    Such a channel is `Recalls`, too: `recall` takes back what is only prepared as it does what
    is public. Where it is also `Reconciles`, `find` says `Prepared` of what is not public yet.
    """

    def prepares(self, message: Message) -> bool:
        """Whether this one is prepared; else `send` alone publishes it at its slot."""
        ...

    def prepare(self, message: Message, *, deadline: float) -> Prepared | Outcome:
        """
        One try, between due and `opens_at`. `send` then finds what it gave in `message.ref`
        and makes that public; doing so twice is as good as once.
        """
        ...


@runtime_checkable
class Corrects(Protocol):
    """A channel whose public text can be edited where it stands."""

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """Let what stands at `ref` read as `message` does; twice is as good as once."""
        ...


class PinOptions(Options):
    """Base of the options of a channel that is `Pins`; the worker pins and unpins by them."""

    pin_days: int = Field(default=0, ge=0, le=60)  #: on top for so many days; 0: never pinned
    pin_urgent_only: bool = False  #: only what is khan_cap


@runtime_checkable
class Pins(Protocol):
    """A channel that can keep a text on top of the others for some days."""

    def pin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """Keep what stands at `ref` on top; twice is as good as once."""
        ...

    def unpin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """No longer on top; what is gone is as good as unpinned."""
        ...


@runtime_checkable
class Measures(Protocol):
    """A channel that can say how many saw a text."""

    def measure(
        self, message: Message, ref: str, *, deadline: float
    ) -> Figures | Rejected | Retry | Uncertain:
        """The figures as they stand now."""
        ...
