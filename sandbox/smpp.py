"""
An SMSC on loopback (SMPP 3.4): binds, submit_sm, receipts; fast enough to measure a client by.

A password that begins with "sai" is a wrong one. The last seven digits of a number order an
answer (`_BY_NUMBER`); a number that ends in 9 is not delivered. Every message taken is counted
and, with a state file, written there before it is answered. Receipts are kept until they are
confirmed, over any number of lost binds.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

from sandbox.faults import Faults
from sandbox.smpp_text import Submitted, as_receipt, read_submit
from sandbox.store import Store
from sandbox.values import Request, digest

_HEADER: Final = struct.Struct(">IIII")
_LONGEST: Final = 1 << 17
_RESPONSE: Final = 0x80000000
_BINDS: Final = {1: "receiver", 2: "transmitter", 9: "transceiver"}
_UNACKED: Final = 500  #: receipts on the wire without an answer, per bind

#: mode -> is the message taken? `sandbox/faults.py` says how they are ordered
MODES: Final = {
    "pass": True, "throttled": False, "queue_full": False, "refused": False, "bad_number": False,
    "sys_error": False, "sys_error_taken": True, "vendor": False, "nack": False,
    "no_answer": True, "ignored": False, "drop": True, "drop_before": False, "garbage": True,
    "half": True, "wrong_sequence": True, "unbind": True, "late": True,
}  # fmt: skip
_STATUS: Final = {
    "throttled": 0x58, "queue_full": 0x14, "refused": 0x45, "bad_number": 0x0B,
    "sys_error": 0x08, "sys_error_taken": 0x08, "vendor": 0x401,
}  # fmt: skip
#: the mix of `--faults SEED`: one message is hit, never its neighbours on the same bind
MIX: Final = ("throttled", "queue_full", "refused", "sys_error", "sys_error_taken", "vendor")
_AGAIN: Final = 0.2  #: seconds until a receipt that a client could not keep is brought again
_LATE: Final = 0.6  #: seconds after which the mode `late` answers

#: number ending -> command_status
_BY_NUMBER: Final = {
    "0000001": 0x0B, "0000002": 0x66, "0000003": 0x0E, "0000004": 0x58, "0000005": 0x08,
    "0000006": 0x0A, "0000007": 0x401,
}  # fmt: skip

Receipt = tuple[str, Submitted, bool]


class Smsc:
    """What all connections share. Used by the event loop's one thread only."""

    def __init__(self, store: Store, faults: Faults | None = None) -> None:
        self.store = store
        self.faults = faults or Faults(known=MODES)
        self.receipt_delay = 0.02  #: seconds
        self.receipt_form = "both"  #: "text", "tlv" or both
        self.receipt_ids = "hexadecimal"  #: as the answers have them, or "decimal"
        self.confirmed = 0  #: receipts that a client has answered with 0
        self.refused = 0  #: receipts that it could not keep
        self.pings = self.pongs = 0  #: enquire_link from clients; answers to ours
        self.binds_seen = self.unbinds = 0
        self.connections: set[Connection] = set()
        self._fresh: dict[str, list[Receipt]] = {}  #: by system_id; deliverable in a moment
        self._mail: dict[str, deque[Receipt]] = {}  #: by system_id; to deliver now

    def enquire(self) -> None:
        """Ask every client whether it is there."""
        for connection in self.connections:
            connection.request(0x15)

    def drop(self) -> None:
        """Cut every connection, as a gateway that is restarted."""
        for connection in list(self.connections):
            connection.abort()

    def counts(self) -> dict[str, int]:
        """What there is to count beyond messages."""
        waiting = [*self._fresh.values(), *self._mail.values()]
        return {
            "binds": sum(1 for connection in self.connections if connection.system_id),
            "receipts_confirmed": self.confirmed,
            "receipts_waiting": sum(map(len, waiting))
            + sum(connection.unconfirmed() for connection in self.connections),
        }

    def take(self, sms: Submitted) -> str:
        """Count the message; gives its id."""
        again = self.store.times("smpp", sms.number, sms.text)
        ref = digest(sms.key, sms.number, sms.text, str(again))[:15].lstrip("0")
        self.store.take("smpp", key=sms.key, target=sms.number, text=sms.text, ref=ref)
        return ref

    def post(self, system_id: str, receipts: list[Receipt]) -> None:
        """Deliver these a moment later."""
        if system_id not in self._fresh:
            self._fresh[system_id] = []
            asyncio.get_running_loop().call_later(self.receipt_delay, self._ripen, system_id)
        self._fresh[system_id] += receipts

    def _ripen(self, system_id: str) -> None:
        self.mail(system_id).extend(self._fresh.pop(system_id))
        for connection in self.connections:
            if connection.system_id == system_id:
                connection.deliver()

    def mail(self, system_id: str) -> deque[Receipt]:
        """What this login has not been brought yet."""
        return self._mail.setdefault(system_id, deque())


