"""
A real (not training) installation played in the test's own process under a virtual clock, its
channels speaking to the sandbox: what the worker does, tick by tick, without waiting for it.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import or_, select, update

from sandbox import Sandbox
from tests.builders import ORGANISATION, an_item, in_force, settings_for, some_people
from tests.conftest import START
from worker import nodes, takedown
from worker.alarms.store import open_alarms
from worker.clock import VirtualClock
from worker.db import Store, store_now
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline
from worker.home import Home, create
from worker.housekeeping import Housekeeping
from worker.items.approval import approve, submit
from worker.items.model import ItemContent
from worker.items.store import import_items
from worker.models import Batch, Delivery, Installation
from worker.observer import Bell
from worker.office import Office
from worker.outbox import doubt
from worker.outbox.claim import next_due
from worker.reconcile import reconcile

#: seconds of virtual time between two rounds of ticks
STEP = 30.0
#: the far side's answer is waited for in real seconds: longer than a busy machine may stand still
TIMEOUT = 10.0
#: where no answer comes, all of it is waited for
BRIEF = 1.5

PROGRAMME = """
name = "Kiểm thử"
timezone = "Asia/Ho_Chi_Minh"
organisation = "luc-ngan"

[themes]
thu_doan = "Thủ đoạn"
""" + ORGANISATION + """
[[slots]]
id = "trua"
name = "Buổi trưa"
start = "11:30"
end = "13:00"

[[stations]]
id = "dai-luc-ngan"
name = "Đài truyền thanh xã Lục Ngạn"
organisation = "luc-ngan"

[[segments]]
id = "canh_giac"
name = "Cảnh giác"
themes = ["thu_doan"]
slots = ["trua"]
channels = ["sms", "sms_khoa", "facebook", "website", "trang_tinh", "loa"]
days_without_repeat = 0
stand_by = "td-01"

[[channels]]
id = "facebook"
type = "facebook"
name = "Facebook"
timeout = {timeout}
options = {{ version = "v26.0", url = "{sandbox}/graph" }}
accounts = [{{ id = "chinh", secrets = {{ token = "file:fb-token" }} }}]
targets = [{{ id = "trang", name = "Trang", address = "100000000000001" }}]

[[channels]]
id = "website"
type = "wordpress"
name = "Cổng thông tin"
timeout = {timeout}
options = {{ url = "{sandbox}" }}
accounts = [{{ id = "chinh", secrets = {{ user = "file:wp-user", password = "file:wp-pass" }} }}]
targets = [{{ id = "cong", name = "Cổng", address = "{sandbox}" }}]

[[channels]]
id = "trang_tinh"
type = "static_site"
name = "Trang tĩnh"
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "trang-tin", name = "Trang tin", address = "trang-tin" }}]

