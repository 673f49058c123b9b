"""
Wrong and missing secrets, missing and broken templates in a worker that runs: told by name, the
other channels go on, and once it is mended everything goes out once, without a restart.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.builders import an_item
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import SECRETS, Flow, new_flow, programme, taken
from tests.process.installation import until
from worker import accounts
from worker.alarms.store import open_alarms
from worker.app import App
from worker.clock import VirtualClock
from worker.home import InForce, in_force
from worker.items.approval import Submitted, approve, submit
from worker.items.store import import_items
from worker.models import Alarm, Person, Pin
from worker.office import AGAIN
from worker.outbox import orders
from worker.programme.load import load_text
from worker.programme.versions import accept

OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + timedelta(minutes=90)
DONE = ("accepted", "delivered")
#: the account's secret that the far side looks at
KEYS = {"sms": "sms-key", "sms_khoa": "sms-key", "facebook": "fb-token", "website": "wp-pass"}
FILES = ("trang_tinh", "loa")


def alarms(flow: Flow) -> dict[str, Alarm]:
    with flow.home.store.read() as session:
        return {a.cause: a for a in open_alarms(session)}


def write(flow: Flow, name: str, value: str) -> None:
    """Somebody writes this secret's file; a command to follow takes a second to start."""
    (flow.home.settings.home / name).write_text(value, encoding="utf-8")
    flow.clock.advance(1)


# ---------------------------------------------------------------------- wrong


