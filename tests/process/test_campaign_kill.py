"""A campaign and a worker that dies: no number twice, none skipped, by the gateway's own count."""

import json
import platform
import random
import secrets
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.builders import settings_for
from tests.process.installation import Installation, installed, schedules, until
from tests.store.campaigns.bed import put
from tests.store.lists import ORIGIN, Lists
from worker.campaigns import moves
from worker.campaigns.keys import key_of
from worker.campaigns.runner import AHEAD
from worker.clock import SystemClock
from worker.home import Home
from worker.lists.store import accept
from worker.models import Campaign, CampaignMessage
from worker.settings import PRODUCT

RESULTS = PRODUCT / "var" / "ket-qua" / "chien-dich.jsonl"
MAY_BE_MISSING = frozenset({"uncertain", "rejected", "exhausted"})
#: begun and not settled when a worker dies: two slices ahead, one on the wire, one answered
SLICES = 4


def _a_list(made: Installation, folder: Path, count: int) -> int:
    settings = replace(settings_for(made.home), home=made.home, var=made.home / "var")
    lists = Lists(Home(settings, made.store, SystemClock()), folder)
    # lower numbers order faults of the sandbox
    path = lists.file([f"095{n:07d}" for n in range(1_000, 1_000 + count)])
    origin = replace(ORIGIN, document_date=datetime.now(UTC).date(), expires=date(2099, 1, 1))
    staged = lists.staged(path, origin, chunk=2000)
    accept(lists.home, lists.ring(), staged, "bien-tap")
    return staged.list_id


def _rest(made: Installation, campaign: int) -> int:
    with made.store.read() as session:
        found = moves.counts(session, campaign)
        return found.waiting + found.flying


def _prove(folder: Path, url: str, kills: int, count: int, rate: float) -> dict[str, object]:
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    rng, never = random.Random(seed), threading.Event()
    with installed(folder, url, schedules(1, rate=rate)) as made:
        made.start().running()
        campaign = put(made.store, datetime.now(UTC), _a_list(made, folder, count),
                       priority="khan_cap", priority_rank=0)
        for _ in range(kills):
            never.wait(rng.uniform(0.1, 1.8 * count / rate / kills))
            made.workers[-1].kill()
            worker = made.start()
            if rng.random() < 0.8:
                worker.running()
        until("everything is settled", lambda: _rest(made, campaign) == 0,
              120 + 3 * count / rate, made.standing)
        assert made.workers[-1].running().end() == 0
        figures = _hold(made, campaign, most_uncertain=kills * SLICES * max(1, int(rate * AHEAD)))
    sys.stdout.write(f"{figures}\n")
    return {"seed": seed, "kills": kills, "rate": rate, **figures}


def _hold(made: Installation, campaign: int, *, most_uncertain: int) -> dict[str, int]:
    far = Counter(row["key"] for row in made.taken("sms"))
    with made.store.read() as session:
        nonce = bytes.fromhex(session.get_one(Campaign, campaign).nonce)
        rows = {key_of(nonce, campaign, m.row): m.state for m in session.scalars(
            select(CampaignMessage).where(CampaignMessage.campaign_id == campaign))}
        kept = moves.counts(session, campaign)
    ours = {key: far[key] for key in rows if far[key]}
    doubled = {key: n for key, n in ours.items() if n > 1}
    assert not doubled, f"sent more than once: {doubled}"
    missing = [k for k, state in rows.items() if state not in MAY_BE_MISSING and not far[k]]
    assert not missing, f"neither sent nor accounted for: {len(missing)}"
    uncertain = [k for k, state in rows.items() if state == "uncertain"]
    assert len(uncertain) <= most_uncertain
    states = Counter(rows.values())
    assert sum(kept.messages.values()) == len(rows)
    assert {s: kept.of(s) for s in states} == dict(states)
    return {"messages": len(rows), "taken": sum(ours.values()), "uncertain": len(uncertain),
            "uncertain_taken": sum(far[k] for k in uncertain)}


def test_a_killed_worker_neither_doubles_nor_skips_a_number(
    tmp_path: Path, empty_url: str
) -> None:
    """Five kills while 1,000 messages go out."""
    figures = _prove(tmp_path, empty_url, kills=5, count=1_000, rate=300)
    assert figures["messages"] == 1_000


@pytest.mark.long
def test_fifty_kills_of_twenty_thousand(tmp_path: Path, empty_url: str) -> None:
    """The figures are kept for docs/proof.md."""
    figures = _prove(tmp_path, empty_url, kills=50, count=20_000, rate=400)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": empty_url.partition(":")[0], "python": platform.python_version(),
            **figures}) + "\n")
    assert figures["messages"] == 20_000
