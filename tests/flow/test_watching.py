"""status, log, alarms, ack on the command line: what they say, and with which exit code."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from console.main import _run
from tests.builders import PROGRAMME, in_force, some_people
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.alarms.store import raise_alarm
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.models import AccountRow, Item, Node, ProgrammeVersion, StopOrder
from worker.outbox import events
from worker.outbox.keys import delivery_key
from worker.settings import from_environment

KEY = "11111111-1111-5111-8111-111111111111"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database of a training home, as the commands open it."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    in_force(store)
    some_people(store)
    yield store
    store.close()


def now() -> datetime:
    """The commands run by the machine's clock."""
    return SystemClock().now()


def beat(store: Store, age: int, *, stopped: bool = False) -> None:
    moment = now()
    with store.write() as s:
        s.execute(insert(Node), [{
            "id": "n", "incarnation": 1, "version": "0", "started_at": moment,
            "heartbeat_at": moment - timedelta(seconds=age),
            "stopped_at": moment if stopped else None,
        }])


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    code = _run([*argv, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("age", "stopped", "code"),
    [(0, False, 0), (80, False, 0), (95, False, 1), (0, True, 1), (None, False, 1)],
)
def test_status_is_1_when_no_worker_beat_in_90_seconds(
    here: Store, capsys: pytest.CaptureFixture[str], age: int | None, stopped: bool, code: int
) -> None:
    if age is not None:
        beat(here, age, stopped=stopped)

    got, (line,) = told(capsys, "status")

    assert got == code
    assert line["ok"] is line["worker"]["alive"] is (code == 0)


@pytest.mark.parametrize(("age", "stopped", "words"), [
    (0, True, "đã được dừng đúng cách lúc 20"), (95, False, "không được dừng đúng cách"),
    (None, False, "chưa chạy lần nào"), (10, False, "Còn sống: 1"),
])
def test_status_says_how_the_last_run_ended(
    here: Store, capsys: pytest.CaptureFixture[str], age: int | None, stopped: bool, words: str
) -> None:
    """Stopped in order, died, or never started: three different nights for whoever is on duty."""
    if age is not None:
        beat(here, age, stopped=stopped)

    _run(["status"])
    text = capsys.readouterr().out
    _, (line,) = told(capsys, "status")

    assert words in text
    assert (line["worker"]["stopped_at"] is not None) == stopped
    assert (line["worker"]["beat_at"] is None) == (age is None)


@pytest.mark.parametrize(("hours", "code"), [(23, 1), (25, 0)])
def test_status_is_1_for_a_day_after_a_missed_slot(
    here: Store, capsys: pytest.CaptureFixture[str], hours: int, code: int
) -> None:
    beat(here, 0)
    with here.write() as s:
        occurrence = add_occurrence(s)
        events.append(s, now() - timedelta(hours=hours), "n", [
            events.Note(occurrence.id, "expired", None, {"channel": c}) for c in ("sms", "loa")])

    got, (line,) = told(capsys, "status")

    assert (got, line["missed_24h"]) == (code, code)


def test_status_counts_what_wants_a_person(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recalled and still public is to be taken down; an SMS cannot be, but is counted."""
    with here.write() as s:
        sms = add_batch(s, add_occurrence(s))
        page = add_batch(s, add_occurrence(s, "s/toi/2026-11-24/1"), channel="facebook")
        for n, (batch, state) in enumerate([
            (sms, "delivered"), (sms, "uncertain"), (sms, "rejected"), (page, "accepted"),
            (page, "recalled"),
        ]):
            add_delivery(s, batch, f"{n}", target=f"t{n}", state=state)
        s.execute(update(Item).values(state="recalled"))
        s.execute(insert(StopOrder), [{"channel": "*", "reason": "sai tin", "by": "duyet",
                                       "at": now()}])
        s.execute(insert(AccountRow), [{
            "channel": "sms", "account": "*", "paused_by": "duyet", "paused_at": now(),
            "paused_reason": "hết tiền", "blocked_code": "", "failures": 0, "value_version": 0,
            "value": ""}])
        raise_alarm(s, now(), "c", "disk", "serious", "đầy")

    _, (line,) = told(capsys, "status")

    assert (line["recalled_still_public"], line["recalled_sms_out"]) == (1, 2)
    assert (line["uncertain"], line["alarms"]) == (1, 1)
    assert line["stops"][0]["reason"] == "sai tin"
    assert line["pauses"][0]["reason"] == "hết tiền"
    assert [n["slot"] for n in line["next"]].count("trua") >= 1
    _run(["status"])
    text = capsys.readouterr().out
    for words in ("TẬP HUẤN", "! DỪNG KHẨN CẤP *", "! Tạm dừng sms/*", "! 2 SMS", "! 1 sự cố"):
        assert words in text


def test_alarms_are_listed_taken_and_shown_when_closed(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    with here.write() as s:
        raise_alarm(s, now(), "c", "disk", "serious", "đĩa còn 10 MB")

    _, (alarm,) = told(capsys, "alarms")
    assert (alarm["name"], alarm["severity"]) == ("Đĩa sắp đầy", "serious")
    assert _run(["ack", str(alarm["alarm"])]) == 2
    assert _run(["ack", str(alarm["alarm"]), "--as", "duyet"]) == 0
    assert _run(["ack", str(alarm["alarm"]), "--as", "soan"]) == 1

    _, (alarm,) = told(capsys, "alarms", "--all")
    assert alarm["acked_by"] == "duyet"


def test_log_pages_and_stories(here: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with here.write() as s:
        occurrence = add_occurrence(s)
        batch = add_batch(s, occurrence)
        keys = [f"{n:08d}-0000-5000-8000-000000000000" for n in range(3)]
        for n, key in enumerate(keys):
            add_delivery(s, batch, key, target=f"t{n}", state="delivered")
        events.append(s, now(), "n", [
            events.Note(occurrence.id, "settled", keys[0], {"state": "delivered"})])

    code, lines = told(capsys, "log", "--from", "2026-11-24", "--to", "2026-11-24")
    assert (code, [line["key"] for line in lines]) == (0, keys[::-1])
    _, lines = told(capsys, "log", "--to", "2026-11-24", "--limit", "1", "--after", keys[2])
    assert [line["key"] for line in lines] == [keys[1]]
    _, lines = told(capsys, "log", "--delivery", keys[0])
    assert [line["what"] for line in lines] == ["settled"]
    _run(["log", "--to", "2026-11-24", "--limit", "2"])
    assert keys[1] in capsys.readouterr().err  # where to go on


def test_log_to_files(
    here: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with here.write() as s:
        add_delivery(s, add_batch(s, add_occurrence(s)), KEY)
    asked = ["log", "--to", "2026-11-24"]

    assert _run([*asked, "--csv", str(tmp_path / "a.csv")]) == 0
    assert _run([*asked, "--xlsx", str(tmp_path / "a.xlsx")]) == 0
    assert capsys.readouterr().out == ""
    assert KEY in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"
    assert _run([*asked, "--csv", str(tmp_path / "khong-co" / "a.csv")]) == 2


@pytest.mark.parametrize(
    "argv",
    [
        ["log", "--state", "sai"], ["log", "--after", "nope"], ["log", "--delivery", "nope"],
        ["log", "--from", "hom qua"], ["log", "--to", "30/02/2026"], ["log", "--limit", "0"],
        ["log", "--from", "2026-11-25", "--to", "24/11/2026"],
        ["log", "--channel", "nope"], ["log", "--item", "nope"], ["log", "--target", "nope"],
        ["plan", "--from", "9999-12-31"], ["plan", "--from", "01/01/0001"],
        ["rehearse", "--from", "9999-12-31"], ["items", "--theme", "nope"],
        ["alarms", "--nope"], ["ack", "99", "--as", "duyet"], ["ack", "x", "--as", "duyet"],
        ["start", "--channel", "nope", "--as", "duyet"], ["resume", "nope", "--as", "duyet"],
        ["golive", "--test", "nope", "--as", "duyet"],
        ["backup", "khong-co/a.tar.gz", "--as", "duyet"],
    ],
)
def test_a_wrong_question_is_one_line_and_2(
    here: Store, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    """What was typed and what to type instead, in the reader's language; never an empty answer."""
    assert _run(argv) == 2
    text = capsys.readouterr()
    assert text.out == ""
    assert len(text.err.splitlines()) == 1
    assert ";" in text.err
    assert not re.search(r"Traceback|Error|Input|No such|lỗi của phần mềm", text.err)


def test_a_test_message_makes_no_real_installation(
    here: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A slip on a training machine: the commands after it still find the training database."""
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")

    assert _run(["golive", "--test", "sms", "--as", "duyet"]) == 2
    assert "giovang golive" in capsys.readouterr().err
    assert from_environment().database_url == here.url


@pytest.mark.parametrize("argv", [["log"], ["alarms"], ["status"], ["plan", "--from", "1/12/2026"]])
@pytest.mark.parametrize(("name", "value", "words"), [
    ("GIOVANG_HOME", "trong", "chưa có cơ sở dữ liệu"),
    ("GIOVANG_DATABASE_URL", "nope", "GIOVANG_DATABASE_URL"),
    ("GIOVANG_PORT", "nhieu", "GIOVANG_PORT"),
    ("GIOVANG_GRACE", "601", "GIOVANG_GRACE"),
])
def test_an_installation_that_is_not_there_is_one_line_and_2(
    here: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, argv: list[str], name: str, value: str, words: str,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / value) if name == "GIOVANG_HOME" else value)

    assert _run(argv) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_installation_without_a_programme_says_what_to_do(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made, but nothing taken up yet: the next step, not an empty table."""
    with here.write() as s:
        s.execute(delete(ProgrammeVersion))

    for argv in (["log"], ["alarms"], ["status"], ["plan", "--from", "1/12/2026"]):
        assert _run(argv) == 2
        assert "giovang check --apply" in capsys.readouterr().err


def test_what_was_once_sent_to_is_found_though_the_programme_has_it_no_more(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log of a channel and a target that an edit took away is still theirs."""
    with here.write() as s:
        batch = add_batch(s, add_occurrence(s), channel="kenh-cu")
        add_delivery(s, batch, KEY, target="noi-cu", kind="recall")

    code, (line,) = told(capsys, "log", "--from", "24/11/2026", "--to", "24/11/2026",
                         "--channel", "kenh-cu", "--target", "noi-cu")
    _run(["log", "--to", "2026-11-24"])

    assert (code, line["key"]) == (0, KEY)
    assert "Thu hồi: " in capsys.readouterr().out


def test_resume_lets_a_refused_account_be_tried_and_closes_its_alarm(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """`resume KÊNH` after a 401: every account of it; the one a person paused is named."""
    with here.write() as s:
        for account, paused, failures in (("chinh", None, 3), ("*", now(), 0)):
            s.execute(insert(AccountRow), [{
                "channel": "sms", "account": account, "paused_by": "soan" if paused else None,
                "paused_at": paused, "paused_reason": "", "failures": failures,
                "blocked_until": now() + timedelta(hours=1) if failures else None,
                "blocked_code": "auth", "value_version": 0, "value": ""}])
        raise_alarm(s, now(), "account:sms/chinh", "account", "serious", "401")

    assert _run(["resume", "sms/chinh", "--as", "duyet"]) == 0
    assert "còn tạm dừng: sms" in capsys.readouterr().err
    assert _run(["resume", "sms", "--as", "duyet"]) == 0
    assert _run(["resume", "sms", "--as", "duyet"]) == 1
    assert told(capsys, "alarms")[1] == []


def test_a_failed_recall_is_taken_up_again_on_the_command_line(
    here: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """`resolve MÃ --send-again`, then `recall TIN`: nothing is left to be tried."""
    with here.write() as s:
        occurrence = add_occurrence(s)
        out = add_batch(s, occurrence, channel="facebook")
        add_delivery(s, out, KEY, target="trang", state="delivered")
        batch = add_batch(s, occurrence, channel="facebook", ordinal=1)
        batch.kind = "recall"
        key = delivery_key(str(TRAINING_UID), occurrence, "recall", 1, "facebook", "trang")
        add_delivery(s, batch, key, target="trang", state="rejected", kind="recall",
                     refers_to=KEY)
        s.execute(update(Item).values(state="recalled"))

    given = ["--reason", "thử", "--as", "duyet"]
    assert _run(["resolve", key, "--did-not", *given]) == 1
    assert _run(["resolve", key, "--send-again", *given]) == 0
    _, (line,) = told(capsys, "log", "--to", "2026-11-24", "--state", "ready")
    assert (line["kind"], line["key"]) == ("recall", key)
    assert _run(["recall", "td-01", *given]) == 1
    assert "không còn nơi nào" in capsys.readouterr().err
