"""Several workers: each stands in `status`, with its beat and its version."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.builders import in_force as put_in_force
from tests.builders import settings_for
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker import nodes
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home, in_force
from worker.models import Attempt, Campaign, Node
from worker.outbox import events
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


def add_campaign(session: Session, occurrence: str, **more: Any) -> None:
    add_occurrence(session, occurrence)
    session.add(Campaign(
        name="x", occurrence_id=occurrence, nonce="0" * 32, channel="sms", item_id="td-01",
        item_version=1, priority="uu_tien", priority_rank=1, purpose="cong_ich", text="x",
        fields=[], parts=1, weights={}, state="running", state_at=START, state_by="soan",
        starts_at=START, closes_at=START + 86_400 * S, counts={}, created_by="soan",
        created_at=START, total=1, until_row=1, queued_at=START, approved_by="duyet",
        approved_at=START, **more))
    session.flush()


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
    assert "máy may-a, phiên bản 1.4.0: 10 giây trước, phút qua gửi 0 tin" in text
    assert "phiên bản khác nhau" in text
    assert found["ok"]


def test_what_each_has_sent_in_the_last_minute(home: Home) -> None:
    """Tries of slots that were taken, and the part of a campaign's slices that is not older."""
    now = START + 300 * S
    for name in ("may-a", "may-b", "may-c"):
        starts(home.store, name, now, "1.5.0")
    with home.store.write() as session:
        batch = add_batch(session, add_occurrence(session))
        for n, (node, outcome, age) in enumerate((
            ("may-a", "accepted", 5), ("may-a", "delivered", 59), ("may-a", "rejected", 5),
            ("may-a", "accepted", 61), ("may-b", None, 1), ("may-b", "accepted", 2),
        )):
            key = f"{n:08d}-1111-5111-8111-111111111111"
            add_delivery(session, batch, key, target=f"noi-{n}")
            session.add(Attempt(
                delivery_id=key, day=batch.day, number=1, account="chinh", node=node,
                lease_token="x", begun_at=now - age * S, deadline_at=now,
                ended_at=now if outcome else None, outcome=outcome))
        add_campaign(session, "chien-dich:1/-/2026-11-24/1", last_begun_at=now - 10 * S)
        add_campaign(session, "chien-dich:2/-/2026-11-24/1", last_begun_at=now - 900 * S)
    for node, campaign, age, taken in (("may-a", 1, 3, 100), ("may-b", 1, 55, 100),
                                       ("may-b", 1, 70, 100), ("may-a", 2, 900, 100)):
        with home.store.write() as session:
            events.append(session, now - age * S, node, [events.Note(
                f"chien-dich:{campaign}/-/2026-11-24/1", "slice", None,
                {"states": {"accepted": taken, "rejected": 7}, "seconds": 10.0, "parts": 0})])

    found = {n["node"]: n["sent_minute"] for n in told(home, now)["nodes"]}

    assert found == {"may-a": 102, "may-b": 51, "may-c": 0}
    assert "máy may-a, phiên bản 1.5.0: 0 giây trước, phút qua gửi 102 tin" in to_text(
        told(home, now))


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
