"""The file and the version in force change together, or neither does; both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.builders import PROGRAMME, settings_for
from tests.conftest import START
from tests.store.world import World
from worker.alarms.store import open_alarms
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import Refused, UserError
from worker.home import Home, in_force
from worker.programme import disk, private, saving
from worker.programme.draft import draft
from worker.programme.edit import data_of
from worker.programme.effects import effects
from worker.programme.load import load_text
from worker.programme.model import WEEKDAYS
from worker.programme.saving import Moved, look, newest, put_back, save, take_up
from worker.programme.sections import BY_SLUG
from worker.programme.versions import accept
from worker.programme.watch import Watch

LATER = PROGRAMME.replace('start = "11:30"', 'start = "11:15"')
CONFIRM = PROGRAMME + "\n[settings]\nconfirm_edits = true\n"


def home_of(store: Store, folder: Path, text: str = PROGRAMME) -> Home:
    home = Home(replace(settings_for(folder), var=folder / "var"), store, VirtualClock(START))
    home.settings.schedules.write_text(text, encoding="utf-8")
    with store.write() as session:
        accept(session, START, text, "he-thong")
    return home


def stands(home: Home) -> tuple[int, str, str]:
    with home.store.read() as session:
        force = newest(session)
        return force.id, force.text, home.settings.schedules.read_text(encoding="utf-8")


def test_saved_the_file_and_the_version_say_the_same(store: Store, tmp_path: Path) -> None:
    home = home_of(store, tmp_path)
    home.settings.schedules.chmod(0o640)
    first = stands(home)[0]

    save(home, first, "an", LATER)

    assert stands(home) == (first + 1, LATER, LATER)
    assert home.settings.schedules.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("how", ["version", "file", "mistake"])
def test_what_is_not_saved_changes_nothing(store: Store, tmp_path: Path, how: str) -> None:
    home = home_of(store, tmp_path)
    base, text = stands(home)[0], LATER
    if how == "version":
        save(home, base, "binh", PROGRAMME.replace('end = "13:00"', 'end = "12:45"'))
    elif how == "file":
        home.settings.schedules.write_text(PROGRAMME + "# tay\n", encoding="utf-8")
    else:
        text = LATER.replace("17:00", "25:00")
    before = stands(home)

    with pytest.raises(UserError) as refused:
        save(home, base, "an", text)

    assert isinstance(refused.value, Moved) is (how != "mistake")
    assert stands(home) == before


def test_a_commit_that_fails_leaves_the_file_as_it_was(store: Store, tmp_path: Path) -> None:
    home = home_of(store, tmp_path)
    before = stands(home)

    class Failing(Store):
        @contextmanager
        def write(self) -> Iterator[Session]:
            with store.write() as session:
                yield session
                raise ConnectionError

    broken = Failing.__new__(Failing)
    broken.__dict__ |= store.__dict__
    with pytest.raises(ConnectionError):
        save(replace(home, store=broken), before[0], "an", LATER)

    assert stands(home) == before


def test_a_file_that_cannot_be_replaced_is_refused_in_words(
    store: Store, tmp_path: Path
) -> None:
    """Before anything is committed: the version in force stays, too."""
    home = home_of(store, tmp_path)
    link = tmp_path / "that"
    link.mkdir()
    there = home.settings.schedules
    moved = there.rename(link / "schedules.toml")
    there.symlink_to(moved)
    save(home, stands(home)[0], "an", LATER)  # a link stays a link
    assert there.is_symlink()
    assert moved.read_text(encoding="utf-8") == LATER

    with pytest.raises(Refused, match="chưa thay đổi gì"):
        disk.replace(Path("/proc/version"), b"x")


def test_the_watch_takes_nothing_up_that_the_console_is_saving(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `confirm_edits`, too: no Sự cố stays of a change that a person agreed to."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    home = home_of(store, tmp_path, CONFIRM)
    taken: list[int] = []
    watch = Watch(home, lambda: taken.append(stands(home)[0]))
    watch.look()
    assert taken == []
    base = stands(home)[0]
    save(home, base, "an", CONFIRM.replace('start = "11:30"', 'start = "11:15"'))
    save(home, base + 1, "an", CONFIRM)  # back to the earlier text

    watch.look()
    watch.look()

    assert taken == [base + 2]
    with store.read() as session:
        assert open_alarms(session) == []


def test_others_versions_are_planned_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check --apply` and another node: not at the next hour."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    home = home_of(store, tmp_path)
    taken: list[str] = []
    watch = Watch(home, lambda: taken.append("now"))
    with store.write() as session:
        accept(session, START, LATER, "an", apply=True)
    home.settings.schedules.write_text(LATER, encoding="utf-8")

    watch.look()

    assert taken == ["now"]


def test_how_the_file_stands_and_what_resolves_it(store: Store, tmp_path: Path) -> None:
    older = "# cũ\n" + PROGRAMME
    home = home_of(store, tmp_path, older)
    there = home.settings.schedules
    with store.write() as session:
        accept(session, START, PROGRAMME, "an")
    for text, state in ((PROGRAMME, "same"), (LATER.replace("17:00", "25:00"), "broken"),
                        ("\xff", "unreadable"), (older, "older"), (LATER, "new")):
        there.write_text(text, encoding="latin-1" if text == "\xff" else "utf-8")
        with store.read() as session:
            now = look(session, home)
        assert (now.state, now.editable) == (state, state == "same")
        seen = saving.file_seen(now, there)
        with pytest.raises(Moved):
            take_up(home, "0" * 64, "an") if state == "new" else put_back(home, "0" * 64, "an")
        if state in ("new", "older"):
            take_up(home, seen, "an")
            assert stands(home)[1:] == (text, text)
        elif state != "same":
            copy = put_back(home, seen, "an")
            assert stands(home)[1:] == (PROGRAMME, PROGRAMME)
            assert copy.stat().st_mode & 0o777 == 0o600


def test_numbers_that_no_version_names_are_deleted(store: Store, tmp_path: Path) -> None:
    """One that an earlier version names is kept as long as it is gone back to."""
    home = home_of(store, tmp_path)
    station = BY_SLUG["dai"]
    form = {"name": ["Đài"], "organisation": ["luc-ngan"], "weekdays": list(WEEKDAYS),
            "contacts.0.name": ["Bà Tư"], "contacts.0.phone": ["0950 000 101"]}

    def keep(kind: str, text: str) -> str:
        return private.keep(home.settings, kind, text)

    private.keep(home.settings, "phone", "0950000102")  # of a change nobody saved
    with store.read() as session:
        made = draft(session, tmp_path, station, "dai-luc-ngan", stands(home)[0], form, {}, keep)
    save(home, made.force.id, "an", made.text)
    folder = home.settings.var / private.FOLDER
    assert [p.read_text() for p in folder.iterdir()] == ["0950000101\n"]

    home.clock.advance(24 * 3600)  # type: ignore[attr-defined]
    save(home, made.force.id + 1, "an", PROGRAMME)
    assert len(list(folder.iterdir())) == 1
    home.clock.advance(private.KEPT.total_seconds())  # type: ignore[attr-defined]
    save(home, made.force.id + 2, "an", LATER)
    assert list(folder.iterdir()) == []


def test_effects_name_what_moves_and_ask_for_what_is_near(world: World) -> None:
    now = world.clock.now()
    with world.store.read() as session:
        force = in_force(session)
        text = newest(session).text
        edited = text.replace('start = "11:30"', 'start = "11:00"') + (
            "\n[settings]\nconfirm_edits = true\n")
        found = effects(session, now, data_of(text), force.programme,
                        load_text(edited, "schedules.toml"), edited)
        gone = text.replace('slots = ["trua"]', 'slots = ["chieu"]')
        moved = effects(session, now, data_of(text), force.programme,
                        load_text(gone, "schedules.toml"), gone)

    (row,) = found.airings
    assert (row.kind, row.clock, row.name) == ("change", "11:00", "Cảnh giác")
    assert row.lines == ("giờ: 11:30–13:00 → 11:00–13:00",)
    assert len(row.days) == 7
    assert (found.near, found.confirm) == (1, True)
    assert {r.kind for r in moved.airings} == {"add", "drop"}
    assert moved.confirm is False
