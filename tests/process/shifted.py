"""`giovang worker` with its wall clock set wrong: `python -m tests.process.shifted SECONDS`."""

import sys
from datetime import timedelta

from console.run import stop_on_signals, work
from tests.process.campaigns import ShiftedClock
from worker.db import Store
from worker.home import Home
from worker.settings import from_environment


def main() -> None:
    clock, settings = ShiftedClock(), from_environment()
    clock.shift = timedelta(seconds=float(sys.argv[1]))
    home = Home(settings, Store(settings.database_url), clock)
    work(home, None, stop_on_signals(), rehearsal=False, pages=False)


if __name__ == "__main__":
    main()
