"""What a commune says to its bulletins: yes, put off, aired, received. Rules on both databases."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from tests.builders import settings_for
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.store.world import World
from worker.errors import Refused, UserError
from worker.home import Home
from worker.models import (
    Aired,
    Alarm,
    Batch,
    BulletinAcceptance,
    BulletinRow,
    Content,
    Delivery,
    Occurrence,
    StandingAcceptance,
    StationNotice,
)
from worker.programme.model import Contact
from worker.radio import acceptance, aired, changes, fetches, links, notices, playlog
from worker.radio.bulletin import Bulletin, to_json

DAY = date(2026, 11, 25)


def _home(world: World) -> Home:
    return Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)


def _kept(world: World, bulletin: Bulletin) -> int:
    """The bulletin as the newest of its airing."""
    with world.store.write() as s:
        for old in s.scalars(select(BulletinRow).where(
                BulletinRow.station == bulletin.station, BulletinRow.airing == bulletin.airing,
                BulletinRow.local_date == bulletin.date)):
            old.newest = False
        s.flush()
        row = BulletinRow(
            station=bulletin.station, local_date=bulletin.date, airing=bulletin.airing,
            number=bulletin.number, airs_at=bulletin.airs_at, body=to_json(bulletin),
            sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True)
        s.add(row)
        s.flush()
        return row.id


def _handed(world: World, *keys: str) -> None:
    """Deliveries that stand as handed over."""
    with world.store.write() as s:
        occurrence = s.scalars(select(Occurrence)).first()
        assert occurrence is not None
        s.add(Content(sha256="0" * 64, payload={"text": "x"}))
        batch = Batch(occurrence_id=occurrence.id, day=DAY, channel="loa", account="chinh",
                      ordinal=90, state="done", priority_rank=2, next_attempt_at=HALF_PAST_FIVE,
                      opens_at=HALF_PAST_FIVE, closes_at=HALF_PAST_FIVE, windows=[],
                      item_id="td-01", item_version=1)
        s.add(batch)
        s.flush()
        for n, key in enumerate(keys):
            s.add(Delivery(id=key, day=DAY, occurrence_id=occurrence.id, batch_id=batch.id,
                           channel="loa", account="chinh", target=f"dai-{n}", state="accepted",
                           content_sha256="0" * 64, attempts=1))


@pytest.fixture
def aired_world(world: World) -> World:
    """Half an hour after the airing of a bulletin with two items."""
    world.plan()
    _handed(world, "k-td-01", "k-td-02")
    _kept(world, a_bulletin(sections=(a_section(), a_section(item="td-02"))))
    world.clock.advance_to(HALF_PAST_FIVE + timedelta(minutes=30))
    return world


def _answer(**changed: object) -> aired.Answer:
    return aired.Answer(**{  # type: ignore[arg-type]
        "station": "dai-luc-ngan", "date": DAY, "airing": "05:30", "extent": "full", "by": "Anh Ba",
        "source": "page", **changed})


def _say(world: World, **changed: object) -> aired.Result:
    with world.store.write() as s:
        return aired.report(s, world.clock.now(), _answer(**changed))


def _states(world: World) -> dict[str, tuple[str, str]]:
    with world.store.read() as s:
        return {d.id: (d.state, d.detail) for d in s.scalars(
            select(Delivery).where(Delivery.id.like("k-%")))}


# ------------------------------------------------------------------ "Đã phát"


def test_aired_is_the_receipt_of_every_delivery_and_twice_counts_once(aired_world: World) -> None:
    assert _say(aired_world) == aired.Result(new=True, counted=True, moved=2)
    assert _say(aired_world, by="Người khác") == aired.Result(new=False, counted=False)

    assert set(_states(aired_world).values()) == {("delivered", "Phát đủ")}


@pytest.mark.parametrize(("extent", "state"), [
    ("part", "delivered"), ("other", "rejected"), ("not", "rejected")])
def test_what_was_not_full_keeps_its_extent_and_reason(
    aired_world: World, extent: str, state: str
) -> None:
    _say(aired_world, extent=extent, reason="mat_dien", clusters=("Cụm chợ",), times=1)

    assert set(_states(aired_world).values()) == {(
        state, f"{aired.EXTENTS[extent][0]}; cụm không phát: Cụm chợ; đọc 1 lần; Mất điện")}


def test_another_answer_later_moves_nothing_and_is_told(aired_world: World) -> None:
    _say(aired_world)
    assert _say(aired_world, extent="not", reason="mat_dien").counted is False

    assert {state for state, _ in _states(aired_world).values()} == {"delivered"}
    with aired_world.store.read() as s:
        assert [a.kind for a in s.scalars(select(Alarm))] == ["receipt"]
        assert len(s.scalars(select(Aired)).all()) == 2


@pytest.mark.parametrize(("changed", "words"), [
    ({"by": " "}, "ai phát"), ({"extent": "not"}, "lý do"), ({"airing": "17:00"}, "không có bản"),
    ({"number": 7}, "không có bản"), ({"extent": "maybe"}, "mức")])
def test_an_answer_that_says_too_little_is_refused_and_nothing_moves(
    aired_world: World, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        _say(aired_world, **changed)
    assert {state for state, _ in _states(aired_world).values()} == {"accepted"}


def test_tomorrow_cannot_have_been_aired_today(world: World) -> None:
    _kept(world, a_bulletin())
    with pytest.raises(UserError, match="chưa đến giờ"):
        _say(world)


def test_what_was_recalled_is_not_touched_by_a_receipt(world: World) -> None:
    world.plan()
    _handed(world, "k-td-01", "k-td-02")
    _kept(world, a_bulletin(sections=(a_section(), a_section(
        item="td-02", standing="recalled", reason="sai"))))
    world.clock.advance_to(HALF_PAST_FIVE)

    assert _say(world).moved == 1
    assert _states(world)["k-td-02"][0] == "accepted"


def test_stations_that_said_nothing_are_one_alarm_at_eight(aired_world: World) -> None:
    programme = _home(aired_world).programme().programme
    _kept(aired_world, a_bulletin("dai-tan-son", station_name="Đài Tân Sơn"))

    def look(hours: float) -> list[tuple[str, str]]:
        aired_world.clock.advance_to(HALF_PAST_FIVE + timedelta(hours=hours))
        with aired_world.store.write() as s:
            aired.watch_unconfirmed(s, aired_world.clock.now(), programme)
            return [(a.severity, a.what) for a in s.scalars(
                select(Alarm).where(Alarm.closed_at.is_(None)))]

    assert look(2) == []  # 07:30
    [(severity, what)] = look(2.6)  # 08:06
    assert severity == "warning"
    assert "Tân Sơn" in what
    assert "Lục Ngạn" in what
    _say(aired_world)
    _say(aired_world, station="dai-tan-son")
    assert look(2.7) == []


def test_an_urgent_one_is_told_at_once(world: World) -> None:
    programme = _home(world).programme().programme
    _kept(world, a_bulletin(sections=(a_section(priority="khan_cap"),)))
    world.clock.advance_to(HALF_PAST_FIVE + timedelta(minutes=61))  # 06:31
    with world.store.write() as s:
        aired.watch_unconfirmed(s, world.clock.now(), programme)
        assert [a.severity for a in s.scalars(select(Alarm))] == ["serious"]


# ------------------------------------------------------------------ play logs


def _log(tmp_path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (("Đài", "Thời gian phát", "Trạng thái"), *rows):
        book.active.append(row)
    book.save(tmp_path / "log.xlsx")
    return tmp_path / "log.xlsx"


def test_a_vendors_log_is_read_whole_or_not_at_all(aired_world: World, tmp_path: Path) -> None:
    programme = _home(aired_world).programme().programme
    good = ("dai-luc-ngan", "25/11/2026 05:31", "Thành công")

    with aired_world.store.read() as s:
        [answer] = playlog.read_play_log(s, _log(tmp_path, good), programme, "bien-tap")
        assert (answer.extent, answer.airing, answer.number) == ("full", "05:30", 1)
        bad = _log(tmp_path, good, ("Đài X", "hôm qua", "tốt"),
                   ("dai-luc-ngan", "25/11/2026 09:00", "Lỗi"))
        with pytest.raises(UserError) as caught:
            playlog.read_play_log(s, bad, programme, "bien-tap")
    assert len(caught.value.mistakes) == 4
    assert "Đài X" in str(caught.value)


# ------------------------------------------------------------------ the commune's yes


def _yes(by: str = "Phó Chủ tịch") -> acceptance.Yes:
    return acceptance.Yes(by, "page", "dai-luc-ngan")


def test_two_yeses_at_one_instant_are_one(world: World) -> None:
    number = _kept(world, a_bulletin())
    together, seen = threading.Barrier(2), []

    def say(by: str) -> None:
        together.wait(60)
        with world.store.write() as s:
            seen.append(acceptance.accept(s, world.clock.now(), number, _yes(by)).by)

    both = [threading.Thread(target=say, args=(by,)) for by in ("Ông A", "Bà B")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(300)

    assert len(seen) == 2
    assert len(set(seen)) == 1
    with world.store.read() as s:
        assert len(s.scalars(select(BulletinAcceptance)).all()) == 1


def test_nobody_accepts_a_number_that_was_replaced(world: World) -> None:
    old = _kept(world, a_bulletin())
    new = _kept(world, a_bulletin(number=2, body="Lời mới."))
    with world.store.write() as s:
        with pytest.raises(Refused, match="bản mới"):
            acceptance.accept(s, world.clock.now(), old, _yes())
        # and the yes to one number is no yes to the next
        assert acceptance.acceptance_of(s, a_bulletin(number=2, body="Lời mới."), new) is None


def test_a_standing_yes_covers_its_priorities_until_it_ends(world: World) -> None:
    ordinary = a_bulletin()
    mixed = a_bulletin(sections=(a_section(), a_section(item="x", priority="khan_cap")))
    with world.store.write() as s:
        number = acceptance.record_standing(s, world.clock.now(), "soan", StandingAcceptance(
            station="dai-luc-ngan", priority="thong_thuong", signer="Chủ tịch",
            document="Số 12/UBND", valid_from=DAY, valid_until=DAY))
    with world.store.write() as s:
        found = acceptance.acceptance_of(s, ordinary, None)
        assert found is not None
        assert (found.by, found.how) == ("Chủ tịch", "standing")
        assert acceptance.acceptance_of(s, mixed, None) is None
        late = replace(ordinary, date=DAY + timedelta(days=1))
        assert acceptance.acceptance_of(s, late, None) is None
        acceptance.revoke_standing(s, world.clock.now(), "soan", number)
    with world.store.read() as s:
        assert acceptance.acceptance_of(s, ordinary, None) is None


def test_only_a_scan_is_kept_as_a_scan(world: World) -> None:
    with pytest.raises(UserError, match="PDF"):
        acceptance.keep_scan(_home(world), b"<html>")
    name = acceptance.keep_scan(_home(world), b"%PDF-1.4 ...")
    assert (world.var / "van-ban" / f"{name}.pdf").is_file()


# ------------------------------------------------------------------ put off, swapped


def _wish(**changed: object) -> changes.Wish:
    return changes.Wish(**{  # type: ignore[arg-type]
        "station": "dai-luc-ngan", "day": DAY, "airing": "05:30", "delivery": "k-td-01",
        "reason": "Có tin địa phương", "by": "Anh Ba", "to_date": DAY + timedelta(days=1),
        "to_airing": "05:30", **changed})


@pytest.mark.parametrize(("changed", "words"), [
    ({"reason": ""}, "lý do"), ({"to_date": DAY - timedelta(days=1)}, "buổi phát sau"),
    ({"delivery": "k-khac"}, "không có tin"), ({"item": "khong-co"}, "đã duyệt"),
    ({"to_date": DAY + timedelta(days=30)}, "14 ngày")])
def test_a_change_needs_a_reason_and_a_place(
    world: World, changed: dict[str, object], words: str
) -> None:
    world.plan()
    _handed(world, "k-td-01")
    _kept(world, a_bulletin())
    with world.store.write() as s, pytest.raises(UserError, match=words):
        changes.change(s, world.clock.now(), _wish(**changed))


def test_an_ordinary_item_may_be_put_off_an_urgent_one_never(world: World) -> None:
    world.plan()
    _handed(world, "k-td-01")
    _kept(world, a_bulletin(sections=(a_section(priority="uu_tien"),)))
    with world.store.write() as s, pytest.raises(Refused, match="đúng buổi"):
        changes.change(s, world.clock.now(), _wish())
    _kept(world, a_bulletin(number=2))
    with world.store.write() as s:
        changes.change(s, world.clock.now(), _wish())


# ------------------------------------------------------------------ told, and answered


def _told(world: World) -> list[tuple[str, str]]:
    """One look of the worker; numbers and words of what was sent."""
    sent: list[tuple[str, str]] = []
    programme = _home(world).programme().programme
    station = programme.stations[0].model_copy(update={"id": "dai-luc-ngan", "contacts": (
        Contact(name="Anh Ba", phone="env:A"), Contact(name="Chị Tư", phone="env:B"))})
    programme = programme.model_copy(update={"stations": (station,)})
    with world.store.write() as s:
        notices.find_new(s, world.clock.now(), DAY)
    notices.tell(world.store, world.clock.now(), programme, lambda ref: ref,
                 lambda number, text, _key: sent.append((number, text)))
    return sent


def test_an_urgent_bulletin_is_told_until_somebody_answers(world: World) -> None:
    _kept(world, a_bulletin(sections=(a_section(priority="khan_cap"),)))
    world.clock.advance_to(HALF_PAST_FIVE - timedelta(minutes=40))

    [(number, text)] = _told(world)
    assert number == "env:A"
    assert text.startswith("TAP HUAN. Dai truyen thanh xa Luc Ngan: CO TIN KHAN CAP")
    assert text.isascii()
    assert _told(world) == []  # not every time it looks
    world.clock.advance(601)
    assert [n for n, _ in _told(world)] == ["env:B"]
    world.clock.advance(601)
    assert _told(world) == []
    with world.store.read() as s:
        alarm = s.scalars(select(Alarm)).one()
        assert "Anh Ba, Chị Tư" in alarm.what
    with world.store.write() as s:
        [notice] = notices.open_notices(s)
        notices.answer(s, world.clock.now(), notice.id, "Anh Ba", "dai-luc-ngan")
    assert _told(world) == []
    with world.store.read() as s:
        assert s.scalars(select(Alarm)).one().closed_at is not None


def test_only_who_holds_an_old_copy_is_told_of_a_change(world: World) -> None:
    old = _kept(world, a_bulletin(sections=(a_section(), a_section(item="td-02"))))
    world.clock.advance_to(HALF_PAST_FIVE - timedelta(hours=1))
    _kept(world, a_bulletin(number=2, replaces=1, sections=(
        a_section(), a_section(item="td-02", standing="recalled", reason="sai"))))
    assert _told(world) == []  # nobody has fetched number 1

    with world.store.write() as s:
        fetches.fetched(s, world.clock.now(), [old], "pdf")
    [(_, text)] = _told(world)

    assert "CO TIN THU HOI, KHONG PHAT" in text
    with world.store.read() as s:
        assert [n.kind for n in s.scalars(select(StationNotice))] == ["recalled"]
        [copy] = fetches.old_copies(s, DAY)
        assert (copy.held, copy.newest) == (1, 2)


# ------------------------------------------------------------------ the secret address


def test_a_link_is_the_same_until_revoked_and_then_dead(world: World) -> None:
    home, now = _home(world), world.clock.now()
    station = home.programme().programme.stations[0].id
    first = links.token_for(home, now, station, "soan")
    assert links.token_for(home, now, station, "soan") == first
    with world.store.read() as s:
        assert links.station_of(s, first) == station
        assert links.station_of(s, first[:-1] + ("a" if first[-1] != "a" else "b")) is None
    links.revoke(home, now, station, "soan")

    second = links.token_for(home, now, station, "soan")
    assert second != first
    with world.store.read() as s:
        assert links.station_of(s, first) is None
        assert links.station_of(s, second) == station
    with pytest.raises(UserError, match="không có đài"):
        links.token_for(home, now, "dai-khong-co", "soan")
