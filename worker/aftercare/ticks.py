"""The tick: takes up what has become public, then asks, a few questions a round."""

from collections import Counter
from datetime import datetime

from sqlalchemy import exists, select

from channels.online import Measures, Pins
from channels.values import Retry, Uncertain
from worker.aftercare import rows, tasks
from worker.aftercare.tasks import Answer, Task
from worker.db import insert_missing
from worker.i18n import t
from worker.models import Aftercare
from worker.office import Office

#: questions in one round, and seconds after which no further one is begun: stopping waits for us
ROUND, SECONDS = 20, 20.0
#: of them figures of one account: its limit of calls is there for sending
FIGURES = 5


def tick(office: Office, now: datetime) -> int:
    """
    One round, for every node at any time; gives how many questions were asked. An exception of a
    channel is raised when the round is over: it must not keep the others from being asked.
    """
    wanted = rows.wishes(office)
    _take_up(office, now, wanted)
    asked, begun, bugs = 0, office.clock.elapsed(), list[Exception]()
    figures: Counter[tuple[str, str]] = Counter()
    while asked < ROUND and office.clock.elapsed() - begun < SECONDS:
        now = office.clock.now()
        if not _anything(office, now):
            break
        with office.store.write() as session:
            task = tasks.next_task(session, now, wanted,
                                   [of for of, count in figures.items() if count >= FIGURES])
        if task is None:
            break
        answer = _ask(office, task, bugs)
        with office.store.write() as session:
            tasks.settle(session, office.clock.now(), task, answer)
        asked += 1
        figures[task.row.channel, task.row.account] += task.row.kind in rows.MARKS
    if bugs:
        raise ExceptionGroup("aftercare", bugs)
    return asked


def _take_up(office: Office, now: datetime, wanted: dict[str, rows.Wish]) -> None:
    with office.store.read() as session:
        found = rows.missing(session, now, wanted) if wanted else []
        back = session.scalar(select(exists().where(tasks.recalled(now))))
    if not found and not back:
        return
    with office.store.write() as session:
        insert_missing(session, Aftercare, found)
        tasks.hurry(session, now)


def _anything(office: Office, now: datetime) -> bool:
    """Looked at without queueing behind writers: mostly there is nothing to do."""
    with office.store.read() as session:
        return bool(session.scalar(select(exists().where(
            Aftercare.state == "open", Aftercare.next_at <= now))))


def _ask(office: Office, task: Task, bugs: list[Exception]) -> Answer:
    """The channel's answer; without a database session."""
    try:
        return _answer(office, task)
    except Exception as error:  # noqa: BLE001  (raised when the round is over)
        bugs.append(error)
        return Uncertain("bug", type(error).__name__)


def _answer(office: Office, task: Task) -> Answer:
    lease, letter, kind = task.question.lease, task.question.letter, task.row.kind
    channel = office.channels.get(lease.channel)
    message = office.message(letter, lease, letter.attempts)
    if channel is not None and message is not None:
        deadline = office.clock.elapsed() + channel.timeout
        if isinstance(channel, Pins) and kind == "pin":
            return channel.pin(message, letter.ref, deadline=deadline)
        if isinstance(channel, Pins) and kind == "unpin":
            return channel.unpin(message, letter.ref, deadline=deadline)
        if isinstance(channel, Measures) and kind in rows.MARKS:
            return channel.measure(message, letter.ref, deadline=deadline)
    return Retry("programme", t(
        "kênh hoặc nơi nhận không còn trong chương trình",
        "channel or target is no longer in the programme"), counts=False)
