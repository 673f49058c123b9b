"""
Several machines in use while a worker, a console or PostgreSQL dies every half a minute: a
campaign, a slot each minute on every channel, persons and stations. Judged by what the far sides
wrote down before they answered.
"""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.process.soak.faults import DECK, SHORT
from tests.process.soak.run import Size, soak
from worker.settings import PRODUCT

RESULTS = PRODUCT / "var" / "ket-qua" / "nhieu-may.jsonl"


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A cluster that may crash: what it has committed it must still have."""
    cluster = Cluster(fsync=True)
    yield cluster
    cluster.remove()


def test_twenty_seconds_of_faults(tmp_path: Path, mortal: Cluster) -> None:
    """As many losses as fit, no kind of them twice before each came once."""
    size = Size(seconds=20, count=700, rate=40, every=(1.5, 3.5), down=(0.3, 1.0), deck=SHORT,
                settle=600, workers=2, consoles=1)
    assert soak(tmp_path, mortal, size, secrets.randbits(32))["wrong"] == []


@pytest.mark.long
def test_half_an_hour_of_faults(tmp_path: Path, mortal: Cluster) -> None:
    """The figures are kept for docs/proof.md. SOAK_MINUTES, SOAK_SEED: another length, again."""
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seed = int(os.environ.get("SOAK_SEED", secrets.randbits(32)))
    count = round(200_000 * minutes / 30)
    # a fifth more than the campaign would need without faults
    size = Size(seconds=60 * minutes, count=count, rate=round(count / (0.8 * 60 * minutes)),
                every=(15.0, 35.0), down=(2.0, 8.0), deck=DECK, settle=900)
    found = soak(tmp_path, mortal, size, seed)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **found}
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    assert found["wrong"] == []
