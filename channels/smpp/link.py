"""
One bind to the gateway: what is on the wire, and what came back for it.

Octets handed to the transport may have gone out. So a submit_sm whose link ends before its
answer is `Uncertain`, and nothing is handed over while the transport still holds earlier octets:
what waits in our own queue was surely not sent.
"""

import asyncio
from collections import deque
from typing import Final, Literal, Protocol

from channels.smpp import pdu, statuses
from channels.smpp.access import Access, Job

Role = Literal["transceiver", "transmitter", "receiver"]

_BIND: Final[dict[Role, int]] = {
    "transceiver": pdu.BIND_TRANSCEIVER,
    "transmitter": pdu.BIND_TRANSMITTER,
    "receiver": pdu.BIND_RECEIVER,
}
_UNREAD: Final = 1 << 20  #: octets that a gateway may leave unread before it counts as gone
_LATE: Final = 1000  #: timed-out messages whose late answers are still understood
_UNBIND_WAIT: Final = 2.0  #: seconds for the gateway's answer to our unbind


class Owner(Protocol):
    """The session, as a link sees it."""

    def took(self, job: Job, ref: str) -> None:
        """The gateway has this part."""

    def refused(self, job: Job, status: int) -> None:
        """The gateway answered this part with an error."""

    def lost(self, job: Job, code: str) -> None:
        """Handed to the wire, and no answer will come."""

    def late(self, job: Job, status: int, ref: str) -> None:
        """An answer after `lost`."""

    def too_late(self, job: Job) -> None:
        """Not handed to the wire: its deadline has passed."""

    def told(self, link: "Link", command: int, sequence: int, body: bytes) -> None:
        """The gateway sent a message or a receipt; `link.confirm` answers it."""

    def turn(self) -> None:
        """A batch has been read, or there is room again."""

    def changed(self) -> None:
        """A link can send no more."""


