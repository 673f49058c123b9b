"""
Receipts as a channel's connections bring them, kept together until they are worth a transaction:
at a hundred messages a second they come one by one, and a commit and an event for each would cost
more than the message.

What is kept is not confirmed, so the gateway brings it again if we die. Some let only so many
stand unconfirmed, often ten, and some one: then nothing more comes until we have confirmed. That
is learned, and such a gateway is answered as soon as so many are there.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from channels.base import BringsReceipts
from worker.office import Office

from . import incoming

#: what one transaction stores at most
MOST = 500
#: transactions of one look, for each account: the caller has other work
ROUNDS = 4
#: seconds: the oldest is taken up after so long …
OLD = 0.7
#: … with those as old as this: by then the answers to their messages are written, too, so that
#: nothing has to be looked for among what is on the wire
SETTLED = 0.35
#: so many are taken up at once
MANY = 200
#: nothing more has come for so long: perhaps it waits for us
STALLED = 0.09
#: seconds between two looks while receipts come, and where a gateway waits for each answer
AGAIN, SOON = 0.04, 0.005
#: receipts have come within so many seconds: there may be more
LIVELY = 1.0
#: MANY were there within so many seconds: looked for SOON, a gateway must not wait for us
BUSY = 0.5


@dataclass
class _Held:
    """Of one account."""

    channel: BringsReceipts  #: whose connections brought them, whatever the programme says since
    came: deque[tuple[float, Any]] = field(default_factory=deque)
    last: float = float("-inf")
    stalled: int = 0  #: so many were there when nothing more came
    window: int = 0  #: so many may stand unconfirmed at that gateway; 0: not known
    busy_until: float = float("-inf")  #: MANY were there just now: more come as soon as we confirm

    def due(self, elapsed: float) -> int:
        """How many of the oldest are to be taken up now."""
        count = len(self.came)
        if not count or count >= MANY or (self.window and count >= self.window):
            return count
        if elapsed - self.last >= STALLED:
            self.window = count if count == self.stalled else 0  # twice the same
            self.stalled = count
            return count
        if elapsed - self.came[0][0] < OLD:
            return 0
        return sum(at <= elapsed - SETTLED for at, _ in self.came)


@dataclass
class Basket:
    """One channel's. One thread's."""

    channel_id: str
    node: str
    _held: dict[str, _Held] = field(default_factory=dict)
    #: the channel of the last look, and itself again when receipts come over its connections
    _seen: tuple[object, BringsReceipts | None] = (None, None)

    def look(self, office: Office) -> int:
        """
        Take from the connections, and take up what is due; gives how much has come.

        Raises what the database raises: the gateway was told to bring it again.
        """
        channel = office.channels.get(self.channel_id)
        for account, held in list(self._held.items()):
            before: object = held.channel
            if before is not channel:
                self._empty(office, account, held)
                del self._held[account]
        if channel is not self._seen[0]:  # to ask a protocol costs more than the rest of a look
            self._seen = channel, channel if isinstance(channel, BringsReceipts) else None
        bringer = self._seen[1]
        if bringer is None:
            return 0
        accounts = [a.id for a in office.config(self.channel_id).accounts]
        incoming.stay_connected(office, bringer, self.channel_id, accounts, office.clock.now())
        return sum(self._look(office, account, bringer) for account in accounts)

    def _look(self, office: Office, account: str, channel: BringsReceipts) -> int:
        held = self._held.get(account)
        if held is None:
            held = self._held[account] = _Held(channel)
        count = 0
        for _ in range(ROUNDS):
            elapsed = office.clock.elapsed()
            came = channel.receipts(account, MOST - len(held.came))
            if came:
                held.came.extend((elapsed, x) for x in came)
                held.last = elapsed
                count += len(came)
            due = held.due(elapsed)
            if due:
                self._take_up(office, account, held, due, self._more(office, account, held))
            if due < MANY:
                break
            held.busy_until = office.clock.elapsed() + BUSY
        return count

    def _take_up(
        self, office: Office, account: str, held: _Held, count: int,
        stored: Callable[[], None] | None = None,
    ) -> None:
        brought = [held.came.popleft()[1] for _ in range(count)]
        incoming.take_up(office, held.channel, self.channel_id, account, brought,
                         office.clock.now(), self.node, stored=stored)

    def _more(self, office: Office, account: str, held: _Held) -> Callable[[], None]:
        """Called before they are confirmed: what has come meanwhile did not wait for it."""

        def look() -> None:
            came = held.channel.receipts(account, MOST - len(held.came))
            if came:
                held.last = office.clock.elapsed()
                held.came.extend((held.last, x) for x in came)
                held.window = held.stalled = 0

        return look

    def rest(self, office: Office) -> int:
        """Take up whatever is kept; gives how much."""
        return sum(self._empty(office, account, held) for account, held in self._held.items())

    def _empty(self, office: Office, account: str, held: _Held) -> int:
        """Nothing is taken from the connections meanwhile: a gateway's backlog has no end."""
        count = len(held.came)
        if count:
            self._take_up(office, account, held, count)
        return count

    def pause(self, elapsed: float) -> float:
        """Seconds until it is worth to look again, by what has come; inf: nothing has."""
        lively = [held for held in self._held.values()
                  if held.came or elapsed - held.last < LIVELY]
        if not lively:
            return float("inf")
        busy = any(held.window or elapsed < held.busy_until for held in lively)
        return SOON if busy else AGAIN
