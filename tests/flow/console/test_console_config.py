"""Cấu hình: forms that write schedules.toml, its history, and conflicts."""

import re
from html import unescape

import pytest
from sqlalchemy import update

from console.server import Servers
from tests.accounts import acts, an_account
from tests.settings_forms import (
    TEXT,
    Admin,
    base,
    file_of,
    form_of,
    in_words,
    prepared,
    programme_of,
    text_of,
)
from worker.home import Home
from worker.models import Person
from worker.programme.saving import newest


@pytest.fixture
def home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("GIOVANG_HOME", str(home.settings.home))
    return prepared(home)


@pytest.fixture
def admin(home: Home, servers: Servers):
    an_account(home, "an", "quan_tri")
    one = Admin(servers.inner_url)
    one.log_in()
    yield one
    one.web.close()


@pytest.fixture
def enter(home: Home, servers: Servers):
    made: list[Admin] = []

    def someone(name: str, *roles: str, organisation: str | None = None) -> Admin:
        an_account(home, name, *roles)
        with home.store.write() as session:
            session.execute(update(Person).where(Person.id == name)
                            .values(organisation=organisation))
        made.append(Admin(servers.inner_url))
        made[-1].log_in(name)
        return made[-1]

    yield someone
    for one in made:
        one.web.close()


def test_a_golden_hour_is_changed_in_a_form_file_and_programme_alike(
    home: Home, admin: Admin
) -> None:
    shown = admin.send("/cau-hinh/khung-gio/trua", start="11h15")
    assert shown.status_code == 200
    assert "Từ giờ: 11:30 → 11:15" in in_words(shown.text)
    assert text_of(home) == TEXT

    done = admin.post("/cau-hinh/khung-gio/trua", **form_of(shown.text), viec="luu")

    assert done.headers["location"] == "/cau-hinh/khung-gio?xong=cau-hinh-luu"
    assert text_of(home) == TEXT.replace('start = "11:30"', 'start = "11:15"')
    assert f"{programme_of(home).slot('trua').start:%H:%M}" == "11:15"
    with home.store.read() as session:
        assert newest(session).accepted_by == "an"
    assert acts(home)[-1] == "programme"


def test_every_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(
    home: Home, admin: Admin
) -> None:
    answer = admin.send("/cau-hinh/khung-gio/trua", start="25:99", end="", name="Trưa <b>")

    assert answer.status_code == 400
    for field, why in (("start", "“25:99” không phải là giờ phút"), ("end", "điền mục này")):
        said = re.search(rf'id="loi-{field}">(.*?)</span>', answer.text, re.DOTALL)
        assert said, field
        assert why in unescape(said[1])
    typed = form_of(answer.text)
    assert (typed["start"], typed["end"], typed["name"]) == ("25:99", "", "Trưa <b>")
    assert "<b>" not in answer.text
    assert text_of(home) == TEXT


def test_a_mistake_elsewhere_in_the_file_is_named_by_its_place(admin: Admin) -> None:
    """A station's time outside the golden hour that was moved."""
    admin.save("/cau-hinh/dai/dai-luc-ngan",
               **{"airings.0.slot": "chieu", "airings.0.at": "17:15"})

    answer = admin.send("/cau-hinh/khung-gio/chieu", start="17:30")

    assert answer.status_code == 400
    assert "đài «Đài truyền thanh xã Lục Ngạn», Giờ phát riêng: 17:15 nằm ngoài khung giờ" \
        in in_words(answer.text)


def test_an_entry_is_added_and_deleted_and_the_file_is_as_before(
    home: Home, admin: Admin
) -> None:
    added = admin.save("/cau-hinh/them/ngay-ngung", name="Tết", first="5/2/2027",
                       last="08/02/2027")
    assert added.headers["location"].endswith("xong=cau-hinh-luu")
    assert text_of(home).endswith(
        '\n[[blackouts]]\nname = "Tết"\nfirst = 2027-02-05\nlast = 2027-02-08\n')

    shown = admin.post("/cau-hinh/ngay-ngung/1/xoa", ban=base(home))
    assert "Xóa: Ngày ngừng phát «Tết»" in in_words(shown.text)
    admin.post("/cau-hinh/ngay-ngung/1/xoa", **form_of(shown.text), viec="luu")

    assert text_of(home) == TEXT


def test_what_is_used_is_not_deleted_and_the_places_are_named(home: Home, admin: Admin) -> None:
    answer = admin.post("/cau-hinh/khung-gio/trua/xoa", ban=base(home), viec="luu")

    assert answer.status_code == 400
    assert "đang được dùng ở: chuyên mục «Cảnh giác», Khung giờ" in in_words(answer.text)
    assert text_of(home) == TEXT


