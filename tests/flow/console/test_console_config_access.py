"""Cấu hình and Kênh: numbers and secrets, who may do what, channels."""

import pytest
from sqlalchemy import update

from console.server import Servers
from tests.accounts import acts, an_account
from tests.builders import a_channel
from tests.settings_forms import (
    TEXT,
    Admin,
    base,
    file_of,
    form_of,
    prepared,
    programme_of,
    text_of,
)
from worker.channel_view import options_of
from worker.home import Home
from worker.models import Person
from worker.programme.edit import data_of
from worker.programme.sections import SECTIONS


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


def test_a_phone_is_kept_in_a_file_and_never_in_the_text(home: Home, admin: Admin) -> None:
    wrong = admin.send("/cau-hinh/dai/dai-luc-ngan",
                       **{"contacts.0.name": "Bà Tư", "contacts.0.phone": "12"})
    assert wrong.status_code == 400
    assert "thiếu chữ số" in wrong.text
    admin.save("/cau-hinh/dai/dai-luc-ngan",
               **{"contacts.0.name": "Bà Tư", "contacts.0.phone": "0950 000 909"})

    (contact,) = programme_of(home).stations[0].contacts
    assert contact.phone.startswith("file:var/so-may/")
    stored = home.settings.home / contact.phone.removeprefix("file:")
    assert stored.read_text() == "0950000909\n"
    assert stored.stat().st_mode & 0o777 == 0o600
    assert "909" not in text_of(home).replace(contact.phone, "")  # a random name may hold it
    page = admin.get("/cau-hinh/dai/dai-luc-ngan").text
    assert "***909" in page
    assert "so-may" not in page

    admin.save("/cau-hinh/dai/dai-luc-ngan", **{"contacts.0.name": "Bà Năm"})  # the number stays
    assert programme_of(home).stations[0].contacts[0].phone == contact.phone


def test_a_form_cannot_name_where_a_secret_is_kept(home: Home, admin: Admin) -> None:
    """`env:` and `file:` typed as a number, or a row that claims a stored one that is not its."""
    for row in ({"contacts.0.phone": "env:TOKEN"}, {"contacts.0.phone": "file:/etc/passwd"},
                {"contacts.0.tu": "0123456789abcdef"}, {"contacts.0.tu": "env:TOKEN"}):
        answer = admin.send("/cau-hinh/dai/dai-luc-ngan", **{"contacts.0.name": "X"} | row)
        assert answer.status_code == 400, row
    assert text_of(home) == TEXT


def test_no_form_changes_a_channel_an_address_or_a_secret(home: Home, admin: Admin) -> None:
    """SSRF: what the worker calls is set by whoever edits the file on the machine."""
    forbidden = {"channels", "accounts", "targets", "secrets", "options", "webhook", "smtp",
                 "heartbeat_url", "public_url", "address", "url", "speech_model", "tune",
                 "template", "type"}
    paths = {section.path[0] for section in SECTIONS}
    assert "channels" not in paths
    assert not {f.key for s in SECTIONS for f in s.fields if f.key != "channels"} & forbidden
    extra = {"url": "http://10.0.0.1/", "webhook": "https://ke-gian.invalid/",
             "public_url": "https://ke-gian.invalid/", "secrets": "x", "channels.0.url": "x",
             "options": "x", "smtp": "env:X", "heartbeat_url": "https://ke-gian.invalid/"}

    for path in ("bao-su-co", "ban-tin-dai", "thiet-lap"):
        admin.save(f"/cau-hinh/{path}", **extra, **{
            "bao-su-co": {"escalate_after": "20m"}, "ban-tin-dai": {"speech_rate": "120"},
            "thiet-lap": {"list_months": "6"}}[path])
    assert admin.get("/cau-hinh/channels").status_code == 404

    after = data_of(text_of(home))
    assert after["channels"] == data_of(TEXT)["channels"]
    assert after["alarms"] == {"escalate_after": "20m"}
    assert after["radio"] == {"speech_rate": 120}
    assert "ke-gian" not in text_of(home)


def test_an_id_is_never_changed(home: Home, admin: Admin) -> None:
    """History hangs on it."""
    answer = admin.send("/cau-hinh/khung-gio/trua", id="khac")

    assert answer.headers["location"].endswith("xong=cau-hinh-nhu-cu")
    assert text_of(home) == TEXT


