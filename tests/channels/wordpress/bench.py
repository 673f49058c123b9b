"""The channel as a programme builds it, speaking to the real WordPress of the tests."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Attachment, Message
from channels.wire import Wire
from components.tcp_fault_proxy import FaultProxy
from tests.channels.conftest import PATIENCE, RealClock, a_message
from tests.wordpress import WordPressSite

MESSAGE = a_message("wordpress", extra={"slug": "gv-td-01", "summary": "Tóm tắt",
                                        "date": "2026-11-24"})
NEW = a_message("wordpress", extra=dict(MESSAGE.extra), text="<p>Lời mới</p>")


class Patient(RealClock):
    """The wall clock of this very minute: WordPress dates its articles itself."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def channel(site: WordPressSite, home: Path = Path(), url: str = "", role: str = "author",
            password: str = "", **options: Any) -> Any:
    login = {"env:USER": role, "env:PASSWORD": password or site.passwords.get(role, "x")}
    spec = ChannelSpec(
        "website", "wordpress",
        (AccountSpec("chinh", {"user": "env:USER", "password": "env:PASSWORD"}),),
        options={"url": url or site.url, **options}, timeout=2 * PATIENCE)
    return build_channel(spec, Context(
        wire=Wire(training=False, secrets=login.values()), clock=Patient(),
        secrets=login.__getitem__, folder=home, home=home))


def changed(**values: Any) -> Message:
    return a_message("wordpress", **{"extra": dict(MESSAGE.extra), **values})


def double(site: WordPressSite) -> int:
    """As a create that came through late: the same content once more; WordPress appends -2."""
    (first,) = site.posts("publish")
    made = site.rest("POST", "posts", "author", title=first["title"], slug=first["slug"],
                     content=first["content"], status="publish")
    assert made["slug"] == f"{first['slug']}-2"
    return int(made["id"])


def lose_the_create(proxy: FaultProxy, wp: Any, mode: str) -> Callable[[], None]:
    """The looks pass, the create is hit, and is waited for not long; gives what mends it."""
    call, patience = wp._rest.call, wp._rest._timeout

    def calls(method: str, *rest: Any, **body: Any) -> Any:
        if method == "POST":
            proxy.mode = mode
            wp._rest._timeout = 2.0 if mode == "black_hole" else patience
        return call(method, *rest, **body)

    def mend() -> None:
        wp._rest.call, wp._rest._timeout, proxy.mode = call, patience, "pass"

    wp._rest.call = calls
    return mend


def png(shade: int) -> bytes:
    """A picture of one pixel."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b""))


def pictures(home: Path, count: int, alt: str = "Ảnh “lừa đảo”") -> tuple[Attachment, ...]:
    for n in range(count):
        (home / f"{n}.png").write_bytes(png(n))
    return tuple(Attachment(f"{n}.png", hashlib.sha256(png(n)).hexdigest(), f"{alt} {n}")
                 for n in range(count))