class Connection(asyncio.Protocol):
    """One client, from connect to the end."""

    def __init__(self, smsc: Smsc) -> None:
        self.system_id = ""
        self.receives = False
        self._sends = False
        self._smsc = smsc
        self._rest = b""
        self._sequence = 0
        self._on_the_wire: dict[int, Receipt] = {}
        self._ended = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server gives
        self._transport = transport
        self._smsc.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._smsc.connections.discard(self)
        self.receives = False
        if self.system_id:
            self._smsc.mail(self.system_id).extendleft(reversed(self._on_the_wire.values()))

    def abort(self) -> None:
        self._transport.abort()

    def unconfirmed(self) -> int:
        """Receipts on the wire."""
        return len(self._on_the_wire)

    def request(self, command: int, body: bytes = b"") -> None:
        """Send a request of our own."""
        self._sequence += 1
        head = _HEADER.pack(16 + len(body), command, 0, self._sequence)
        self._transport.write(head + body)

    def deliver(self) -> None:
        """Bring as many receipts as may be on the wire."""
        if not self.receives:
            return
        smsc, chunks, mail = self._smsc, [], self._smsc.mail(self.system_id)
        while mail and len(self._on_the_wire) < _UNACKED:
            receipt = mail.popleft()
            self._sequence += 1
            self._on_the_wire[self._sequence] = receipt
            ref, sms, arrived = receipt
            shown = str(int(ref, 16)) if smsc.receipt_ids == "decimal" else ref
            body = as_receipt(ref, shown, sms, arrived=arrived, form=smsc.receipt_form)
            chunks += [_HEADER.pack(16 + len(body), 5, 0, self._sequence), body]
        if chunks:
            self._transport.write(b"".join(chunks))

    def data_received(self, data: bytes) -> None:
        buffer = self._rest + data if self._rest else data
        start, size = 0, len(buffer)
        answers: list[bytes] = []
        posted: list[Receipt] = []
        with self._smsc.store.batch():  # one write to the state file, before any answer goes out
            while size - start >= 16 and not self._ended:
                length, command, status, sequence = _HEADER.unpack_from(buffer, start)
                if not 16 <= length <= _LONGEST:
                    self.abort()
                    return
                if size - start < length:
                    break
                body = buffer[start + 16 : start + length]
                start += length
                if command == 4:
                    self._submit(sequence, body, answers, posted)
                else:
                    self._other(command, status, sequence, body, answers)
        self._rest = buffer[start:]
        if answers and not self._transport.is_closing():
            self._transport.write(b"".join(answers))
        if posted:
            self._smsc.post(self.system_id, posted)
        elif len(self._on_the_wire) < _UNACKED // 2:
            self.deliver()

    def _other(
        self, command: int, status: int, sequence: int, body: bytes, answers: list[bytes]
    ) -> None:
        if command in _BINDS:
            answers.append(self._bind(command, sequence, body))
        elif command in (0x15, 6):
            answers.append(_HEADER.pack(16, command | _RESPONSE, 0, sequence))
            self._smsc.pings += command == 0x15
            self._smsc.unbinds += command == 6
            if command == 6:
                asyncio.get_running_loop().call_soon(self._transport.close)
        elif command == 0x80000005:
            self._confirmed(sequence, status)
        elif command == 0x80000015:
            self._smsc.pongs += 1
        elif command == 0x80000006:
            self._transport.close()
        elif not command & _RESPONSE:
            answers.append(_HEADER.pack(16, _RESPONSE, 3, sequence))

    def _bind(self, command: int, sequence: int, body: bytes) -> bytes:
        self._smsc.binds_seen += 1
        system_id, password = (part.decode("latin-1") for part in body.split(b"\0")[:2])
        status = 0x0F if not system_id else 0x0E if password[:3] in ("", "sai") else 0
        if self.system_id:
            status = 5
        if status == 0:
            self.system_id = system_id
            self.receives = command != 2
            self._sends = command != 1
            # After the answer to the bind: what an earlier connection did not keep.
            asyncio.get_running_loop().call_soon(self.deliver)
        answer = b"SANDBOX\0" if status == 0 else b""
        return _HEADER.pack(16 + len(answer), command | _RESPONSE, status, sequence) + answer

    def _submit(
        self, sequence: int, body: bytes, answers: list[bytes], posted: list[Receipt]
    ) -> None:
        smsc = self._smsc
        sms = read_submit(body, packed=self.system_id.endswith("-packed"))
        if not self._sends or sms is None:
            status = 4 if not self._sends else 2
            answers.append(_HEADER.pack(16, 0x80000004, status, sequence))
            return
        mode = "pass"
        if smsc.faults.rules:
            mode = smsc.faults.draw(Request("SMPP", "/smpp/submit", "", {}, body))[0]
        status = _STATUS.get(mode, 0) or _BY_NUMBER.get(sms.number[-7:], 0)
        ref = ""
        if MODES[mode] and not (status and mode == "pass"):
            ref = smsc.take(sms)
            if sms.wants_receipt:
                posted.append((ref, sms, not sms.number.endswith("9")))
        if status:
            answers.append(_HEADER.pack(16, 0x80000004, status, sequence))
            return
        octets = ref.encode() + b"\0"
        answer = _HEADER.pack(16 + len(octets), 0x80000004, 0, sequence) + octets
        if mode == "pass":
            answers.append(answer)
        else:
            self._spoil(mode, sequence, answer, answers)

    def _spoil(self, mode: str, sequence: int, answer: bytes, answers: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        later: Callable[[], object] | None = None
        if mode == "nack":
            answers.append(_HEADER.pack(16, _RESPONSE, 8, sequence))
        elif mode == "wrong_sequence":
            answers.append(answer[:12] + struct.pack(">I", sequence + 1_000_000) + answer[16:])
        elif mode == "garbage":
            self._ended = True
            answers.append(b"\x00\xff garbage\r\n\r\n")
        elif mode == "half":
            self._ended = True
            answers.append(answer[: len(answer) // 2])
            later = self._transport.close
        elif mode == "unbind":
            answers.append(answer)
            later = lambda: self.request(6)  # noqa: E731
        elif mode == "late":
            loop.call_later(_LATE, self._transport.write, answer)
        elif mode in ("drop", "drop_before"):
            self._ended = True
            later = self.abort
        if later is not None:
            loop.call_soon(later)

    def _confirmed(self, sequence: int, status: int) -> None:
        receipt = self._on_the_wire.pop(sequence, None)
        if receipt is None:
            return
        if status == 0:
            self._smsc.confirmed += 1
        else:
            self._smsc.refused += 1
            asyncio.get_running_loop().call_later(_AGAIN, self._bring_again, receipt)

    def _bring_again(self, receipt: Receipt) -> None:
        self._smsc.mail(self.system_id).append(receipt)
        self.deliver()