def test_whoever_works_for_one_organisation_changes_its_stations_only(
    home: Home, enter
) -> None:
    operator = enter("dai", "truc_dai", organisation="xa-khac")

    done = operator.save("/cau-hinh/dai/dai-xa-khac",
                         **{"pauses.0.first": "21/12/2026", "pauses.0.last": "23/12/2026"})
    assert done.status_code == 303
    assert len(programme_of(home).stations[1].pauses) == 1
    away = operator.send("/cau-hinh/dai/dai-xa-khac", organisation="luc-ngan")
    assert away.status_code == 400
    for path, status in (("/cau-hinh/dai/dai-luc-ngan", 404), ("/cau-hinh/khung-gio/trua", 403),
                         ("/cau-hinh/khung-gio/khong-co", 404)):
        assert operator.post(path, ban=base(home), viec="luu", name="x").status_code == status, path
    assert "dai-luc-ngan" not in operator.get("/cau-hinh/dai").text
    for path in ("/cau-hinh/lich-su", "/cau-hinh/lich-su/1", "/cau-hinh/truc-ban"):
        assert operator.get(path).status_code == 404
    local = enter("qt-xa", "quan_tri", organisation="xa-khac")
    assert local.post("/cau-hinh/thiet-lap", ban=base(home), viec="luu").status_code == 403
    assert local.post("/cau-hinh/dai/dai-xa-khac/xoa", ban=base(home)).status_code == 403
    assert local.post("/cau-hinh/lich-su/1", viec="luu", ban=base(home)).status_code == 404


def test_others_read_and_change_nothing(home: Home, enter) -> None:
    for name, role in (("kt", "kiem_tra"), ("soan", "nguoi_soan")):
        reader = enter(name, role)
        page = reader.get("/cau-hinh/khung-gio/trua").text
        assert "Buổi trưa" in page
        assert '<form method="post" action="/cau-hinh' not in page
        sent = reader.post("/cau-hinh/khung-gio/trua", ban=base(home), viec="luu")
        assert sent.status_code == 403
        assert reader.post("/kenh/sms/tam-dung", reason="x").status_code == 403
    assert text_of(home) == TEXT


def test_a_file_that_cannot_be_replaced_is_said_and_nothing_changes(
    home: Home, admin: Admin
) -> None:
    """As in a container whose folder is mounted read-only; here the folder itself is gone."""
    shown = admin.send("/cau-hinh/khung-gio/trua", start="11:00")
    kept = file_of(home).read_bytes()
    file_of(home).unlink()

    answer = admin.post("/cau-hinh/khung-gio/trua", **form_of(shown.text), viec="luu")

    assert "Không đọc được tệp" in answer.text
    assert f"{programme_of(home).slot('trua').start:%H:%M}" == "11:30"
    file_of(home).write_bytes(kept)


# --------------------------------------------------------------------------------- channels


def test_a_channel_is_paused_with_a_reason_and_resumed(home: Home, admin: Admin) -> None:
    assert admin.post("/kenh/sms/tam-dung", reason=" ").status_code == 400
    admin.post("/kenh/sms/tam-dung", reason="bảo trì cổng")
    assert "bảo trì cổng" in admin.get("/kenh").text
    assert acts(home)[-1] == "pause"

    admin.post("/kenh/sms/tiep-tuc")

    assert "bảo trì cổng" not in admin.get("/kenh").text
    assert acts(home)[-1] == "resume"
    assert admin.post("/kenh/khong-co/tam-dung", reason="x").status_code == 404
    assert admin.post("/kenh/sms/tam-dung", reason="x", account="la").status_code == 404


def test_an_account_is_asked_and_no_message_goes_out(home: Home, admin: Admin) -> None:
    before = acts(home)
    answer = admin.post("/kenh/website/kiem-tra")

    assert "Vừa kiểm tra" in answer.text
    assert acts(home) == before


def test_what_could_be_a_secret_is_not_shown() -> None:
    channel = a_channel("sms", {"url": "https://ten:matkhau@cong.example/g?apikey=bimat&to={phone}",
                                "api_key": "bimat", "deep": {"token": "bimat"}})
    told = str(options_of(channel))

    assert "bimat" not in told
    assert "matkhau" not in told
    assert "cong.example" in told
    assert "env:KEY" in told
