"""Fixtures of the channel tests: the sandbox in a thread, a fault proxy before it, a bench."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.smpp.channel import SmsSmpp
from channels.values import Message
from channels.wire import Wire
from channels.zalo.state import MemoryState
from components.tcp_fault_proxy import FaultProxy, StreamFaultProxy
from sandbox import Sandbox
from tests.channels.ear import Ear

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
#: what `env:` secrets stand for; a secret that begins with "sai" is refused by the sandbox
SECRETS = {
    "env:KEY": "khoa-bi-mat-0123",
    "env:USER": "nguoi-dang-bai",
    "env:WRONG": "sai-khoa-bi-mat",
}
TIMEOUT = 0.4  #: seconds of a try whose far side says nothing, or too slowly
PATIENCE = 30.0  #: seconds of any other: a machine that stalls is not a far side that is silent
SILENT = ("black_hole", "trickle", "mute")  #: modes that end with the time of a try


def patience(mode: str, *, ordered: bool = False) -> float:
    """
    Seconds of a try while the proxy is in this mode; `ordered`: while the sandbox behind it is,
    of which the proxy passes on whole answers alone, so that half a one is silence, too.
    """
    return TIMEOUT if mode in SILENT or (ordered and mode == "cut") else PATIENCE


class RealClock:
    """Monotonic time is real, for sockets are; the wall clock stands still."""

    def now(self) -> datetime:
        return NOW

    def elapsed(self) -> float:
        return time.monotonic()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox().start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[FaultProxy]:
    with FaultProxy(sandbox.port) as proxy:
        yield proxy


@pytest.fixture
def wire() -> Wire:
    return Wire(training=True, secrets=SECRETS.values())


@dataclass
class Far:
    """The far side, asked and ordered through its own control address."""

    sandbox: Sandbox

    def order(self, path: str, *modes: str) -> None:
        """The next requests below `path` go wrong in these ways, one each."""
        self._control("faults", {"rules": [{"path": path, "modes": list(modes)}]})

    def taken(self) -> int:
        """How many messages the far side holds to be public."""
        return int(self._control("count")["taken"])

    def messages(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self._control("messages")["messages"]
        return listed

    def _control(self, what: str, body: object = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self.sandbox.base_url}/_sandbox/{what}"
        with urllib.request.urlopen(url, data, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            return json.load(answer)


@pytest.fixture
def far(sandbox: Sandbox) -> Far:
    return Far(sandbox)


#: type -> options, secrets, target; all of them as a programme writes them
KINDS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "sms_http": ({"gateway": "sandbox"}, {"key": "env:KEY"}, "0950005678"),
    "sms_smpp": (
        {"host": "127.0.0.1"}, {"system_id": "env:USER", "password": "env:KEY"}, "0950005678"
    ),
    "facebook": ({"version": "v26.0"}, {"token": "env:KEY"}, "1234567"),
    "wordpress": ({"url": "http://127.0.0.1:9"}, {"user": "env:USER", "password": "env:KEY"}, "w"),
    "static_site": ({"base_url": "https://tin.vi-du.invalid/"}, {}, "trang"),
    "webhook": (
        {"allow_private": True, "answer": "id", "ping": True}, {"secret": "env:KEY"}, "app-xa"),
    "http_json": ({"service": "sandbox"}, {"key": "env:KEY"}, "kenh-xa"),
    "zalo_oa": (
        {"cover_url": "https://tin.vi-du.invalid/bia.jpg"},
        {"app_id": "env:USER", "app_secret": "env:KEY", "refresh_token": "env:KEY"}, "oa"),
    "cap": ({"sender": "canh-bao@vi-du.invalid"}, {}, "luc-ngan"),
    "board": ({}, {}, "nga-tu"),
    "loudspeaker": ({}, {}, "luc-ngan"),
    "box": ({"way": "folder", "folder": "hop-phat"}, {}, "luc-ngan"),
}
#: gateways that come described with the product: secrets an account of theirs has
GATEWAYS: dict[str, dict[str, str]] = {
    "kannel": {"user": "env:USER", "password": "env:KEY"},
    "esms": {"api_key": "env:USER", "secret_key": "env:KEY"},
    "speedsms": {"token": "env:KEY"},
    "vietguys": {"user": "env:USER", "password": "env:KEY"},
}
KINDS |= {name: ({"gateway": name}, secrets, "0950005678") for name, secrets in GATEWAYS.items()}
SMS = ("sms_http", "sms_smpp", *GATEWAYS)
HTTP_PATHS = {
    "sms_http": "/sms", "facebook": "/graph", "wordpress": "/wp-json", "webhook": "/hooks",
    "http_json": "/push", "zalo_oa": "/zalo",
} | {
    name: f"/{name}" for name in GATEWAYS
}


@dataclass
class Bench:
    """Builds channels that speak to `base_url` with the secrets above."""

    base_url: str
    folder: Path
    wire: Wire
    smpp_port: int = 9
    built: list[Channel] = field(default_factory=list)
    state: MemoryState = field(default_factory=MemoryState)

    def build(
        self, kind: str, *, wrong: bool = False, timeout: float = PATIENCE, **options: Any
    ) -> Channel:
        """`wrong`: with credentials that the far side refuses; `timeout`: see `patience`."""
        given, secrets, target = KINDS[kind]
        if wrong:
            secrets = {n: at if at == "env:USER" else "env:WRONG" for n, at in secrets.items()}
        if kind == "facebook":
            options = {"url": f"{self.base_url}/graph"} | options
        if kind == "wordpress":
            options = {"url": self.base_url} | options
        if kind == "webhook":
            options = {"url": f"{self.base_url}/hooks"} | options
        if kind == "zalo_oa":
            base = f"{self.base_url}/zalo"
            options = {"url": base, "oauth_url": base} | options
        if kind == "sms_smpp":
            options = {"port": self.smpp_port} | options
        if kind in GATEWAYS:
            options = {"url": f"{self.base_url}/{kind}"} | options
        spec = ChannelSpec(
            kind,
            "sms_http" if kind in GATEWAYS else kind,
            (AccountSpec("chinh", secrets),),
            targets={target: "chinh"},
            options={**given, **options},
            timeout=timeout,
        )
        context = Context(
            wire=self.wire,
            clock=RealClock(),
            secrets=SECRETS.__getitem__,
            folder=self.folder,
            home=self.folder,
            sandbox_url=self.base_url,
            state=self.state,
        )
        self.built.append(build_channel(spec, context))
        return self.built[-1]


@pytest.fixture
def stream(sandbox: Sandbox) -> Iterator[StreamFaultProxy]:
    """The same for SMPP."""
    with StreamFaultProxy(sandbox.port) as proxy:
        yield proxy


@pytest.fixture
def bench(
    proxy: FaultProxy, stream: StreamFaultProxy, tmp_path: Path, wire: Wire
) -> Iterator[Bench]:
    bench = Bench(proxy.url, tmp_path, wire, stream.port)
    yield bench
    for channel in bench.built:
        if isinstance(channel, SmsSmpp):
            channel.close()


def a_message(kind: str, **changes: Any) -> Message:
    """A message that fits this kind of channel."""
    values: dict[str, Any] = {
        "key": "3f1c9f0e-0000-5000-8000-000000000001",
        "target": KINDS[kind][2],
        "text": "<p>Cảnh báo lừa đảo</p>" if KINDS[kind] and kind in _HTML else "Canh bao lua dao",
        "title": "Cảnh báo",
        "tag": "LN-0412",
        "first_try_at": NOW,
        "extra": {"slug": "canh-bao", "summary": "Tóm tắt", "date": "2026-11-24", "time": "05:30"},
    }
    if kind in ("facebook", "zalo_oa"):
        values["text"] += "\nMã tin: LN-0412"
    return Message(**{**values, **changes})


_HTML = ("wordpress", "static_site")

@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.stop()


Soon = Callable[[], float]


@pytest.fixture
def soon() -> Soon:
    """A deadline that leaves room for one try."""
    return lambda: time.monotonic() + 2 * PATIENCE
