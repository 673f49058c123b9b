"""
An SMS gateway that answers from memory as fast as one Python process can, for measurements.

    python -m bench.answering

Prints its port. POST is taken and answered as the sandbox's gateway does, whatever the address;
GET tells how many were taken and how many keys they had. Ends with its standard input.
"""

import asyncio
import sys

_KEY = b'"key": "'


class Answering(asyncio.Protocol):
    """One connection. Bodies have a Content-Length, as every client here writes them."""

    taken = 0
    keys: set[bytes] = set()  # noqa: RUF012 - of all connections

    def __init__(self) -> None:
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
            self._transport.write(_answer(data[:end]))
            data = data[end:]
        self._rest = data


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _answer(request: bytes) -> bytes:
    if request.startswith(b"POST"):
        Answering.taken += 1
        at = request.find(_KEY) + len(_KEY)
        Answering.keys.add(request[at:request.find(b'"', at)])
        body = b'{"status": "ok", "id": "m-%d"}' % Answering.taken
    else:
        body = b'{"taken": %d, "keys": %d}' % (Answering.taken, len(Answering.keys))
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body), body)


async def serve() -> None:
    """Until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
