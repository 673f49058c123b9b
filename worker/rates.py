"""
Stretches of an account's timeline, taken from the database by its own clock: one statement
moves `taken_until` forward, so no two workers have the same moment of one account. Nothing else
is asked of the database for a rate, and nothing where a worker is alone by construction (SQLite).
"""

import threading
import uuid
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from worker.clock import Clock
from worker.db import Store, insert_missing
from worker.leased import LEAD, Answer, Ask, LeasedPace
from worker.models import AccountRate
from worker.pace import SLICE

log = structlog.get_logger("giovang")

#: seconds between two looks while nobody wants anything
IDLE = 1.0
#: seconds that the end waits for an answer under way
LAST = 1.0

# `taken_from` lies at most LEAD ahead when it is written: further, and the clock was set back
_BASE = """
CASE WHEN taken_from > statement_timestamp() + interval '1 second' THEN statement_timestamp()
     ELSE taken_until END"""
_FIRST = "(waiting_until <= statement_timestamp() OR :rank <= waiting_rank)"
_FREE = f"({_FIRST} AND {_BASE} <= statement_timestamp() + make_interval(secs => :lead))"
# what was missed is made up within a slice, but never more of it than is asked for: a stretch of
# less than a slice would be over before its worker knew of it
_START = (f"greatest({_BASE}, statement_timestamp() - "
          "make_interval(secs => least(:slice, :seconds)))")
_TAKE = text(f"""
UPDATE account_rate SET
  taken_from = CASE WHEN {_FREE} THEN {_START} ELSE taken_from END,
  taken_until = CASE WHEN {_FREE} THEN {_START} + make_interval(secs => :seconds)
                     ELSE taken_until END,
  token = CASE WHEN {_FREE} THEN :token ELSE token END,
  waiting_rank = CASE WHEN {_FIRST} THEN :rank ELSE waiting_rank END,
  waiting_until = CASE WHEN NOT {_FIRST} THEN waiting_until
                       WHEN {_FREE} AND NOT :more THEN statement_timestamp()
                       ELSE statement_timestamp() + interval '0.5 second' END
WHERE channel = :channel AND account = :account
RETURNING token, CAST(extract(epoch FROM taken_from) AS double precision),
          CAST(extract(epoch FROM taken_until) AS double precision),
          CAST(extract(epoch FROM statement_timestamp()) AS double precision)
""")  # noqa: S608  (all of it is ours)
_GIVE_BACK = text("""
UPDATE account_rate SET taken_until = greatest(taken_from, to_timestamp(:until))
WHERE channel = :channel AND account = :account AND token = :token
  AND taken_until > to_timestamp(:until)
""")


class Timeline:
    """The rows, over a connection of their own. One thread's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None

    def take(self, channel: str, account: str, ask: Ask) -> Answer:
        """The next stretch, if it begins by now and nobody more urgent waits."""
        token = str(uuid.uuid4())
        values = {"channel": channel, "account": account, "rank": ask.rank, "more": ask.more,
                  "seconds": ask.seconds, "token": token, "lead": LEAD, "slice": SLICE}
        row = self._own().execute(_TAKE, values).one_or_none()
        if row is None:
            self._make(channel, account)
            row = self._own().execute(_TAKE, values).one()
        holder, start, until, moment = row
        return Answer(moment, start if holder == token else None, until, token)

    def give_back(self, channel: str, account: str, token: str, until: float) -> None:
        """The rest of a stretch; nothing when somebody took the next one already."""
        self._own().execute(_GIVE_BACK, {
            "channel": channel, "account": account, "token": token, "until": until})

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _own(self) -> Connection:
        if self._connection is None or self._connection.invalidated:
            self.close()
            engine = self._store.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._connection = engine.connect()
            self._connection.detach()  # not to the pool again: it does not wait for the disk
            # no stretch need outlive a crash: starting again takes longer than one lasts
            self._connection.execute(text("SET synchronous_commit TO off"))
        return self._connection

    def _make(self, channel: str, account: str) -> None:
        with self._store.write() as session:
            now = session.execute(text("SELECT statement_timestamp()")).scalar_one()
            insert_missing(session, AccountRate, [{
                "channel": channel, "account": account, "taken_from": now, "taken_until": now,
                "token": "", "waiting_rank": 0, "waiting_until": now}])


class Leaser:
    """Keeps every pace of this worker supplied while something waits for it; a thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        self._timeline = Timeline(store)
        self._paces: dict[tuple[str, str], LeasedPace] = {}
        self._news = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nhip-chung", daemon=True)

    def start(self) -> "Leaser":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._news.set()
        self._thread.join(LAST)

    def pace(self, channel: str, account: str, rate: float) -> LeasedPace:
        """A pace that is supplied from now on; an older one of this account no longer."""
        pace = _Announced(rate, self._news.set)
        self._paces[channel, account] = pace
        return pace

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.clear()
            wait = min([IDLE, *(self._supply(*key) for key in list(self._paces))])
            self._news.wait(wait)
        self._timeline.close()

    def _supply(self, channel: str, account: str) -> float:
        """Ask for what this pace needs; seconds until it may need something."""
        pace = self._paces[channel, account]
        ask, wait = pace.asks(self._clock.elapsed())
        try:
            if ask is not None:
                sent = self._clock.elapsed()
                answer = self._timeline.take(channel, account, ask)
                pace.answered(answer, sent, self._clock.elapsed())
                return 0.0
            if surplus := pace.surplus(self._clock.elapsed()):
                self._timeline.give_back(channel, account, *surplus)
        except DBAPIError as error:
            log.warning("rate.trouble", channel=channel, account=account, error=str(error.orig))
            self._timeline.close()
            pace.failed(self._clock.elapsed())
            return 0.0
        except Exception as error:  # noqa: BLE001  (without this thread no account sends)
            log.error("rate.bug", channel=channel, account=account, error=repr(error))
            self._timeline.close()
            pace.failed(self._clock.elapsed())
            return 0.0
        return wait


class _Announced(LeasedPace):
    """Says when something new is wanted."""

    def __init__(self, rate: float, news: Callable[[], None]) -> None:
        super().__init__(rate)
        self._announce = news

    def want(self, now: float, wait: float, rank: int, each: int, total: int) -> None:
        super().want(now, wait, rank, each, total)
        self._announce()
