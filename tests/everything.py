"""
One installation with something of everything in it, made once and walked by many tests; and where
each address of the console leads to something there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from console.server import Servers
from console.web.route import Route
from tests.accounts import Visitor, an_account
from tests.api import a_key
from tests.builders import an_item, settings_for
from tests.conftest import START
from tests.deliveries import DAY
from tests.store.area.bed import TEXT, WANTED
from tests.store.campaigns.world import Campaigns
from tests.store.lists import Lists
from tests.store.radio import hand_over
from tests.store.world import NOON, World, a_world
from worker.alarms.store import raise_alarm
from worker.campaigns.area import orders
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home, in_force
from worker.items import approval, authority, drafts
from worker.items.store import import_items
from worker.models import (
    Aired,
    Alarm,
    ApiKey,
    BulletinRow,
    Delegation,
    Delivery,
    Evidence,
    Person,
    Recording,
    StandingAcceptance,
    StationNotice,
    UserSession,
)
from worker.notices import store as notices
from worker.outbox import orders as outbox_orders
from worker.people import ROLES
from worker.radio import acceptance
from worker.radio.speech.parts import text_sha256
from worker.shared.here import files_of
from worker.shared.kinds import EVIDENCE
from worker.users import sessions
from worker.users.sessions import Browser

STATION = "dai-luc-ngan"
MORE = """
[[slots]]
id = "toi"
name = "Buổi tối"
start = "19:00"
end = "20:00"

[[blackouts]]
name = "Tết"
first = 2027-02-05
last = 2027-02-08

[[extra_dates]]
segment = "canh_giac"
date = 2026-12-20

