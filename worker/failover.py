"""
A server that takes another's place: a replica was promoted, and may lack the last seconds.

    installation.timeline ≠ the server's    nobody begins: begin asks for it in its own statement
    each node that lived                    asks the server for what it began last; what is not
                                            there is written down as uncertain
    all have                                the timeline is taken up, and it goes on
    one is silent, or does not know         recovery as after a restore (recovery.py)

Nothing else can tell: the replica's own tables are in themselves quite right.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker import audit, mark, nodes, recovery
from worker.alarms.store import raise_alarm
from worker.campaigns import doubt as campaign_doubt
from worker.db import lock_outbox, store_now, timeline
from worker.errors import UserError
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import Campaign, Installation, Node, TrialSend
from worker.outbox import doubt as outbox_doubt
from worker.outbox.units import Worker
from worker.postgresql import Newest, is_older
from worker.witness import Lane, Noted, Sliced, Trial, Try

log = structlog.get_logger("giovang")

#: seconds the nodes that lived are waited for: more than an unreachable server costs each of them
PATIENCE = 30.0
#: of a lane asked at a time, newest first
CHUNK = 200
_NEVER = threading.Event()


@dataclass
class Failover:
    """What one node does about it; asked every two seconds, and before what must not be early."""

    home: Home
    _since: float | None = field(default=None, init=False)
    _told: str = field(default="", init=False)  #: the timeline we have told on
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def look(self, worker: Worker | None) -> bool:
        """
        True when this server is the one on which the installation was found whole. `worker`:
        None while it starts, with nothing begun in this life.
        """
        if self.home.store.newest is None:
            return True
        with self._lock:  # several ticks ask
            return self._look(worker, self.home.store.newest)

    def _look(self, worker: Worker | None, newest: Newest) -> bool:
        store, clock = self.home.store, self.home.clock
        with store.read() as session:
            here, known = _both(session)
        if not here:
            return False  # it only replays another's: nothing can be written here
        newest.saw(here)  # by a connection from before it was promoted, too
        if known in (here, None):
            return self._over()
        if self._since is None:
            self._since = clock.elapsed()
            log.warning("failover", was=known, now=here)
        if worker is not None and self._told != here and not self._tell(worker, here):
            return self._recover(worker, here, "missing")
        if self._taken_up(here):
            return True
        if clock.elapsed() - self._since > PATIENCE:
            return self._recover(worker, here, "silent")
        return False

    def _tell(self, worker: Worker, here: str) -> bool:
        """
        Write down what this server does not know of; False when that cannot be told. What is
        committed after this on the old one never goes out (`Witness.note`).
        """
        lanes, now = self.home.store.witness.told(), self.home.clock.now()
        with self.home.store.write() as session:
            lock_outbox(session)
            node = session.get(Node, worker.node)
            if node is None or node.incarnation != worker.incarnation:
                return False
            lost: list[Noted] = []
            for lane in lanes:
                found = missing(session, lane)
                if found is None:
                    return False
                lost += found
            count = write_down(session, now, worker.node, lost)
            if count is None:
                session.rollback()
                return False
            if lost:
                count += _leases_back(session, now, store_now(session, self.home.clock), worker)
            node.timeline = here
            if count:
                _alarm(session, now, f"failover/{worker.node}", count)
            audit.record(session, now, SYSTEM, "failover_told", worker.node,
                         {"timeline": here, "uncertain": count})
        log.warning("failover.told", uncertain=count)
        self._told = here
        return True

    def _taken_up(self, here: str) -> bool:
        """All that lived have told: go on, on this timeline."""
        now = self.home.clock.now()
        with self.home.store.write() as session:
            row = session.scalars(select(Installation).with_for_update()).one()
            if row.timeline == here:
                pass
            elif row.epoch != row.recovered_epoch or silent(session, here):
                return False
            else:
                row.timeline = here
                audit.record(session, now, SYSTEM, "failover", here, {"all_told": True})
                raise_alarm(session, now, "failover", "failover", "warning", t(
                    "máy chủ cơ sở dữ liệu khác đã lên thay; mọi trạm phát đã đối chiếu, gửi tiếp",
                    "another database server took over; every worker compared, sending goes on"))
        return self._over()

    def _recover(self, worker: Worker | None, here: str, why: str) -> bool:
        """Nobody knows what went out: all that was due is doubted, under a new epoch."""
        store, now = self.home.store, self.home.clock.now()
        with store.write() as session:
            since = recovery.last_begin(session)
            # once for the cluster: whoever comes second finds the epoch risen already
            session.execute(
                update(Installation)
                .where(Installation.epoch == Installation.recovered_epoch,
                       Installation.timeline != here)
                .values(epoch=Installation.epoch + 1))
            if _both(session)[1] == here:
                return self._over()
        count = recovery.recover(store, self.home.settings.var, now,
                                 recovery.Doubt(since or now, f"failover-{why}"))
        with store.write() as session:
            _alarm(session, now, "failover", count)
            if worker is not None:
                nodes.stands(session, now, worker)
        log.warning("failover.recovered", why=why, uncertain=count)
        return self._over()

    def _over(self) -> bool:
        self._since, self._told = None, ""
        return True

    # ------------------------------------------------------------------ at start

    def at_start(self) -> None:
        """Before this life registers: an earlier one that did not sign off cannot tell now."""
        store, var = self.home.store, self.home.settings.var
        if store.newest is None:
            return
        marked = mark.read(var)
        with store.read() as session:
            here, known = _both(session)
            earlier = session.get(Node, nodes.node_name(var))
            uid = session.scalars(select(Installation.uid)).one()
        if marked is not None:
            if is_older(here or "", marked.timeline):
                raise UserError(
                    "GIOVANG_DATABASE_URL",
                    t(f"máy chủ này ({here}) đã bị máy chủ khác thay ({marked.timeline})",
                      f"this server ({here}) was replaced by another ({marked.timeline})"),
                    t("tắt hẳn máy chủ cũ; xem docs/runbook.md, «failover»",
                      "shut the old server down; see docs/runbook.md, “failover”"))
            store.newest.saw(marked.timeline)
        if not here or known in (here, None) or not _same_cluster(known, here):
            return  # another cluster's number says nothing: the mark does (recovery.py)
        ended = earlier.stopped_at is not None if earlier is not None else (
            marked is None or marked.installation != uid)
        if not ended:
            self._recover(None, here, "restarted")
        while not self.look(None):
            self.home.clock.wait(_NEVER, 1.0)

    def take_up(self) -> None:
        """At start, found whole by its mark: nobody had looked yet, or it came from elsewhere."""
        with self.home.store.write() as session:
            here, known = _both(session)
            if here and (known is None or not _same_cluster(known, here)):
                session.execute(update(Installation).values(timeline=here))


def _same_cluster(known: str, here: str) -> bool:
    return known.partition("/")[0] == here.partition("/")[0]


def _both(session: Session) -> tuple[str | None, str | None]:
    """This server's timeline, and the one the installation was found whole on."""
    return timeline(session), session.scalars(select(Installation.timeline)).one()


