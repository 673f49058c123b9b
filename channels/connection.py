"""
An HTTP connection that keeps a total deadline and notes the moment before its first byte.

A socket timeout alone restarts with every byte received, so a trickling server could hold a
try for ever; here every read is given only what is left. `Phase` belongs to one thread's
adapter and is set anew for every request.
"""

import http.client
import io
import ipaddress
import socket
import time
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class PrivatePeer(NewConnectionError):
    """The name leads into a private network; closed before a byte went out."""


class Phase:
    """
    How far the request under way has come: its end (monotonic), and whether a byte left.

    `public`: its connections lead to public addresses only.
    """

    def __init__(self, *, public: bool = False) -> None:
        self.end = float("inf")
        self.written = False
        self.public = public

    def begin(self, end: float) -> None:
        """A new request: nothing is written yet."""
        self.end = end
        self.written = False

    def left(self) -> float:
        """Seconds left; may be negative."""
        return self.end - time.monotonic()

    def is_over(self) -> bool:
        return self.left() <= 0


class _DeadlineReader(io.RawIOBase):
    """The answer's bytes, each read bounded by what is left of the whole."""

    def __init__(self, sock: socket.socket, phase: Phase) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._phase = phase

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._phase.left()
        if left <= 0:
            raise TimeoutError("total deadline")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        # makefile holds the socket open until it is closed itself.
        self._raw.close()
        super().close()


class TimedAdapter(HTTPAdapter):
    """
    requests' adapter for one origin, whose connections, through a proxy too, keep `phase`.
    Never retries.
    """

    def __init__(self, phase: Phase) -> None:
        self._pools = _timed_pools(phase)
        self._pool: Any = None
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        # one origin, one set of TLS rules, one proxy: it is looked up once
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def close(self) -> None:
        self._pool = None
        super().close()


def is_public(host: str) -> bool:
    """
    True for an address of the open Internet: not loopback, private, link-local, shared or
    multicast, nor one of these wrapped in IPv6. A name is no address: False.
    """
    try:
        ip = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _judged(connection: HTTPConnection, sock: socket.socket, phase: Phase) -> socket.socket:
    if phase.public and not is_public(sock.getpeername()[0]):
        sock.close()
        raise PrivatePeer(connection, "private address")
    return sock


def _timed_pools(phase: Phase) -> dict[str, type[HTTPConnectionPool]]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp.close()
            self.fp = io.BufferedReader(_DeadlineReader(sock, phase))

    class Timed(HTTPConnection):
        response_class = Response
        connecting = False
        held: list[bytes] | None = None  #: what of the request waits to be written

        def _new_conn(self) -> socket.socket:
            # Who answered, not what the name said a moment ago: a name may be turned between two
            # look-ups. A proxy is our own set-up, and nobody sees behind it.
            sock = super()._new_conn()
            return sock if self.proxy is not None else _judged(self, sock, phase)

        def connect(self) -> None:
            self.connecting = True
            try:
                super().connect()
            finally:
                self.connecting = False

        def request(self, *args: Any, **kwargs: Any) -> None:
            # Head and body in one write: one packet, and one hand-over to the system.
            self.held = []
            try:
                super().request(*args, **kwargs)
                whole = b"".join(self.held)
            finally:
                self.held = None
            self.send(whole)

        def send(self, data: Any) -> None:
            if self.held is not None:
                self.held.append(data)
                return
            if self.sock is None:
                self.connect()
            # While connecting, what is written is the CONNECT of a proxy tunnel, not the request.
            if not self.connecting and not phase.written:
                if phase.is_over():
                    # Several addresses may each have eaten the connect timeout.
                    raise ConnectTimeoutError(self, "deadline before the first byte")
                phase.written = True
            super().send(data)

    class TimedTls(Timed, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Timed

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TimedTls

    return {"http": Pool, "https": TlsPool}
