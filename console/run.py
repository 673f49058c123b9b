"""
`giovang run`: prepare, show, rehearse, then work until Ctrl-C or SIGTERM.

On a new home the database is made for training and filled with the sample, so that a newcomer
sees the coming week rendered without waiting for 05:30. A real installation is made by
`giovang golive` only.
"""

import signal
import threading
from datetime import timedelta
from types import FrameType
from typing import IO, Annotated, Any

import typer

from console.places import show_console, show_station
from console.server import Servers
from worker import lock, logs, memory, migrate
from worker.app import App
from worker.errors import Refused
from worker.founding import found
from worker.home import TRAINING_UID, Home, made, open_home
from worker.i18n import t
from worker.items.sample import sample_taken, take_sample
from worker.output import say
from worker.programme.commands import read_schedules
from worker.programme.load import load_text
from worker.rehearsal.commands import perform, summary
from worker.sandboxed import SandboxProcess, on_loopback
from worker.shared.watch import at_start
from worker.slots import local_date, next_openings

SAMPLE_CHANNELS = ("sms_http", "facebook", "wordpress", "loudspeaker")


def run(
    no_rehearsal: Annotated[
        bool, typer.Option("--no-rehearsal", help=t("Không chạy thử lúc đầu", "Skip rehearsal"))
    ] = False,
) -> None:
    """Run the worker until it is told to stop."""
    stop = stop_on_signals()
    memory.few_arenas()
    home = open_home(must_exist=False)
    # before the tables: a newer version must not change them under a worker that runs
    held = lock.take(home.settings.var) if home.store.sqlite else None
    prepare(home)
    work(home, held, stop, rehearsal=not no_rehearsal, pages=True)


def work(
    home: Home, held: IO[str] | None, stop: threading.Event, *, rehearsal: bool, pages: bool
) -> None:
    """The worker and its listeners until somebody says stop; Refused when it ended in a hurry."""
    training = home.installation().training
    logs.configure(home.clock, as_json=home.settings.log_json)
    tell_of_files(home)
    given = on_loopback(home.settings.sandbox_url) if home.settings.sandbox_url else None
    sandbox = SandboxProcess() if training and given is None else None
    app = App(home, sandbox_url=sandbox.url if sandbox else given, held=held)
    servers = Servers(home, lambda: app.office, pages=pages)
    settled = True
    try:
        show_next(home)
        if training and rehearsal and not stop.is_set():
            show_week(home)
        app.start()
        servers.start()
        health = f"{servers.inner_url}/healthz"
        say(t(f"Đang chạy{' (TẬP HUẤN)' if training else ''}. Sức khỏe: {health} — dừng bằng "
              "Ctrl-C.", f"Running{' (TRAINING)' if training else ''}. Health: {health} — stop "
              "with Ctrl-C."))
        if pages:
            show_console(home, servers)
        if training:
            show_station(home, servers)
        memory.keep()
        memory.give_back()
        app.run_until(stop)
        say(t("Đang dừng, chờ các tin đang trên đường…", "Stopping, waiting for what is sent…"))
    finally:
        servers.stop()
        settled = app.stop()
        if sandbox is not None:
            sandbox.stop()
        home.close()
    if not settled:
        grace = home.settings.grace
        raise Refused(
            "giovang run",
            t(f"hết {grace} giây mà còn lượt gửi chưa ghi được kết quả",
              f"after {grace} s some deliveries still had no result"),
            t("lần chạy sau ghi các lượt đó là «Chưa rõ kết quả»: `giovang log --state uncertain`",
              "the next run marks them uncertain: `giovang log --state uncertain`"))


def tell_of_files(home: Home) -> None:
    """UserError when the shared files are set up wrongly; away, texts go on without them."""
    if away := at_start(home.settings):
        say(away)


def prepare(home: Home) -> None:
    """Tables of this version, a programme in force, and in training the sample approved."""
    text = read_schedules(home.settings.schedules)
    load_text(text, home.settings.schedules.name, home.settings.home)
    if not made(home.store):
        found(home, text, training=True, uid=TRAINING_UID)
    migrate.upgrade(home.store)
    if home.installation().training and not sample_taken(home):
        for mistake in take_sample(home):
            say(t(f"Chưa duyệt được: {mistake}", f"Not approved: {mistake}"))


def show_next(home: Home) -> None:
    """The next golden hours."""
    programme = home.programme().programme
    zone = programme.zone()
    say(t(f"«{programme.name}» — giờ vàng sắp tới:", f"“{programme.name}” — next golden hours:"))
    for hour in next_openings(programme, home.clock.now(), 6):
        opens, closes = hour.opens_at.astimezone(zone), hour.closes_at.astimezone(zone)
        say(f"  {opens:%d/%m %H:%M}–{closes:%H:%M}  {hour.slot.name}")


def show_week(home: Home) -> None:
    """Rehearse the coming week at once; show one rendered text of each kind and the log."""
    programme = home.programme().programme
    first = local_date(programme, home.clock.now()) + timedelta(days=1)
    say(t(f"Chạy thử 7 ngày từ {first:%d/%m/%Y} với hộp thử trên máy này (không gửi ra ngoài)…",
          f"Rehearsing 7 days from {first} against the sandbox on this machine…"))
    stage, played = perform(first, 7)
    stage.home.close()
    for kind in SAMPLE_CHANNELS:
        row = _first_of(played.rows, {c.id for c in programme.channels if c.type == kind})
        if row is not None:
            say("", f"── {row['channel']} · {row['target']} · {row['at'][:16]} · {row['item']} ──")
            say(row["title"] + "\n" + row["text"] if row["title"] else row["text"])
            if row["parts"] and kind == "sms_http":
                say(t(f"[tính {row['parts']} tin]", f"[{row['parts']} parts]"))
    say("", t("Nhật ký phát (mười lượt đầu của tuần chạy thử):",
              "Delivery log (first ten of the rehearsed week):"))
    for row in played.rows[:10]:
        say(f"  {row['at'][:16]}  {row['channel']:<10} {row['target']:<22} {row['item']:<32} "
            f"{row['state']}")
    say(summary(stage, played))
    say(t(f"Bản đầy đủ: giovang rehearse --from {first} --days 7 --json; tệp đã dựng ở "
          f"{stage.home.settings.var}",
          f"In full: giovang rehearse --from {first} --days 7 --json; files in "
          f"{stage.home.settings.var}"))


def _first_of(rows: list[dict[str, Any]], channels: set[str]) -> dict[str, Any] | None:
    return next((r for r in rows if r["channel"] in channels), None)


def stop_on_signals() -> threading.Event:
    """Set by Ctrl-C and SIGTERM."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    return stop
