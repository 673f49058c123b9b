"""
One run of all online channels through a bad day: faults, one act of a person or an accident in
the middle, then the faults end and persons do what the Sự cố tell them. Everything is drawn from
one seed, the keys of the deliveries included, so a run can be had again.
"""

import contextlib
import random
import uuid
from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select

from sandbox import Sandbox
from tests.builders import an_item
from tests.conftest import START
from tests.fakes import Held
from tests.process import online
from tests.process.flow import BRIEF, Flow, new_home
from tests.process.online import WORDS, Far
from worker import accounts, corrections, status, takedown, withdrawn
from worker.alarms.store import raise_alarm
from worker.errors import Refused
from worker.home import in_force
from worker.items.approval import approve, submit
from worker.items.store import import_items
from worker.models import AccountRow, Batch, Delivery, Item, Occurrence, Person, Pin
from worker.outbox import acts, orders, withdraw
from worker.outbox.correct import correct_item
from worker.outbox.recall import recall_item, resolve_failed
from worker.outbox.takeback import FAILED

OPENS = START + timedelta(hours=3, minutes=30)  #: 11:30 in Vietnam
CLOSES = OPENS + timedelta(minutes=90)
MINUTE = timedelta(minutes=1)
#: before the next day's slot is prepared
END = OPENS + timedelta(hours=21)

PLACES = ("/graph/", "/wp-json/", "/zalo/v2.0/", "/hooks/", "/push/")
QUICK = ("429", "500", "500_posted", "503", "503_later", "html200", "bad_json", "empty200",
         "reset_before", "reset_after", "cut", "401", "301")
ACTS = ("nothing", "recall", "correct", "cancel", "stop", "repin", "edit", "restart", "crash")


class Worker(Flow):
    """With what persons wait for: withdrawals that failed, the next version of what was."""

    _doubts: AbstractSet[tuple[str, int]] = frozenset()
    _patience = 60.0

    def ticks(self) -> None:
        super().ticks()
        now = self.clock.now()
        withdrawn.watch(self.office, now)
        with self.home.store.read() as session:
            anew = withdraw.waits_for_plan(session, now)
        if anew:
            self.house.plan()

    def pause(self) -> float:
        """
        Seconds until something is due, a minute at least and an hour at most; longer and longer
        while the same few are in doubt.
        """
        with self.home.store.read() as session:
            doubts = {(key, tries) for key, tries in session.execute(
                select(Delivery.id, Delivery.attempts)
                .where(Delivery.state.in_(["sending", "uncertain"])))}
        self._patience = 1.5 * self._patience if doubts == self._doubts else 60.0
        self._doubts = doubts
        most = min(1200.0, self._patience) if doubts else 3600.0
        return max(60.0, min(self._quiet(), most))

    def turn(self) -> None:
        """Only the channels of which something is due: most rounds have none or one."""
        with self.home.store.read() as session:
            due = set(session.scalars(select(Batch.channel).distinct().where(
                Batch.state == "ready", Batch.next_attempt_at <= self.clock.now())))
        if due:
            every = self.dispatchers
            self.dispatchers = [d for d in every if d.channel_id in due]
            try:
                super().turn()
            finally:
                self.dispatchers = every

    def _quiet(self) -> float:
        now = self.clock.now()
        with self.home.store.read() as session:
            soonest = session.scalars(select(func.min(Batch.next_attempt_at)).where(
                Batch.state == "ready", Batch.closes_at > now)).one()
        return max(1.0, (soonest - now).total_seconds()) if soonest else float("inf")

    def crash(self, rng: random.Random) -> "Worker":
        """It dies with tries begun: some reached the far side, no answer was written down."""
        pool = Held()
        self.office.reread()
        for dispatcher in self.dispatchers:
            dispatcher.pool = pool
            dispatcher.turn()
        calls, pool.calls = pool.calls, []
        for call in calls:
            if rng.random() < 0.5:
                call()
        return self.again()


