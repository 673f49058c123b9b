"""
What flows through an account's binds: the queue before them, outcomes, receipts.

A message makes no object of asyncio: one `Job`, one dictionary entry, and a share of one write.
Only `put`, `receipts` and `confirm` are called by other threads; all else runs on the loop.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from channels.smpp import pdu, statuses
from channels.smpp.access import Access, Job
from channels.smpp.link import Link
from channels.smpp.receipts import Receipt, read, read_phone
from channels.values import Accepted, FromPhone, Outcome, Retry, Uncertain
from channels.verdict import CODES as WIRE_CODES

if TYPE_CHECKING:
    from channels.smpp.window import Window

_BATCH: Final = 64  #: messages in one write: what a bind takes with it when it breaks under load
_TICK: Final = 0.25  #: seconds between looks at deadlines, while anything is on its way

Brought = Receipt | FromPhone


class Traffic:
    """The owner of an account's links, as far as messages go."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, access: Access, table: statuses.Table
    ) -> None:
        self.senders: list[Link] = []
        self.bound = 0  #: how many of them can send
        self.trouble: Retry | None = None  #: why none can
        self.others = 0  #: messages of the gateway that were no receipts, or unreadable
        self._loop = loop
        self._access = access
        self._table = table
        self._queue: deque[Job] = deque()
        self._full = False  #: no bind has room, so what comes back will look into the queue
        self._receipts: deque[Brought] = deque()
        self._unconfirmed = 0
        self._answers: deque[tuple[Brought, int]] = deque()
        self._touched: set[Window] = set()
        self._awake = self._ticking = self._held = self._closed = False
        self._drained: asyncio.Future[None] | None = None

    # ------------------------------------------------------------------ from other threads

    def put(self, job: Job) -> None:
        """Put a message into the queue; its window hears of it."""
        self._queue.append(job)
        # Asked behind the append, and whoever makes room takes it back before it looks into the
        # queue: one of the two sees the other.
        if not self._full:
            self._wake()
        if self._closed:  # asked behind the append: either we see it here or `close` sees the job
            self.fail(self.no("smpp-closing"))

    def _wake(self) -> None:
        """Have the loop look; once for whatever is put in before it does."""
        if not self._awake:
            self._awake = True
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self.pump)

    def close(self) -> None:
        """The loop has ended: nobody is left to send, so nothing of the queue was or will be."""
        self._closed = True
        self.bound = 0
        self.fail(self.no("smpp-closing"))
        self.notify()

    def receipts(self, limit: int) -> list[Brought]:
        """What is to be stored; whoever has stored it calls `confirm`."""
        found: list[Brought] = []
        with contextlib.suppress(IndexError):  # empty; two threads may ask
            while len(found) < limit:
                found.append(self._receipts.popleft())
        return found

    def confirm(self, receipts: Sequence[Brought], *, stored: bool) -> None:
        """Tell the gateway that these are stored, or that it must bring them again."""
        status = statuses.OK if stored else statuses.TRY_LATER
        if receipts:
            self._answers.extend((receipt, status) for receipt in receipts)
            self._wake()

    # ------------------------------------------------------------------ messages

    def pump(self) -> None:
        """Answer for receipts, and hand over what fits into the windows."""
        self._awake = self._full = False
        if self._answers:
            self._confirm()
        queue = self._queue
        if not self._ticking and (queue or any(x.in_flight for x in self.senders)):
            self._ticking = True
            self._loop.call_later(min(_TICK, self._access.response_timeout / 10), self._tick)
        if not queue or self._held:
            return
        for link in self.senders:
            while queue and (room := link.room()) > 0:
                link.write(queue, min(room, _BATCH))
        self._full = self.bound > 0 and not any(link.room() > 0 for link in self.senders)
        if len(self.senders) > 1:
            self.senders.append(self.senders.pop(0))  # the next batch begins with another bind
        if queue and not self.bound and self._drained is None:
            self.fail(self.trouble or self.no("smpp-down"))
            self.notify()

    def changed(self) -> None:
        self._full = False
        self.bound = sum(link.is_open() for link in self.senders) if self._drained is None else 0

    def turn(self) -> None:
        self._full = False
        if self._queue:
            self.pump()
        if self._touched:
            self.notify()
        if self._drained is not None and not self._drained.done() and self._is_idle():
            self._drained.set_result(None)

    def _is_idle(self) -> bool:
        return not self._queue and not any(link.in_flight for link in self.senders)

    async def drain(self, seconds: float) -> None:
        """Begin nothing new; what is on the wire is answered, long messages to their last part."""
        self._drained = self._loop.create_future()
        self.changed()  # windows offer no more
        self.fail(self.no("smpp-closing"), begun=False)
        self.turn()
        await asyncio.wait([self._drained], timeout=seconds)
        self.fail(self.no("smpp-closing"))
        self.notify()

    def notify(self) -> None:
        """Wake the windows that have something to poll."""
        touched, self._touched = self._touched, set()
        for window in touched:
            window.wake()

    def fail(self, outcome: Retry, *, begun: bool = True) -> None:
        """What waits in the queue is not sent; `begun`: nor the rest of what is sent in part."""
        kept = []
        with contextlib.suppress(IndexError):  # empty
            while True:
                job = self._queue.popleft()
                if job.at and not begun:
                    kept.append(job)
                else:
                    self._finish(job, outcome)
        self._queue.extend(kept)

    def took(self, job: Job, ref: str) -> None:
        job.at += 1
        if job.at == len(job.bodies):
            refs = (*job.refs, ref)
            outcome = Accepted(ref) if job.at == 1 else Accepted(refs[0], parts=refs)
            job.window.done.append((job.key, outcome))
            self._touched.add(job.window)
        else:
            job.refs += (ref,)
            self._queue.appendleft(job)

    def refused(self, job: Job, status: int) -> None:
        outcome = self._table.refused(status)
        if status in (statuses.THROTTLED, statuses.QUEUE_FULL):
            self._hold()
        if job.at and isinstance(outcome, Retry) and not outcome.counts:
            # Of this part nothing was taken, and the parts before it wait for it.
            job.deadline = min(job.deadline, job.sent_at + self._access.response_timeout)
            self._queue.appendleft(job)
        else:
            self._finish(job, outcome)

    def lost(self, job: Job, code: str) -> None:
        row = WIRE_CODES[code]
        job.window.done.append((job.key, Uncertain(code, f"Đã gửi. {row.meaning}")))
        self._touched.add(job.window)

    def late(self, job: Job, status: int, ref: str) -> None:
        if len(job.bodies) == 1:
            outcome = self._table.refused(status) if status else Accepted(ref)
            job.window.late.append((job.key, outcome))
            self._touched.add(job.window)

    def too_late(self, job: Job) -> None:
        self._finish(job, self.no("deadline"))

    def _finish(self, job: Job, outcome: Outcome) -> None:
        if job.at and not isinstance(outcome, Accepted):
            what = self._table.codes["smpp-partial"].meaning
            detail = f"{what} ({job.at}/{len(job.bodies)}): {outcome.detail}"
            outcome = Uncertain("smpp-partial", detail)
        job.window.done.append((job.key, outcome))
        self._touched.add(job.window)

    def _hold(self) -> None:
        """Too fast: nobody's message goes out for a moment."""
        if not self._held:
            self._held = True
            self._loop.call_later(statuses.HOLD, self._release)

    def _release(self) -> None:
        self._held = False
        self.pump()

    def _tick(self) -> None:
        """Deadlines: of answers, and of what still waits in the queue."""
        self._ticking = False
        now = self._loop.time()
        for link in list(self.senders):
            link.expire(now)
        for job in [job for job in self._queue.copy() if now > job.deadline]:
            self._queue.remove(job)
            self.too_late(job)
        self.pump()
        self.notify()

    def no(self, code: str, *, counts: bool = False) -> Retry:
        """Nothing was sent, with the meaning of this code."""
        row = self._table.codes.get(code) or WIRE_CODES[code]
        return Retry(code, row.meaning, counts=counts)

    # ------------------------------------------------------------------ receipts

    def told(self, link: Link, command: int, sequence: int, body: bytes) -> None:
        handle = (link, command, sequence)
        brought: Brought | None
        try:
            brought = read(command, body, self._access.receipt_ids, handle)
            if brought is None:
                self.others += 1
                brought = read_phone(command, body, handle)
        except pdu.Malformed:  # brought again it would be no better
            self.others += 1
            link.confirm([(command, sequence, statuses.UNREADABLE)])
            return
        if self._unconfirmed >= self._access.max_receipts:
            link.confirm([(command, sequence, statuses.TRY_LATER)])
        else:
            self._unconfirmed += 1
            self._receipts.append(brought)

    def _confirm(self) -> None:
        by_link: dict[Link, list[tuple[int, int, int]]] = {}
        while self._answers:
            receipt, status = self._answers.popleft()
            link, command, sequence = receipt.handle
            by_link.setdefault(link, []).append((command, sequence, status))
            self._unconfirmed -= 1
        for link, answers in by_link.items():
            link.confirm(answers)  # a link that is gone writes nothing: the gateway asks again
