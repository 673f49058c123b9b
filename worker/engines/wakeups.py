"""
Wake-ups between processes, by Procrastinate over the PostgreSQL that is there anyway: a job says
"drain channel X", one of them waits at a time for each channel, LISTEN/NOTIFY brings it.

One thread with a loop of its own and connections of its own. Nothing here retries, delays or
remembers: a wake-up that is lost costs the second until the outbox is asked anyway.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import make_url

from worker.postgresql import alive

log = structlog.get_logger("giovang")

#: everything of Procrastinate stands in a schema of its own: our migrations never see it
SCHEMA = "procrastinate"
QUEUE = "giovang"
#: seconds until the database is tried again, and that one attempt to reach it may take
BACK_OFF, REACH = 2.0, 5.0
#: jobs of dead processes are looked for this often; a process is dead without a sign of life …
HEAL, DEAD = 30.0, 30.0
#: … which it gives this often, seconds
ALIVE = 10.0
#: a job stays with its process for so long at most
LONGEST = 10.0
#: seconds between two looks whether a channel has begun all it could
LOOK = 0.05
#: jobs at a time; each only waits
AT_ONCE = 32
#: seconds for ending in order
END = 3.0


def libpq(url: str) -> str:
    """Our address of the database as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def install(url: str) -> None:
    """
    Procrastinate's tables, or what its newer version changes of them: its own files, in their
    order, each once, by one process at a time.

    Raises:
        PermissionError: the database's user may not make them.
    """
    try:
        _install(url)
    except psycopg.errors.InsufficientPrivilege as error:
        raise PermissionError(str(error).strip()) from error


def _install(url: str) -> None:
    names = "INSERT INTO giovang_applied VALUES (%s)"
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with psycopg.connect(libpq(url), connect_timeout=int(REACH), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7320)")  # until we hang up
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute(f"SET search_path TO {SCHEMA}")
        connection.execute("CREATE TABLE IF NOT EXISTS giovang_applied (name text PRIMARY KEY)")
        applied = {name for (name,) in connection.execute("SELECT name FROM giovang_applied")}
        if not applied:
            with connection.transaction():
                connection.execute(SchemaManager.get_schema().encode())
                connection.cursor().executemany(names, [(file.name,) for file in files])
            return
        for file in files:
            if file.name not in applied:  # each by itself: one may use what the one before added
                with connection.transaction():
                    connection.execute(file.read_bytes())
                    connection.execute(names, [file.name])


class WakeUps:
    """
    Gives wake-ups to whichever process has time, and takes them.

    Args:
        wake: begin draining a channel of this process.
        rests: how often that channel has found nothing more to begin.
    """

    def __init__(
        self, url: str, wake: Callable[[str], None], rests: Callable[[str], int]
    ) -> None:
        self._url, self._wake, self._rests = url, wake, rests
        self._loop: asyncio.AbstractEventLoop | None = None
        self._given: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()  #: given and not written yet
        self._over = asyncio.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="danh-thuc", daemon=True)
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # we say it ourselves

    def start(self) -> None:
        self._thread.start()

    def give(self, channel: str) -> None:
        """Something of this channel is due; from any thread, never waits, never fails."""
        self._soon(lambda: self._put(channel))

    def stop(self) -> None:
        self._stopped = True  # before we look for the loop, which looks for it once it is there
        self._soon(self._over.set)
        self._thread.join(END)

    def _soon(self, call: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call)

    def _put(self, channel: str) -> None:
        if channel not in self._waiting:
            self._waiting.add(channel)
            self._given.put_nowait(channel)

    # ------------------------------------------------------------------ in the loop

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._stopped:
            self._over.set()
        while not self._over.is_set():
            app = self._app()
            try:
                async with app.open_async():
                    await self._until_trouble(self._jobs(app), self._give(app), self._heal(app),
                                              self._over.wait())
            except (ConnectorException, psycopg.Error, OSError) as error:
                log.warning("wakeups.trouble", error=str(error.__cause__ or error))
            except Exception as error:  # noqa: BLE001  (wake-ups are lost, nothing else)
                log.error("wakeups.bug", error=repr(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), BACK_OFF)

    async def _until_trouble(self, *parts: Coroutine[Any, Any, Any]) -> None:
        """All of these beside each other, until one ends."""
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(
            conninfo=libpq(self._url), min_size=1, max_size=4, timeout=REACH,
            kwargs={**alive(), "options": f"-c search_path={SCHEMA}"},
        )
        app = procrastinate.App(connector=connector)
        app.task(name="drain", queue=QUEUE)(self._drain)
        return app

    async def _jobs(self, app: procrastinate.App) -> None:
        await app.run_worker_async(
            queues=[QUEUE], concurrency=AT_ONCE, install_signal_handlers=False,
            delete_jobs="always", shutdown_graceful_timeout=0.5,
            update_heartbeat_interval=ALIVE, stalled_worker_timeout=DEAD,
        )

    async def _drain(self, channel: str) -> None:
        """Until the channel has begun what it could; what is given meanwhile is another job."""
        before = self._rests(channel)
        self._wake(channel)
        for _ in range(int(LONGEST / LOOK)):
            if self._rests(channel) != before:
                return
            await asyncio.sleep(LOOK)

    async def _give(self, app: procrastinate.App) -> None:
        while True:
            channel = await self._given.get()
            self._waiting.discard(channel)
            with contextlib.suppress(AlreadyEnqueued):  # one waits: it will see ours, too
                await app.configure_task(
                    "drain", queue=QUEUE, queueing_lock=channel).defer_async(channel=channel)

    async def _heal(self, app: procrastinate.App) -> None:
        """Jobs of processes that died are thrown away, and their channels woken."""
        while True:
            for job in await app.job_manager.get_stalled_jobs(
                    queue=QUEUE, seconds_since_heartbeat=DEAD):
                if job.id is not None:
                    await app.job_manager.finish_job_by_id_async(
                        job.id, Status.FAILED, delete_job=True)
                self._put(str(job.task_kwargs.get("channel", "")))
            await app.job_manager.prune_stalled_workers(DEAD)
            await app.job_manager.delete_old_jobs(
                1, queue=QUEUE, include_failed=True, include_cancelled=True, include_aborted=True)
            await asyncio.sleep(HEAL)
