"""
The server: a small HTTP/1.1 on asyncio, one thread, keep-alive, fast enough for benchmarks.

`/sms/`, `/hook`, those in `_PLACES` and in `gateways.py` are the far side; `/_sandbox/` asks and
orders. A client that begins with SMPP instead is served SMPP, on the same port.
"""

import asyncio
import contextlib
import json
import queue
import socket
import struct
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox import facebook, gateways, hooks, smpp, sms, wordpress, zalo
from sandbox.faults import MODES, Faults, spoil
from sandbox.store import Store
from sandbox.values import Callback, Reply, Request, answer

_MAX = 8 << 20  #: bytes of one request

#: a path's beginning -> who answers there
_PLACES: dict[str, Callable[[Request, Store], Reply]] = {
    "/graph/": facebook.handle,
    "/wp-json/": wordpress.handle,
    "/hooks/": hooks.handle,
    "/push/": hooks.push,
    "/zalo/": zalo.handle,
}


class Sandbox:
    """
    The sandbox on a loopback port (0: any free one).

    Args:
        faults: a seed; about one request in ten then goes wrong, the same ones in every run.
        state: a file that gets a JSON line for every message taken, before it is answered.
        receipt_url: called back for every SMS that names no `callback` of its own.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        faults: str = "",
        state: Path | None = None,
        receipt_url: str = "",
        counts_only: bool = False,
    ) -> None:
        self.port = port
        self.store = Store(state, counts_only=counts_only)
        self.faults = Faults(faults)
        self.smsc = smpp.Smsc(self.store, Faults(faults, known=smpp.MODES, mix=smpp.MIX))
        self.delay = 0.0  #: seconds before every answer
        self._receipt_url = receipt_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._ready = threading.Event()
        self._receipts: queue.SimpleQueue[Callback | None] = queue.SimpleQueue()
        self._postman = threading.Thread(target=self._deliver, name="sandbox-receipts", daemon=True)
        self._connections: set[_Connection] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Sandbox":
        """Listen; returns when the port is known."""
        # Bound here, so that a taken port is the caller's error and not a thread's.
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = self._socket.getsockname()[1]
        self._thread.start()
        self._postman.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Close every connection and the port."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._receipts.put(None)
        self._postman.join()
        self.store.close()

    def soon(self, order: Callable[[], object]) -> None:
        """Carry out an order to `smsc` on the server's own thread."""
        self._loop.call_soon_threadsafe(order)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), sock=self._socket)
        )
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        # Not server.close() first: a connection accepted just now would find no server.
        self._loop.remove_reader(self._socket)
        self._loop.run_until_complete(self._hang_up())
        server.close()
        self._loop.close()

    async def _hang_up(self) -> None:
        # A connection accepted just now becomes known one turn later, and ends another later.
        for _ in range(4):
            for connection in list(self._connections):
                connection.abort()
            self.smsc.drop()
            await asyncio.sleep(0)

    def answer(self, request: Request) -> Reply:
        """What the imitation of this path says."""
        path = request.path
        if path.startswith("/_sandbox/"):
            return self._control(request)
        if path.startswith("/sms/"):
            reply, receipt = sms.handle(request, self.store, self._receipt_url)
            if receipt is not None:
                self._receipts.put(Callback(f"{receipt.pop('url')}?{urlencode(receipt)}"))
            return reply
        if described := gateways.handle(request, self.store, self._receipt_url):
            for callback in described[1]:
                self._receipts.put(callback)
            return described[0]
        for place, handle in _PLACES.items():
            if path.startswith(place):
                return handle(request, self.store)
        if path.startswith("/hook"):
            text = request.body.decode("utf-8", "replace")
            self.store.take("hook", key="", target=path, text=text, ref="")
            return answer(200, {"ok": True})
        return answer(404, {"error": "no such place in the sandbox"})

    def _control(self, request: Request) -> Reply:
        store, what = self.store, request.path.removeprefix("/_sandbox/")
        if what == "messages":
            return answer(200, store.messages())
        if what == "count":
            repeated = sum(1 for count in store.by_key.values() if count > 1)
            counts = {"taken": store.count, "keys": len(store.by_key), "repeated": repeated}
            return answer(200, counts)
        if what == "reset":
            store.reset()
            self.faults.set([])
            self.smsc.faults.set([])
            self.delay = 0.0
            return answer(200, {"ok": True})
        if what == "smpp":
            return answer(200, self.smsc.counts())
        if what == "zalo":
            return zalo.control(request, store)
        if what == "drop":
            self.smsc.drop()
            return answer(200, {"ok": True})
        try:
            given: dict[str, Any] = json.loads(request.body or b"{}")
        except ValueError:
            return answer(400, {"error": "the body must be JSON"})
        if what == "delay":
            self.delay = float(given.get("ms", 0)) / 1000
            return answer(200, {"ok": True})
        if what == "faults":
            rules = given.get("rules", [])
            smpp_rules = [r for r in rules if str(r.get("path", "")).startswith("/smpp")]
            wrong = self.smsc.faults.set(smpp_rules) or self.faults.set(
                [r for r in rules if r not in smpp_rules]
            )
            return answer(400, {"error": wrong}) if wrong else answer(200, {"ok": True})
        return answer(404, {"error": "messages, count, smpp, zalo, drop, reset, delay, faults"})

    def _deliver(self) -> None:
        while (call := self._receipts.get()) is not None:
            if urlsplit(call.url).hostname not in ("127.0.0.1", "localhost", "::1"):
                continue  # the sandbox calls nobody outside
            headers = {} if call.body is None else {"Content-Type": "application/json"}
            asked = urllib.request.Request(call.url, call.body, headers)  # noqa: S310 - loopback
            # A receiver that is down loses its receipts, as with real gateways.
            with contextlib.suppress(OSError):
                urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310 - loopback only