class Link(asyncio.Protocol):
    """One connection, from bind to unbind. Lives on the session's event loop only."""

    def __init__(self, access: Access, role: Role, owner: Owner) -> None:
        self.role = role
        self.sends = role != "receiver"
        self.bound = False
        self.in_flight: dict[int, Job] = {}
        self._access = access
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = self._loop.create_future()  #: code of the reason
        self.heard = self._loop.time()
        self._transport: asyncio.Transport | None = None
        self._leaving = False
        self._dismissed = False  #: the gateway has unbound us
        self._paused = False
        self._rest = b""
        self._sequence = 0
        self._reason = ""
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._timed_out: dict[int, Job] = {}
        self._asked_at: float | None = None
        self._watcher: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection gives
        self._transport = transport
        # Paused as long as anything is held back. Not high=0: TLS pauses at the limit, not beyond
        # it, and would stay paused with nothing to send.
        transport.set_write_buffer_limits(high=1, low=0)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._owner.turn()

    def eof_received(self) -> None:
        """No answer can come any more; a close would wait for what the far side never reads."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        code = self._reason or ("cut" if self._rest else "closed")
        self.bound = False
        self._owner.changed()
        if self._watcher is not None:
            self._watcher.cancel()
        if not self.lost.done():
            self.lost.set_result(code)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError(code))
        jobs, self.in_flight = self.in_flight, {}
        for job in jobs.values():
            self._owner.lost(job, code)
        self._owner.turn()

    def end(self, code: str) -> None:
        """Give the connection up, now."""
        self._reason = self._reason or code
        self.bound = False
        self._owner.changed()
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------------ sending

    def is_open(self) -> bool:
        """True as long as messages may be handed over to it."""
        return self.sends and self.bound and not self._leaving

    def room(self) -> int:
        """Messages that may be handed over now."""
        if self._paused or not self.is_open():
            return 0
        return self._access.window - len(self.in_flight)

    def write(self, queue: deque[Job], limit: int) -> None:
        """Hand over up to so many messages of the queue, in one piece."""
        now = self._loop.time()
        chunks: list[bytes] = []
        while limit > 0 and queue:
            job = queue.popleft()
            if now > job.deadline:
                self._owner.too_late(job)
                continue
            sequence = self._next()
            body = job.bodies[job.at]
            job.sent_at = now
            self.in_flight[sequence] = job
            chunks.append(pdu.HEADER.pack(16 + len(body), pdu.SUBMIT_SM, 0, sequence))
            chunks.append(body)
            limit -= 1
        if chunks:
            self._send(b"".join(chunks))

    def confirm(self, sequences: list[tuple[int, int, int]]) -> None:
        """Answer requests of the gateway: (command, sequence, status) each."""
        self._send(
            b"".join(
                [
                    # deliver_sm_resp and data_sm_resp have a message_id, and it is empty
                    pdu.HEADER.pack(17, command | pdu.RESPONSE, status, sequence) + b"\0"
                    for command, sequence, status in sequences
                ]
            )
        )

    def expire(self, now: float) -> None:
        """Give up waiting for answers that are overdue."""
        patience = self._access.response_timeout
        overdue = [
            (sequence, job)
            for sequence, job in self.in_flight.items()
            if now > min(job.sent_at + patience, job.end)
        ]
        for sequence, job in overdue:
            del self.in_flight[sequence]
            self._timed_out[sequence] = job
            if len(self._timed_out) > _LATE:
                del self._timed_out[next(iter(self._timed_out))]
            self._owner.lost(job, "read-timeout")
        if overdue and self.heard < overdue[0][1].sent_at:
            # Not a word since: whatever else is sent there would be uncertain, too.
            self.end("read-timeout")

    def _unsent(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _next(self) -> int:
        self._sequence = self._sequence % pdu.MAX_SEQUENCE + 1
        return self._sequence

    def _send(self, octets: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    # ------------------------------------------------------------------ requests of our own

    async def bind(self) -> int:
        """The gateway's status; TimeoutError when it says nothing, OSError when it hangs up."""
        access = self._access
        fields: dict[str, pdu.Value] = {
            "system_id": access.system_id,
            "password": access.password,
            "system_type": access.system_type,
            "interface_version": pdu.INTERFACE_VERSION,
        }
        status = await self._ask(_BIND[self.role], fields, access.connect_timeout)
        if status == statuses.OK:
            self.bound = True
            self._watch()
        return status

    async def enquire(self, seconds: float) -> None:
        """Ask whether anybody is there; TimeoutError or OSError when nobody is."""
        await self._ask(pdu.ENQUIRE_LINK, {}, seconds)

    async def leave(self) -> None:
        """Send nothing more, unbind, close."""
        self._leaving = True
        try:
            if self.bound:
                await self._ask(pdu.UNBIND, {}, _UNBIND_WAIT)
        except (TimeoutError, OSError):
            pass  # then without its blessing
        self._reason = self._reason or "closed"
        if self._transport is not None:
            self._transport.close()
            await asyncio.wait([self.lost], timeout=_UNBIND_WAIT)
        self.end("closed")

    async def _ask(self, command: int, fields: dict[str, pdu.Value], seconds: float) -> int:
        sequence = self._next()
        answer = self._waiting[sequence] = self._loop.create_future()
        self._send(pdu.encode(command, sequence, fields))
        try:
            return await asyncio.wait_for(answer, seconds)
        finally:
            del self._waiting[sequence]

    def _watch(self) -> None:
        """Enquire when it has been silent for long; end it when nobody answers."""
        now, access = self._loop.time(), self._access
        if self._asked_at is not None and self.heard < self._asked_at:
            again = self._asked_at + access.response_timeout
            if now >= again:
                self.end("read-timeout")
                return
        else:
            self._asked_at = None
            again = self.heard + access.enquire_link
            if now >= again:
                self._asked_at = now
                self._send(pdu.header(pdu.ENQUIRE_LINK, self._next()))
                again = now + min(access.response_timeout, access.enquire_link)
        self._watcher = self._loop.call_at(again, self._watch)

    # ------------------------------------------------------------------ what comes in

    def data_received(self, data: bytes) -> None:
        self.heard = self._loop.time()
        buffer = self._rest + data if self._rest else data
        found, used, sound = pdu.frames(buffer)
        self._rest = buffer[used:]
        owner, in_flight = self._owner, self.in_flight
        for command, status, sequence, start, end in found:
            if command == pdu.DELIVER_SM:
                owner.told(self, command, sequence, buffer[start:end])
            elif command == pdu.SUBMIT_SM_RESP:
                ref = buffer[start:end].partition(b"\0")[0].decode("latin-1")
                job = in_flight.pop(sequence, None)
                if job is None:
                    self._late(sequence, status, ref)
                elif status == statuses.OK:
                    owner.took(job, ref)
                else:
                    owner.refused(job, status)
            else:
                self._other(command, status, sequence, buffer[start:end])
        if not sound:
            self.end("unreadable")
        elif self._paused and self._unsent() > _UNREAD:
            self.end("closed")
        elif self._dismissed and not in_flight and self._transport is not None:
            self._transport.close()
        owner.turn()

    def _late(self, sequence: int, status: int, ref: str) -> None:
        job = self._timed_out.pop(sequence, None)
        if job is not None:
            self._owner.late(job, status, ref)

    def _other(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == pdu.GENERIC_NACK:
            self._nacked(status, sequence)
        elif command & pdu.RESPONSE:
            waiting = self._waiting.get(sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(status)
        elif command == pdu.ENQUIRE_LINK:
            self._send(pdu.header(pdu.ENQUIRE_LINK_RESP, sequence))
        elif command == pdu.DATA_SM:
            self._owner.told(self, command, sequence, body)
        elif command == pdu.UNBIND:
            self._send(pdu.header(pdu.UNBIND_RESP, sequence))
            self._leaving = self._dismissed = True
            self._owner.changed()
            self._loop.call_later(_UNBIND_WAIT, self.end, "closed")  # answers may still come
        elif command not in (pdu.ALERT_NOTIFICATION, pdu.OUTBIND):
            self._send(pdu.header(pdu.GENERIC_NACK, sequence, statuses.INVALID_COMMAND))

    def _nacked(self, status: int, sequence: int) -> None:
        job = self.in_flight.pop(sequence, None)
        waiting = self._waiting.get(sequence)
        if job is not None:
            self._owner.refused(job, status)
        elif waiting is not None and not waiting.done():
            waiting.set_result(status or statuses.INVALID_COMMAND)
        elif sequence not in self._timed_out:
            # It read something that we did not write: the two sides disagree about the stream.
            self.end("unreadable")
