"""A gateway of bare sockets: it does to each request what a test says, and counts what it reads."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable

GOOD = b'{"status": "ok", "id": "m-1"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: bytes = GOOD) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


#: what is done with a connection whose request has come; False: the connection is over
Deed = Callable[[socket.socket], bool]


def say(*pieces: bytes, stay: bool = True) -> Deed:
    """Answer these bytes, and keep the connection or close it."""

    def deed(client: socket.socket) -> bool:
        for piece in pieces:
            client.sendall(piece)
        return stay

    return deed


def close(client: socket.socket) -> bool:
    """Read, and gone without a word."""
    del client
    return False


def reset(client: socket.socket) -> bool:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def silence(client: socket.socket) -> bool:
    """Holds the line until the other side hangs up."""
    while client.recv(65536):
        pass
    return False


class Raw:
    """
    Does the next deed with each request; a good answer when there is none left.

    `greedy` False: the deed is done as soon as any bytes of a request are there.
    """

    def __init__(
        self, *deeds: Deed, greedy: bool = True, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[bytes] = []  #: each as far as it was read
        self.connections = 0
        self._deeds = list(deeds)
        self._greedy = greedy
        self._tls = tls
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def rest(self) -> None:
        """Wait until every connection so far has ended, at this end too."""
        for thread in self._threads[1:]:
            thread.join()

    def hang_up(self) -> None:
        """Close every connection, as a gateway does that has waited long enough."""
        with self._lock:
            for client in self._clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        # ValueError: `hang_up` has ended the TLS of a line that was just about to be read
        with contextlib.suppress(OSError, ValueError), client, self._secured(client) as line:
            with self._lock:
                self._clients.add(line)
            while request := self._read(line):
                with self._lock:
                    self.requests.append(request)
                    deed = self._deeds.pop(0) if self._deeds else say(answer())
                if not deed(line):
                    break
            with self._lock:
                self._clients.discard(line)

    def _secured(self, client: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(client, server_side=True) if self._tls else client

    def _read(self, client: socket.socket) -> bytes:
        data = client.recv(1000)
        if not self._greedy:
            return data
        while data and not _is_whole(data):
            more = client.recv(65536)
            if not more:
                break
            data += more
        return data


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    return bool(end) and len(body) >= length
