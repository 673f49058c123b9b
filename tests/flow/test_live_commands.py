"""check --live and figures on the command line."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from console.main import _run
from sandbox import Sandbox
from tests.builders import PROGRAMME, in_force, some_people
from tests.conftest import START
from tests.deliveries import DAY, add_batch, add_delivery, add_occurrence
from worker import lock
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.models import Aftercare, DeliveryFigures
from worker.settings import from_environment

Capture = pytest.CaptureFixture[str]
KEY = "11111111-1111-5111-8111-111111111111"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    running = Sandbox().start()
    monkeypatch.setenv("GIOVANG_SANDBOX_URL", running.base_url)
    yield running
    running.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    in_force(store)
    some_people(store)
    yield store
    store.close()


def told(capsys: Capture, *argv: str) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    code = _run([*argv, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# ---------------------------------------------------------------------- check --live


@pytest.mark.usefixtures("home", "sandbox")
def test_every_account_is_asked_while_the_worker_runs(capsys: Capture) -> None:
    """The worker has the lock of the home; looking needs none."""
    held = lock.take(from_environment().var)

    code, rows = told(capsys, "check", "--live")

    held.close()
    assert code == 0
    assert [(r["channel"], r["account"], r["ok"]) for r in rows] == [
        (channel, "chinh", True) for channel in ("sms", "facebook", "website", "loa")]
    assert {r["code"] for r in rows} == {"ok"}


@pytest.mark.usefixtures("home")
def test_a_failing_account_is_told_with_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Nobody listens where the sandbox should be; the folder of the site can be written."""
    monkeypatch.setenv("GIOVANG_SANDBOX_URL", "http://127.0.0.1:9")

    code, rows = told(capsys, "check", "--live")

    assert code == 1
    assert {r["channel"]: r["ok"] for r in rows} == {
        "sms": False, "facebook": False, "website": True, "loa": True}
    assert all(r["todo"] for r in rows if not r["ok"])
    assert _run(["check", "--live", "--channel", "website"]) == 0
    out, err = capsys.readouterr()
    assert ("OK" in out, "HỎNG" in out) == (True, False)
    assert "TẬP HUẤN" in err
    assert _run(["check", "--live", "--channel", "sms"]) == 1
    assert "HỎNG" in capsys.readouterr().out
    assert (tmp_path / "var").exists()


@pytest.mark.usefixtures("home", "sandbox")
def test_a_channel_without_its_secret_is_no_reason_to_ask_no_other(
    tmp_path: Path, capsys: Capture
) -> None:
    """A template that cannot be read holds its channel up as a wrong key does."""
    (tmp_path / "templates" / "sms").mkdir(parents=True)
    (tmp_path / "templates" / "sms" / "text.j2").write_text("{{ hong", encoding="utf-8")

    code, rows = told(capsys, "check", "--live")

    assert code == 1
    assert [r["channel"] for r in rows if not r["ok"]] == ["sms"]
    assert "text.j2:1" in rows[0]["detail"]


@pytest.mark.usefixtures("home", "sandbox")
@pytest.mark.parametrize(("wrong", "words"), [
    ("--live --channel khong-co", "khong-co"), ("--live --apply", "chỉ chọn một"),
    ("--channel sms", "chỉ dùng với --live")])
def test_options_that_do_not_go_together_are_refused(
    wrong: str, words: str, capsys: Capture
) -> None:
    assert _run(["check", *wrong.split()]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_a_real_installation_with_missing_secrets_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """One channel that cannot be built is one row that fails; the file channels are well."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=False)
    in_force(store, PROGRAMME.replace("env:TOKEN", "file:khong-co").replace("env:KEY",
                                                                            "file:cung-khong"))
    store.close()

    code, rows = told(capsys, "check", "--live")

    found = {r["channel"]: r for r in rows}
    assert code == 1
    assert not found["facebook"]["ok"]
    assert "file:khong-co" in found["facebook"]["detail"]
    assert "ghi khóa vào tệp này" in found["facebook"]["todo"]
    assert (found["loa"]["ok"], found["website"]["ok"]) == (True, True)


# ---------------------------------------------------------------------- figures


@pytest.fixture
def counted(home: Store) -> Store:
    """One post with its figures of an hour, and those of a day taken a day late."""
    hour, late = timedelta(hours=1), timedelta(hours=48)
    with home.write() as s:
        batch = add_batch(s, add_occurrence(s), channel="facebook")
        add_delivery(s, batch, KEY, target="trang", state="delivered", ref="1_2")
        for mark, age, counts in (("1h", hour, {"views": 120, "shares": 3}),
                                  ("24h", late, {"views": 900})):
            of = {"delivery_id": KEY, "day": DAY}
            s.execute(insert(Aftercare), [{
                **of, "kind": mark, "channel": "facebook", "account": "chinh", "target": "trang",
                "published_at": START, "due_at": START + hour, "next_at": START + hour,
                "asked_until": None, "tries": 1, "failures": 0, "state": "done", "code": "",
                "detail": "", "ended_at": START + age}])
            s.execute(insert(DeliveryFigures), [{
                **of, "mark": mark, "at": START + age, "age": int(age.total_seconds()),
                "counts": counts}])
    return home


@pytest.mark.usefixtures("counted")
def test_figures_are_shown_with_their_real_age(capsys: Capture) -> None:
    code, rows = told(capsys, "figures", "td-01", "--from", "2026-11-24")

    assert code == 0
    assert [(r["mark"], r["age"], r["late"], r["counts"]) for r in rows] == [
        ("1h", 3600, False, {"views": 120, "shares": 3}), ("24h", 172800, True, {"views": 900})]
    assert rows[0]["published_at"] == "2026-11-24T08:00:00+07:00"
    assert _run(["figures"]) == 0
    out = capsys.readouterr().out
    assert "lượt xem 120, chia sẻ 3" in out
    assert "24h (trễ: 48 giờ)" in out
    for none in (["--to", "2026-11-23"], ["--from", "2026-11-25"], ["--channel", "sms"]):
        assert told(capsys, "figures", *none) == (0, [])
    assert _run(["figures", "khong-co"]) == 2
    assert _run(["figures", "--from", "2026-11-25", "--to", "2026-11-24"]) == 2


@pytest.mark.usefixtures("counted")
def test_a_figure_that_was_not_given_is_empty_in_the_file_never_0(tmp_path: Path) -> None:
    assert _run(["figures", "--csv", str(tmp_path / "so.csv")]) == 0

    with (tmp_path / "so.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(r["mark"], r["views"], r["shares"]) for r in csv.DictReader(file)] == [
            ("1h", "120", "3"), ("24h", "900", "")]


@pytest.mark.usefixtures("counted")
def test_the_story_of_a_delivery_has_its_figures(capsys: Capture) -> None:
    code, story = told(capsys, "log", "--delivery", KEY)

    assert code == 0
    assert [(r["what"], r["views"]) for r in story] == [("figures-1h", 120), ("figures-24h", 900)]
