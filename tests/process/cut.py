"""
The network between a worker and its database, which may be cut. While it is, nothing passes in
either direction and nobody is told; what was under way is kept and passes afterwards, unless the
cut lasts `silent` seconds: then both ends have given the connection up, each for itself, as their
TCP does (`worker/postgresql.py`). New connections meet silence.
"""

import contextlib
import socket
import struct
import threading
from typing import Self


class Cut:
    """A TCP proxy on loopback."""

    def __init__(self, target_port: int, *, silent: float = 15.0) -> None:
        self._target, self._silent = target_port, silent
        self._open = threading.Event()
        self._open.set()
        self._sockets: set[socket.socket] = set()
        self._giving_up: threading.Timer | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self.given_up = 0  #: connections that both ends gave up in a cut
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.mend()
        self._reset(set(self._sockets))

    def cut(self) -> None:
        self._open.clear()
        self._giving_up = threading.Timer(
            self._silent, self._give_up, args=(set(self._sockets),))
        self._giving_up.daemon = True
        self._giving_up.start()

    def mend(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
        self._open.set()

    def _give_up(self, old: set[socket.socket]) -> None:
        self.given_up += len(old) // 2
        self._reset(old)

    def _reset(self, sockets: set[socket.socket]) -> None:
        for one in sockets:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)  # wakes whoever reads it; closed there

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            self._reset({client})
            client.close()
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sockets |= {client, server}
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        self._sockets -= {client, server}
        client.close()
        server.close()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                target.sendall(data)
        with contextlib.suppress(OSError):
            self._open.wait()
            target.shutdown(socket.SHUT_RDWR)
