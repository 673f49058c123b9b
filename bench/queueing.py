"""
A CSV of 1,000,000 numbers brought in and queued as a campaign, on SQLite with synchronous=FULL:
as `giovang campaign create --list FILE` does, each number judged against 200,000 opt-outs. Then a
second campaign to the same list, after the first was sent: each number's history is looked up.
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, update

from bench.lists import peak, write
from bench.lists_stored import imported, watched
from bench.world import installation, items, programme_text
from worker.campaigns import queueing
from worker.campaigns.draft import Wish
from worker.clock import SystemClock
from worker.errors import Refused
from worker.home import Home
from worker.models import Campaign, CampaignMessage, OptOut

#: on the do-not-call and opt-out lists; none of them is on the list
WISHES = 200_000


@dataclass(frozen=True)
class Found:
    """Seconds; MB are 10^6 bytes, the peak of the whole process by then."""

    imported: float
    imported_memory: float
    queued: float
    queued_cpu: float
    queued_memory: float
    longest: float  #: seconds of the longest write transaction of queueing
    waiting: int
    capped: float  #: the second campaign
    left_out: int


def measure() -> Found:
    """In a child, whose memory is its own."""
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        path = Path(folder) / "danh-sach.csv"
        write(path)
        done = subprocess.run([sys.executable, "-m", "bench.queueing", str(path)],
                              stdout=subprocess.PIPE, check=True)
    return Found(**json.loads(done.stdout))


def _run(path: Path) -> Found:
    with installation(programme_text(segments=1), items(1), SystemClock()) as home:
        _wishes(home)
        started = time.perf_counter()
        number = imported(home, path, "soan").list_id
        bringing, memory = time.perf_counter() - started, peak()
        longest = watched(home.store.engine)
        started, busy = time.perf_counter(), time.process_time()
        queued = queueing.create(home, Wish("tin-0", (number,)), "soan")
        queueing.accept(home, queued, "soan")
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        highest, worst = peak(), longest()
        _sent(home, queued.id)
        started = time.perf_counter()
        try:
            queueing.create(home, Wish("tin-0", (number,)), "soan")
        except Refused as error:  # nobody is left
            told = str(error)
        capped = time.perf_counter() - started
    return Found(bringing, memory, seconds, busy, highest, worst, queued.waiting, capped,
                 int(told.rpartition("cap-day: ")[2].split(",")[0]))


def _wishes(home: Home) -> None:
    for first in range(0, WISHES, 2_000):  # the peak of memory is to be the list's
        with home.store.write() as session:
            session.execute(insert(OptOut), [
                {"lookup": (n * 2**127 // WISHES).to_bytes(16, "big"), "last3": "000",
                 "source": "đo", "kind": "opt_out" if n % 2 else "do_not_call",
                 "recorded_by": "soan", "at": home.clock.now()}
                for n in range(first, first + 2_000)])


def _sent(home: Home, number: int) -> None:
    now = home.clock.now()
    with home.store.write() as session:
        session.execute(
            update(CampaignMessage).where(CampaignMessage.campaign_id == number)
            .values(state="accepted", account="chinh", attempts=1, begun_at=now)
            .execution_options(synchronize_session=False))
        session.execute(update(Campaign).where(Campaign.id == number).values(last_begun_at=now))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asdict(_run(Path(sys.argv[1])))))
    else:
        print(measure())
