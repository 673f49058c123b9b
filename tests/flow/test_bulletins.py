"""A day of commune radio: the operator has tomorrow's bulletin tonight."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.main import _run
from sandbox import Sandbox
from tests.builders import PROGRAMME, an_item
from worker.home import in_force
from worker.items.files.write import export_items
from worker.models import BulletinRow, Delivery
from worker.radio.bulletin import from_json
from worker.radio.read import bulletins_for
from worker.rehearsal.play import play
from worker.rehearsal.stage import Stage, open_stage

FIRST = date(2026, 11, 23)
STATION = "dai-luc-ngan"
MORE = """
[[segments]]
id = "phap_luat"
name = "Mỗi tuần một điều luật"
themes = ["phap_luat"]
slots = ["trua"]
channels = ["loa"]
weekdays = ["t3"]
days_without_repeat = 0
stand_by = "td-01"

[[segments]]
id = "chieu"
name = "Buổi chiều"
themes = ["thu_doan"]
slots = ["chieu"]
channels = ["loa"]
weekdays = ["t3"]
days_without_repeat = 0
stand_by = "td-01"

[radio]
stand_by = "td-02"
"""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Monday and Tuesday, played; on Monday nothing airs at 17:00, on Tuesday two items at noon."""
    (tmp_path / "schedules.toml").write_text(PROGRAMME + MORE, encoding="utf-8")
    (tmp_path / "content").mkdir()
    export_items([an_item("td-01"), an_item("td-02", title="Giả danh shipper"),
                  an_item("pl-01", theme="phap_luat", title="Luật An ninh mạng")],
                 tmp_path / "content" / "content.toml")
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    sandbox = Sandbox().start()
    stage = open_stage(FIRST, 2)
    try:
        assert play(stage, sandbox.base_url).bugs == []
    finally:
        sandbox.stop()
    monkeypatch.setenv("GIOVANG_DATABASE_URL", stage.home.settings.database_url)
    return stage


def test_the_operator_has_tomorrows_bulletin_tonight(stage: Stage) -> None:
    """Made at 17:00 the day before, every delivery of the station in it, each number one."""
    with stage.home.store.read() as s:
        rows = list(s.scalars(select(BulletinRow).where(BulletinRow.local_date >= FIRST)
                              .order_by(BulletinRow.airs_at)))
        keys = set(s.scalars(select(Delivery.id).where(Delivery.channel == "loa")))
        shown = bulletins_for(s, in_force(s), STATION, FIRST, 2, stage.clock.now())
    stage.home.close()
    found = [from_json(row.body) for row in rows]
    eve = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # 17:00 in Vietnam
    assert [(b.date, b.airing, b.number, b.made_at) for b in found] == [
        (FIRST, "11:30", 1, eve), (FIRST, "17:00", 1, eve),
        (FIRST + timedelta(days=1), "11:30", 1, eve + timedelta(days=1)),
        (FIRST + timedelta(days=1), "17:00", 1, eve + timedelta(days=1))]
    assert [b.stand_by for b in found] == [False, True, False, False]
    assert {s.delivery for b in found for s in b.airing_sections} - {""} == keys
    assert len(found[2].airing_sections) == 2
    assert all(b.training and b.voice.startswith("Tập huấn, không phát.") for b in found)
    assert shown == found


def test_a_station_s_bulletins_are_listed_and_shown(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.home.close()
    capsys.readouterr()
    assert _run(["bulletin", "list", STATION, "--date", "24/11/2026", "--days", "1", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(r["airing"], r["number"], r["state"], len(r["items"])) for r in rows] == [
        ("11:30", 1, "given", 2), ("17:00", 1, "given", 1)]
    assert _run(["bulletin", "list", STATION, "--date", "23/11/2026"]) == 0
    assert "Dự phòng" in capsys.readouterr().out

    assert _run(["bulletin", "show", STATION, "--date", "24/11/2026", "--airing", "17:00"]) == 0
    text = capsys.readouterr().out
    assert "TẬP HUẤN, KHÔNG PHÁT" in text
    assert "CHƯA DUYỆT PHÁT" in text
    assert "XƯỚNG: Đây là Đài truyền thanh xã Lục Ngạn. //" in text
    assert "Không dùng sau 18:00 ngày 24/11/2026" in text
    assert _run(["bulletin", "show", STATION, "--date", "2026-11-24", "--json"]) == 0
    assert len({from_json(json.loads(line)).key
                for line in capsys.readouterr().out.splitlines()}) == 2


@pytest.mark.parametrize(("words", "code", "told"), [
    (("bulletin", "list", "dai-la"), 2, STATION),
    (("bulletin", "show", STATION, "--date", "32/11/2026"), 2, "08/12/2026"),
    (("bulletin", "show", STATION, "--date", "24/11/2026", "--airing", "5h"), 2, "11:30, 17:00"),
    (("bulletin", "list", STATION, "--days", "0"), 2, "--days"),
])
def test_a_wrong_word_is_told_what_to_write_instead(
    stage: Stage, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, told: str,
) -> None:
    stage.home.close()
    assert _run([*words]) == code
    assert told in capsys.readouterr().err
