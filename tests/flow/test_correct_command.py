"""`giovang correct` on the command line: what was sent wrong is corrected by one act, once."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from console.main import _run
from tests.builders import PROGRAMME, an_item
from tests.fakes import (
    CorrectingChannel,
    FakeChannel,
    FakeOffice,
    FarSide,
    RecallableChannel,
    Recorder,
)
from worker import nodes
from worker.clock import SystemClock
from worker.db import Store, store_now
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline
from worker.home import TRAINING_UID, create, in_force
from worker.items import approval
from worker.items.store import import_items
from worker.models import Alarm, Batch, Campaign, CampaignMessage, Delivery, Person
from worker.programme.load import load_text
from worker.settings import from_environment

Capture = pytest.CaptureFixture[str]
AS = ["--as", "phoi"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """td-01 is wrong, dc-01 corrects it: both urgent, so that they go out now."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    assert _run(["person", "add", "phoi", "--name", "Phối", "--role", "dieu_phoi",
                 "--role", "quan_tri"]) == 0
    for name, role in (("soan", "nguoi_soan"), ("duyet", "nguoi_duyet"), ("hai", "nguoi_duyet")):
        assert _run(["person", "add", name, "--name", name, "--role", role, *AS]) == 0
    assert _run(["check", "--apply", *AS]) == 0
    now = SystemClock().now()
    with store.write() as s:
        import_items(s, now, [an_item(priority="khan_cap"),
                              an_item("dc-01", priority="khan_cap", title="Số đúng",
                                      body="So dung la 113. Ma {{ ma_tin }}.")], "soan")
        for item in ("td-01", "dc-01"):
            approval.submit(s, now, load_text(PROGRAMME, "schedules.toml"), from_environment(),
                            item, s.get_one(Person, "soan"))
            for by in ("duyet", "hai")[:1 if item == "dc-01" else 2]:
                approval.approve(s, now, item, s.get_one(Person, by))
    store.close()
    (tmp_path / "ds.csv").write_text("SĐT\n0950000101\n0950000102\n", encoding="utf-8")
    return tmp_path


def drained(home: Path) -> dict[str, FakeChannel]:
    """What the worker would do now; gives the far sides."""
    store, clock, far = Store(from_environment().database_url), SystemClock(), FarSide()
    fakes: dict[str, FakeChannel] = {
        "sms": FakeChannel("sms", far), "facebook": CorrectingChannel("facebook", far),
        "website": CorrectingChannel("website", far), "loa": RecallableChannel("loa", far)}
    with store.read() as s:
        force = in_force(s)
    office = FakeOffice(from_environment(), store, clock, True, None, force, fakes=fakes).open()  # type: ignore[arg-type]
    for name in fakes:
        with store.write() as s:
            worker = nodes.register(s, store_now(s, clock), "may-1")
        dispatcher = Dispatcher(office, name, worker, Inline(), Recorder())
        while dispatcher.turn():
            pass
    store.close()
    return fakes


def test_a_wrong_item_is_corrected_everywhere_by_one_act(home: Path, capsys: Capture) -> None:
    # given td-01 went out at once on every channel, and to a list
    assert _run(["publish", "td-01", "--now", *AS]) == 0
    first = drained(home)
    assert len(first["sms"].sent) == 1
    last = SystemClock().now().date().replace(day=1, year=SystemClock().now().year + 1)
    assert _run(["campaign", "create", "--item", "td-01", "--list", str(home / "ds.csv"),
                 "--purpose", "cong_ich", "--basis", "public_task", "--ordered-by", "UBND xã",
                 "--document", "12/KH-UBND", "--date", "2026-01-05", "--source", "sổ hộ dân",
                 "--expires", last.isoformat(), "--yes", *AS]) == 0
    store = Store(from_environment().database_url)
    with store.write() as s:
        now = SystemClock().now()
        s.execute(update(Campaign).values(first_begun_at=now))
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 1)
                  .values(state="delivered", account="chinh", begun_at=now))

    # when the correction has one approver only, it is refused and nothing happens
    assert _run(["correct", "td-01", "--with", "dc-01", "--reason", "sai số", *AS]) == 1
    assert "chưa được duyệt" in capsys.readouterr().err
    assert _run(["correct", "td-01", "--with", "dc-01", *AS]) == 2
    assert _run(["approve", "dc-01", "--as", "hai"]) == 0
    capsys.readouterr()
    assert _run(["correct", "td-01", "--with", "dc-01", "--reason", "sai số", *AS]) == 0

    # then
    told = capsys.readouterr().err
    for words in ("đính chính td-01 bằng dc-01", "đã dừng hẳn đợt nhắn tin 1",
                  "đợt đính chính 2 cho đợt 1"):
        assert words in told
    _run(["status", "--json"])
    places = json.loads(capsys.readouterr().out)["recalled_places"]
    assert {p["channel"] for p in places} >= {"sms", "facebook"}
    drained_again = drained(home)
    assert "So dung la 113" in drained_again["sms"].sent[0].text
    assert isinstance(drained_again["facebook"], CorrectingChannel)
    assert len(drained_again["facebook"].edited) == 1
    _run(["status", "--json"])
    left = json.loads(capsys.readouterr().out)["recalled_places"]
    assert [p["channel"] for p in left if p["channel"] in ("sms", "facebook")] == []
    assert _run(["campaign", "approve", "2", "--as", "duyet"]) == 0
    with store.read() as s:
        states = s.scalars(select(CampaignMessage.state).where(CampaignMessage.campaign_id == 2)
                           .order_by(CampaignMessage.row)).all()
        assert states == ["waiting", "left_out"]
        assert "recall:td-01" in s.scalars(select(Alarm.cause)).all()

    # and said again, there is nothing to be done twice
    assert _run(["correct", "td-01", "--with", "dc-01", "--reason", "sai số", *AS]) == 1
    with store.read() as s:
        fixes = s.scalars(select(Delivery.channel).where(Delivery.kind == "correct")
                          .order_by(Delivery.channel)).all()
        assert s.scalars(select(Batch.priority_rank).where(Batch.kind == "correct").distinct()
                         ).all() == [0]
    assert fixes.count("sms") == fixes.count("facebook") == 1
    assert _run(["log", "--item", "dc-01"]) == 0
    assert "Đính chính: " in capsys.readouterr().out
    store.close()


def test_a_campaign_alone_is_corrected_by_its_number(home: Path, capsys: Capture) -> None:
    """`campaign create --corrects`: a list is not asked for, and both at once are a mistake."""
    assert _run(["campaign", "create", "--item", "dc-01", "--yes", *AS]) == 2
    assert _run(["campaign", "create", "--item", "dc-01", "--corrects", "1", "--list", "1", "--yes",
                 *AS]) == 2
    assert "--corrects" in capsys.readouterr().err
    assert _run(["approve", "dc-01", "--as", "hai"]) == 0
    assert _run(["campaign", "create", "--item", "dc-01", "--corrects", "9", "--yes", *AS]) == 2
    assert "đợt 9" in capsys.readouterr().err