@dataclass
class Run:
    """What is drawn, what was seen."""

    seed: int
    sandbox: Sandbox
    folder: Path
    url: str
    wrong: list[str] = field(default_factory=list)
    recalled: set[str] = field(default_factory=set)
    listed: set[tuple[str, str]] = field(default_factory=set)  #: in `status`, and public
    rules: list[dict[str, Any]] = field(default_factory=list)  #: the faults; empty: drawn
    told_by_hand: set[tuple[str, str]] = field(default_factory=set)
    again: set[str] = field(default_factory=set)  #: corrections said again after they failed
    figures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.uid = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        self.acts = self.rng.sample(ACTS, self.rng.choice([1, 1, 2]))
        self.until = OPENS + self.rng.uniform(-20, 110) * MINUTE
        #: from the morning on, or once everything that can be is prepared
        self.since = self.rng.choice([START, OPENS + self.rng.uniform(-25, 5) * MINUTE])
        #: around the opening, when most is under way, or at any time
        span = self.rng.choice([(-1, 8), (-50, 110)])
        self.moments = sorted(OPENS + self.rng.uniform(*span) * MINUTE for _ in self.acts)

    def play(self, judge: Callable[["Run"], None]) -> "Run":
        """The whole day, and then what it left."""
        text = online.programme(self.sandbox, BRIEF, broadcast=self.rng.random() < 0.5)
        items = online.items(late=self.rng.random() < 0.3)
        home, clock = new_home(self.folder, self.url, text, online.SECRETS, items, self.uid)
        with home.store.write() as session:
            self.people = {p.id: p for p in session.scalars(select(Person))}
            session.add(Pin(entry="canh_giac", slot="trua", local_date=OPENS.date(),
                            item_id="td-01", by="soan", at=START))
        self.worker = Worker(home, clock)
        self.far = Far(self.sandbox, home.settings.var / "phat")
        try:
            self._day()
            judge(self)
        finally:
            home.close()
        return self

    def _day(self) -> None:
        turns: list[tuple[datetime, Callable[[], object]]] = [
            (self.since, self._faults), (max(self.since, self.until), self._fault_ends)]
        turns += [(moment, getattr(self, f"_{act}"))
                  for moment, act in zip(self.moments, self.acts, strict=True)]
        for moment, turn in sorted(turns, key=lambda each: each[0]):
            self._work(moment)
            turn()
        self._work(max(self.until, CLOSES) + 20 * MINUTE)
        for _ in range(6):
            accounts.watch(self.worker.office)  # as every ten minutes: boards lose ended lines
            if not self._mend():
                break
            self._work(self.now + 20 * MINUTE)
        self._work(END)

    @property
    def now(self) -> datetime:
        return self.worker.clock.now()

    # ------------------------------------------------------------------ faults

    def _faults(self) -> None:
        assert self.sandbox.faults.set(list(self.rules or self._drawn())) == ""

    def _drawn(self) -> list[dict[str, Any]]:
        rng, name = self.rng, str(self.seed)
        rules: list[dict[str, Any]] = [
            {"path": "/", "modes": ["black_hole", "slow"], "probability": 0.002,
             "seed": f"{name}b", "seconds": 1.2 * BRIEF},
            {"path": "/zalo/v4/", "modes": list(QUICK), "probability": rng.choice([0, 0.3]),
             "seed": f"{name}t"}]
        for place in PLACES:
            modes = rng.sample(QUICK, rng.randint(1, 6))
            rules.append({"path": place, "modes": modes, "seed": f"{name}{place}",
                          "probability": rng.choice([0, 0.1, 0.3, 0.6, 0.9, 1])})
        return rules

    def _fault_ends(self) -> None:
        self.sandbox.faults.set([])

    def _work(self, until: datetime) -> None:
        """Rounds until this moment, the far side looked at after each."""
        while self.now < until:
            self._round()
            left = (until - self.now).total_seconds()
            self.worker.clock.advance(max(1.0, min(self.worker.pause(), left)))
        self._round()

    def _round(self) -> None:
        self.far.pass_time(self.now)
        self.worker.turn()
        self.worker.ticks()
        self._look()

    def _look(self) -> None:
        """Nothing twice at one time; what was recalled and shows stands in `status`."""
        docs = self.far.look(self.now)
        for place, count in online.doubled(docs).items():
            self.note(f"{count} at one time: {place}")
        shown = {d for d in docs if d.public and d.item in self.recalled}
        if not shown:
            return
        home = self.worker.home
        with home.store.read() as session:
            told = status.gather(session, self.now, in_force(session), home)
        places = {(p["channel"], p["target"]) for p in told["recalled_places"]}
        for d in shown:
            self.figures["recalled_seen"] += 1
            self.listed |= places & {(d.channel, d.target)}
            if (d.channel, d.target) not in places:
                self.note(f"recalled, public, not in status: {d.channel}/{d.target} {d.item}")

    def note(self, what: str) -> None:
        """Something that must not be."""
        if what not in self.wrong:
            self.wrong.append(what)

    # ------------------------------------------------------------------ acts

    def _nothing(self) -> None:
        pass

    def _restart(self) -> None:
        self.worker = self.worker.again()

    def _crash(self) -> None:
        self.worker = self.worker.crash(self.rng)

    def _recall(self, item: str = "td-01") -> None:
        store = self.worker.home.store
        with store.write() as session:
            on = session.scalars(
                select(Batch.channel).where(Batch.item_id == item).distinct()).all()
            # after a correction, which recalls, there may be nothing left to take back
            with contextlib.suppress(Refused):
                recall_item(session, self.now, "duyet", item, "sai",
                            takedown.can_recall(session, on))
            raise_alarm(session, self.now, f"recall:{item}", "recall", "serious", "thu hồi")
        self.recalled.add(item)
        self.worker.house.plan()

    def _correct(self) -> None:
        store = self.worker.home.store
        with store.write() as session:
            on = session.scalars(
                select(Batch.channel).where(Batch.item_id == "td-01").distinct()).all()
            correct_item(session, self.now, "duyet", "td-01", "dc-01", "sai",
                         corrections.ways(session, on),
                         corrections.Filler(session, in_force(session), self.now, "dc-01"))
            raise_alarm(session, self.now, "recall:td-01", "recall", "serious", "thu hồi")
        self.recalled.add("td-01")
        self.worker.house.plan()

    def _cancel(self) -> None:
        with self.worker.home.store.write() as session:
            occurrence = session.scalars(
                select(Occurrence.id).where(Occurrence.opens_at == OPENS,
                                            Occurrence.slot == "trua")).one()
            acts.cancel_occurrence(session, self.now, "soan", occurrence, "sai")
        self.worker.house.plan()

    def _stop(self) -> None:
        store = self.worker.home.store
        with store.write() as session:
            orders.stop(session, self.now, "soan", "*", "sai")
        with store.write() as session:
            withdraw.forbidden(session, self.now, "soan")
        self._work(self.now + self.rng.uniform(1, 40) * MINUTE)
        for person in ("soan", "duyet"):
            with store.write() as session:
                orders.start(session, self.now, person, None)
        self.worker.house.plan()

    def _repin(self) -> None:
        with self.worker.home.store.write() as session:
            session.scalars(select(Pin).where(Pin.slot == "trua")).one().item_id = "td-02"
        self.worker.house.plan()

    def _edit(self) -> None:
        """Other words under the same name, approved a little later."""
        home = self.worker.home
        with home.store.write() as session:
            if session.get_one(Item, "td-01").state == "recalled":
                return
            import_items(session, self.now, [
                an_item("td-01", title="Tin td-01", body=f"{WORDS['td-01']} lần hai: gọi 113.",
                        what_to_do=f"Tắt máy, {WORDS['td-01']}.")], "soan")
        self.worker.house.plan()
        self._work(self.now + self.rng.uniform(0, 10) * MINUTE)
        with home.store.write() as session:
            submit(session, self.now, home.programme().programme, home.settings, "td-01",
                   self.people["soan"])
            approve(session, self.now, "td-01", self.people["duyet"])
        self.worker.house.plan()

    # ------------------------------------------------------------------ persons, afterwards

    def _mend(self) -> bool:
        """What the Sự cố ask for, once the fault is gone; False when nothing is left to do."""
        store, did = self.worker.home.store, False
        with store.write() as session:
            for channel in self.worker.office.force.programme.channels:
                did |= orders.resume(session, self.now, "duyet", channel.id, "*")
            left = session.scalars(select(Delivery).where(or_(
                (Delivery.kind != "publish") & Delivery.state.in_(FAILED),
                Delivery.state == "uncertain"))).all()
        for delivery in left:
            did |= self._decide(delivery)
        if "zalo-refresh-lost" in self._codes():
            name = f"rt-{self.rng.getrandbits(32)}"
            (self.worker.home.settings.home / "zalo-refresh").write_text(name, encoding="utf-8")
            self.figures["zalo_consent"] += 1
            did = True
        return did

    def _decide(self, d: Delivery) -> bool:
        """
        A failed recall again, a correction as `giovang correct` says it again, and told there in
        another way where that helps nothing; a doubt as somebody finds it at the far side.
        """
        self.figures[f"by_hand:{d.channel}/{d.kind}/{d.state}"] += 1
        how: acts.Resolution = "send-again" if d.kind == "recall" else "went-out"
        if d.state == "uncertain" and d.kind == "publish":
            here = {(x.channel, x.target, x.item) for x in self.far.look(self.now)}
            how = "went-out" if (d.channel, d.target, self._item(d)) in here else "did-not"
        elif d.kind == "correct" and d.id not in self.again:
            self.again.add(d.id)
            self._correct()
            return True
        try:
            with self.worker.home.store.write() as session:
                if resolve_failed(session, self.now, "duyet", d.id, how, "đã xem") is None:
                    acts.resolve(session, self.now, "duyet", d.id, how, "đã xem tận nơi")
        except Refused:
            return False
        if d.kind == "correct":
            self.told_by_hand.add((d.channel, d.target))
        return True

    def _item(self, d: Delivery) -> str:
        with self.worker.home.store.read() as session:
            return session.get_one(Batch, d.batch_id).item_id

    def _codes(self) -> set[str]:
        with self.worker.home.store.read() as session:
            return set(session.scalars(select(AccountRow.blocked_code)))
