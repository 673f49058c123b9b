"""
The contract of a channel: one message goes in, one honest outcome comes out.

A channel tries once and never sleeps, never retries, never raises for trouble at the
gateway. What an answer *proves* is decided in `wire.py` and in the channel's code table;
what happens next is the worker's business. An exception that escapes is a bug, and the
worker counts it as `Uncertain`, never as a reason to send again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from channels.values import (
    Advice,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
    Report,
)


class Channel(Protocol):
    """What every channel has. See docs/add-a-channel.md."""

    name: str
    spec: RenderSpec
    codes: Mapping[str, Advice]  #: of this channel; a TOML gateway brings its own rows
    idempotent: bool  #: sending the same key twice publishes once
    key_lifetime: float  #: seconds for which the far side remembers the key
    max_parallel: int
    timeout: float  #: seconds one try may take, connect and answer together
    secrets: tuple[str, ...]  #: values to strip from every log line

    def account(self, target: str) -> str:
        """What the gateway limits and suspends for this target: a page token, a login."""
        ...

    def validate(self, message: Message) -> list[Problem]:
        """Pure: what of this message the channel or its gateway would refuse."""
        ...

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """One try. `deadline` is on the monotonic clock; after it not a byte goes out."""
        ...

    def check(self, account: str) -> Health:
        """Credentials, quota, disk, expiry."""
        ...


@runtime_checkable
class Reconciles(Protocol):
    """A channel that can be asked whether it has a message."""

    def find(self, message: Message) -> Found:
        """Look for the message at the far side; `Absent` only when it surely is not there."""
        ...


@runtime_checkable
class Recalls(Protocol):
    """A channel that can take back what is public."""

    def recall(self, message: Message, ref: str) -> Outcome:
        """Delete, trash or mark as recalled; doing it twice is as good as once."""
        ...


@runtime_checkable
class ReportsDelivery(Protocol):
    """A channel whose gateway calls us back."""

    def parse_report(self, params: Mapping[str, str], body: bytes) -> list[Report]:
        """Receipts in one call of the gateway; an empty list when it is none of ours."""
        ...


class Window(Protocol):
    """Many messages of one account on the wire at once; one thread uses it."""

    def offer(self, message: Message, *, deadline: float = ...) -> bool:
        """
        Take a message, whose outcome `poll` then gives exactly once; False: no room now.

        Not a byte goes out after `deadline` (monotonic).
        """
        ...

    def poll(self, timeout: float) -> list[tuple[str, Outcome]]:
        """Keys and outcomes, waiting up to so many seconds for the first."""
        ...


@runtime_checkable
class Windowed(Protocol):
    """A channel that sends by the thousand; its `send` is a window of one."""

    def open(self, account: str) -> Window:
        """A window of this account, for the calling thread; begins to connect."""
        ...


@runtime_checkable
class BringsReceipts(Protocol):
    """A channel whose gateway brings receipts over our own connection and waits for a yes."""

    def receipts(self, account: str, limit: int = ...) -> Sequence[Any]:
        """
        What connections that stand have brought, oldest first: `FromPhone`, or a receipt, whose
        `report()` is a `Report` or None.
        """
        ...

    def reference(self, key: str) -> int:
        """The few bits of our key that a receipt may repeat as its `reference`."""
        ...

    def confirm(self, account: str, receipts: Sequence[Any], *, stored: bool = ...) -> None:
        """They are stored; or (`stored=False`) the gateway must bring them again."""
        ...


class AccountState(Protocol):
    """A few bytes per account that survive a crash (a single-use token)."""

    def read(self, account: str) -> tuple[int, str]:
        """Version and value; (0, "") when there is none yet."""
        ...

    def write(self, account: str, version: int, value: str) -> bool:
        """Compare-and-set: False when another process was first. Committed on return."""
        ...


#: secrets by their name in the programme: "env:NAME" or "file:PATH" -> value
Secrets = Callable[[str], str]