def test_wrong_secrets_mended_and_resumed_send_everything_once(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """401 on four channels: no try is spent; the files mended and `resume KÊNH`: all out, once."""
    # given four channels whose secrets became wrong before the slot
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    for name in set(KEYS.values()):
        write(flow, name, "sai-khoa")
    flow.to(OPENS)
    flow.turn()
    now = flow.of_day(OPENS)
    assert {now[c].state for c in FILES} <= set(DONE)
    assert {(now[c].state, now[c].counted) for c in KEYS} == {("ready", 0)}
    assert {f"account:{c}/chinh" for c in KEYS} <= set(flow.alarms())
    assert not taken(sandbox)

    # when they are mended, and each channel is resumed
    for name in set(KEYS.values()):
        write(flow, name, SECRETS[name])
    with flow.home.store.write() as session:
        for channel in KEYS:
            assert orders.resume(session, flow.clock.now(), "duyet", channel, "*")
    flow.turn()

    # then
    now = flow.of_day(OPENS)
    assert {c: now[c].state for c in KEYS if now[c].state not in DONE} == {}
    assert list(taken(sandbox).values()) == [1] * len(KEYS)
    assert not [cause for cause in flow.alarms() if cause.startswith("account:")]


def test_an_account_that_works_again_closes_its_alarm(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Refused today until the slot closed; the first message of tomorrow gets through."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    write(flow, "sms-key", "sai-khoa")
    flow.to(OPENS)
    flow.turn()
    flow.to(CLOSES)
    flow.ticks()
    accounts.watch(flow.office)
    assert "account:sms/chinh" in flow.alarms()

    write(flow, "sms-key", SECRETS["sms-key"])
    flow.to(OPENS + timedelta(days=1))
    flow.turn()
    accounts.watch(flow.office)

    assert flow.of_day(OPENS + timedelta(days=1))["sms"].attempts == 1
    assert "account:sms/chinh" not in flow.alarms()


@pytest.mark.parametrize(("ends", "told"), [("2027-01-22", True), ("2027-01-24", False)])
def test_the_end_of_an_api_version_is_told_sixty_days_ahead(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, ends: str, told: bool
) -> None:
    """A log-in is mended in an hour and told a week ahead; a version takes a test first."""
    edit = f'version = "v26.0", version_expires = {ends},'
    text = programme(sandbox).replace('version = "v26.0",', edit)
    flow = install(tmp_path, sqlite_url, text)

    accounts.watch(flow.office)

    alarm = alarms(flow).get("check:facebook/chinh")
    assert (alarm is not None) == told
    assert alarm is None or (alarm.kind, "22/01/2027" in alarm.what) == ("token", True)


# ---------------------------------------------------------------------- missing


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_stops_its_own_channel_alone(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, value: bytes | None
) -> None:
    """Missing, empty or no text: a Sự cố that names the file; written, it goes out, no restart."""
    # given a worker that starts without the page's token
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    file = flow.home.settings.home / "fb-token"
    file.unlink()
    if value is not None:
        file.write_bytes(value)
    flow = flow.again()
    accounts.watch(flow.office)
    flow.to(OPENS)
    flow.turn()
    assert {c for c, d in flow.of_day(OPENS).items() if d.state not in DONE} == {"facebook"}
    alarm = alarms(flow)["channel:facebook"]
    assert "file:fb-token" in alarm.what
    assert "không cần khởi động lại" in alarm.fix

    # when it is written, as Notepad writes it
    write(flow, "fb-token", "\ufeffkhoa-fb\r\n")
    flow.work_until(OPENS + timedelta(minutes=5))
    accounts.watch(flow.office)

    # then
    assert flow.of_day(OPENS)["facebook"].state == "delivered"
    assert taken(sandbox)["facebook"] == 1
    assert "channel:facebook" not in flow.alarms()


def test_a_variable_that_is_not_set_asks_for_a_restart(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`env:` cannot change in a running process, and the alarm says so; after it: closed."""
    text = programme(sandbox).replace("file:fb-token", "env:FB_TOKEN")
    flow = install(tmp_path, sqlite_url, text)
    accounts.watch(flow.office)
    assert "khởi động lại trạm phát" in alarms(flow)["channel:facebook"].fix

    monkeypatch.setenv("FB_TOKEN", "khoa-fb")
    accounts.watch(flow.again().office)

    assert "channel:facebook" not in flow.alarms()


def test_a_secret_that_vanishes_leaves_its_channel_running_and_is_told(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """What worked goes on with what it has; a restart would not, and that is said."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    (flow.home.settings.home / "fb-token").unlink()
    flow.to(OPENS)
    flow.turn()
    accounts.watch(flow.office)

    assert flow.of_day(OPENS)["facebook"].state == "delivered"
    assert "khóa cũ" in alarms(flow)["channel:facebook"].what


def test_an_alarm_of_a_channel_that_an_edit_took_away_is_closed(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Neither its missing secret nor its refused account is anybody's business any more."""
    text = programme(sandbox)
    flow = install(tmp_path, sqlite_url, text)
    (flow.home.settings.home / "fb-token").unlink()
    write(flow, "wp-pass", "sai-khoa")
    flow = flow.again()
    accounts.watch(flow.office)
    causes = {"channel:facebook", "check:website/chinh"}
    assert causes <= set(flow.alarms())

    # given an edit that takes both off
    with flow.home.store.write() as session:
        for name in ("facebook", "website"):
            text = text.replace(f'id = "{name}"\n', f'id = "{name}"\nenabled = false\n', 1)
        accept(session, flow.clock.now(), text, "soan")
        flow.office.renew(in_force(session))
    accounts.watch(flow.office)

    assert not causes & set(flow.alarms())


def test_the_office_is_never_empty_while_it_is_rebuilt(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Other threads find the channels of before until those of the new programme are built."""
    # given a secret that cannot be read until somebody writes it: a pipe
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    before = dict(flow.office.channels)
    pipe = flow.home.settings.home / "fb-token"
    pipe.unlink()
    os.mkfifo(pipe)

    # when it is being rebuilt
    rebuild = threading.Thread(target=flow.office.open)
    rebuild.start()
    with pipe.open("w") as writing:  # opens only once somebody reads
        meanwhile = dict(flow.office.channels)
        writing.write("khoa-fb")
    rebuild.join()

    assert meanwhile == before
    assert flow.office.channels.keys() == before.keys()
    assert not set(flow.office.channels.values()) & set(before.values())


def test_a_channel_that_lacks_something_else_is_tried_again(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A gateway's description put back: taken up by itself, though no secret changed."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    described = tmp_path / "cong.toml"
    whole = 'name = "x"\nurl = "http://127.0.0.1"\nid = "id"\n[success]\npath = "s"\nequals = ["0"]'
    described.write_text(whole, encoding="utf-8")
    force = InForce(2, load_text(programme(sandbox) + CHANNEL, "schedules.toml", tmp_path))
    described.unlink()
    flow.office.renew(force)
    assert set(flow.office.broken) == {"sms_ba"}

    described.write_text(whole, encoding="utf-8")
    flow.clock.advance(AGAIN + 1)

    assert flow.office.reread()
    assert flow.office.broken == {}
    assert "sms_ba" in flow.office.channels


CHANNEL = """
[[channels]]
id = "sms_ba"
type = "sms_http"
name = "SMS ba"
accounts = [{ id = "chinh" }]
options = { gateway = "cong.toml" }
"""


# ---------------------------------------------------------------------- the worker itself


@contextmanager
def _running(flow: Flow) -> Iterator[App]:
    app = App(flow.home)
    app.start()
    try:
        yield app
    finally:
        assert app.stop()


def test_a_running_worker_takes_up_a_secret_by_itself(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox
) -> None:
    """Its dispatchers and its ticks: the alarm closes, and the slot's message goes out."""
    flow = new_flow(tmp_path, sqlite_url, programme(sandbox))
    (tmp_path / "fb-token").unlink()
    clock = flow.home.clock
    assert isinstance(clock, VirtualClock)
    with _running(flow) as app:
        until("it is told", lambda: "channel:facebook" in flow.alarms())
        clock.advance_to(OPENS)
        until("the others are out", lambda: all(
            d.state in DONE for c, d in flow.of_day(OPENS).items() if c != "facebook"))
        assert flow.of_day(OPENS)["facebook"].state == "queued"

        write(flow, "fb-token", "khoa-fb")
        app.sweep()

        until("its alarm is closed", lambda: "channel:facebook" not in flow.alarms())
        clock.advance(120)
        until("it is out", lambda: flow.of_day(OPENS)["facebook"].state == "delivered")
    assert taken(sandbox)["facebook"] == 1
    flow.home.close()


# ---------------------------------------------------------------------- templates


def _break(folder: Path) -> None:
    """The home's own template of the page, with a mistake in it."""
    own = folder / "templates" / "facebook" / "text.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ item.loi_van }}", encoding="utf-8")


def _submitted(flow: Flow, item_id: str) -> Submitted:
    store, now = flow.home.store, flow.clock.now()
    with store.write() as session:
        import_items(session, now, [an_item(item_id, body="Tin khác. Báo {{ cong_an }}.")], "soan")
        done = submit(session, now, flow.office.force.programme, flow.home.settings, item_id,
                      session.get_one(Person, "soan"))
        approve(session, now, item_id, session.get_one(Person, "duyet"))
    return done


def test_a_template_broken_after_approval_changes_nothing_that_airs(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """What was approved is frozen: planned, sent and logged as it was, on every channel."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    _break(tmp_path)

    flow.house.plan()
    flow.work_until(OPENS + timedelta(minutes=1))

    assert {d.state for d in flow.of_day(OPENS).values()} <= set(DONE)
    assert "Công an không làm việc qua điện thoại" in str(sandbox.store.taken)
    assert not [cause for cause in flow.alarms() if cause.startswith(("unfit:", "bug:"))]


@pytest.mark.parametrize("how", ["broken", "missing"])
def test_a_broken_template_holds_back_its_own_channel_alone(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, how: str
) -> None:
    """An item submitted meanwhile airs everywhere else, and a Sự cố names what is lacking."""
    # given a worker that runs
    text = programme(sandbox)
    flow = install(tmp_path, sqlite_url, text)
    if how == "broken":
        _break(tmp_path)
    else:
        edit = text.replace('id = "facebook"\n', 'id = "facebook"\ntemplate = "khong-co"\n')
        with flow.home.store.write() as session:
            accept(session, flow.clock.now(), edit, "soan")
            flow.office.renew(in_force(session))

    # when an item is approved and pinned to the noon slot
    done = _submitted(flow, "td-02")
    with flow.home.store.write() as session:
        session.add(Pin(entry="canh_giac", slot="trua", local_date=OPENS.date(),
                        item_id="td-02", by="soan", at=flow.clock.now()))
    flow.house.plan()
    flow.work_until(OPENS + timedelta(minutes=1))

    # then
    assert "facebook" not in done.channels
    [why] = done.problems["facebook"]
    assert ("text.j2:1" if how == "broken" else "templates/khong-co/text.j2") in why
    sent = flow.of_day(OPENS)
    assert sent.keys() == {*KEYS, *FILES} - {"facebook"}
    assert {d.state for d in sent.values()} <= set(DONE)
    assert max(taken(sandbox).values()) == 1
    assert "facebook" in flow.alarms()["unfit:canh_giac:facebook"]
