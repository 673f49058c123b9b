"""
A rehearsal is the worker itself under a virtual clock: two are equal to the byte, and whatever
goes wrong at the far side, nothing is published twice by the far side's own count.
"""

import json
import re
import secrets
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sandbox import Sandbox
from tests.builders import PROGRAMME, an_item
from worker.items.files.write import export_items
from worker.models import Delivery
from worker.outbox.events import broken_chain
from worker.rehearsal.play import Played, play
from worker.rehearsal.stage import Stage, open_stage

FIRST = date(2026, 11, 23)
DAYS = 2

MORE = """
[[channels]]
id = "cong"
type = "wordpress"
name = "Cổng thông tin"
options = { url = "https://example.org" }
accounts = [{ id = "chinh", secrets = { user = "env:USER_WP", password = "env:PASS_WP" } }]
targets = [{ id = "cong", name = "Cổng", address = "https://example.org" }]

[[segments]]
id = "chieu"
name = "Buổi chiều"
themes = ["phap_luat", "thu_doan"]
slots = ["chieu"]
channels = ["sms", "facebook", "cong"]
days_without_repeat = 0
stand_by = "td-01"
"""
TARGET = """
[[channels.targets]]
id = "to-{n}"
name = "Tổ {n}"
address = "095000010{n}"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a small programme of five channels and four items."""
    more = "".join(TARGET.format(n=n) for n in (2, 3, 4))
    page = '\n[[channels]]\nid = "facebook"'
    text = PROGRAMME.replace(page, more + page)
    assert "to-4" in text
    (tmp_path / "schedules.toml").write_text(text + MORE, encoding="utf-8")
    (tmp_path / "content").mkdir()
    export_items([
        an_item("td-01"), an_item("td-02"), an_item("pl-01", theme="phap_luat"),
        an_item("pl-02", theme="phap_luat"),
    ], tmp_path / "content" / "content.toml")
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    return tmp_path


class Rehearsed:
    """A rehearsal and the far side's own count of it."""

    def __init__(self, faults: str = "") -> None:
        sandbox = Sandbox(faults=faults).start()
        self.stage: Stage = open_stage(FIRST, DAYS)
        try:
            self.played: Played = play(self.stage, sandbox.base_url)
        finally:
            sandbox.stop()
        self.taken: list[dict[str, Any]] = sandbox.store.taken
        self.articles = sandbox.store.articles
        with self.stage.home.store.read() as s:
            self.deliveries = list(s.scalars(select(Delivery)))
            chains = {broken_chain(s, d.occurrence_id) for d in self.deliveries}
        self.stage.home.close()
        assert chains == {None}
        assert self.played.bugs == []

    def lines(self) -> str:
        """What `rehearse --json` prints."""
        return "\n".join(json.dumps(r, ensure_ascii=False, sort_keys=True)
                         for r in self.played.rows)

    def count(self, delivery: Delivery) -> int:
        """How often the far side published it: SMS by our key, posts by the visible tag."""
        if delivery.channel == "sms":
            return sum(1 for m in self.taken if m["key"] == delivery.id)
        posts = [m["text"] for m in self.taken if m["channel"] == "facebook"]
        return sum(delivery.tag in text for text in posts)


def test_the_days_are_played_as_planned(home: Path) -> None:
    """Every channel, every day, at its hour; the stations' scripts the evening before."""
    rows = Rehearsed().played.rows
    assert Counter((r["channel"], r["state"]) for r in rows) == {
        ("sms", "accepted"): 4 * 2 * DAYS, ("facebook", "delivered"): 2 * DAYS,
        ("website", "delivered"): DAYS, ("loa", "accepted"): DAYS, ("cong", "delivered"): DAYS}
    assert rows == sorted(rows, key=lambda r: (r["at"], r["channel"], r["target"]))
    at = {(r["channel"], r["at"][11:16]) for r in rows}
    assert at == {("sms", "11:30"), ("sms", "17:00"), ("facebook", "11:30"),
                  ("facebook", "17:00"), ("website", "11:30"), ("cong", "17:00"),
                  ("loa", "17:00")}
    assert (home / "var" / "chay-thu").is_dir()


@pytest.mark.parametrize("faults", ["", "hat-giong-3"])
def test_two_rehearsals_are_equal_to_the_byte(home: Path, faults: str) -> None:
    """The same programme, items and faults: the same lines, keys, tries and ids."""
    first, second = Rehearsed(faults), Rehearsed(faults)
    assert first.lines() == second.lines()
    assert home.exists()


@pytest.mark.parametrize("number", range(20))
def test_nothing_is_published_twice_whatever_goes_wrong(home: Path, number: int) -> None:
    """
    429, 500 though posted, 503, HTML, broken JSON, cut: by the far side's own count no delivery
    more than once; exactly once unless the log says otherwise.
    """
    seed = secrets.token_hex(4)  # new in every run; shown when it fails, to be played again
    print(f"{number}: faults {seed} in {home}")  # noqa: T201
    rehearsed = Rehearsed(seed)
    for d in rehearsed.deliveries:
        assert d.state not in ("queued", "ready", "sending")
        if d.channel not in ("sms", "facebook"):
            continue
        count = rehearsed.count(d)
        assert count <= 1, (d.channel, d.target, d.state)
        if d.state in ("accepted", "delivered"):
            assert count == 1, (d.channel, d.target)
        if d.state in ("rejected", "exhausted", "expired", "cancelled"):
            assert count == 0, (d.channel, d.target, d.state, d.code)
    # a second article of one airing would have got "…-2" as its address
    assert not [a["slug"] for a in rehearsed.articles.values() if re.search(r"-\d$", a["slug"])]


def test_the_faults_were_real(home: Path) -> None:
    """Seeds do make things go wrong: something was tried again, something was asked for."""
    tried = [d for n in range(3) for d in Rehearsed(f"hat-giong-{n}").deliveries]
    assert sum(1 for d in tried if d.attempts > 1) > 3
    assert home.exists()
