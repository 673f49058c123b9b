"""
The wire: the only place that speaks HTTP, and the only place that knows what a failure proves.

`Wire.request` returns a value in every case. `Answer`: the far side spoke. `NoAnswer`: it did
not, and `proves` says what that is worth: `not_sent` (not a byte of the request went out),
`account` (nothing went out, and nothing will until the set-up is mended) or `unknown` (it may
have been taken). `verdict.py` turns either into an `Outcome`.

Our own connection class notes the moment before the first byte is written. That note, not the
name of an exception, tells "nothing was sent" from "nothing is known": requests raises the same
`ConnectionError` for a refused port and for a connection closed after the request was read.
"""

import ipaddress
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal, cast

import requests
from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from urllib3.exceptions import HTTPError, LocationParseError, NameResolutionError
from urllib3.util import parse_url

from channels.connection import Phase, PrivatePeer, TimedAdapter
from channels.scrub import scrub

Proof = Literal["not_sent", "account", "unknown"]
Origin = tuple[str, str, int | None]  #: scheme, host, port

MAX_BODY = 1 << 20  #: bytes; a gateway's answer is a few hundred, the rest is not for us
_CHUNK = 1 << 14
_HEADERS = requests.utils.default_headers()
FRESH = 1.0  #: seconds; a connection idle for longer may be closed at the far end already

#: "What the wire proves" of docs/architecture.md, the part without an answer
PROOFS: Final[Mapping[str, tuple[Proof, str]]] = {
    "deadline": ("not_sent", "Quá hạn chót, chưa gửi gì"),
    "connect-timeout": ("not_sent", "Không kết nối được trong thời hạn, chưa gửi gì"),
    "dns": ("not_sent", "Không tìm thấy tên máy chủ, chưa gửi gì"),
    "connect": ("not_sent", "Máy chủ không nhận kết nối, chưa gửi gì"),
    "tls": ("account", "Chứng thư hoặc bắt tay TLS hỏng, chưa gửi gì"),
    "proxy": ("account", "Không qua được proxy, chưa gửi gì"),
    "bad-address": ("account", "Địa chỉ hoặc tiêu đề không viết được, chưa gửi gì"),
    "private": ("account", "Địa chỉ dẫn vào mạng nội bộ, chưa gửi gì"),
    "training": ("account", "Đang tập huấn: không gọi ra ngoài"),
    "read-timeout": ("unknown", "Đã gửi, hết giờ chờ trả lời"),
    "cut": ("unknown", "Đã gửi, câu trả lời bị cắt ngang"),
    "closed": ("unknown", "Đã gửi, kết nối đứt trước khi có trả lời"),
    "unreadable": ("unknown", "Đã gửi, không đọc được trả lời"),
}


@dataclass(frozen=True)
class Answer:
    """What the far side said. `body` is decoded (gzip) and cut at 1 MiB; `elapsed` in seconds."""

    status: int
    headers: Mapping[str, str]  #: looked up without regard to case
    body: bytes
    elapsed: float

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def text(self) -> str:
        """The body as text, for a detail; never fails."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class NoAnswer:
    """There was no whole answer, and what that proves about the request."""

    proves: Proof
    code: str
    detail: str  #: Vietnamese, scrubbed


@dataclass(frozen=True)
class Written:
    """
    A request as it goes out, for a transport of its own (`channels/many`). `headers` are without
    Content-Length; the address is put together anew from what was judged, so that no other
    parser reads another host in it.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass
class _Line:
    """One thread's way to one origin, and when it was last used (monotonic seconds)."""

    adapter: TimedAdapter
    phase: Phase
    used_at: float = float("-inf")
    _asked: tuple[Any, ...] = ()
    _head: PreparedRequest = field(default_factory=PreparedRequest)

    def head(
        self, method: str, url: str, headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None, auth: tuple[str, str] | None,
    ) -> PreparedRequest:
        """A request without its body; made anew only when it is another than the last one."""
        asked = (method, url, dict(headers or {}), dict(params or {}), auth)  # as they are now
        if asked != self._asked:
            head = PreparedRequest()
            head.prepare(method, url, {**_HEADERS, **asked[2]}, params=asked[3], auth=auth)
            self._asked, self._head = asked, head
        return self._head


