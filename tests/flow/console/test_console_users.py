"""Người dùng and Nhật ký thao tác, over the real listener."""

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text

from console.server import Servers
from tests.accounts import Visitor, acts, an_account, entered
from tests.builders import an_item
from tests.deliveries import add_batch, add_delivery, add_occurrence
from tests.organisations import A, B, somebody, two_organisations
from worker import audit
from worker.alarms.store import raise_alarm
from worker.home import Home
from worker.items.store import import_items
from worker.models import Alarm, Person, UserAccount, UserSession

NEW = "ba con mèo đuổi bướm"
HOSTILE = '<img src=x onerror=alert(1)>"'


@pytest.fixture
def admin(home: Home, person: Visitor) -> Visitor:
    """An administrator of the whole, in."""
    two_organisations(home.store)
    somebody(home, "chu", None, "quan_tri")
    person.log_in("chu")
    return person


@pytest.fixture
def below(home: Home, admin: Visitor, servers: Servers):
    """An administrator of commune A, in."""
    somebody(home, "an", A, "quan_tri", "dieu_phoi", "nguoi_soan")
    one = Visitor(servers.inner_url)
    one.log_in("an")
    yield one
    one.web.close()


def link_in(page: str) -> str:
    (found,) = re.findall(r'value="http://[^/"]+(/lien-ket/[\w-]{43})"', page)
    return found


def test_a_user_is_added_and_gets_in_by_the_link(
    home: Home, admin: Visitor, servers: Servers
) -> None:
    made = admin.post("/nguoi-dung", name="Nguyễn Thị Đào", organisation=B, roles="nguoi_soan")
    newcomer = Visitor(servers.inner_url)

    assert made.status_code == 200
    assert "nguyen-thi-dao" in made.text
    done = newcomer.post(link_in(made.text), password=NEW, again=NEW)
    assert done.headers["location"] == "/"
    assert newcomer.get("/").status_code == 200
    assert link_in(made.text) not in admin.get("/nguoi-dung/nguyen-thi-dao").text
    with home.store.read() as session:
        assert session.get_one(Person, "nguyen-thi-dao").organisation == B
    assert {"person", "user_add", "user_link"} <= set(acts(home))
    newcomer.web.close()


@pytest.mark.parametrize(("form", "field"), [
    ({"name": "", "roles": "nguoi_soan"}, "loi-name"),
    ({"name": HOSTILE, "id": "Chữ Hoa", "roles": "nguoi_soan"}, "loi-id"),
    ({"name": "Đào", "id": "chu", "roles": "nguoi_soan"}, "loi-id"),
    ({"name": "Đào", "organisation": A}, "loi-roles"),
    ({"name": "Đào", "roles": "vua"}, "loi-roles"),
    ({"name": "Đào", "roles": "nguoi_soan", "organisation": "khong-co"}, "loi-organisation"),
], ids=["no name", "id", "taken", "no role", "role", "organisation"])
def test_a_wrong_form_is_shown_again_with_the_mistake_at_its_field(
    home: Home, admin: Visitor, form: dict[str, str], field: str
) -> None:
    before = acts(home)

    again = admin.post("/nguoi-dung", **form)

    assert again.status_code == 400
    assert f'id="{field}"' in again.text
    if form["name"]:
        assert 'value="Đào"' in again.text or "&lt;img src=x" in again.text
    assert HOSTILE not in again.text
    assert acts(home) == before


def test_an_administrator_below_sees_and_adds_below_only(
    home: Home, below: Visitor, servers: Servers
) -> None:
    somebody(home, "ba", B, "nguoi_soan")
    page = below.get("/nguoi-dung").text

    assert "/nguoi-dung/an" in page
    assert "/nguoi-dung/ba" not in page
    assert "/nguoi-dung/chu" not in page
    assert "Toàn hệ thống</option>" not in page
    for where in ("", B):
        refused = below.post("/nguoi-dung", name="Đào", organisation=where, roles="quan_tri")
        assert refused.status_code == 400
    assert below.post("/nguoi-dung", name="Đào", organisation=A, roles="quan_tri",
                      ).status_code == 200


