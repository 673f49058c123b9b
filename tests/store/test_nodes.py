"""Several workers: each stands in `status`, with its beat and its version."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.builders import in_force as put_in_force
from tests.builders import settings_for
from tests.conftest import START
from worker import nodes
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home, in_force
from worker.models import Node
from worker.status import gather, to_text

S = timedelta(seconds=1)


@pytest.fixture
def home(store: Store, clock: VirtualClock, tmp_path: Path) -> Home:
    put_in_force(store)
    return Home(settings_for(tmp_path), store, clock)


def starts(store: Store, name: str, at: datetime, version: str) -> None:
    with store.write() as session:
        nodes.register(session, at, name)
        session.execute(update(Node).where(Node.id == name).values(version=version))


def told(home: Home, now: datetime) -> dict[str, Any]:
    with home.store.read() as session:
        return gather(session, now, in_force(session), home)


def test_old_and_new_side_by_side(home: Home) -> None:
    """During an upgrade both are shown; one alone needs no line."""
    starts(home.store, "may-a", START, "1.4.0")
    assert "may-a" not in to_text(told(home, START))
    starts(home.store, "may-b", START + 3 * S, "1.5.0")

    found = told(home, START + 10 * S)

    assert [(n["node"], n["version"], n["alive"], n["age_seconds"]) for n in found["nodes"]] == [
        ("may-a", "1.4.0", True, 10), ("may-b", "1.5.0", True, 7)]
    text = to_text(found)
    assert "máy may-a, phiên bản 1.4.0: 10 giây trước" in text
    assert "phiên bản khác nhau" in text
    assert found["ok"]


def test_the_dead_and_the_stopped(home: Home) -> None:
    """One that was not stopped in order wants a person; after a day neither is shown."""
    for name in ("may-a", "may-b", "may-c"):
        starts(home.store, name, START, "1.5.0")
    with home.store.write() as session:
        nodes.signed_off(session, START, "may-b")
    starts(home.store, "may-c", START + 100 * S, "1.5.0")

    found = told(home, START + 120 * S)

    assert [(n["node"], n["alive"], n["stopped_at"] is None) for n in found["nodes"]] == [
        ("may-c", True, True), ("may-a", False, True), ("may-b", False, False)]
    lines = to_text(found).splitlines()
    assert any(line.startswith("! máy may-a") and "không chạy" in line for line in lines)
    assert any(line.startswith("  máy may-b") and "đã dừng" in line for line in lines)
    assert "khác nhau" not in "".join(lines)
    assert [n["node"] for n in told(home, START + 86_460 * S)["nodes"]] == ["may-c"]