class Wire:
    """
    HTTP for every channel: one try, no redirect, no retry, no environment proxy, TLS verified.

    Args:
        training: refuse every host but loopback.
        secrets: values masked in every detail.
        elapsed: the monotonic clock that `deadline` is measured on (virtual in a rehearsal).
        proxies: as in requests, when the programme names one; never taken from the environment.
        verify: True, or the path of a CA bundle.
    """

    def __init__(
        self,
        *,
        training: bool,
        secrets: Iterable[str] = (),
        elapsed: Callable[[], float] = time.monotonic,
        proxies: Mapping[str, str] | None = None,
        verify: bool | str = True,
    ) -> None:
        self.training = training
        self._secrets = set(secrets)
        self._elapsed = elapsed
        self._proxies = dict(proxies or {}) if not training else {}
        self._verify = verify
        self._local = threading.local()

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values, too."""
        self._secrets |= set(secrets)

    def redact(self, text: str) -> str:
        """The text as it may leave: no secret, no phone number."""
        return scrub(text, self._secrets)

    def request(
        self,
        method: str,
        url: str,
        *,
        deadline: float,
        timeout: float,
        idempotent: bool = False,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        auth: tuple[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        public: bool = False,
    ) -> Answer | NoAnswer:
        """
        One request, at most `timeout` seconds from connect to the last byte.

        `deadline` is on the `elapsed` clock; once it has passed, not a byte goes out.
        `idempotent` says that the same request may arrive twice without harm: only then is a
        connection reused that has been idle, for a stale one looks like a lost answer.
        `public`: only to the open Internet, judged by the address that answered (in training
        there is loopback alone, and this says nothing).
        """
        left = min(timeout, deadline - self._elapsed())
        if left <= 0:
            return self.no_answer("deadline")
        origin = self._allowed(url)
        if isinstance(origin, NoAnswer):
            return origin
        line = self._line(origin, public=public and not self.training)
        started = time.monotonic()
        if not idempotent and started - line.used_at > FRESH:
            line.adapter.close()  # drops the pooled connections; the next request opens a new one
        line.phase.begin(end=started + left)
        try:
            request = line.head(method, url, headers, params, auth).copy()
            request.prepare_body(data, files, json)
            # By the adapter, not by a session: no redirect is followed (a 301 turns POST into GET
            # and says 200), no cookie kept, nothing taken from the environment (proxy, .netrc).
            with line.adapter.send(
                request, stream=True, timeout=left, verify=self._verify, proxies=self._proxies
            ) as response:
                body = _read(response)
                said = CaseInsensitiveDict(response.headers)
                return Answer(response.status_code, said, body, time.monotonic() - started)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # ValueError: requests' own for an address or header it cannot write, http.client's
            # for an answer it cannot read. Which of the two, the phase says.
            return self.no_answer(_code(error, line.phase), type(error).__name__, url)
        finally:
            line.used_at = time.monotonic()

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Written | NoAnswer:
        """What `request` would write, and nothing sent; NoAnswer where it would not try."""
        origin = self._allowed(url)
        if isinstance(origin, NoAnswer):
            return origin
        try:
            request = PreparedRequest()
            request.prepare(method, url, {**_HEADERS, **(headers or {})}, None, data, params, auth,
                            json=json)
            at = parse_url(request.url or "")
            said = {name: value for name, value in request.headers.items()
                    if name != "Content-Length"}
            for value in said.values():
                value.encode("latin-1")
        except (requests.RequestException, LocationParseError, ValueError) as error:
            return self.no_answer("bad-address", type(error).__name__, url)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        address = at._replace(auth=None, fragment=None).url
        return Written(request.method or method, address, said, body)

    def ca_bundle(self) -> str:
        """The authorities whose certificates are believed."""
        return self._verify if isinstance(self._verify, str) else DEFAULT_CA_BUNDLE_PATH

    def proxy(self, url: str) -> str:
        """The proxy to this address that the programme names; "" for none."""
        return select_proxy(url, self._proxies) or ""

    def no_answer(self, code: str, cause: str = "", url: str = "") -> NoAnswer:
        """What this code of `PROOFS` proves, with its cause told."""
        proves, what = PROOFS[code]
        told = ", ".join(x for x in (cause, _bare(url) if url else "") if x)
        return NoAnswer(proves, code, self.redact(f"{what} ({told})" if told else what))

    def _allowed(self, url: str) -> Origin | NoAnswer:
        """Where the request goes; NoAnswer when it may go nowhere."""
        origin = _origin(url)
        if origin is None:
            return NoAnswer("account", "bad-address", self.redact(f"Địa chỉ sai: {_bare(url)}"))
        if self.training and not is_loopback(origin[1]):
            return NoAnswer("account", "training", f"Đang tập huấn: không gọi ra {origin[1]}")
        return origin

    def _line(self, origin: Origin, *, public: bool) -> _Line:
        lines: dict[tuple[Origin, bool], _Line] | None
        lines = getattr(self._local, "lines", None)
        if lines is None:
            lines = self._local.lines = {}
        # lines of their own: a connection that may lead inside is not lent to who may not
        if (origin, public) not in lines:
            phase = Phase(public=public)
            lines[origin, public] = _Line(TimedAdapter(phase), phase)
        return lines[origin, public]


def _code(error: Exception, phase: Phase) -> str:
    """Which row of `PROOFS` it is."""
    if not phase.written:
        return _before_the_first_byte(error)
    if isinstance(error, requests.Timeout) or phase.is_over():
        return "read-timeout"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "cut"
    return "closed" if isinstance(error, requests.ConnectionError) else "unreadable"


def _before_the_first_byte(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy"
    if isinstance(error, requests.Timeout):
        return "connect-timeout"
    inner = _innermost(error)
    if isinstance(inner, NameResolutionError):
        return "dns"
    if isinstance(inner, PrivatePeer):
        return "private"
    return "connect" if isinstance(error, requests.ConnectionError) else "bad-address"


def _innermost(error: Exception) -> object:
    """What urllib3 found, below requests' `ConnectionError(MaxRetryError(reason))`."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += cast(bytes, chunk)
        if len(body) >= MAX_BODY:
            break  # the rest is dropped with the connection
    return bytes(body[:MAX_BODY])


@lru_cache(maxsize=64)
def _origin(url: str) -> Origin | None:
    """Scheme, host and port by urllib3's parser: the very one that will choose the address."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return None
    if parts.scheme not in ("http", "https") or not parts.host:
        return None
    return parts.scheme, parts.host, parts.port


def _bare(url: str) -> str:
    """Without query and user: tokens and numbers hide there."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return "?"
    return f"{parts.scheme}://{parts.host}{parts.path or ''}"


def host_of(url: str) -> str:
    """The host of this address as it will be called; "" when it is none."""
    origin = _origin(url)
    return origin[1] if origin else ""


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """True for this machine by name or address; no other name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