class _Connection(asyncio.Protocol):
    """One client: requests in turn, each answered before the next is read."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._buffer = bytearray()
        self._busy = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server gives
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sandbox._connections.add(self)  # noqa: SLF001 - its other half

    def connection_lost(self, _: Exception | None) -> None:
        self._sandbox._connections.discard(self)  # noqa: SLF001 - its other half

    def data_received(self, data: bytes) -> None:
        if not self._buffer and data[:1] == b"\0" and not self._busy:
            # No HTTP request begins with a NUL, every unit of SMPP does.
            self._sandbox._connections.discard(self)  # noqa: SLF001 - its other half
            connection = smpp.Connection(self._sandbox.smsc)
            connection.connection_made(self._transport)
            self._transport.set_protocol(connection)
            connection.data_received(data)
            return
        self._buffer += data
        if len(self._buffer) > _MAX:
            self.abort()
        elif not self._busy:
            self._next()

    def abort(self) -> None:
        """Close with RST, as a gateway's worker that died."""
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def _next(self) -> None:
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        lines = self._buffer[:head_end].decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        end = head_end + 4 + int(headers.get("content-length") or 0)
        if len(self._buffer) < end:
            return
        body = bytes(self._buffer[head_end + 4 : end])
        del self._buffer[:end]
        method, _, rest = lines[0].partition(" ")
        path, _, query = rest.partition(" ")[0].partition("?")
        self._serve(Request(method, path, query, headers, body))

    def _serve(self, request: Request) -> None:
        sandbox = self._sandbox
        mode, seconds = "pass", 0.0
        if not request.path.startswith("/_sandbox/"):
            mode, seconds = sandbox.faults.draw(request)
        reply = sandbox.answer(request) if MODES[mode] else None
        if mode == "black_hole":
            self._busy = True  # nothing more is read, nothing is ever answered
            return
        if mode in ("reset_before", "reset_after"):
            self.abort()
            return
        data = _encode(spoil(mode, reply, request.path))
        late = sandbox.delay + (seconds if mode == "slow" else 0.0)
        if mode == "cut":
            self._transport.write(data[: -max(2, len(data) // 8)])
            self._transport.close()
        elif late:
            self._busy = True
            asyncio.get_running_loop().call_later(late, self._late, data)
        else:
            self._transport.write(data)
            if self._buffer:
                self._next()

    def _late(self, data: bytes) -> None:
        self._busy = False
        if not self._transport.is_closing():
            self._transport.write(data)
            self._next()


def _encode(reply: Reply) -> bytes:
    head = [f"HTTP/1.1 {reply.status} -", f"Content-Type: {reply.content_type}"]
    head += [f"{name}: {value}" for name, value in reply.headers.items()]
    head.append(f"Content-Length: {len(reply.body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + reply.body