def test_two_who_edit_at_once_overwrite_nothing(home: Home, admin: Admin, enter) -> None:
    other = enter("binh", "quan_tri")
    mine = form_of(admin.get("/cau-hinh/khung-gio/trua").text) | {"viec": "xem"}
    other.save("/cau-hinh/khung-gio/trua", start="11:00", name="Giờ trưa")

    # another field of the same entry: laid upon the newer version, and said
    apart = admin.post("/cau-hinh/khung-gio/trua", **mine | {"end": "12:45"})
    assert apart.status_code == 200
    assert "Vừa có bản mới được lưu" in apart.text
    assert "Từ giờ" not in in_words(apart.text)

    # the same field: both values, and a choice
    asked = admin.post("/cau-hinh/khung-gio/trua", **mine | {"end": "12:45", "start": "11:45"})
    assert asked.status_code == 409
    assert "Giữ của tôi: 11:45" in in_words(asked.text)
    assert "Lấy bản mới: 11:00" in in_words(asked.text)
    chosen = admin.post("/cau-hinh/khung-gio/trua",
                        **form_of(asked.text) | {"chon.start": "theirs", "viec": "luu"})
    assert chosen.status_code == 409  # shown what it does before it is saved
    admin.post("/cau-hinh/khung-gio/trua", **form_of(chosen.text), viec="luu")

    slot = programme_of(home).slot("trua")
    assert (slot.name, f"{slot.start:%H:%M}", f"{slot.end:%H:%M}") == ("Giờ trưa", "11:00", "12:45")


def test_mine_is_kept_where_i_say_so(home: Home, admin: Admin, enter) -> None:
    other = enter("binh", "quan_tri")
    mine = form_of(admin.get("/cau-hinh/khung-gio/trua").text) | {"viec": "xem", "start": "11:45"}
    other.save("/cau-hinh/khung-gio/trua", start="11:00")

    asked = admin.post("/cau-hinh/khung-gio/trua", **mine)
    shown = admin.post("/cau-hinh/khung-gio/trua",
                       **form_of(asked.text) | {"chon.start": "mine", "viec": "xem"})
    admin.post("/cau-hinh/khung-gio/trua", **form_of(shown.text), viec="luu")

    assert f"{programme_of(home).slot('trua').start:%H:%M}" == "11:45"


def test_an_entry_that_is_gone_is_not_written_over_another(home: Home, admin: Admin, enter) -> None:
    for name in ("Một", "Hai"):
        admin.save("/cau-hinh/them/ngay-ngung", name=name, first="5/2/2027", last="8/2/2027")
    mine = form_of(admin.get("/cau-hinh/ngay-ngung/1").text) | {"viec": "luu", "name": "Ba"}
    admin.post("/cau-hinh/ngay-ngung/1/xoa", ban=str(mine["ban"]), viec="luu")

    answer = admin.post("/cau-hinh/ngay-ngung/1", **mine)

    assert answer.status_code in (404, 409)
    assert [b.name for b in programme_of(home).blackouts] == ["Hai"]


def test_a_file_edited_by_hand_is_first_taken_up(home: Home, admin: Admin) -> None:
    by_hand = TEXT.replace('name = "Buổi chiều"', 'name = "Chiều tà"')
    file_of(home).write_text(by_hand, encoding="utf-8")

    refused = admin.post("/cau-hinh/khung-gio/trua", ban=base(home), viec="luu", name="Khác",
                         start="11:30", end="13:00")
    assert "chưa có hiệu lực" in refused.text
    assert text_of(home) == by_hand

    page = admin.get("/cau-hinh").text
    assert "/cau-hinh/tep/nhan" in page
    shown = admin.post("/cau-hinh/tep/nhan")
    assert "Tên: Buổi chiều → Chiều tà" in in_words(shown.text)
    assert programme_of(home).slot("chieu").name == "Buổi chiều"
    admin.post("/cau-hinh/tep/nhan", **form_of(shown.text), viec="luu")
    assert programme_of(home).slot("chieu").name == "Chiều tà"


def test_a_broken_file_is_put_back_and_a_copy_kept(home: Home, admin: Admin) -> None:
    broken = TEXT.replace('start = "11:30"', "start = 25h")
    file_of(home).write_text(broken, encoding="utf-8")
    page = admin.get("/cau-hinh").text
    assert "có lỗi" in page
    (seen,) = re.findall(r'name="tep" value="(\w+)"', page)
    assert admin.post("/cau-hinh/tep/tra-lai", tep="0" * 64).status_code == 409

    admin.post("/cau-hinh/tep/tra-lai", tep=seen)

    assert text_of(home) == TEXT
    (copy,) = (home.settings.var / "schedules-cu").iterdir()
    assert copy.read_text(encoding="utf-8") == broken


def test_history_goes_back_to_the_very_bytes(home: Home, admin: Admin) -> None:
    file_of(home).write_bytes(TEXT.replace("\n", "\r\n").encode())  # Notepad
    first = base(home)
    admin.save("/cau-hinh/khung-gio/trua", start="11:00")
    assert b'start = "11:00"\r\n' in file_of(home).read_bytes()
    listed = in_words(admin.get("/cau-hinh/lich-su").text)
    assert "Từ giờ: 11:30 → 11:00" in listed
    assert "Người an" in listed
    page = admin.get(f"/cau-hinh/lich-su/{base(home)}").text
    assert '<span class="drop">− start = &#34;11:30&#34;' in page

    shown = admin.post(f"/cau-hinh/lich-su/{first}")
    assert shown.status_code == 200
    admin.post(f"/cau-hinh/lich-su/{first}", **form_of(shown.text), viec="luu")

    assert file_of(home).read_bytes() == TEXT.replace("\n", "\r\n").encode()
    assert f"{programme_of(home).slot('trua').start:%H:%M}" == "11:30"
    assert int(base(home)) == int(first) + 2