def test_roles_and_organisation_are_changed_and_hold_at_once(
    home: Home, admin: Visitor, below: Visitor
) -> None:
    assert below.get("/nguoi-dung").status_code == 200

    done = admin.post("/nguoi-dung/an", name="An Mới", organisation=B, roles="nguoi_soan")

    assert done.headers["location"] == "/nguoi-dung/an?xong=nguoi-dung"
    assert below.get("/nguoi-dung").status_code == 403
    assert "An Mới" in admin.get("/nguoi-dung/an").text
    none = admin.post("/nguoi-dung/an", name="An Mới", organisation=B)
    assert none.status_code == 400
    assert "loi-roles" in none.text


def test_a_user_is_locked_out_and_let_in_again(
    home: Home, admin: Visitor, below: Visitor
) -> None:
    assert admin.post("/nguoi-dung/an/khoa").headers["location"].endswith("xong=khoa")
    assert below.get("/tai-khoan").headers["location"].startswith("/dang-nhap")
    assert "Đã khóa" in admin.get("/nguoi-dung/an").text

    back = admin.post("/nguoi-dung/an/mo-lai")

    assert below.post(link_in(back.text), password=NEW, again=NEW).status_code == 303
    assert below.get("/tai-khoan").status_code == 200
    assert admin.post("/nguoi-dung/chu/khoa").status_code == 409  # oneself
    assert admin.post("/nguoi-dung/chu/ma-moi").status_code == 409


def test_sessions_of_others_are_seen_and_ended(
    home: Home, admin: Visitor, below: Visitor
) -> None:
    with home.store.read() as session:
        (number,) = session.scalars(select(UserSession.id).where(UserSession.person_id == "an"))
    assert f"/nguoi-dung/an/phien/{number}/ket-thuc" in admin.get("/nguoi-dung/an").text

    assert admin.post(f"/nguoi-dung/an/phien/{number}/ket-thuc").status_code == 303
    assert below.get("/tai-khoan").status_code == 303
    below.log_in("an")
    assert admin.post("/nguoi-dung/an/thoat-het").status_code == 303
    assert below.get("/tai-khoan").status_code == 303


def test_a_lost_phone_gets_a_link_that_drops_the_codes(home: Home, admin: Visitor) -> None:
    an_account(home, "ba", "nguoi_soan")
    with home.store.write() as session:
        account = session.get_one(UserAccount, "ba")
        account.totp, account.totp_at = "x", home.clock.now()
    given = admin.post("/nguoi-dung/ba/ma-moi")

    admin.web.cookies.clear()
    admin.post(link_in(given.text), password=NEW, again=NEW)

    with home.store.read() as session:
        assert session.get_one(UserAccount, "ba").totp_at is None


def test_the_auditor_sees_users_and_acts_and_no_button(home: Home, person: Visitor) -> None:
    two_organisations(home.store)
    somebody(home, "kiem", None, "kiem_tra")
    somebody(home, "ba", B, "nguoi_soan")
    person.log_in("kiem")

    for path in ("/nguoi-dung", "/nguoi-dung/ba", "/nhat-ky-thao-tac",
                 "/nhat-ky-thao-tac/kiem-chuoi"):
        page = person.get(path)
        assert page.status_code == 200
        forms = re.findall(r'<form method="post" action="([^"]+)"', page.text)
        assert forms == ["/dang-xuat", "/ngon-ngu"]


def test_people_are_found_without_accents(home: Home, admin: Visitor) -> None:
    admin.post("/nguoi-dung", name="Nguyễn Đắc Đạt", organisation=B, roles="kiem_tra")

    assert "nguyen-dac-dat" in admin.get("/nguoi-dung?text=dac+dat").text
    assert "nguyen-dac-dat" not in admin.get("/nguoi-dung?text=khong").text
    assert "nguyen-dac-dat" in admin.get(f"/nguoi-dung?organisation={B}&state=waiting").text
    assert "nguyen-dac-dat" not in admin.get("/nguoi-dung?role=quan_tri&trang=99").text


# ---------------------------------------------------------------------------- the acts


