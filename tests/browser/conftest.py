"""A real Chromium, Debian's own; it may reach loopback only."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

#: no telephone home, and a proxy that is not there for everything but loopback
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1;localhost",
    "--autoplay-policy=no-user-gesture-required",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", headless=True,
                                          args=list(FLAGS))
        yield browser
        browser.close()