[alarms]
escalate_after = "20m"
[[alarms.duty]]
person = "soan"
"""
PDF = b"%PDF-1.4 quet"


@dataclass
class Everything:
    """The installation, its server, and what is in it."""

    world: World
    home: Home
    servers: Servers
    #: pattern of addresses -> what their parameters are, to lead to something that is there
    samples: dict[str, dict[str, str]]

    def path(self, route: Route) -> str:
        """An address of this route behind which there is something."""
        return filled(route, next((given for pattern, given in self.samples.items()
                                   if re.fullmatch(pattern, route.path)), {}))

    def visitor(self, person: str) -> Visitor:
        """Somebody inside, without the time that a password takes."""
        one = Visitor(self.servers.inner_url)
        self.let_in(one, person)
        return one

    def let_in(self, one: Visitor, person: str) -> None:
        with self.home.store.write() as s:
            token = sessions.open_session(
                s, self.home.clock.now(), person, Browser("127.0.0.1", "kiểm thử"), second=False)
        one.web.cookies.set("giovang-phien", token, domain="127.0.0.1", path="/")

    def later(self) -> None:
        """Who asks very often has to wait a minute."""
        self.world.clock.advance(61)

    def close(self) -> None:
        self.servers.stop()
        self.world.store.close()


def filled(route: Route, given: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: given.get(m[1], "khong-co"), route.path)


def everything(database: Path, folder: Path) -> Everything:
    """`database`: a migrated one."""
    (folder / "giovang.sqlite3").write_bytes(database.read_bytes())
    store = Store(f"sqlite:///{folder / 'giovang.sqlite3'}")
    world = a_world(store, VirtualClock(START), folder, TEXT + MORE)
    home = Home(replace(settings_for(folder), var=folder / "var", inner_port=0, public_port=0),
                store, world.clock)
    home.settings.schedules.write_text(TEXT + MORE, encoding="utf-8")
    office = world.office()
    servers = Servers(home, lambda: office)
    servers.start()
    made = Everything(world, home, servers, {})
    _items(made)
    _outbox(made)
    _stations(made)
    _campaigns(made)
    _people(made)
    made.samples = _samples(made)
    return made


def _items(made: Everything) -> None:
    world, home = made.world, made.home
    world.approved(an_item("td-02", title="Giả danh ngân hàng"))
    now = world.clock.now()
    with home.store.write() as s:
        import_items(s, now, [an_item("td-03", title="Chờ duyệt", source="Công an xã")], "soan")
        approval.submit(s, now, in_force(s).programme, home.settings, "td-03",
                        world.people["soan"])
        import_items(s, now, [an_item("td-04", note="hỏi lại số")], "soan")
        s.add(Evidence(item_id="td-04", name="ảnh.pdf", kind="pdf", sha256="e" * 64, by="soan",
                       at=now))
    files_of(home.settings).put(EVIDENCE, f"{'e' * 64}.pdf", PDF)


def _outbox(made: Everything) -> None:
    world = made.world
    world.to(NOON + timedelta(minutes=5))
    for channel in ("sms", "facebook", "website"):
        world.run(channel)
    now = world.clock.now()
    with made.home.store.write() as s:
        raise_alarm(s, now, "disk", "disk", "serious", "đĩa chỉ còn 2 %")
        raise_alarm(s, now, f"station/{STATION}", "station", "serious", "gọi đài")
        outbox_orders.pause(s, now, "ca_hai", "facebook", "*", "đổi khóa của trang")


def _stations(made: Everything) -> None:
    world = made.world
    hand_over(world)
    now = world.clock.now()
    with made.home.store.write() as s:
        row = s.scalars(select(BulletinRow).where(BulletinRow.newest)).first()
        assert row is not None
        voice = "\n".join(x["voice"] for x in row.body["sections"][0]["lines"])
        s.add(Recording(station=STATION, file_sha256="f" * 64, seconds=95, made_by="Chị Hoa",
                        made_at=now, text_sha256=text_sha256(voice)))
        s.add(StationNotice(bulletin_id=row.id, station=STATION, kind="urgent", told=1,
                            told_at=now, made_at=now))
        s.add(Aired(station=STATION, local_date=DAY, airing="11:30", number=1, extent="part",
                    clusters=[], times=1, reason="khac", note="mất điện", by="Anh Ba",
                    said_to="soan", source="centre", aired_at=now, received_at=now,
                    dedupe="d" * 64, counted=True))
        acceptance.record_standing(s, now, "soan", StandingAcceptance(
            station=STATION, priority="thong_thuong", signer="Chủ tịch", document="12/QĐ-UBND",
            valid_from=DAY, valid_until=DAY + timedelta(days=90)))
        notices.write(s, now, [notices.Told("x", "waits", "Chờ duyệt", "CHỜ DUYỆT", "/duyet/td-03",
                                            person="an")])


def _campaigns(made: Everything) -> None:
    world, home = made.world, made.home
    an_account(home, "phoi", "dieu_phoi")
    campaigns = Campaigns(world, Lists(home, world.var))
    campaigns.wish("0950001003", "opt_out")
    number = campaigns.a_list(["0950001001", "0950001002", "0950001003"])
    campaigns.approved(number, name="Đợt một", dong_per_part=350)
    with home.store.write() as s:
        orders.make(s, world.clock.now(), in_force(s), "phoi", WANTED)


def _people(made: Everything) -> None:
    home, now = made.home, made.world.clock.now()
    an_account(home, "an", *ROLES)
    an_account(home, "khac", "nguoi_soan", "nguoi_duyet")
    a_key(home, "khac")
    today = now.date()
    with home.store.write() as s:
        authority.delegate(s, now, s.get_one(Person, "duyet"), authority.Wish(
            "duyet", "khac", today, today + timedelta(days=7), ("uu_tien",), "12/UQ", today))
        drafts.keep(s, now, "an", "td-04", {"title": ["Đang gõ"]}, 1)


def _samples(made: Everything) -> dict[str, dict[str, str]]:
    with made.home.store.read() as s:
        def one(column: Any, *where: Any) -> str:
            return str(s.scalars(select(column).where(*where)).first())

        key = one(Delivery.id, Delivery.channel == "sms")
        bulletin = s.scalars(select(BulletinRow).where(BulletinRow.newest)).first()
        assert bulletin is not None
        airing = bulletin.airing.replace(":", "")
        told = one(notices.Notice.id)
        return {
            r"/static/\{name\}": {"name": "console.css"},
            r"/nhat-ky(-thao-tac)?/tep.*": {"kind": "csv"},
            r"/nhat-ky/.*": {"key": key},
            r"/thu-hoi/.*": {"item": "td-01"},
            r"/su-co/.*": {"number": one(Alarm.id, Alarm.kind == "disk")},
            r"/lich-phat/.*": {"item": "td-02", "day": "2026-11-25", "slot": "trua"},
            r"/soan-tin/bang-chung/.*": {"number": one(Evidence.id)},
            r"/soan-tin/.*": {"item": "td-04", "version": "1", "number": "0"},
            r"/duyet/uy-quyen/.*": {"number": one(Delegation.id)},
            r"/duyet/.*": {"item": "td-03", "number": "1"},
            r"/dai/can-goi/.*": {"number": one(StationNotice.id)},
            r"/dai/.*": {"station": STATION, "number": one(Recording.id),
                         "day": bulletin.local_date.isoformat(), "airing": airing},
            r"/thong-bao/.*": {"number": told},
            r"/nguoi-dung/.*": {"person": "khac", "number": "1"},
            r"/tai-khoan/.*": {"number": one(UserSession.id)},
            r"/cau-hinh/lich-su/.*": {"number": "1"},
            r"/cau-hinh/\{section\}": {"section": "khung-gio"},
            r"/cau-hinh/.*": {"section": "khung-gio", "mark": "trua"},
            r"/kenh/.*": {"channel": "sms"},
            r"/khoa-api/.*": {"number": one(ApiKey.id)},
            r"/dot-nhan-tin/.*": {"number": "1", "kind": "csv", "token": "x" * 43},
        }
