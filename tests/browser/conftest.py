"""A real Chromium, Debian's own; it may reach loopback only."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.store.conftest import planned_sqlite, world

__all__ = ["chromium", "planned_sqlite", "planned_url", "world"]

#: a page on a busy machine comes late: what is waited for is waited for as long as a click is
expect.set_options(timeout=30_000)

#: no telephone home, and a proxy that is not there for everything but loopback
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1;localhost",
    "--autoplay-policy=no-user-gesture-required",
)


# not for the session: while it is open, Playwright keeps an event loop running in this thread,
# and no other test could run one of its own
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", headless=True,
                                          args=list(FLAGS), timeout=180_000)
        yield browser
        browser.close()


@pytest.fixture
def planned_url(tmp_path: Path, planned_sqlite: Path) -> str:
    """The usual world of the store tests, on the embedded database only: pages ask no other."""
    return f"sqlite:///{shutil.copy(planned_sqlite, tmp_path / 'world.sqlite3')}"
