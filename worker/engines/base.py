"""
The contract of an engine: it wakes dispatchers. A wake-up that is lost, doubled or late costs
seconds, never correctness: the outbox is asked anyway, once a second.
"""

from collections.abc import Iterable
from typing import Protocol


class Engine(Protocol):
    """Runs the dispatchers of all channels."""

    def cover(self, channels: Iterable[str]) -> None:
        """Begin draining these channels, those excepted that are drained already."""
        ...

    def wake(self, channel: str) -> None:
        """Something of this channel is due; may be called from any thread, any number of times."""
        ...

    def halt(self) -> None:
        """Begin nothing new from now on."""
        ...

    def stop(self, grace: float) -> bool:
        """Halt, wait up to `grace` seconds for the wire; True when all of it is settled."""
        ...