def test_acts_are_read_in_words_page_by_page(home: Home, admin: Visitor) -> None:
    with home.store.write() as session:
        for n in range(60):
            audit.record(session, home.clock.now(), "chu", "stop", f"kenh-{n}",
                         {"reason": HOSTILE})
    first = admin.get("/nhat-ky-thao-tac?act=stop")
    (older,) = re.findall(r'href="(/nhat-ky-thao-tac\?[^"]*truoc=\d+)"', first.text)
    second = admin.get(older.replace("&amp;", "&"))

    assert "Dừng khẩn cấp" in first.text
    assert "Người chu" in first.text
    assert "lý do: &lt;img" in first.text
    assert HOSTILE not in first.text
    assert len(re.findall(r">kenh-\d+<", first.text)) == 50
    assert sorted(re.findall(r">kenh-(\d+)<", second.text), key=int) == [str(n) for n in range(10)]
    assert admin.get("/nhat-ky-thao-tac?act=khong-co").status_code == 400
    assert admin.get("/nhat-ky-thao-tac?first=02/12/2026&last=01/12/2026").status_code == 400
    assert "Không có việc nào" in admin.get("/nhat-ky-thao-tac?first=01/01/2030").text


def test_acts_come_down_as_files_where_formulas_stay_text(home: Home, admin: Visitor) -> None:
    with home.store.write() as session:
        audit.record(session, home.clock.now(), "chu", "stop", "=1+1", {"reason": "@x"})

    table = admin.get("/nhat-ky-thao-tac/tep.csv?act=stop").content.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(
        admin.get("/nhat-ky-thao-tac/tep.xlsx?act=stop").content)).active

    assert "'=1+1" in table
    cells = [[c.value for c in row] for row in sheet.iter_rows()]
    assert cells[1][2:4] == ["chu", "Dừng khẩn cấp"]
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
    assert admin.get("/nhat-ky-thao-tac/tep.exe").status_code == 404


def test_the_chain_is_checked_and_a_forged_row_shows(
    home: Home, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Chuỗi nguyên vẹn" in admin.get("/nhat-ky-thao-tac/kiem-chuoi").text
    with home.store.write() as session:
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.execute(text("UPDATE audit SET actor = 'ai-do' WHERE seq = 3"))

    page = admin.get("/nhat-ky-thao-tac/kiem-chuoi").text

    assert "Chuỗi đứt ở dòng số 3" in " ".join(re.sub("<[^>]+>", "", page).split())
    assert "ai-do" in page
    assert "Chuỗi đứt" in admin.get("/nhat-ky-thao-tac/kiem-chuoi/phan?tu=1").text


def test_an_administrator_below_reads_acts_of_their_own(home: Home, below: Visitor) -> None:
    somebody(home, "ba", B, "nguoi_soan")
    entered(home, "ba")

    page = below.get("/nhat-ky-thao-tac").text

    assert ">an</td>" in page
    assert ">ba</td>" not in page
    assert "user/ba" not in below.get("/nhat-ky-thao-tac/tep.csv").text
    assert "Hệ thống</option>" not in page


# ------------------------------------------------------------ whose log, whose alarms


def test_log_overview_and_alarms_are_of_ones_own(home: Home, below: Visitor) -> None:
    with home.store.write() as session:
        batch = add_batch(session, add_occurrence(session))
        for n, target in enumerate(("to-1", "to-b")):
            add_delivery(session, batch, f"0000000{n}-1111-5111-8111-111111111111", target=target,
                         state="uncertain")
        import_items(session, home.clock.now(), [an_item("td-a")], "an")
        for cause in ("disk", "recall:td-a"):
            raise_alarm(session, home.clock.now(), cause, "disk", "serious", f"nói {cause}")
    with home.store.read() as session:
        numbers = dict(iter(session.execute(select(Alarm.cause, Alarm.id))))
    mine, others = (f"0000000{n}-1111-5111-8111-111111111111" for n in (0, 1))

    log, overview = below.get("/nhat-ky").text, below.get("/").text

    assert mine in log
    assert others not in log
    assert "Facebook</option>" not in log
    assert "Tổ Biển Động" not in below.get("/nhat-ky/tep.csv").text
    assert below.get(f"/nhat-ky/{mine}").status_code == 200
    assert below.get(f"/nhat-ky/{others}").status_code == 404
    assert "1 lượt chưa rõ kết quả" in overview
    assert "nói recall:td-a" in overview
    assert "nói disk" not in overview
    assert below.post(f"/su-co/{numbers['disk']}/toi-xu-ly").status_code == 404
    assert below.post(f"/su-co/{numbers['recall:td-a']}/toi-xu-ly").status_code == 303
