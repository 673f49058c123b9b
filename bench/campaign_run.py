"""
A campaign ready to be sent, and the process of its own that sends it:

    python -m bench.campaign_run HOME URL COUNT RECEIPTS

as the worker does, by `Campaigns` on a `Lane`, over the channel of the programme in HOME, against
the sandbox or gateway at URL, until every message is settled (RECEIPTS 1: until the receipt of
each was taken up, too). Prints JSON: messages, rate (a second), cpu (seconds), seconds, memory (MB,
the process's peak).
"""

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select, update

from bench.lists import peak
from bench.world import installation, items, programme_text
from worker import logs, memory
from worker.campaigns import moves, queueing
from worker.campaigns.basket import Basket
from worker.campaigns.draft import Wish
from worker.campaigns.engine import Campaigns
from worker.campaigns.lane import Lane
from worker.clock import SystemClock
from worker.db import Store
from worker.home import Home
from worker.lists import columns, optout, store
from worker.lists.origin import Origin
from worker.lists.secret import ready_ring
from worker.lists.source import open_source
from worker.models import Campaign, CampaignMessage
from worker.office import Office
from worker.outbox.units import Worker
from worker.settings import from_environment

TEXT = "Canh bao lua dao: khong chuyen tien cho nguoi la. Goi 113."
HANDLES = 64
WINDOW = 100  #: of SMPP
#: people who opted out after the campaign was queued: it must find them at begin
OPTED_OUT = 100
_PAUSE = 0.25  #: seconds between two looks whether all is settled
#: seconds between two looks for receipts while none come
_BRING = 0.5

_SMPP = {
    'type = "sms_http"': 'type = "sms_smpp"',
    'gateway = "sandbox"': 'host = "smsc.example", window = {window}, receipts = {receipts}',
    'secrets = { key = "env:KEY" }': 'secrets = { system_id = "env:A", password = "env:B" }',
}


@dataclass(frozen=True)
class Ran:
    """What came of one campaign."""

    messages: int
    rate: float  #: messages a second
    cpu: float  #: seconds
    seconds: float
    memory: float  #: MB

    @property
    def cost(self) -> float:
        """CPU seconds per 1,000 messages."""
        return self.cpu / self.messages * 1000


def programme(kind: str = "http", *, receipts: bool = False, rate: float | None = None) -> str:
    """One SMS channel over HTTP or SMPP, at most so many parts a second."""
    text = programme_text(segments=1, parallel=HANDLES)
    if kind == "smpp":
        for old, new in _SMPP.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new.format(window=WINDOW, receipts=str(receipts).lower())
                                if "window" in new else new)
    if rate is not None:
        text = text.replace('accounts = [{ id = "chinh", secrets',
                            f'accounts = [{{ id = "chinh", rate = {rate}, secrets', 1)
    return text


def number(n: int) -> str:
    """Nobody's: 095 has no operator; and none that orders an error or a failure of the sandbox."""
    return f"095{1_000_000 + n // 9 * 10 + n % 9:07d}"


@contextmanager
def prepared(text: str, count: int) -> Iterator[Path]:
    """
    The folder of an installation with a running campaign to `count` numbers, and a few more who
    opted out since it was queued. Nobody has it open; it may be copied.
    """
    [item] = items(1)
    item = item.model_copy(update={"texts": {"sms": TEXT}})
    with installation(text, [item], SystemClock()) as home:
        listed = _list(home, count + OPTED_OUT)
        queued = queueing.create(home, Wish(item.id, (listed,)), "soan")
        queueing.accept(home, queued, "soan")
        now = home.clock.now()
        with home.store.write() as session:
            session.execute(update(Campaign).values(
                state="running", state_at=now, until_row=Campaign.total, approved_by="duyet",
                approved_at=now, priority="khan_cap", priority_rank=0))  # goes at any hour
        _opt_out(home, count)
        home.store.close()
        yield home.settings.home


