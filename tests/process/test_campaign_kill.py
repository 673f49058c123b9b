"""A campaign and a worker that dies: no number twice, none skipped, by the gateway's own count."""

import json
import platform
import random
import secrets
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.process.installation import PATIENCE, Installation, installed, schedules, until
from tests.process.trained import a_list, flying, hold, rest, states
from tests.store.campaigns.bed import put
from worker.settings import PRODUCT

RESULTS = PRODUCT / "var" / "ket-qua" / "chien-dich.jsonl"
#: the same channel over SMPP, whose gateway keeps receipts until somebody has stored them
_SMPP = {
    'type = "sms_http"': 'type = "sms_smpp"',
    'options = { gateway = "sandbox", max_parts = 2 }':
        'options = { host = "smsc.example", window = 20, max_parts = 2 }',
    'secrets = { key = "env:KEY" }': 'secrets = { system_id = "env:A", password = "env:B" }',
}


def _over_smpp(text: str) -> str:
    for old, new in _SMPP.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _prove(
    folder: Path, url: str, kills: int, count: int, rate: float, *, receipts: bool = False
) -> dict[str, object]:
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    rng, never = random.Random(seed), threading.Event()
    text = schedules(1, rate=rate)
    with installed(folder, url, _over_smpp(text) if receipts else text) as made:
        made.start().running()
        campaign = put(made.store, datetime.now(UTC), a_list(made, folder, count),
                       priority="khan_cap", priority_rank=0)
        for _ in range(kills):
            never.wait(rng.uniform(0.1, 1.8 * count / rate / kills))
            made.workers[-1].kill()
            worker = made.start()
            if rng.random() < 0.8:
                worker.running()
        until("everything is settled", lambda: rest(made, campaign) == 0,
              PATIENCE + 3 * count / rate, made.standing)
        if receipts:
            made.workers[-1].running()
            until("the receipts have told", lambda: _told(made, campaign), told=made.standing)
        assert made.workers[-1].running().end() == 0
        figures = hold(made, campaign, most_uncertain=kills * flying(rate))
    sys.stdout.write(f"{figures}\n")
    return {"seed": seed, "kills": kills, "rate": rate, **figures}


def _told(made: Installation, campaign: int) -> bool:
    """Of whatever the gateway took a receipt has said what became of it."""
    taken = {row["key"] for row in made.taken("smpp")}
    by_key = states(made, campaign)
    return all(by_key[key] == "delivered" for key in taken if key in by_key)


def test_receipts_end_every_doubt_about_what_was_taken(tmp_path: Path, empty_url: str) -> None:
    """
    Five kills, and a gateway that keeps receipts over the lost bind: what stays uncertain is
    exactly what its count lacks.
    """
    figures = _prove(tmp_path, empty_url, kills=5, count=1_000, rate=300, receipts=True)
    assert figures["uncertain_taken"] == 0
    assert figures["taken"] == 1_000 - int(str(figures["uncertain"]))


@pytest.mark.long
def test_receipts_after_fifty_kills_of_twenty_thousand(tmp_path: Path, empty_url: str) -> None:
    """The figures are kept for docs/proof.md."""
    figures = _prove(tmp_path, empty_url, kills=50, count=20_000, rate=400, receipts=True)
    _keep(empty_url, {"receipts": True, **figures})
    assert figures["uncertain_taken"] == 0
    assert figures["taken"] == 20_000 - int(str(figures["uncertain"]))


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
    _keep(empty_url, figures)
    assert figures["messages"] == 20_000


def _keep(url: str, figures: dict[str, object]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": url.partition(":")[0], "python": platform.python_version(),
            **figures}) + "\n")
