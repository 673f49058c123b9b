"""
A TCP proxy on loopback that breaks HTTP connections the way real networks do. No root needed.

    with FaultProxy(target_port) as proxy:
        proxy.mode = "reset_after_request"
        ... speak to proxy.url ...

Modes: pass · refuse (nobody listens) · reset_on_connect · reset_after_request (the server has
taken it and answered, the client sees RST) · black_hole (read, not passed on, never answered) ·
garbage · cut (half an answer) · trickle (one byte every `pace` seconds) · stale (a connection
answers once; a second request on it is reset unread, as behind a keep-alive that has ended).
"""

import contextlib
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

    def __init__(self, target_port: int, *, pace: float = 0.05) -> None:
        self._target = target_port
        self._pace = pace
        self._mode = "pass"
        self._stopped = threading.Event()
        self._clients: set[socket.socket] = set()
        self._listener: socket.socket | None = None
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
        if mode not in MODES:
            raise ValueError(f"{mode}: one of {sorted(MODES)}")
        self._mode = mode
        if mode == "refuse":
            self._unlisten()
        elif self._listener is None:
            self._listen()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._stopped.set()
        self._unlisten()

    def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _unlisten(self) -> None:
        if self._listener is not None:
            # shutdown, too: close alone does not wake a thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for client in list(self._clients):
            _reset(client)

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