def silent(session: Session, here: str) -> Sequence[str]:
    """Nodes that lived when the old server was lost, and have not told. None beats meanwhile."""
    lived = select(func.max(Node.heartbeat_at)).scalar_subquery()
    rows = session.execute(
        select(Node.id, Node.heartbeat_at, lived)
        .where(Node.stopped_at.is_(None), Node.timeline.is_distinct_from(here))).all()
    return [name for name, beat, newest in rows if beat > newest - nodes.BEAT]


def missing(session: Session, lane: Lane) -> list[Noted] | None:
    """
    What this server does not know of a lane, oldest first; None when that reaches back further
    than we remember.
    """
    lost: list[Noted] = []
    noted = list(lane.noted)
    for end in range(len(noted), 0, -CHUNK):
        chunk = noted[max(0, end - CHUNK):end]
        known = _known(session, chunk)
        for one in reversed(chunk):
            if one in known:  # and so is all that was committed before it
                return lost[::-1]
            lost.append(one)
    return lost[::-1] if lane.whole else None


def _known(session: Session, chunk: Sequence[Noted]) -> set[Noted]:
    found: set[Noted] = set()
    found |= outbox_doubt.known_tries(session, [one for one in chunk if isinstance(one, Try)])
    for one in chunk:
        if isinstance(one, Sliced) and campaign_doubt.knows_slice(session, one):
            found.add(one)
        elif isinstance(one, Trial):
            state = session.scalars(select(TrialSend.state).where(TrialSend.id == one.id)).first()
            if state not in (None, "waiting"):
                found.add(one)
    return found


def write_down(session: Session, now: datetime, node: str, lost: Sequence[Noted]) -> int | None:
    """
    What went out and is not known here becomes uncertain, as tries of ours: an answer that is
    still to come ends the doubt. None: it is about something that this server has never heard of.
    """
    count = 0
    tries = [one for one in lost if isinstance(one, Try)]
    if tries:
        written = outbox_doubt.doubt_lost(session, now, node, tries)
        if written is None:
            return None
        count += written
    for one in lost:
        if isinstance(one, Sliced):
            campaign = session.get(Campaign, one.campaign_id)
            if campaign is None:
                return None
            count += campaign_doubt.doubt_lost(session, now, node, campaign, one)
        elif isinstance(one, Trial):
            session.execute(
                update(TrialSend).where(TrialSend.id == one.id, TrialSend.state == "waiting")
                .values(state="uncertain", number=None, begun_at=now, ended_at=now))
    return count


def _leases_back(session: Session, now: datetime, moment: datetime, worker: Worker) -> int:
    """
    What this server thinks we hold is not what we hold: given back as if that life were over,
    what is on the wire in doubt until its answer comes.
    """
    over = worker._replace(incarnation=worker.incarnation + 1)
    return (outbox_doubt.reclaim_own(session, now, moment, over)
            + campaign_doubt.reclaim(session, now, moment, over, own=True))


def _alarm(session: Session, now: datetime, cause: str, count: int) -> None:
    raise_alarm(
        session, now, cause, "failover", "serious",
        t(f"máy chủ cơ sở dữ liệu lên thay thiếu những giây cuối: {count} lượt, tin đã đi hoặc có "
          "thể đã đi, không tự gửi lại; việc người làm trong những giây ấy cũng có thể mất",
          f"the database server that took over lacks the last seconds: {count} deliveries and "
          "messages went out or may have, none is sent again; what persons did then may be lost"))
