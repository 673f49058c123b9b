"""
An SMS gateway that answers from memory as fast as one Python process can, for measurements.

    python -m bench.answering [SECONDS]

Prints its port. POST is taken and answered as the sandbox's gateway does, whatever the address,
so many seconds later; GET tells how many were taken and how many keys they had (in a message's
body, or a webhook's header), GET /times when each came, by its own clock. Ends with its standard
input.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_KEYS = ((b'"key": "', b'"'), (b"webhook-id: ", b"\r"))


@dataclass
class Taken:
    """What came over all connections."""

    came: list[float] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)

    def answer(self, request: bytes) -> bytes:
        if request.startswith(b"POST"):
            self.came.append(time.monotonic())
            self.keys.add(_key(request))
            body = b'{"status": "ok", "id": "m-%d"}' % len(self.came)
        elif request.startswith(b"GET /times"):
            body = json.dumps(self.came).encode()
        else:
            body = b'{"taken": %d, "keys": %d}' % (len(self.came), len(self.keys))
        return _HEAD % len(body) + body


class Answering(asyncio.Protocol):
    """One connection. Bodies have a Content-Length, as every client here writes them."""

    def __init__(self, taken: Taken, after: float) -> None:
        self._taken, self._after = taken, after
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        while (head := data.find(b"\r\n\r\n")) >= 0:
            end = head + 4 + _length(data[:head])
            if len(data) < end:
                break
            answer = self._taken.answer(data[:end])
            if self._after:
                asyncio.get_running_loop().call_later(self._after, self._transport.write, answer)
            else:
                self._transport.write(answer)
            data = data[end:]
        self._rest = data


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _key(request: bytes) -> bytes:
    for before, behind in _KEYS:
        at = request.find(before)
        if at >= 0:
            at += len(before)
            return request[at:request.find(behind, at)]
    return b""


async def serve(after: float = 0.0) -> None:
    """Until standard input ends."""
    loop, taken = asyncio.get_running_loop(), Taken()
    server = await loop.create_server(lambda: Answering(taken, after), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(*map(float, sys.argv[1:])))
