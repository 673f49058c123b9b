"""
A running campaign in a real (not training) installation: the whole worker in the test's own
process, on real threads and clocks, its one SMS channel through whatever stands between it and
its gateway.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from tests.builders import an_item, in_force, settings_for, some_people
from tests.kannel import Kannel
from tests.process.flow import PROGRAMME
from tests.process.installation import PATIENCE, until
from tests.store.campaigns.bed import put
from tests.store.lists import ORIGIN, Lists
from worker.app import App
from worker.campaigns import acts, moves
from worker.clock import SystemClock
from worker.db import Store
from worker.home import Home, create
from worker.items.approval import approve, submit
from worker.items.store import import_items
from worker.models import Campaign, CampaignMessage, Installation

#: what a number of the campaign may be without its message at the gateway, once all is over
MAY_BE_MISSING = frozenset({"uncertain", "rejected", "exhausted"})
#: a fault is what the test is about, not the guard that would pause the campaign for it
LIMITS = """
[limits]
rejected_percent = 100
uncertain_percent = 100
"""


class ShiftedClock(SystemClock):
    """The machine's clocks, the wall clock set wrong by `shift`."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return super().now() + self.shift


def programme(channel: str, limits: str = LIMITS) -> str:
    """The flow's programme with this SMS channel alone, and no slot that would use it."""
    head = PROGRAMME.split('[[channels]]\nid = "facebook"')[0]
    named = 'channels = ["sms", "sms_khoa", "facebook", "website", "trang_tinh", "loa"]'
    station = head[head.index("[[stations]]"):head.index("[[segments]]")]
    return head.replace(named, 'channels = ["sms"]\nvalid_to = 2026-01-01').replace(
        station, "") + channel + limits


def number(n: int) -> str:
    """Nobody's, and none that orders anything of an imitation."""
    return f"0950{1_000 + n // 5 * 10 + 1 + n % 5:06d}"


def by_us(kannel: Kannel) -> Counter[str]:
    """
    What the SMSC has, as often as we asked for it: bearerbox killed between the SMSC's yes and
    its own store may bring a message of one request twice, and smsbox's log tells whose it is.
    """
    asked = kannel.taken()
    return Counter({n: min(count, max(1, asked[n])) for n, count in kannel.counts().items()})


@dataclass
class Running:
    """The worker, and its campaign to `count` numbers."""

    app: App
    clock: ShiftedClock
    campaign: int
    count: int

    @property
    def store(self) -> Store:
        return self.app.home.store

    def states(self) -> Counter[str]:
        with self.store.read() as session:
            return Counter(session.scalars(select(CampaignMessage.state).where(
                CampaignMessage.campaign_id == self.campaign)))

    def under_way(self, messages: int) -> None:
        """Wait until so many have an outcome; the campaign is not over then."""
        until("it is under way", lambda: self._settled() >= messages, told=self.told)
        assert self._settled() < self.count

    def over(self, seconds: float = PATIENCE) -> Counter[str]:
        """Wait until every number has an outcome; by state."""
        until("every number has its outcome", lambda: self._open() == 0, seconds, self.told)
        return self.states()

    def state(self) -> tuple[str, str]:
        with self.store.read() as session:
            row = session.get_one(Campaign, self.campaign)
            return row.state, row.reason

    def resume(self) -> None:
        with self.store.write() as session:
            acts.resume(session, self.clock.now(), self.campaign, "soan")

    def by_number(self) -> dict[str, str]:
        """Number -> state, by the order in which the list was made."""
        with self.store.read() as session:
            rows = session.execute(select(CampaignMessage.row, CampaignMessage.state).where(
                CampaignMessage.campaign_id == self.campaign)).all()
        return {number(row - 1): state for row, state in rows}

    def told(self) -> str:
        return f"{dict(self.states())} {self.state()}"

    def _settled(self) -> int:
        return self.count - self._open()

    def _open(self) -> int:
        with self.store.read() as session:
            found = moves.counts(session, self.campaign)
            return found.waiting + found.flying


def invariant(running: Running, far: Counter[str]) -> Counter[str]:
    """
    By the gateway's count: nobody twice, and everybody once but those who stand as uncertain,
    rejected or exhausted. Gives the states of those it does not have.
    """
    by_number = running.by_number()
    assert len(by_number) == running.count
    doubled = {n: far[n] for n in by_number if far[n] > 1}
    assert not doubled, f"sent more than once: {doubled}"
    missing = Counter(state for n, state in by_number.items() if not far[n])
    assert set(missing) <= MAY_BE_MISSING, f"neither sent nor accounted for: {missing}"
    return missing


@contextmanager
def running(
    folder: Path, url: str, text: str, count: int, secrets: Sequence[tuple[str, str]] = ()
) -> Iterator[Running]:
    """The worker with its campaign to `count` numbers, already approved and let go."""
    for name, value in secrets:
        (folder / name).write_text(value, encoding="utf-8")
    clock, store = ShiftedClock(), Store(url)
    settings = replace(settings_for(folder), home=folder, var=folder / "var", database_url=url)
    now = datetime.now(UTC)
    create(store, clock, training=False)
    home = Home(settings, store, clock)
    people = some_people(store)
    in_force(store, text)
    with store.write() as session:
        session.execute(update(Installation).values(live_at=now - timedelta(days=1)))
        import_items(session, now, [an_item()], "soan")
    with store.write() as session:
        submit(session, now, home.programme().programme, settings, "td-01", people["soan"])
        approve(session, now, "td-01", people["duyet"])
    lists = Lists(home, folder)
    origin = replace(ORIGIN, document_date=now.date(), expires=date(2099, 1, 1))
    listed = lists.taken([number(n) for n in range(count)], origin=origin)
    app, stop = App(home), threading.Event()
    app.start()  # its mark first: rows without one are taken for a backup put back
    looking = threading.Thread(target=app.run_until, args=(stop,))
    looking.start()
    try:
        campaign = put(store, now, listed, priority="khan_cap", priority_rank=0)
        yield Running(app, clock, campaign, count)
    finally:
        stop.set()
        looking.join()
        settled = app.stop()
        home.close()
    assert settled
    assert not [t.name for t in threading.enumerate() if t.name.startswith("chien-dich")]
