"""People are told once: what waits, came back, was aired, comes tomorrow. On both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Rejected
from tests.builders import an_item, settings_for
from tests.store.radio import hand_over
from tests.store.world import CLOSES, HOUR, NOBODY, NOON, World, a_text
from worker.alarms.notify import Senders
from worker.db import insert_missing
from worker.home import Home, in_force
from worker.items import approval
from worker.items.store import import_items
from worker.models import Notice, Person
from worker.notices import store
from worker.notices.ticks import Notices, mail

MINUTE = timedelta(minutes=1)
#: 17:00 in Vietnam
FIVE = NOON + timedelta(hours=5, minutes=30)


@pytest.fixture
def home(world: World) -> Home:
    return Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)


def told(world: World, kind: str = "") -> list[Notice]:
    with world.store.read() as s:
        return [n for n in s.scalars(select(Notice).order_by(Notice.id)) if kind in ("", n.kind)]


def to_whom(world: World, kind: str) -> list[str | None]:
    return sorted(n.person or f"@{n.organisation}" for n in told(world, kind))


def submitted(world: World, item: str = "td-05", **more: object) -> None:
    with world.store.write() as s:
        import_items(s, world.clock.now(), [an_item(item, title="Lừa đảo mới", **more)], "soan")
        approval.submit(s, world.clock.now(), in_force(s).programme, settings_for(world.var),
                        item, world.people["soan"])


def at(world: World, moment: datetime, home: Home, ticks: Notices | None = None) -> None:
    world.to(max(moment, world.clock.now()))
    (ticks or Notices(home)).tick(moment)


# ------------------------------------------------------------------------------ what waits


def test_approvers_hear_of_what_waits_once_and_again_before_it_is_needed(
    world: World, home: Home
) -> None:
    """Needed by 17:00, when stations are given tomorrow's scripts: told again from 15:00 on."""
    ticks = Notices(home)
    world.to(CLOSES + HOUR)
    submitted(world)
    for _ in range(2):
        ticks.tick(world.clock.now())
        Notices(home).tick(world.clock.now())  # another node, or this one started again

    assert to_whom(world, "waits") == ["ca_hai", "duyet", "duyet2"]
    text = told(world, "waits")[0].text
    assert "CHỜ DUYỆT: «Lừa đảo mới»" in text
    assert "Người trình: SOAN, 14:00 ngày 24/11/2026" in text
    assert "Khung giờ tới: Buổi trưa, 11:30 ngày 25/11/2026" in text
    assert "Cần duyệt trước 17:00 ngày 24/11/2026" in text
    assert text.endswith("Trang: /duyet/td-05")
    assert not told(world, "soon")
    at(world, FIVE - 2 * HOUR, home, ticks)
    at(world, FIVE - HOUR, home, ticks)
    assert to_whom(world, "soon") == ["ca_hai", "duyet", "duyet2"]
    assert "SẮP ĐẾN GIỜ, CHƯA DUYỆT" in told(world, "soon")[0].text


def test_nobody_hears_of_what_they_may_not_approve(world: World, home: Home) -> None:
    """Not its author, not who said yes already, nobody of another organisation."""
    with world.store.write() as s:
        s.get_one(Person, "duyet2").organisation = "son-dong"
        s.get_one(Person, "ca_hai").active = False
    submitted(world)

    Notices(home).tick(world.clock.now())

    assert to_whom(world, "waits") == ["duyet"]


def test_what_is_approved_in_time_is_not_told_again(world: World, home: Home) -> None:
    world.to(CLOSES + HOUR)
    submitted(world)
    ticks = Notices(home)
    ticks.tick(world.clock.now())
    with world.store.write() as s:
        approval.approve(s, world.clock.now(), "td-05", world.people["duyet"])

    at(world, FIVE - HOUR, home, ticks)

    assert not told(world, "soon")


# ------------------------------------------------------------------- what came back, aired


@pytest.mark.parametrize(("act", "kind", "words"), [
    (approval.return_, "returned", "TRẢ LẠI ĐỂ SỬA"), (approval.reject, "rejected", "KHÔNG DUYỆT")])
