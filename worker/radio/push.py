"""
Bulletins on their way to vendors' boxes: deliveries of the outbox like any other, one occurrence
a number.

A number that the commune has accepted goes as soon as its sound is ready, or half an hour before
its airing as text alone, and again with the sound. Until a newer number is accepted too, the
accepted one stays, unless it reads what must not be read any more. A newer number cancels what
has not begun of the older ones, and waits for what is on the wire. What must not be played any
more is taken back first: that passes a stop.

The tick may be called at any time, by any node, twice: what it finds to do follows from the rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.db import lock_for_planning, lock_outbox
from worker.home import Home, InForce, in_force
from worker.models import BulletinRow
from worker.programme.model import Priority, Programme
from worker.radio.acceptance import acceptance_of, accepted_before, waits_for_yes
from worker.radio.airings import Place, loudspeakers
from worker.radio.box_files import Paper, Track, fingerprint
from worker.radio.box_rows import Stand, Writing, read_stands, reads, unsaid
from worker.radio.boxes import Box, boxes_of
from worker.radio.bulletin import Bulletin, from_json
from worker.radio.speech.sounds import Sounds, file_sha256
from worker.slots import local_date, windows
from worker.states import MAY_BE_OUT

#: so long before its airing a bulletin goes without its sound
LAST_CALL = timedelta(minutes=30)
#: what a box refused is offered again after this, until its airing is over
AGAIN = timedelta(minutes=10)
#: bulletins in one transaction
CHUNK = 10
#: after a look that took long, rest so many times longer, but never longer than this, seconds
REST, MOST = 10.0, 15.0


@dataclass(frozen=True)
class Wish:
    """What a box should have of one airing. One that is over is only ever taken back."""

    box: Box
    paper: Paper
    newest: Bulletin  #: says what must not be read, whichever number is wished for
    mark: str | None  #: fingerprint of what should be put there; "" nothing may be there

    @property
    def place(self) -> Place:
        b = self.paper.bulletin
        return Place(b.station, b.date, b.airing)


@dataclass(frozen=True)
class Step:
    """What is to be done about a wish."""

    drop: tuple[Stand, ...] = ()  #: not begun, and not wanted any more
    take_back: tuple[Stand, ...] = ()  #: there, and must not be played
    version: int | None = None  #: to be made

    def __bool__(self) -> bool:
        return bool(self.drop or self.take_back or self.version)


@dataclass
class Push:
    """The tick, and what it remembers between two."""

    home: Home
    sounds: Sounds
    _rest_until: float = 0.0
    _hashes: dict[tuple[str, int], str] = field(default_factory=dict)

    def tick(self, now: datetime) -> int:
        """Gives how many deliveries were made or taken back."""
        clock = self.home.clock
        begun = clock.elapsed()
        if begun < self._rest_until:
            return 0
        count = self._look(now)
        ended = clock.elapsed()
        self._rest_until = ended + min(MOST, REST * (ended - begun))
        return count

    def _look(self, now: datetime) -> int:
        with self.home.store.read() as session:
            force = in_force(session)
            boxes = boxes_of(force.programme)
            found = list(_to_play(session, force.programme, boxes, now)) if boxes else []
        by_station: dict[str, list[tuple[Paper, Bulletin]]] = {}
        for b, newest in found:
            track = self._track(force.programme, b) if b.use_until > now else None
            by_station.setdefault(b.station, []).append((Paper(b, track), newest))
        wishes = [_wish(force.programme, box, paper, newest, now) for box in boxes
                  for paper, newest in by_station.get(box.station, ())]
        shown: dict[Box, list[Paper]] = {}
        for wish in wishes:
            if wish.mark != "":
                shown.setdefault(wish.box, []).append(wish.paper)
        with self.home.store.read() as session:
            steps = _steps(session, wishes, now)
        todo = iter([wish for wish, found in zip(wishes, steps, strict=True) if found])
        count = 0
        while part := list(islice(todo, CHUNK)):
            done = self._write(force, part, shown, now)
            if done is None:
                break  # a newer programme: the next tick looks with it
            count += done
        return count

    def _track(self, programme: Programme, bulletin: Bulletin) -> Track | None:
        sound = self.sounds.mp3_for(programme, bulletin)
        if sound is None:
            return None
        path = sound.path.resolve()
        key = (str(path), path.stat().st_ino)  # being asked for changes its time, not its inode
        if key not in self._hashes:
            self._hashes[key] = file_sha256(path)
        return Track(path, self._hashes[key], sound.bytes)

    def _write(
        self, force: InForce, wishes: Sequence[Wish], shown: Mapping[Box, Sequence[Paper]],
        now: datetime,
    ) -> int | None:
        with self.home.store.write() as session:
            lock_for_planning(session)
            if in_force(session).version != force.version:
                return None
            lock_outbox(session)
            writing = Writing(session, force, now)
            for wish, todo in zip(wishes, _steps(session, wishes, now), strict=True):
                writing.drop(todo.drop)
                writing.take_back(todo.take_back)
                if todo.version and wish.mark and writing.may_be_read(wish.paper.bulletin):
                    writing.deliver(wish.box, wish.paper, shown[wish.box], todo.version, wish.mark)
            return writing.count


def _steps(session: Session, wishes: Sequence[Wish], now: datetime) -> list[Step]:
    stands = read_stands(session, [wish.place for wish in wishes])
    found = []
    for wish in wishes:
        mine = stands.get((*wish.place, wish.box.channel), ())
        older = {s.number for s in mine if s.number < wish.newest.number}
        found.append(step(wish, mine, unsaid(session, wish.newest, older), now))
    return found


def _to_play(
    session: Session, programme: Programme, boxes: Sequence[Box], now: datetime
) -> Iterator[tuple[Bulletin, Bulletin]]:
    """
    The number a box should have, and the newest there is, with the commune's yes: of today and
    tomorrow, and of a night that is not over.
    """
    today = local_date(programme, now)
    day = timedelta(days=1)
    for row in session.scalars(
        select(BulletinRow)
        .where(BulletinRow.newest, BulletinRow.local_date.between(today - day, today + day),
               BulletinRow.station.in_({box.station for box in boxes}))
        .order_by(BulletinRow.airs_at, BulletinRow.station, BulletinRow.airing)
    ):
        newest = from_json(row.body)
        newest = replace(newest, accepted=acceptance_of(session, newest, row.id))
        if waits_for_yes(newest) and newest.lines and newest.use_until > now:
            before = accepted_before(session, newest)
            if before is not None and not reads(before, newest):
                yield before, newest
                continue
        yield newest, newest


def _wish(
    programme: Programme, box: Box, paper: Paper, newest: Bulletin, now: datetime
) -> Wish:
    b = paper.bulletin
    over = b.use_until <= now
    if not b.lines or not _may_air(programme, box, b) or (waits_for_yes(b) and not over):
        return Wish(box, paper, newest, "")
    if over or (paper.track is None and now < b.airs_at - LAST_CALL):
        return Wish(box, paper, newest, None)
    return Wish(box, paper, newest, fingerprint(paper, programme.zone()))


def _may_air(programme: Programme, box: Box, b: Bulletin) -> bool:
    """Nobody stands beside a box who knows of a day of mourning."""
    priority: Priority = b.priority  # type: ignore[assignment]
    radio = [c.id for c in loudspeakers(programme)] or [box.channel]
    free = [windows(programme, c, priority, "cong_ich", b.airs_at, b.use_until)
            for c in (box.channel, *radio)]
    return bool(free[0]) and any(free[1:])


def step(wish: Wish, stands: Sequence[Stand], bad: Collection[int], now: datetime) -> Step:
    """
    From what should be there and what was done, to what is to do. Pure. `bad`: older numbers
    that read what must not be read any more.
    """
    number = wish.paper.bulletin.number
    nothing = wish.mark == ""
    other = [s for s in stands if s.number != number or nothing]
    mine = [s for s in stands if s.number == number]
    # a later number than the one wished for was there by a yes that has been taken back
    back = [s for s in other if s.state in MAY_BE_OUT and not s.asked_back
            and (nothing or s.number > number or s.number in bad)]
    version = _version(wish.mark, stands, mine, now) if wish.mark else None
    unwanted = [s for s in (*other, *(mine if version else ())) if s.may_begin]
    return Step(tuple(unwanted), tuple(back), version)


def _version(
    mark: str, stands: Sequence[Stand], mine: Sequence[Stand], now: datetime
) -> int | None:
    if any(s.state == "sending" for s in stands):  # else the older might arrive after the newer
        return None
    last = max(mine, key=lambda s: s.version, default=None)
    if last is None:
        return 1
    if any(s.cancelled or s.confirmed for s in mine):
        return None
    worse = mark.startswith("t") and any(s.mark.startswith("s") for s in mine)
    refused = last.state in ("exhausted", "rejected") and last.settled_at is not None and (
        last.settled_at <= now - AGAIN)
    taken_away = last.state in ("recalled", "cancelled") or any(
        _laid_over(last, s) for s in stands)
    if (mark != last.mark and not worse) or refused or taken_away:
        return last.version + 1
    return None


def _laid_over(mine: Stand, other: Stand) -> bool:
    """A later number took its place on the box since, and is not wished for any more."""
    return other.number > mine.number and other.state in (*MAY_BE_OUT, "recalled") and (
        mine.settled_at is not None and other.settled_at is not None
        and other.settled_at > mine.settled_at)
