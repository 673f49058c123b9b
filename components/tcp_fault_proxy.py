"""
A TCP proxy on loopback that breaks HTTP connections the way real networks do. No root needed.

    with FaultProxy(target_port) as proxy:
        proxy.mode = "reset_after_request"
        ... speak to proxy.url ...

Modes: pass · refuse (nobody listens) · reset_on_connect · reset_after_request (the server has
taken it and answered, the client sees RST) · black_hole (read, not passed on, never answered) ·
garbage · cut (half an answer) · trickle (one byte every `pace` seconds) · stale (a connection
answers once; a second request on it is reset unread, as behind a keep-alive that has ended).

`StreamFaultProxy` does the same to a protocol that keeps one connection and answers out of order
(SMPP): a mode holds for whatever passes from then on, so a session may begin in peace. There,
stale resets the connection at the next request, unread; mute (its own) passes requests on and
keeps the answers.
"""

import contextlib
import select
import socket
import struct
import threading
from typing import Final, Self

MODES: Final = frozenset(
    {
        "pass",
        "refuse",
        "reset_on_connect",
        "reset_after_request",
        "black_hole",
        "garbage",
        "cut",
        "trickle",
        "stale",
    }
)


class FaultProxy:
    """Between a client and `target_port`; the mode holds for every request from then on."""

    modes = MODES

    def __init__(self, target_port: int, *, pace: float = 0.05) -> None:
        self._target = target_port
        self._pace = pace
        self._mode = "pass"
        self._stopped = threading.Event()
        self._clients: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._kept: socket.socket | None = None  #: its port while it refuses: nobody takes it
        self.connections = 0  #: accepted so far
        self.port = 0
        self._listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in self.modes:
            raise ValueError(f"{mode}: one of {sorted(self.modes)}")
        self._mode = mode
        if mode == "refuse":
            self._unlisten()
            self._keep()
        elif self._listener is None:
            self._listen()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._stopped.set()
        self._unlisten()
        self._let_go()

    def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._let_go()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _unlisten(self) -> None:
        if self._listener is not None:
            # shutdown, too: close alone does not wake a thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for client in list(self._clients):
            _reset(client)

    def _keep(self) -> None:
        """Bound and not listening, so a connection is refused; with this option we may listen."""
        if self._kept is None:
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(("127.0.0.1", self.port))

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self._clients.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        answered = 0
        with contextlib.suppress(OSError), client:
            if self._mode == "reset_on_connect":
                _reset(client)
                return
            while request := _read_http(client):
                if not self._answer(client, request, first=answered == 0):
                    return
                answered += 1
        self._clients.discard(client)

    def _answer(self, client: socket.socket, request: bytes, *, first: bool) -> bool:
        """True when the connection may take another request."""
        mode = self._mode
        if mode == "black_hole":
            while client.recv(65536):
                pass
            return False
        if mode == "garbage":
            client.sendall(b"\x00\xff garbage\r\n\r\n")
            return False
        if mode == "stale" and not first:
            _reset(client)
            return False
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            server.sendall(request)
            answer = _read_http(server)
        if mode == "reset_after_request":
            _reset(client)
        elif mode == "cut":
            client.sendall(answer[: -max(1, len(answer) // 10)])
        elif mode == "trickle":
            for byte in answer:
                client.sendall(bytes([byte]))
                if self._stopped.wait(self._pace):
                    break
        else:
            client.sendall(answer)
            return True
        return False


class StreamFaultProxy(FaultProxy):
    """For a protocol that keeps its connection: octets pass both ways until the mode says else."""

    modes = MODES | {"mute"}

    def _serve(self, client: socket.socket) -> None:
        # ValueError: `refuse` has closed the socket while it was waited for.
        with contextlib.suppress(OSError, ValueError), client:
            if self._mode == "reset_on_connect":
                _reset(client)
            else:
                with socket.create_connection(("127.0.0.1", self._target)) as server:
                    while not self._stopped.is_set() and self._pass_on(client, server):
                        pass
        self._clients.discard(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> bool:
        """Whatever has come from either side; False when the connection ends."""
        for ready in select.select([client, server], [], [], 0.1)[0]:
            data = ready.recv(65536)
            if not data:
                return False
            passes = self._request if ready is client else self._reply
            if not passes(data, client, server):
                return False
        return True

    def _request(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        if self._mode == "stale":
            _reset(client)
            return False
        if self._mode != "black_hole":
            server.sendall(data)
        return True

    def _reply(self, data: bytes, client: socket.socket, _: socket.socket) -> bool:
        mode = self._mode
        if mode == "reset_after_request":
            _reset(client)
            return False
        if mode == "garbage":
            client.sendall(b"\x00\xff garbage\r\n\r\n")
        elif mode == "cut":
            client.sendall(data[: -max(1, len(data) // 10)])
        elif mode == "trickle":
            for byte in data:
                client.sendall(bytes([byte]))
                if self._stopped.wait(self._pace):
                    return False
        elif mode not in ("mute", "black_hole"):
            client.sendall(data)
        return mode not in ("garbage", "cut")


def _read_http(sock: socket.socket) -> bytes:
    """One whole message with a Content-Length; b"" when the peer has closed."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        chunk = sock.recv(65536)
        if not chunk:
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