def test_an_author_hears_the_reason_when_an_item_comes_back(
    world: World, home: Home, act: object, kind: str, words: str
) -> None:
    submitted(world)
    with world.store.write() as s:
        act(s, world.clock.now(), "td-05", world.people["duyet"], "số liệu cũ")  # type: ignore[operator]

    for _ in range(2):
        Notices(home).tick(world.clock.now())

    [notice] = told(world, kind)
    assert notice.person == "soan"
    assert words in notice.text
    assert "Lý do: số liệu cũ" in notice.text
    # submitted and returned once more: that is another thing
    with world.store.write() as s:
        approval.submit(s, world.clock.now() + HOUR, in_force(s).programme,
                        settings_for(world.var), "td-05", world.people["soan"]) \
            if kind == "returned" else None
        if kind == "returned":
            act(s, world.clock.now() + HOUR, "td-05", world.people["duyet"], "vẫn sai")  # type: ignore[operator]
    Notices(home).tick(world.clock.now() + HOUR)
    assert len(told(world, kind)) == (2 if kind == "returned" else 1)


def test_an_author_hears_what_became_of_an_airing_channel_by_channel(
    world: World, home: Home
) -> None:
    world.fakes["facebook"].script += [Rejected("x", "từ chối")]
    world.to(NOON + MINUTE)
    for channel in ("sms", "facebook", "website"):
        world.run(channel)
    at(world, CLOSES, home)
    assert not told(world, "aired")  # its slot has just closed: what comes in late still counts

    ticks = Notices(home)
    for _ in range(2):
        at(world, CLOSES + 6 * MINUTE, home, ticks)
    at(world, CLOSES + 7 * MINUTE, home)

    [notice] = told(world, "aired")
    assert notice.person == "soan"
    assert "PHÁT CHƯA TRỌN: «Giả danh công an»" in notice.text
    assert "Buổi trưa, 11:30 ngày 24/11/2026" in notice.text
    assert "- SMS: 1 đã đến máy" in notice.text
    assert "- Facebook: 1 bị từ chối" in notice.text
    assert notice.link == "/nhat-ky?first=24/11/2026&last=24/11/2026"


# ---------------------------------------------------------------------------- the evening


def test_each_centre_hears_at_five_of_tomorrow_and_of_what_failed_at_its_own(
    world: World, home: Home
) -> None:
    with world.store.write() as s:
        s.get_one(Person, "duyet2").organisation = "luc-ngan"
        s.get_one(Person, "ca_hai").organisation = "khong-co-gi"  # reaches nobody
    world.fakes["facebook"].script += [Rejected("x", "từ chối")]
    world.to(NOON + MINUTE)
    world.run("sms")
    world.run("facebook")
    at(world, FIVE - MINUTE, home)
    assert not told(world, "day")

    ticks = Notices(home)
    for moment in (FIVE, FIVE + MINUTE, FIVE + 3 * HOUR):
        at(world, moment, home, ticks)
        at(world, moment, home)

    assert to_whom(world, "day") == ["@*", "@luc-ngan"]
    whole, commune = sorted(told(world, "day"), key=lambda n: n.organisation or "")
    line = "- 11:30 Buổi trưa: «Giả danh công an» (SMS, Facebook, Trang tĩnh, Loa)"
    assert line in whole.text
    assert "CHƯƠNG TRÌNH NGÀY MAI: Thứ Tư 25/11/2026" in whole.text
    assert "- Facebook, «Giả danh công an»: 1 bị từ chối (Trang)" in whole.text
    # its number and its station; the page is the whole installation's
    assert "- 11:30 Buổi trưa: «Giả danh công an» (SMS, Loa)" in commune.text
    assert "Facebook" not in commune.text
    assert "Xã Lục Ngạn" in commune.text


def test_the_hour_is_the_programmes_and_an_empty_slot_is_told(
    world: World, home: Home
) -> None:
    world.programme(a_text(themes='themes = ["phap_luat"]', stand_by=NOBODY)
                    + '\n[settings]\nnotices_at = "08:30"\n')
    at(world, world.clock.now(), home)
    assert not told(world, "day")

    at(world, world.clock.now() + HOUR, home)

    assert "THIẾU TIN, chuyên mục Cảnh giác" in told(world, "day")[0].text


