"""Đài truyền thanh: what the centre sees of its stations, and what it writes down for them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import insert, select

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.builders import PROGRAMME, in_force, settings_for
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.models import (
    Aired,
    BulletinAcceptance,
    BulletinDelivery,
    BulletinRow,
    Person,
    Recording,
    StandingAcceptance,
    StationLink,
    StationNotice,
)
from worker.office import Office
from worker.radio import links
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.fetches import fetched
from worker.radio.speech.parts import text_sha256
from worker.shared.here import files_of
from worker.shared.kinds import RECORDINGS

MINE, OTHER = "dai-luc-ngan", "dai-son-dong"
SLUG = "2026-11-25/0530"
STATIONS = f"""
[[organisations]]
id = "son-dong"
name = "Xã Sơn Động"

[[stations]]
id = "{OTHER}"
name = "Đài truyền thanh xã Sơn Động"
organisation = "son-dong"
clusters = ["Cụm chợ", "Cụm đình"]
contacts = [{{ name = "Anh Tư", phone = "file:so-anh-tu" }}]
airings = [{{ slot = "trua", after_relay = true }}]
pauses = [{{ first = 2026-12-01, last = 2026-12-03, reason = "sửa máy" }}]
"""


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    in_force(store, PROGRAMME + STATIONS)
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", inner_port=0, public_port=0)
    (tmp_path / "so-anh-tu").write_text("0950000178", encoding="utf-8")
    return Home(settings, store, clock)


@pytest.fixture
def servers(home: Home) -> Iterator[Servers]:
    office = Office(home.settings, home.store, home.clock, True, None, home.programme()).open()
    running = Servers(home, lambda: office)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def duty(home: Home, person: Visitor) -> Visitor:
    an_account(home, "an", "truc_dai")
    person.log_in()
    return person


def kept(home: Home, **changes: object) -> int:
    """A bulletin as the newest of its airing; gives its id."""
    bulletin: Bulletin = a_bulletin(**changes)  # type: ignore[arg-type]
    with home.store.write() as s:
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
        for section in bulletin.airing_sections:
            if section.delivery:
                s.add(BulletinDelivery(bulletin_id=row.id, delivery_id=section.delivery))
        return row.id


def after_airing(home: Home, who: Visitor) -> None:
    """A quarter past six: the night was longer than a session."""
    home.clock.advance_to(HALF_PAST_FIVE + timedelta(minutes=45))  # type: ignore[attr-defined]
    who.log_in()


def confirm(who: Visitor, **form: str) -> requests.Response:
    return who.post(f"/dai/{MINE}/da-phat", **{
        "place": "2026-11-25|05:30", "by": "Anh Ba", "learned": "dien_thoai", **form})


# ------------------------------------------------------------------------------ the list


def test_the_list_says_how_far_each_station_has_come(home: Home, duty: Visitor) -> None:
    number = kept(home)
    with home.store.write() as s:
        fetched(s, home.clock.now(), [number], "page")
    kept(home, station=OTHER, airing="06:00")
    after_airing(home, duty)

    answer = duty.get("/dai?ngay=25/11/2026")
    text = answer.text
    assert answer.status_code == 200, text
    rows = dict(re.findall(r'href="/dai/([a-z-]+)">(.*?)</tr>', text, re.DOTALL))

    assert "Đài đã nhận" in rows[MINE]
    assert "Chưa nhận" in rows[OTHER]
    assert "sau tiếp sóng" in rows[OTHER]  # not handed over yet, and listed
    assert all("Chưa có đường dẫn" in row for row in rows.values())


def test_stations_are_found_without_accents_and_by_what_is_missing(
    home: Home, duty: Visitor
) -> None:
    number = kept(home)
    kept(home, station=OTHER)
    with home.store.write() as s:
        fetched(s, home.clock.now(), [number], "mp3")
    links.link_for(home, home.clock.now(), OTHER, "an")

    for asked, there in {
        "tim=son dong": [OTHER], "tim=LUC%20NGAN": [MINE], "cum=cum dinh": [OTHER],
        "cum=khong-co": [], "loc=chua-nhan": [OTHER], "loc=chua-co-duong-dan": [MINE],
        "": [MINE, OTHER], "trang=99": [MINE, OTHER], "loc=xyz": [MINE, OTHER],
    }.items():
        text = duty.get(f"/dai?ngay=25/11/2026&{asked}").text
        found = set(re.findall(r'<th scope="row"><a href="/dai/([a-z-]+)"', text))
        assert sorted(found) == there, asked
    wrong = duty.get("/dai?ngay=hom-qua")
    assert wrong.status_code == 400
    assert "«hom-qua» không phải là ngày" in wrong.text


def test_an_airing_that_nobody_confirmed_is_found_a_stand_by_is_not(
    home: Home, duty: Visitor
) -> None:
    kept(home, station=OTHER)
    kept(home, stand_by=True, sections=(a_section(delivery=""),))
    after_airing(home, duty)

    text = duty.get("/dai?ngay=25/11/2026&loc=chua-bao").text

    assert f'"/dai/{OTHER}"' in text
    assert f'"/dai/{MINE}"' not in text


# ---------------------------------------------------------------------------- one station


def test_a_station_shows_its_people_times_and_pauses_and_no_whole_number(
    home: Home, duty: Visitor
) -> None:
    text = duty.get(f"/dai/{OTHER}").text

    assert re.search(r"Anh Tư, số \W*178", text)
    assert "0950000178" not in text
    for words in ("Cụm chợ, Cụm đình", "sau tiếp sóng", "01/12/2026 - 03/12/2026, sửa máy"):
        assert words in text
    assert duty.get("/dai/khong-co").status_code == 404


def test_a_link_is_shown_in_one_answer_and_dead_when_revoked(
    home: Home, servers: Servers, duty: Visitor
) -> None:
    made = duty.post(f"/dai/{MINE}/duong-dan")
    token = links.token_for(home, home.clock.now(), MINE, "an")

    assert made.text.count(token) == 1  # the text to paste; the code beside it is a picture
    assert "<svg" in made.text
    assert "không gửi vào nhóm" in made.text
    assert token not in duty.get(f"/dai/{MINE}").text
    assert "chưa mở lần nào" in duty.get(f"/dai/{MINE}").text
    page = f"{servers.public_url}/stations/{token}/"
    assert duty.web.get(page, timeout=20).status_code == 200
    gone = duty.post(f"/dai/{MINE}/duong-dan/khoa")
    assert gone.headers["location"] == f"/dai/{MINE}?xong=khoa-dai"
    assert duty.web.get(page, timeout=20).status_code == 404
    assert {"station_link", "station_link_revoked"} <= set(acts(home))
    assert token not in duty.post(f"/dai/{MINE}/duong-dan").text  # a new one is another


def test_a_standing_yes_covers_until_it_is_ended_and_a_wrong_form_keeps_what_was_typed(
    home: Home, duty: Visitor
) -> None:
    kept(home)
    form = {"priority": "thong_thuong", "signer": "Chủ tịch Trần Thị B", "document": "12/UBND",
            "first": "24/11/2026", "last": "31/12/2026"}
    for wrong, why in (({"last": "1/1/2020"}, "trước ngày bắt đầu"),
                       ({"document": " "}, "chưa ghi"),
                       ({"last": "mai"}, "không phải là ngày"), ({"priority": "x"}, "mức")):
        answer = duty.post(f"/dai/{MINE}/chap-thuan", **{**form, **wrong})
        assert answer.status_code == 400
        assert why in answer.text.lower()
        assert 'value="Chủ tịch Trần Thị B"' in answer.text

    done = duty.post(f"/dai/{MINE}/chap-thuan", **form)

    assert done.headers["location"] == f"/dai/{MINE}?xong=chap-thuan"
    bulletin = duty.get(f"/dai/{MINE}/buoi/{SLUG}").text
    assert "Đã duyệt phát" in bulletin
    assert "chấp thuận trước" in bulletin
    number = _one(home, StandingAcceptance).id
    assert duty.post(f"/dai/{OTHER}/chap-thuan/{number}/thoi").status_code == 404
    assert duty.post(f"/dai/{MINE}/chap-thuan/{number}/thoi").status_code == 303
    assert "Đã duyệt phát" not in duty.get(f"/dai/{MINE}/buoi/{SLUG}").text
    assert duty.post(f"/dai/{MINE}/chap-thuan/{number}/thoi").status_code == 400


def _one(home: Home, table: type[Any]) -> Any:
    with home.store.read() as s:
        return s.scalars(select(table)).one()


def test_a_bulletin_is_accepted_for_the_commune_by_its_signed_paper(
    home: Home, duty: Visitor
) -> None:
    kept(home)
    at = f"/dai/{MINE}/buoi/{SLUG}"
    assert "Đừng chuyển tiền." in duty.get(at).text
    headers = {"Origin": duty.url}

    def send(number: str, scan: bytes) -> tuple[int, str]:
        got = duty.web.post(f"{duty.url}{at}/duyet-phat", headers=headers, timeout=20,
                            allow_redirects=False, files={"scan": ("phieu.pdf", scan)},
                            data={"by": "Chủ tịch xã", "document": "3/PT", "number": number})
        return got.status_code, got.text

    status, text = send("1", b"MZ not a paper")
    assert (status, "Không phải PDF" in text) == (400, True)
    assert 'value="Chủ tịch xã"' in text
    assert send("2", b"%PDF-1.7")[0] == 400  # somebody read another number
    assert send("1", b"%PDF-1.7")[0] == 303

    yes = _one(home, BulletinAcceptance)
    assert (yes.by, yes.how, yes.recorded_by) == ("Chủ tịch xã", "scan", "an")
    assert (home.settings.var / "van-ban" / f"{yes.scan_sha256}.pdf").is_file()
    for path in (f"/dai/{MINE}/buoi/2026-11-25/9999", f"/dai/{MINE}/buoi/x/0530",
                 f"/dai/{MINE}/buoi/1999-01-01/0530", f"/dai/{OTHER}/buoi/{SLUG}"):
        assert duty.get(path).status_code == 404, path


# ---------------------------------------------------------------------------- «Đã phát»


def test_aired_is_written_down_for_the_station_with_how_it_was_learned(
    home: Home, duty: Visitor
) -> None:
    kept(home)
    early = confirm(duty)
    assert (early.status_code, "Chưa đến giờ phát" in early.text) == (400, True)
    after_airing(home, duty)
    assert "Chưa báo «Đã phát»" in duty.get(f"/dai/{MINE}").text
    slug = {"slug": SLUG, "extent": "part", "number": "1", "note": "loa chợ hỏng"}
    for wrong, why in (({"learned": ""}, "Chưa ghi biết qua đâu"),
                       ({"by": " "}, "Chưa ghi ai phát"),
                       ({"note": ""}, "chưa nói lý do"), ({"learned": "mo"}, "Không rõ biết")):
        answer = confirm(duty, **{**slug, **wrong})
        assert answer.status_code == 400, wrong
        assert why in answer.text
    assert 'value="loa chợ hỏng"' in answer.text

    confirm(duty, **slug)

    told = _one(home, Aired)
    assert (told.by, told.said_to, told.source) == ("Anh Ba", "an", "centre")
    assert told.note == "loa chợ hỏng; biết qua điện thoại"
    assert "Phát một phần" in duty.get(f"/dai/{MINE}").text
    assert "biết qua điện thoại" in duty.get(f"/dai/{MINE}/buoi/{SLUG}").text


def test_a_recording_is_heard_and_released_by_somebody_else(
    home: Home, duty: Visitor
) -> None:
    kept(home)
    files_of(home.settings).put(RECORDINGS, f"{'f' * 64}.wav", b"RIFF....WAVE")
    words = text_sha256(a_bulletin().voice)
    with home.store.write() as s:
        s.execute(insert(Recording), [{
            "id": n, "station": MINE, "text_sha256": words, "file_sha256": "f" * 63 + mark,
            "seconds": 40, "made_by": by, "made_at": home.clock.now(), "refused": ""}
            for n, mark, by in ((1, "f", "Chị Hoa"), (2, "e", "Người an"))])

    assert "bản tin 05:30 ngày 25/11/2026" in duty.get(f"/dai/{MINE}").text
    assert duty.get(f"/dai/{MINE}/ban-thu/1.wav").content.startswith(b"RIFF")
    for path in (f"/dai/{OTHER}/ban-thu/1.wav", f"/dai/{MINE}/ban-thu/9.wav",
                 f"/dai/{MINE}/ban-thu/..%2f1.wav"):
        assert duty.get(path).status_code == 404, path
    assert duty.post(f"/dai/{MINE}/ban-thu/1", what="refuse").status_code == 400
    assert duty.post(f"/dai/{MINE}/ban-thu/2", what="release").status_code == 409  # one's own
    assert duty.post(f"/dai/{MINE}/ban-thu/1", what="release").status_code == 303
    assert duty.post(f"/dai/{MINE}/ban-thu/1", what="release").status_code == 400  # once
    with home.store.read() as s:
        assert s.get_one(Recording, 1).heard_by == "Người an"


def test_who_has_to_be_called_is_listed_until_somebody_reached_them(
    home: Home, duty: Visitor
) -> None:
    old = kept(home, station=OTHER)
    with home.store.write() as s:
        fetched(s, home.clock.now(), [old], "pdf")
    new = kept(home, station=OTHER, number=2)
    with home.store.write() as s:
        s.add(StationNotice(bulletin_id=new, station=OTHER, kind="recalled", told=1,
                            told_at=home.clock.now(), made_at=home.clock.now()))
    text = duty.get("/dai/can-goi").text
    assert "CÓ TIN THU HỒI" in text
    assert "Đã nhắn: Anh Tư" in text
    assert "số 1," in text  # the old copy it still holds
    assert "Cần gọi: 1" in duty.get("/dai").text
    number = _one(home, StationNotice).id
    assert duty.post(f"/dai/can-goi/{number}", by=" ").status_code == 400

    duty.post(f"/dai/can-goi/{number}", by="Anh Tư")

    assert _one(home, StationNotice).answered_by == "Anh Tư"
    assert "Không có đài nào. Mọi đài đã nhận" in duty.get("/dai/can-goi").text


def test_whoever_belongs_to_a_commune_sees_and_changes_only_its_station(
    home: Home, duty: Visitor
) -> None:
    kept(home)
    other = kept(home, station=OTHER)
    with home.store.write() as s:
        s.get_one(Person, "an").organisation = "luc-ngan"
        s.add(StationNotice(bulletin_id=other, station=OTHER, kind="urgent",
                            made_at=home.clock.now()))
        s.add(StandingAcceptance(
            station=OTHER, priority="uu_tien", signer="x", document="y", recorded_by="an",
            valid_from=a_bulletin().date, valid_until=a_bulletin().date,
            recorded_at=home.clock.now()))
    text = duty.get("/dai?ngay=25/11/2026").text

    assert f"/dai/{MINE}" in text
    assert OTHER not in text
    assert "Sơn Động" not in duty.get("/dai/can-goi").text
    for path in (f"/dai/{OTHER}", f"/dai/{OTHER}/buoi/{SLUG}"):
        assert duty.get(path).status_code == 404, path
    for path in ("duong-dan", "duong-dan/khoa", "chap-thuan", "chap-thuan/1/thoi", "da-phat",
                 f"buoi/{SLUG}/duyet-phat", "ban-thu/1"):
        assert duty.post(f"/dai/{OTHER}/{path}").status_code == 404, path
    assert duty.post("/dai/can-goi/1", by="Tôi").status_code == 404
    with home.store.read() as s:
        assert not s.scalars(select(StationLink)).all()