def _list(home: Home, count: int) -> int:
    now = home.clock.now()
    ring = ready_ring(home.store, home.settings.var, now, "soan")
    origin = Origin("cong_ich", "public_task", "UBND xã", "12/KH-UBND", now.date(), "sổ hộ dân",
                    now.date() + timedelta(days=90))
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        path = Path(folder) / "danh-sach.csv"
        path.write_text("sdt\n" + "".join(f"{number(n)}\n" for n in range(count)))
        with open_source(path) as source:
            staged = store.stage(home, ring, origin, store.Given(source, columns.find(source)),
                                 "soan")
    store.accept(home, ring, staged, "soan")
    assert staged.tally.accepted == count, staged.tally
    return staged.list_id


def _opt_out(home: Home, count: int) -> None:
    """Spread over the list, as they would be."""
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), "soan")
    wish = optout.Wish("opt_out", "đo tốc độ", "soan")
    every = (count + OPTED_OUT) // OPTED_OUT
    with home.store.write() as session:
        for n in range(OPTED_OUT):
            optout.put(session, home, ring, number(n * every)[1:], wish)


def run(folder: Path, url: str, count: int, *, receipts: bool = False) -> Ran:
    """In a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.campaign_run", str(folder), url, str(count),
         str(int(receipts))],
        check=True, stdout=subprocess.PIPE, text=True)
    return Ran(**json.loads(told.stdout))


# ---------------------------------------------------------------- the process


def main() -> None:
    """What the docstring of this module says."""
    folder, url, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    receipts = sys.argv[4] == "1"
    memory.few_arenas()
    settings = replace(from_environment(), home=folder, var=folder / "var",
                       database_url=f"sqlite:///{folder}/var/bench.sqlite3")
    home = Home(settings, Store(settings.database_url), SystemClock())
    log = (folder / "log.jsonl").open("w")
    logs.configure(home.clock, as_json=True, stream=log)
    office = Office(settings, home.store, home.clock, True, url, home.programme()).open()
    assert "sms" not in office.broken, office.broken
    lane = Lane(office, "sms", _bug)
    campaigns = Campaigns(lane, Worker("bench", 1), _bug)
    memory.keep()  # as `giovang run` does
    over = threading.Event()
    began, busy = home.clock.now(), time.process_time()
    looked = time.thread_time()  # this thread only looks whether all is over
    campaigns.start()
    bringing = threading.Thread(target=_bring, args=(office, over))
    if receipts:
        bringing.start()
    while not _settled(home.store, count, receipts=receipts):
        over.wait(_PAUSE)
    cpu = time.process_time() - busy - (time.thread_time() - looked)
    over.set()
    campaigns.halt()
    assert campaigns.join(lambda: 10.0)
    if receipts:
        bringing.join()
    with home.store.read() as session:
        ended = session.scalars(select(func.max(CampaignMessage.settled_at))).one()
    assert ended is not None
    seconds = (ended - began).total_seconds()
    print(json.dumps({"messages": count, "rate": count / seconds, "cpu": cpu,
                      "seconds": seconds, "memory": peak()}), flush=True)


def _bring(office: Office, over: threading.Event) -> None:
    basket = Basket("sms", "bench")
    while not over.wait(min(_BRING, basket.pause(office.clock.elapsed()))):
        basket.look(office)
    basket.rest(office)


def _settled(store: Store, count: int, *, receipts: bool) -> bool:
    with store.read() as session:
        [campaign] = session.scalars(select(Campaign))
        kept = moves.counts(session, campaign.id)
    assert campaign.state in ("running", "finished"), campaign.reason
    if kept.waiting or kept.flying or (receipts and kept.of("accepted")):
        return False
    out = kept.of("accepted", "delivered")
    assert (out, kept.of("left_out")) == (count, OPTED_OUT), kept
    return True


def _bug(where: str, error: BaseException) -> None:
    """The figures of a run with trouble are none."""
    print(where, *traceback.format_exception(error), file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