def test_a_station_that_did_not_confirm_is_told(world: World, home: Home) -> None:
    world.programme(a_text())
    hand_over(world)
    moment = NOON + timedelta(days=1, hours=6)
    at(world, moment, home)

    text = told(world, "day")[-1].text
    assert "Đài chưa báo «Đã phát»: 1 buổi (Đài truyền thanh xã Lục Ngạn 11:30)" in text


# ------------------------------------------------------------------------ read, seen, mailed


def test_only_whom_it_is_for_sees_a_notice_and_the_first_ticks_it_off(world: World) -> None:
    now = world.clock.now()
    mine, everybody = (store.reader("soan", None, ["nguoi_soan"]),
                       store.reader("duyet", None, ["nguoi_duyet"]))
    commune = store.reader("ca", "luc-ngan", ["truc_dai"])
    auditor = store.reader("kt", None, ["kiem_tra"])
    with world.store.write() as s:
        store.write(s, now, [
            store.Told("a", "aired", "A", "a", person="soan"),
            store.Told("b", "day", "B", "b", organisation="*"),
            store.Told("c", "day", "C", "c", organisation="luc-ngan")])
        store.write(s, now, [store.Told("a", "aired", "again", "a", person="soan")])
        counts = [store.unseen(s, r) for r in (mine, everybody, commune, auditor)]
        assert counts == [2, 1, 1, 0]
        numbers = {n.cause: n.id for n in s.scalars(select(Notice))}
        assert store.seen(s, now, commune, numbers["b"]) == 0  # another's
        assert store.seen(s, now, everybody, numbers["b"]) == 1
        assert store.seen(s, now, mine, numbers["b"]) == 0  # ticked off already
        assert store.seen(s, now, mine, numbers["c"], and_older=True) == 1
        assert [n.title for n in store.listed(s, mine, 10)] == ["B", "A"]
        assert [n.title for n in store.listed(s, mine, 10, numbers["b"])] == ["A"]
        assert s.get_one(Notice, numbers["b"]).seen_by == "duyet"


@pytest.mark.parametrize("reader", [{}, {"person": "soan", "organisation": "*"}])
def test_a_notice_has_one_reader(world: World, reader: dict[str, str]) -> None:
    with pytest.raises(Exception, match="one_reader"), world.store.write() as s:
        s.add(Notice(cause="x", kind="day", title="", text="", made_at=world.clock.now(),
                     **reader))


def test_a_letter_goes_once_to_whom_the_roster_has_an_address_for(world: World) -> None:
    now, sent = world.clock.now(), []
    world.programme(a_text() + """
[alarms]
smtp = "env:SMTP"
[[alarms.duty]]
person = "soan"
email = "env:SOAN"
[[alarms.duty]]
person = "duyet"
""")
    with world.store.write() as s:
        programme = in_force(s).programme
        s.execute(update(Person).where(Person.id != "soan").values(organisation="luc-ngan"))
        store.write(s, now, [
            store.Told("a", "aired", "A", "lời a", person="soan"),
            store.Told("b", "waits", "B", "lời b", person="duyet"),  # has no address
            store.Told("c", "day", "C", "lời c", organisation="*"),
            store.Told("d", "day", "D", "lời d", organisation="luc-ngan")])
    senders = Senders(secret=lambda r: r, mail=lambda *letter: sent.append(letter))

    for _ in range(2):
        mail(world.store, programme, senders, now)

    assert sent == [("env:SMTP", "env:SOAN", "[giovang] A", "lời a"),
                    ("env:SMTP", "env:SOAN", "[giovang] C", "lời c")]

    def broken(*_: str) -> None:
        raise OSError("no way out")

    with world.store.write() as s:
        insert_missing(s, Notice, [{"cause": "e", "kind": "aired", "title": "E", "text": "",
                                    "link": "", "person": "soan", "made_at": now}])
    assert mail(world.store, programme, replace(senders, mail=broken), now) == 0  # told in the log
    assert mail(world.store, programme, replace(senders, mail=None), now) == 0  # training
