"""A campaign on the command line once it has begun: watched, exported, sent again, tried, found."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from console.main import _run
from tests.builders import PROGRAMME
from tests.conftest import START
from tests.store.campaigns.world import MAKER, Campaigns, campaigns
from tests.store.world import a_world
from worker.campaigns import acts, moves
from worker.campaigns.status_commands import watching
from worker.clock import SystemClock, VirtualClock
from worker.db import Store
from worker.home import TRAINING_UID, Home, create
from worker.models import Audit, Campaign, CampaignMessage, Node, RecipientList
from worker.settings import from_environment

Capture = pytest.CaptureFixture[str]
LAN, MAI, HOA = "0950000101", "0950000102", "0950000103"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Campaigns]:
    """A campaign of three that runs: one delivered, one tries used up, one waits."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    clock = VirtualClock(START)
    create(store, clock, training=True, uid=TRAINING_UID)
    made = campaigns(a_world(store, clock, tmp_path))
    campaign = made.running(made.a_list([LAN, MAI, HOA]))
    made.reached(campaign, "delivered", 1)
    with store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 2).values(
            state="exhausted", code="connect", attempts=3, counted=3, account="chinh"))
        moves.count(s, "", campaign, [moves.Moved(2, "waiting", "exhausted", "", "connect")])
        later = SystemClock().now() + timedelta(days=30)  # the commands run by the machine's clock
        s.execute(update(RecipientList).values(expires=later.date()))
        s.execute(update(Campaign).values(closes_at=SystemClock().now() + timedelta(days=1)))
    yield made
    store.close()


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def lines(capsys: Capture, *argv: str, code: int = 0) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert _run([*argv, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def audited(made: Campaigns, act: str) -> list[Audit]:
    with made.home.store.read() as s:
        return list(s.scalars(select(Audit).where(Audit.act == act)))


def test_the_only_campaign_under_way_needs_no_number(made: Campaigns, capsys: Capture) -> None:
    """A screen for a person, every figure for a program; `status` and `log` name it."""
    assert _run(["campaign", "status"]) == 0

    shown = capsys.readouterr().out
    for words in ("Đợt nhắn tin 1 «", "Đang gửi", "66,6 %  2 / 3 số",
                  "Máy chủ không nhận kết nối (connect), đã thử hết lượt: mạng khác 1",
                  "giovang campaign retry-failed 1", "! trạm phát không chạy"):
        assert words in shown
    [found] = lines(capsys, "campaign", "status", "1")
    assert (found["done"], found["left"], found["delivered"], found["exhausted"]) == (2, 1, 1, 1)
    assert _run(["log"]) == 0
    assert "còn 1 số (giovang campaign status 1)" in capsys.readouterr().err
    _run(["status"])
    assert "còn 1 số (giovang campaign status 1)" in capsys.readouterr().out


def test_several_campaigns_are_a_line_each(made: Campaigns, capsys: Capture) -> None:
    made.draft(made.a_list([HOA]), correction=True)

    rows = lines(capsys, "campaign", "status")

    assert [(r["campaign"], r["state"]) for r in rows] == [(2, "draft"), (1, "running")]
    assert _run(["campaign", "status", "--watch"]) == 2
    assert _run(["campaign", "status", "7"]) == 2


class Playing(VirtualClock):
    """Each wait is a second in which something happens."""

    def __init__(self, *happens: Any) -> None:
        super().__init__(START)
        self._happens = list(happens)

    def wait(self, event: Any, seconds: float) -> bool:
        self._happens.pop(0)()
        return super().wait(event, seconds)


def test_watching_writes_over_itself_until_it_has_ended(made: Campaigns) -> None:
    """On a terminal: no line wider, no screen higher than it; its last screen stays."""
    def ends() -> None:
        made.reached(1, "accepted", 3)
        with made.home.store.write() as s:
            acts.finish(s, START, 1)

    home = Home(made.home.settings, made.home.store, Playing(lambda: None, ends))
    said: list[str] = []
    watching(home, 1, {}, said.append, terminal=(40, 8), as_json=False)

    assert len(said) == 3
    assert all(len(line) <= 40 for text in said for line in text.split("\n"))
    assert [text.count("\n") for text in said] == [7, 7, 7]
    assert said[1].startswith("\x1b[7F\x1b[J")
    assert "Đã gửi xong" in said[2]


def test_watching_without_a_terminal_is_a_line_at_times(made: Campaigns) -> None:
    """The first look, every tenth, and the last."""
    def ends() -> None:
        made.reached(1, "accepted", 3)
        with made.home.store.write() as s:
            acts.finish(s, START, 1)

    home = Home(made.home.settings, made.home.store, Playing(*[lambda: None] * 11, ends))
    said: list[str] = []
    watching(home, 1, {}, said.append, terminal=None, as_json=False)

    assert [text.partition(" ")[0] for text in said] == ["08:00:00", "08:00:10", "08:00:12"]
    assert "đã gửi xong" in said[-1]


@pytest.mark.parametrize(("more", "code", "words"), [
    (("--numbers", "--as", MAKER), 2, "--reason"),
    (("--numbers", "--reason", "đối chiếu", "--as", "soan"), 1, "dieu_phoi"),
    (("--state", "gone"), 2, "gone"),
])
def test_an_export_that_may_not_be_leaves_no_file(
    made: Campaigns, tmp_path: Path, capsys: Capture, more: tuple[str, ...], code: int, words: str
) -> None:
    """Whole numbers without a reason or by somebody else; a state there is not."""
    assert _run(["campaign", "export", "1", str(tmp_path / "kq.csv"), *more]) == code

    assert words in capsys.readouterr().err
    assert not (tmp_path / "kq.csv").exists()
    assert not audited(made, "campaign_export")


def test_whole_numbers_are_exported_with_a_reason_on_record(
    made: Campaigns, tmp_path: Path
) -> None:
    assert _run(["campaign", "export", "1", str(tmp_path / "kq.csv"), "--numbers", "--reason",
                 "đối chiếu với nhà mạng", "--state", "waiting", "--as", MAKER]) == 0

    with (tmp_path / "kq.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert [row[3] for row in rows] == ["Số điện thoại", HOA]
    [told] = audited(made, "campaign_export")
    assert (told.actor, told.subject, told.detail["reason"]) == (
        MAKER, "1", "đối chiếu với nhà mạng")


def test_sending_again_is_told_before_and_asked(
    made: Campaigns, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody to answer: nothing. With --yes: how many of what, and they wait."""
    typed(monkeypatch, "")
    assert _run(["campaign", "retry-failed", "1", "--as", MAKER]) == 2
    assert "--yes" in capsys.readouterr().err
    assert made.states(1) == ["delivered", "exhausted connect", "waiting"]

    [row] = lines(capsys, "campaign", "retry-failed", "1", "--yes", "--as", MAKER)

    assert (row["code"], row["messages"]) == ("connect", 1)
    assert made.states(1) == ["delivered", "waiting", "waiting"]
    assert _run(["campaign", "retry-failed", "1", "--code", "la", "--as", MAKER]) == 2


def test_a_test_send_takes_its_numbers_from_stdin(
    made: Campaigns, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker sends it: without one nothing is taken; a slip of a number is not repeated."""
    typed(monkeypatch, f"{LAN}\n")
    assert _run(["campaign", "test", "1", "--as", MAKER]) == 1
    assert "không chạy" in capsys.readouterr().err
    with made.home.store.write() as session:
        now = SystemClock().now()
        session.add(Node(id="may", incarnation=1, version="", started_at=now, heartbeat_at=now))
    typed(monkeypatch, f"{LAN}\n+84 950 000 102\n")
    rows = lines(capsys, "campaign", "test", "1", "--wait", "0", "--as", MAKER, code=1)

    assert [(r["number"], r["state"]) for r in rows] == [
        ("•••••••101", "waiting"), ("•••••••102", "waiting")]
    assert made.states(1) == ["delivered", "exhausted connect", "waiting"]
    typed(monkeypatch, "09500001\n")
    assert _run(["campaign", "test", "1", "--as", MAKER]) == 2
    assert "09500001" not in capsys.readouterr().err
    assert _run(["campaign", "test", "1", "--to-seeds", "--as", MAKER]) == 2
    assert len(audited(made, "campaign_test")) == 1


def test_find_tells_what_a_number_was_sent(
    made: Campaigns, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"{MAI}\n")
    place, message = lines(capsys, "find", "--as", MAKER)

    assert (place["list"], place["source_row"]) == (1, 3)
    assert (message["campaign"], message["state"], message["reason"]) == (
        1, "exhausted", "Máy chủ không nhận kết nối")
    typed(monkeypatch, f"{MAI}\n")
    assert _run(["find", "--as", MAKER]) == 0
    assert "Đã thử hết lượt" in capsys.readouterr().out
