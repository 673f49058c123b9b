"""
Random faults on every online channel at once, an act of a person or an accident in the middle:
judged by what the far side shows and ever showed, not by what the product says of itself.
"""

import json
import platform
import secrets
import shutil
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from sandbox import Sandbox
from tests.process.online import Doc
from tests.process.online_run import MINUTE, OPENS, Run
from worker.home import in_force
from worker.log_query import effective_state
from worker.models import Batch, Delivery
from worker.outbox.keys import edits
from worker.outbox.takeback import FAILED
from worker.settings import PRODUCT
from worker.status import gather

RESULTS = PRODUCT / "var" / "ket-qua" / "kenh-truc-tuyen.jsonl"
#: states in which a far side may hold nothing of a delivery
MAY_BE_MISSING = frozenset({"uncertain", "rejected", "exhausted", "expired", "cancelled"})
#: lines of boards end with the slot
ENDING = frozenset({"bang", "bang_json"})


class Row(NamedTuple):
    """A delivery of the slot, or a correction of one."""

    kind: str
    item: str
    state: str
    edit: bool


def judge(run: Run) -> None:
    """At the end, long after the fault is gone."""
    home = run.worker.home
    docs = run.far.look(run.now)
    with home.store.read() as session:
        told = gather(session, run.now, in_force(session), home)
        found = session.execute(
            select(Delivery, Batch.item_id, effective_state())
            .join(Batch, Batch.id == Delivery.batch_id)
            .where(Delivery.day == OPENS.date(), Delivery.kind != "recall")).all()
    places: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for d, item, state in found:
        run.figures["deliveries"] += 1
        run.figures[f"ended_{state}"] += 1
        places[d.channel, d.target].append(Row(d.kind, item, state, edits(d.kind, d.id, d.tag)))
    for (channel, target), rows in places.items():
        here = [d for d in docs if (d.channel, d.target) == (channel, target)]
        for row in rows:
            _exactly_once(run, channel, target, row, here)
        fixes = {r.state for r in rows if r.kind == "correct"}
        if fixes & set(FAILED) and not fixes & {"accepted", "delivered"}:
            run.note(f"not corrected: {channel}/{target} {rows}")
        for d in here:
            _explained(run, d, rows)
    for d in docs:
        if d.item in run.recalled:
            run.note(f"recalled and still there: {d}")
    if told["recalled_still_public"] or told["prepared_not_withdrawn"]:
        run.note(f"status still tells: {told['recalled_places']}")


def _exactly_once(run: Run, channel: str, target: str, row: Row, here: list[Doc]) -> None:
    ever = run.far.ever[channel, target, row.item]
    now = {d.ident for d in here if d.item == row.item and d.public and d.ident}
    where = f"{channel}/{target} {row}: ever {ever}, now {now}"
    if row.state not in MAY_BE_MISSING | {"accepted", "delivered", "recalled"}:
        run.note(f"still on its way: {where}")
    if row.kind == "correct" and (channel, target) in run.told_by_hand:
        return
    if row.state in ("accepted", "delivered", "recalled") and not ever:
        run.note(f"never there: {where}")
    if row.state in ("accepted", "delivered") and row.item not in run.recalled and (
            channel not in ENDING and len(now) != 1):
        run.note(f"not there once: {where}")


def _explained(run: Run, doc: Doc, rows: list[Row]) -> None:
    """The log does not deny what people see."""
    if not any(r.item == doc.item and r.state in ("accepted", "delivered", "uncertain")
               for r in rows):
        run.note(f"there, and the log denies it: {doc}, {rows}")


def play(folder: Path, url: str, seed: int) -> Run:
    sandbox = Sandbox().start()
    try:
        return Run(seed, sandbox, folder, url).play(judge)
    finally:
        sandbox.stop()


def runs(folder: Path, count: int, first: int) -> tuple[Counter[str], dict[int, list[str]]]:
    """So many runs; figures, and of those that went wrong what."""
    figures: Counter[str] = Counter()
    wrong: dict[int, list[str]] = {}
    for seed in range(first, first + count):
        sys.stdout.write(f"run {seed}\n")
        home = folder / str(seed)
        home.mkdir()
        run = play(home, f"sqlite:///{home / 'giovang.sqlite3'}", seed)
        figures += run.figures
        figures.update(run.acts)
        if run.wrong:
            wrong[seed] = [str(run.acts), *run.wrong]
        shutil.rmtree(home)
    return figures, wrong


@pytest.mark.parametrize("fault", ["401", "429", "500"])
def test_what_a_page_published_by_itself_stands_in_status(
    tmp_path: Path, sandbox: Sandbox, sqlite_url: str, fault: str
) -> None:
    """Scheduled, then the page answers nobody: recalled, it is listed until it is gone."""
    run = Run(1, sandbox, tmp_path, sqlite_url)
    run.since, run.until = OPENS - 5 * MINUTE, OPENS + 30 * MINUTE
    run.acts, run.moments = ["recall"], [OPENS + 3 * MINUTE]
    run.rules = [{"path": "/graph/", "modes": [fault], "probability": 1, "seed": "1"}]

    run.play(judge)

    assert run.wrong == []
    assert run.listed >= {("facebook", "trang"), ("facebook", "trang-hai")}


def test_random_faults_on_every_online_channel(tmp_path: Path) -> None:
    """Twenty days, each with its own faults and acts."""
    first = secrets.randbits(32)
    sys.stdout.write(f"seed {first}\n")
    figures, wrong = runs(tmp_path, 20, first)
    sys.stdout.write(f"{dict(figures)}\n")
    assert not wrong


@pytest.mark.long
def test_three_hundred_days_of_faults(tmp_path: Path) -> None:
    """The figures are kept for docs/proof.md."""
    first = secrets.randbits(32)
    sys.stdout.write(f"seed {first}\n")
    figures, wrong = runs(tmp_path, 300, first)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "seed": first, "runs": 300,
            "python": platform.python_version(), "wrong": wrong, **figures}) + "\n")
    assert not wrong
