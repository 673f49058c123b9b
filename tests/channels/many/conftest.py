"""Fixtures: a raw gateway, a channel pointed at a server of the test's, its window."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel, Windowed
from channels.build import build_channel
from channels.many.window import HttpWindow
from channels.options import AccountSpec, ChannelSpec, Context
from channels.sms_http import SmsHttp
from channels.values import Message
from channels.wire import Wire
from tests.channels.conftest import GATEWAYS, PATIENCE, SECRETS, RealClock
from tests.channels.many.raw import Deed, Raw

Serve = Callable[..., Raw]
Make = Callable[..., SmsHttp]
Open = Callable[[Channel], HttpWindow]

#: what the gateways of these tests ask for
OWN_SECRETS = dict.fromkeys(("key", "api", "password"), "env:KEY") | {"user": "env:USER"}
#: a gateway in one line, without a key it would know again
PLAIN: dict[str, Any] = {
    "name": "thử", "url": "{base}/gui", "base": "http://127.0.0.1:9", "phone": "84",
    "headers": {"Authorization": "Bearer {secret:key}"},
    "body": {"phone": "{phone}", "text": "{text}", "key": "{key}"},
    "success": {"path": "status", "equals": ["ok"]}, "id": "id",
}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(*deeds)`: a raw gateway that does these to its first requests."""
    servers: list[Raw] = []

    def start(*deeds: Deed, **how: Any) -> Raw:
        servers.append(Raw(*deeds, **how))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(url, gateway)`: a channel pointed there."""

    def made(
        url: str, gateway: str | dict[str, Any] = "", *, wire: Wire | None = None,
        timeout: float = PATIENCE, parallel: int = 4, sender: str = "",
        login: tuple[str, str] = ("", ""), **options: Any,
    ) -> SmsHttp:
        known = GATEWAYS.get(gateway) if isinstance(gateway, str) else None
        secrets = {**(known or OWN_SECRETS), "callback": "env:CALLBACK"}
        given = {**SECRETS, "env:CALLBACK": "http://127.0.0.1:9/r?a=1"}
        if any(login):
            given |= {"env:USER": login[0], "env:KEY": login[1]}
        channel = build_channel(
            ChannelSpec(
                "sms", "sms_http", (AccountSpec("chinh", secrets, {"sender": sender}),),
                options={"gateway": gateway or PLAIN, "url": url, **options}, timeout=timeout,
                max_parallel=parallel,
            ),
            Context(
                wire=wire or Wire(training=True, secrets=SECRETS.values()), clock=RealClock(),
                secrets=given.__getitem__,
                folder=tmp_path, home=tmp_path,
            ),
        )
        assert isinstance(channel, SmsHttp)
        return channel

    return made


@pytest.fixture
def window_of() -> Iterator[Open]:
    """`window_of(channel)`: its window, closed with the test."""
    windows: list[HttpWindow] = []

    def opened(channel: Channel) -> HttpWindow:
        assert isinstance(channel, Windowed)
        window = channel.open("chinh")
        assert isinstance(window, HttpWindow)
        windows.append(window)
        return window

    yield opened
    for window in windows:
        window.close()


def through(window: HttpWindow, message: Message, **limits: float) -> Any:
    """What a window says of one message."""
    assert window.offer(message, **limits)
    found = window.drain(2 * PATIENCE)
    assert [key for key, _ in found] == [message.key]
    return found[0][1]
