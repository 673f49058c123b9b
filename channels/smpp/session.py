"""
An account's binds, kept up in a thread of their own: connect, stay, come back, leave in order.

Other threads come in through the methods of the first half; the second half is the event loop's.
"""

import asyncio
import atexit
import contextlib
import logging
import random
import threading
import weakref
from collections.abc import Sequence
from typing import Any, Final

from channels.smpp import connect, statuses
from channels.smpp.access import Access, Job
from channels.smpp.link import Link, Role
from channels.smpp.traffic import Brought, Traffic
from channels.values import Retry

_log = logging.getLogger("channels.smpp")

_STEADY: Final = 10.0  #: seconds a bind must have lived for the next wait to be short again
_LEAVE: Final = 5.0  #: seconds for answers still due when everything is closed
_AT_EXIT: Final = 1.0  #: the same when the process ends

_running: "weakref.WeakSet[Session]" = weakref.WeakSet()


class Session:
    """All binds of one account. Starts with the first need, ends with `close`."""

    def __init__(self, access: Access, table: statuses.Table) -> None:
        self.access = access
        self._table = table
        self._loop = asyncio.new_event_loop()
        self._traffic = Traffic(self._loop, access, table)
        self._links: list[Link] = []
        self._tries = 0  #: attempts to connect that have ended
        self._tried_at = float("-inf")
        self._changed = threading.Condition()
        self._closing = False
        self._leave_seconds = _LEAVE
        self._thread: threading.Thread | None = None
        self._stop = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def bound(self) -> int:
        """Binds that can send."""
        return self._traffic.bound

    def time(self) -> float:
        """The loop's monotonic clock, on which jobs have their deadlines."""
        return self._loop.time()

    def start(self) -> None:
        """Begin to connect; again costs nothing."""
        with self._changed:
            if self._thread is None and not self._closing:
                name = f"smpp-{self.access.host}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
                _running.add(self)

    def submit(self, job: Job) -> None:
        """Put a message into the queue; its window hears of it."""
        self._traffic.put(job)

    def receipts(self, limit: int) -> list[Brought]:
        """Receipts to store; whoever has stored them calls `confirm`."""
        return self._traffic.receipts(limit)

    def confirm(self, receipts: Sequence[Brought], *, stored: bool = True) -> None:
        """Tell the gateway that these are stored, or that it must bring them again."""
        self._traffic.confirm(receipts, stored=stored)

    def wait_bound(self, seconds: float) -> Retry | None:
        """None as soon as a bind can send; else why not, at the latest after so many seconds."""
        self.start()
        traffic = self._traffic
        with self._changed:
            if traffic.bound:
                return None
            known, seen = traffic.trouble, self._tries
            if known is not None and known.scope == "account":
                return known  # it rests: to ask again at once might lock the account
            self._call(self._want)
            self._changed.wait_for(
                lambda: traffic.bound or self._closing or self._tries > seen, seconds
            )
            if traffic.bound:
                return None
            return traffic.trouble or traffic.no("connect-timeout", counts=True)

    def probe(self, seconds: float) -> Retry | None:
        """Ask the gateway whether it is there; None when it answers."""
        until = self.time() + seconds
        trouble = self.wait_bound(seconds)
        if trouble is not None:
            return trouble
        return asyncio.run_coroutine_threadsafe(self._enquire(until), self._loop).result()

    def close(self, seconds: float = _LEAVE) -> None:
        """Wait for what is on the wire, unbind in order, end the thread. Never sends more."""
        self.close_soon(seconds)
        if self._thread is not None:
            self._thread.join(seconds + 5)

    def close_soon(self, seconds: float = _LEAVE) -> None:
        """The same without waiting for it."""
        with self._changed:
            if self._closing:
                return
            self._closing, self._leave_seconds = True, seconds
            self._changed.notify_all()
            if self._thread is None:
                self._loop.close()
                return
        self._call(self._stop.set)

    def _call(self, function: Any) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._loop.call_soon_threadsafe(function)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        loop, traffic = self._loop, self._traffic
        loop.set_exception_handler(self._bug)
        try:
            loop.run_until_complete(self._main())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()
            traffic.close()
            with self._changed:
                self._closing = True
                self._changed.notify_all()

    async def _main(self) -> None:
        access, traffic = self.access, self._traffic
        roles: list[Role] = ["transmitter" if access.separate else "transceiver"] * access.binds
        roles += ["receiver"] if access.separate else []
        keepers = [asyncio.create_task(self._keep(role)) for role in roles]
        await self._stop.wait()
        await traffic.drain(self._leave_seconds)
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        # The receiver last: receipts of what is just being answered still find their way.
        for senders in (True, False):
            await asyncio.gather(*[x.leave() for x in self._links if x.sends == senders])

    def _bug(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Ours, not the gateway's. With the links gone every message in hand is `Uncertain`.
        _log.error("smpp: %s", context.get("message"), exc_info=context.get("exception"))
        for link in list(self._links):
            link.end("closed")

    async def _keep(self, role: Role) -> None:
        """Connect, bind, stay; wait longer after each failure; again."""
        failures = 0
        while True:
            link = Link(self.access, role, self._traffic)
            began = self._loop.time()
            trouble = await connect.open_link(link, self.access, self._table)
            if trouble is None:
                trouble = await self._stay(link)
                if self._loop.time() - began > _STEADY:
                    failures = 0
            failures += 1
            self._tell(trouble)
            await self._rest(trouble, failures)

    async def _stay(self, link: Link) -> Retry:
        """Until the link is lost; gives why nothing can be sent now."""
        self._links.append(link)
        if link.sends:
            self._traffic.senders.append(link)
        self._tell(None)
        self._traffic.pump()
        code = await asyncio.shield(link.lost)  # cancelled: `_main` lets it leave in order
        self._links.remove(link)
        if link.sends:
            self._traffic.senders.remove(link)
        return self._traffic.no(code if code == "read-timeout" else "smpp-down")

    def _tell(self, trouble: Retry | None) -> None:
        """A bind has come, gone, or failed to come."""
        traffic = self._traffic
        with self._changed:
            self._tries += 1
            self._tried_at = self._loop.time()
            traffic.changed()
            if not traffic.bound or trouble is None:
                traffic.trouble = trouble
            self._changed.notify_all()
        if not traffic.bound and not self._closing:
            traffic.fail(trouble or traffic.no("smpp-down"))
            traffic.notify()

    async def _rest(self, trouble: Retry, failures: int) -> None:
        access = self.access
        wait = min(access.longest_wait, access.first_wait * 2 ** min(failures - 1, 20))
        if trouble.scope == "account":
            wait = access.longest_wait  # a wrong password again and again locks the account
        wait *= random.uniform(0.5, 1.0)  # many workers must not come back in step
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), wait)

    def _want(self) -> None:
        """Somebody waits: connect now, unless it was tried just before."""
        if self._loop.time() - self._tried_at >= self.access.first_wait:
            self._wanted.set()
            self._wanted.clear()

    async def _enquire(self, until: float) -> Retry | None:
        for link in self._traffic.senders:
            if link.bound:
                try:
                    await link.enquire(max(0.0, until - self._loop.time()))
                except (TimeoutError, OSError):
                    return self._traffic.no("read-timeout")
                return None
        return self._traffic.no("smpp-down")


@atexit.register
def _unbind_all() -> None:
    """The process ends: gateways count a connection that only breaks as still bound."""
    sessions = list(_running)
    for session in sessions:
        session.close_soon(_AT_EXIT)
    for session in sessions:
        session.close(_AT_EXIT)
