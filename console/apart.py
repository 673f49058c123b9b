"""
`giovang worker` and `giovang console`: what `giovang run` starts together, each by itself on the
same database. The worker needs no console; the console sends nothing.
"""

import threading

from console.places import show_console
from console.run import stop_on_signals, tell_of_files, work
from console.server import Servers
from worker import lock, logs, memory, migrate
from worker.errors import UserError
from worker.home import Home, made, open_home
from worker.i18n import t
from worker.office import Office
from worker.output import say


def worker() -> None:
    """The worker, its health and figures, receipts and stations; no pages of staff."""
    stop = stop_on_signals()
    memory.few_arenas()
    home = open_home(must_exist=False)
    # before the tables: a newer version must not change them under a worker that runs
    held = lock.take(home.settings.var) if home.store.sqlite else None
    if not made(home.store):
        raise UserError(
            str(home.settings.home),
            t("chưa có cơ sở dữ liệu ở đây", "there is no database here yet"),
            t("chạy `giovang run` (tập huấn) hoặc `giovang golive`",
              "run `giovang run` (training) or `giovang golive`"))
    migrate.upgrade(home.store)
    work(home, held, stop, rehearsal=False, pages=False)


def console() -> None:
    """The pages of staff and the API, beside a worker or without one."""
    stop = stop_on_signals()
    memory.few_arenas()
    home = open_home()
    logs.configure(home.clock, as_json=home.settings.log_json)
    tell_of_files(home)
    servers = Servers(home, Looking(home), public=False)
    try:
        servers.start()
        show_console(home, servers)
        say(t("Chỉ có trang điều hành; tin do `giovang worker` phát. Dừng bằng Ctrl-C.",
              "The console alone; `giovang worker` publishes. Stop with Ctrl-C."))
        stop.wait()
    finally:
        servers.stop()
        home.close()


class Looking:
    """
    The channels of the programme in force, for their tables of codes and to be asked whether
    their accounts work. Nobody here sends by them.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._office = Office(home.settings, home.store, home.clock, home.installation().training,
                              home.settings.sandbox_url or None, home.programme()).open()

    def __call__(self) -> Office:
        """As they are now: a newer programme and mended secrets are taken up."""
        with self._lock:
            force = self._home.programme()
            if force.version != self._office.force.version:
                self._office.renew(force)
            else:
                self._office.reread()
            return self._office