[[channels]]
id = "loa"
type = "loudspeaker"
name = "Loa"
accounts = [{{ id = "chinh" }}]
"""

#: one gateway twice: as it is, and as one that knows a key again
GATEWAY = """
[[channels]]
id = "{id}"
type = "sms_http"
name = "{id}"
timeout = {timeout}
accounts = [{{ id = "chinh", secrets = {{ key = "file:sms-key" }} }}]
targets = [{{ id = "to-1", name = "Tổ 1", address = "0950000101" }}]
[channels.options]
max_parts = 2
[channels.options.gateway]
name = "Cổng kiểm thử"
url = "{gateway}/sms/send"
id = "id"
code = "code"
message = "message"
{idempotent}
headers = {{ Authorization = "Bearer {{secret:key}}", X-Idempotent = "{known}" }}
body = {{ phone = "{{phone}}", text = "{{text}}", key = "{{key}}" }}
success = {{ path = "status", equals = ["ok"] }}
[channels.options.gateway.codes.auth]
outcome = "account"
meaning = "Khóa sai"
todo = "Xem lại khóa"
"""

SECRETS = {"fb-token": "khoa-fb", "wp-user": "nguoi-dang", "wp-pass": "khoa-wp",
           "sms-key": "khoa-sms"}


def programme(
    sandbox: Sandbox, gateway: str | None = None, *, sms: float = TIMEOUT, pages: float = TIMEOUT
) -> str:
    """
    The programme above; only the two SMS channels go through `gateway`. `sms`, `pages`: seconds
    that these and those wait for an answer.
    """
    base = sandbox.base_url
    return PROGRAMME.format(sandbox=base, timeout=pages) + "".join(
        GATEWAY.format(id=name, gateway=gateway or base, timeout=sms, known=int(known),
                       idempotent="idempotent = true\nkey_lifetime = 86400" if known else "")
        for name, known in (("sms", False), ("sms_khoa", True))
    )


class Flow:
    """One life of a worker over this home; `again()` is the next one."""

    def __init__(self, home: Home, clock: VirtualClock) -> None:
        self.home, self.clock = home, clock
        with home.store.write() as session:
            self.worker = nodes.register(session, store_now(session, clock), "may-1")
            doubt.reclaim_own(session, clock.now(), store_now(session, clock), self.worker)
        self.office = Office(home.settings, home.store, clock, training=False, sandbox_url=None,
                             force=home.programme()).open()
        self.bell = Bell(home.store, clock, self.office)
        self.house = Housekeeping(self.office, self.worker, home.settings.var)
        self.house.watch_clock()
        self.house.plan()
        self.dispatchers = [
            Dispatcher(self.office, c.id, self.worker, Inline(), self.bell)
            for c in self.office.force.programme.channels
        ]

    def again(self) -> Self:
        """The worker is started anew."""
        return type(self)(self.home, self.clock)

    def to(self, moment: datetime) -> None:
        """Nobody works until this moment."""
        self.clock.advance_to(moment)

    def turn(self) -> None:
        """Everything that is due now, on every channel."""
        never = threading.Event()
        self.office.reread()
        for dispatcher in self.dispatchers:
            while self._due(dispatcher) and dispatcher.turn():
                dispatcher.wait(never)

    def ticks(self) -> None:
        """The ticks of a worker, each once."""
        self.house.watch_clock()
        if self.house.anything_to_sweep():
            for m in self.house.sweep():
                self.bell.missed(m.occurrence_id, m.channel, m.item_id, m.deliveries)
        reconcile(self.office, self.clock.now())
        takedown.watch(self.office, self.clock.now())

    def work_until(self, moment: datetime) -> None:
        """Turns and ticks until the (virtual) moment; in leaps once nothing is under way."""
        while self.clock.now() < moment:
            self.turn()
            self.ticks()
            left = (moment - self.clock.now()).total_seconds()
            self.clock.advance(min(left, STEP if self._under_way() else self._quiet()))
        self.turn()
        self.ticks()

    def _under_way(self) -> bool:
        """Something of a slot that has opened may still change."""
        with self.home.store.read() as session:
            return session.scalars(
                select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id)
                .where(Batch.opens_at <= self.clock.now(),
                       or_(Delivery.state == "sending",
                           Delivery.state.in_(["queued", "ready"])
                           & Batch.state.in_(["ready", "leased"]),
                           (Delivery.state == "uncertain")
                           & Delivery.channel.in_(self.office.reconcilable())))
                .limit(1)
            ).first() is not None

    def _quiet(self) -> float:
        """Seconds until something is due."""
        with self.home.store.read() as session:
            due = [next_due(session, d.channel_id, self.clock.now()) for d in self.dispatchers]
        soonest = min(filter(None, due), default=None)
        wait = (soonest - self.clock.now()).total_seconds() if soonest else float("inf")
        return max(1.0, wait)

    def _due(self, dispatcher: Dispatcher) -> bool:
        if dispatcher.hands or dispatcher.flying:
            return True
        with self.home.store.read() as session:
            due = next_due(session, dispatcher.channel_id, self.clock.now())
        return due is not None and due <= self.clock.now()

    # ------------------------------------------------------------------ what is written

    def of_day(self, opens_at: datetime) -> dict[str, Delivery]:
        """Channel -> its delivery of the slot that opens then (one target a channel)."""
        with self.home.store.read() as session:
            rows = session.scalars(
                select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
                .where(Batch.opens_at == opens_at)
            ).all()
        return {d.channel: d for d in rows}

    def alarms(self) -> dict[str, str]:
        """Cause -> words of what is open."""
        with self.home.store.read() as session:
            return {a.cause: a.what for a in open_alarms(session)}


def new_flow(folder: Path, url: str, text: str) -> Flow:
    """A live installation with this programme and one approved item, eight in the morning."""
    return Flow(*new_home(folder, url, text, SECRETS, [an_item()]))


def new_home(
    folder: Path, url: str, text: str, secret_files: Mapping[str, str],
    items: Sequence[ItemContent], uid: uuid.UUID | None = None,
) -> tuple[Home, VirtualClock]:
    """The same with these secrets and items, all of them approved, before any worker starts."""
    clock = VirtualClock(START)
    settings = replace(settings_for(folder), var=folder / "var", database_url=url)
    for name, value in secret_files.items():
        (folder / name).write_text(value, encoding="utf-8")
    store = Store(url)
    create(store, clock, training=False, uid=uid)
    home = Home(settings, store, clock)
    people = some_people(store)
    in_force(store, text)
    with store.write() as session:
        session.execute(update(Installation).values(live_at=START - timedelta(days=1)))
        import_items(session, START, items, "soan")
    for item in items:
        with store.write() as session:
            submit(session, START, home.programme().programme, settings, item.id, people["soan"])
            approve(session, START, item.id, people["duyet"])
    return home, clock


def taken(sandbox: Sandbox) -> Counter[str]:
    """Key -> how often the far side has it; Facebook, which is given none, under its channel."""
    return Counter(row["key"] or row["channel"] for row in sandbox.store.taken)
