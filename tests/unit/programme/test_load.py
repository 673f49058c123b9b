"""`schedules.toml`: what is right loads, and every mistake names its line and its mending."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from worker.errors import UserError
from worker.programme.check_segments import warnings
from worker.programme.load import load_text
from worker.programme.model import Programme

BASE = (Path(__file__).parent / "base.toml").read_text(encoding="utf-8")
FILE = "schedules.toml"


def mistakes_of(text: str) -> tuple[str, ...]:
    with pytest.raises(UserError) as caught:
        load_text(text, FILE)
    return tuple(str(m) for m in caught.value.mistakes)


#: in the good file, what somebody writes instead, a piece of the line blamed, the message
ROWS: tuple[tuple[str, str, str, str], ...] = (
    # Hours, days, spans of time, weekdays
    (
        'start = "05:30"',
        "start = 5h30",
        "5h30",
        'start: không đọc được giá trị 5h30; hãy viết "05:30"',
    ),
    (
        'start = "05:30"',
        'start = "5h30"',
        "5h30",
        '“5h30” không phải là giờ phút; hãy viết "05:30"',
    ),
    ('start = "05:30"', "start = 05:30", "= 05:30", 'hãy viết "05:30"'),
    ('start = "05:30"', "start = 530", "= 530", "không phải là giờ phút"),
    ('start = "05:30"', 'start = "25:00"', "25:00", "không phải là giờ phút"),
    ("date = 2026-11-29", 'date = "31/02/2026"', "31/02", 'hãy viết 2026-12-31 hoặc "31/12/2026"'),
    ("date = 2026-11-29", "date = 29/11/2026", "29/11", 'hãy viết "29/11/2026"'),
    ("date = 2026-11-29", "date = 2026-11-29T05:00:00", "T05", "không phải là một ngày"),
    ('late_after = "5m"', "late_after = 5 # x", "5 # x", 'ví dụ "15m", "2h" hoặc "30 phút"'),
    ('late_after = "5m"', "late_after = 15m", "= 15m", 'hãy viết "15m"'),
    ('weekdays = ["t2", "t4"]', 'weekdays = ["T2"]', '"T2"', "weekdays[#1]: “T2” không"),
    ('weekdays = ["t2", "t4"]', 'weekdays = ["thứ 2"]', "thứ 2", 'hãy viết "t2"'),
    ('weekdays = ["t2", "t4"]', 'weekdays = ["CN"]', '"CN"', 'hãy viết "cn"'),
    ('weekdays = ["t2", "t4"]', 'weekdays = ["mon"]', '"mon"', 'hãy viết "t2"'),
    ('weekdays = ["t2", "t4"]', 'weekdays = ["hôm nay"]', "hôm nay", "(thứ hai)"),
    ('weekdays = ["t2", "t4"]', 'weekdays = "t2"', 'weekdays = "t2"', "phải là danh sách"),
    ('weekdays = ["t2", "t4"]', "weekdays = []", "weekdays = []", "không bao giờ phát"),
    # Shape
    ("rate = 10", 'rate = "mười"', "mười", "accounts[chinh].rate: phải là một số"),
    ("rate = 10", "rate = 0", "rate = 0", "hãy viết số lớn hơn 0"),
    ("[settings]", "[limits]\nrejected_percent = 0\n[settings]", "_percent = 0", "số lớn hơn 0"),
    ("[settings]", "[limits]\nuncertain_percent = 101\n[settings]", "= 101", "nhiều nhất là 100"),
    ("[settings]", '[limits]\nreceipts_silent = "30s"\n[settings]', "30s", "từ 1 phút đến 1 ngày"),
    ("[settings]", "[limits]\nreceipts_silent_messages = 0\n[settings]", "messages = 0",
     "từ 1 trở lên"),
    ("rate = 10", "rat = 10", "rat = 10", "không có mục nào tên rat; ý là rate?"),
    ("rate = 10", "mau = 10", "mau = 10", "các mục có thể dùng: id, secrets, rate, options"),
    ('name = "Loa"', "name = 5", "name = 5", "phải là chữ trong dấu nháy"),
    ('name = "Loa"\n', "", '^id = "loa"', "thiếu mục name; hãy thêm name = …"),
    ('type = "loudspeaker"', 'type = "loudspeeker"', "loudspeeker", 'hãy viết "loudspeaker"'),
    ('type = "loudspeaker"', 'type = "fax"', "fax", 'hãy chọn: "sms_http"'),
    ('id = "to-1"', 'id = "Tổ 1"', '"Tổ 1"', "mã chỉ gồm chữ thường không dấu"),
    ('accounts = [{ id = "chinh" }]', "accounts = []", "accounts = []", "chưa có tài khoản"),
    ('timezone = "Asia/Ho_Chi_Minh"', 'timezone = "Asia/Hanoi"', "Hanoi", "không có múi giờ"),
    ('timezone = "Asia/Ho_Chi_Minh"', 'timezone = "Asia/HoChiMinh"', "HoChi", '"Asia/Ho_Chi_Minh"'),
    # Names
    ('slots = ["sang"]', 'slots = ["sanng"]', "sanng", "không được khai báo ở slots; ý là “sang”?"),
    ('slots = ["sang"]', 'slots = ["sáng"]', '"sáng"', "ý là “sang”?"),
    ('channels = ["loa"]', 'channels = ["lao"]', '"lao"', "ý là “loa”?"),
    (
        'themes = ["thu_doan"]\nslots = ["sang"]',
        'themes = ["a"]\nslots = ["sang"]',
        '["a"]',
        "themes",
    ),
    ('sms_channel = "sms"', 'sms_channel = "smss"', "smss", "ý là “sms”?"),
    (
        'organisation = "luc-ngan"\n[campaign]',
        'organisation = "x"\n[campaign]',
        '"x"',
        "đang có: bac-ninh",
    ),
    ('parent = "bac-ninh"', 'parent = "bac-giang"', "bac-giang", "organisations"),
    ('organisation = "luc-ngan"\nairings', 'organisation = "lucngan"\nairings', "lucngan", "ý là"),
    ('segment = "ban_tin"', 'segment = "bantin"', "bantin", "ý là “ban_tin”?"),
    ('slot = "sang"', 'slot = "trua"', "trua", "slots"),
    ('id = "to-1"', 'id = "to-1"\naccount = "phu"', "phu", "không được khai báo ở accounts"),
    ('id = "to-1"', 'id = "to-1"\naudience = ["hocsinh"]', "hocsinh", "ý là “hoc_sinh”?"),
    ('id = "to-1"', 'id = "to-1"\narea = ["vungcao"]', "vungcao", "ý là “vung_cao”?"),
    ('id = "toi"', 'id = "sang" # hai', "# hai", "mã “sang” đã dùng ở trên"),
    # Spans
    ("last = 2027-02-28", "last = 2026-10-01", "last = 2026-10-01", "trước khi bắt đầu"),
    ('last = "08/02/2027"', "last = 2027-02-01", "2027-02-01", "blackouts[Tết].last"),
    ("valid_to = 2026-12-31", "valid_to = 2026-10-01", "valid_to", "trước khi bắt đầu"),
    ("last = 2026-12-23", "last = 2026-12-01", "pauses", "pauses[#1].last"),
    ('end = "06:30"', 'end = "05:00"', '"05:00"', "kết thúc 05:00 trước khi bắt đầu 05:30"),
    ('end = "06:30"', 'end = "05:30"', 'end = "05:30"', "giờ kết thúc trùng giờ bắt đầu"),
    ("date = 2026-11-29", "date = 2026-10-29", "2026-10-29", "ngoài thời gian chiến dịch"),
    # Bodies and their values
    ('id = "bac-ninh"', 'id = "luc-ngan"\nvalid_from = 2026-01-01', "2026-01-01", "cùng hiệu lực"),
    (
        'name = "Tỉnh Bắc Ninh"',
        'name = "Tỉnh"\nparent = "luc-ngan"',
        'parent = "luc-ngan"',
        "cấp trên của chính mình",
    ),
    ('hotline = "113"\n', "", '^id = "luc-ngan"', "đơn vị phát tin thiếu hotline"),
    ("valid_from = 2025-07-01", "valid_from = 2026-12-01", "first = 2026-11-01", "không hoạt động"),
    ('hotline = "113"', 'hotline = "Trực ban Công an xã 113"', "Trực ban", "tối đa 20"),
    ('name = "Đài Lục Ngạn"', 'name = "Đài xem lucngan.vn"', "lucngan.vn", "địa chỉ trang web"),
    ('name = "Đài Lục Ngạn"', 'name = "Đài\\nLục Ngạn"', "nLục", "có dấu xuống dòng"),
    ('name = "Đài Lục Ngạn"', 'name = "Đài {{ ubnd }}"', "ubnd", "có dấu ngoặc nhọn"),
    # Channels, stations, segments
    ('lead_time = "17:00"', 'lead_time = "17:00"\nlead = "1h"', 'lead = "1h"', "vừa có lead vừa"),
    ('lead_time = "17:00"', 'lead = "8d"', "8d", "quá bảy ngày"),
    (
        'name = "Tin nhắn"\n[',
        'name = "Tin nhắn"\nlead = "15m"\n[',
        "15m",
        "phát ngay, trước giờ vàng",
    ),
    ('at = "05:45"', 'at = "07:00"', 'at = "07:00"', "nằm ngoài khung giờ “sang”"),
    ('at = "05:45" }', 'at = "05:45" }, { slot = "sang" }', "05:45", "ghi hai lần"),
    ('stand_by = "td-01"\n', "", '^id = "ban_tin"', "chưa có tin dự phòng"),
    ('slots = ["sang"]', "slots = []", "slots = []", "danh sách trống"),
    ('slots = ["toi"]', 'slots = ["toi", "sang"]', '"toi", "sang"', "che hết khung giờ “sang”"),
    ('slots = ["sang"]', 'slots = ["sang", "toi"]', '"sang", "toi"', "chỉ dành cho kênh: sms"),
    (
        'channels = ["loa"]',
        'channels = ["loa", "sms"] # x',
        '^channels = ["loa", "sms"] # x',
        "che hết khung giờ",
    ),
    ('end = "07:00"', 'end = "07:00"\npriorities = ["khan_cap"]', "khan_cap", "không bao giờ chờ"),
    ('start = "05:30"', 'start = "04:45"', 'slots = ["sang"]', "loa không được phát"),
    # Options, judged by the channel type
    ('id = "id"', 'idd = "id"', 'idd = "id"', "options.gateway.idd: không có thiết lập này"),
    ('id = "id"\n', "", '^name = "Cổng"', "options.gateway.id: thiếu thiết lập này"),
    ('key = "env:SMS_KEY"', 'khoa = "env:SMS_KEY"', "khoa", "secrets.key: thiếu khóa này"),
    # Secrets and personal data
    ('key = "env:SMS_KEY"', 'key = "ab12"', "ab12", "mật khẩu, khóa ghi thẳng"),
    ('"Bearer {secret:key}"', '"Bearer ab12"', "ab12", "mật khẩu, khóa ghi thẳng"),
    ("rate = 10", 'options = { api_key = "ab12" }', "ab12", "mật khẩu, khóa ghi thẳng"),
    ('phone = "env:SO_BIEN_TAP"', 'phone = "0950000001"', "0950000001", "cá nhân ghi thẳng"),
    ('email = "file:thu.txt"', 'email = "a@b.vn"', "a@b.vn", "cá nhân ghi thẳng"),
    ('phone = "env:SO_DAI"', 'phone = "0950000002"', "0950000002", "cá nhân ghi thẳng"),
    ('"https://loa.example"', '"http://loa.example"', "http://loa", "phải là https"),
    ('speech = "espeak"', 'speech = "google"', "google", 'hãy chọn: "espeak"'),
    ('"https://nhan.example/su-co"', '"http://nhan.example"', "http://", "phải là https"),
    ('sms_channel = "sms"', 'smtp = "smtp://a:b@c:25"', "smtp://", "mật khẩu, khóa ghi thẳng"),
    (
        '["bacninh.gov.vn"]',
        '["https://bacninh.gov.vn/"]',
        "https://bac",
        'hãy viết "bacninh.gov.vn"',
    ),
    # TOML itself
    ('name = "Loa"', 'name = "Loa', 'name = "Loa', "chữ thiếu dấu nháy đóng"),
    ('name = "Loa"', 'name "Loa"', 'name "Loa"', "thiếu dấu = sau tên mục"),
    ('name = "Loa"', 'name = "Loa"\nname = "B"', 'name = "B"', "mục này viết hai lần"),
    ("[settings]", "[themes] # hai", "# hai", "phần [themes] mở hai lần"),
    ("[settings]", "[settings", "[settings", "tên phần thiếu dấu ]"),
    ("rate = 10", "confirm = True", "True", "hãy viết true"),
)


@pytest.mark.parametrize(("good", "bad", "blamed", "message"), ROWS, ids=lambda v: v[:30])
def test_a_mistake_names_its_line_what_is_wrong_and_what_to_write(
    good: str, bad: str, blamed: str, message: str
) -> None:
    """One slip in a good file gives a message with its line, and says nothing of other lines."""
    assert BASE.count(good) >= 1
    text = BASE.replace(good, bad, 1)
    lines = text.split("\n")
    # "^": the message names the line above, where the part begins
    expected = next(n for n, line in enumerate(lines, 1) if blamed.removeprefix("^") in line)
    expected -= blamed.startswith("^")

    found = mistakes_of(text)

    assert any(m.startswith(f"{FILE}:{expected}: ") and message in m for m in found), found


def test_a_good_file_loads_with_its_values() -> None:
    """Both spellings of hours and days give the same plain values."""
    programme = load_text(BASE, FILE)

    assert programme.slot("sang").start == time(5, 30)
    assert programme.slot("toi").end == time(21, 0)
    assert programme.blackouts[0].last == date(2027, 2, 8)
    assert programme.alarms.escalate_after == timedelta(minutes=30)
    assert programme.channel("sms").accounts[0].secrets == {"key": "env:SMS_KEY"}
    assert warnings(programme) == []


def test_a_file_from_windows_loads() -> None:
    """Notepad writes a byte order mark and CR LF."""
    assert load_text("\ufeff" + BASE.replace("\n", "\r\n"), FILE) == load_text(BASE, FILE)


def test_all_mistakes_come_at_once_and_in_the_order_of_the_file() -> None:
    """A slip of TOML, of shape, of names and of a rule are told together."""
    text = (
        BASE.replace('start = "05:30"', "start = 5h30")
        .replace("rate = 10", "rat = 10")
        .replace('slots = ["sang"]', 'slots = ["sanng"]')
        .replace('stand_by = "td-02"\n', "")
        .replace('phone = "env:SO_BIEN_TAP"', 'phone = "0950000001"')
    )

    found = mistakes_of(text)

    numbers = [int(m.split(":")[1]) for m in found]
    assert numbers == sorted(numbers)
    for piece in ("5h30", "rat", "sanng", "tin dự phòng", "ghi thẳng"):
        assert sum(piece in m for m in found) == 1, (piece, found)


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("env:SMS_KEY", "SIEU-BI-MAT"),
        BASE.replace("Bearer {secret:key}", "SIEU-BI-MAT"),
        BASE.replace('sms_channel = "sms"', 'smtp = "smtp://a:SIEU-BI-MAT@c:25"'),
        BASE.replace('"env:SO_BIEN_TAP"', '"SIEU-BI-MAT"'),
    ],
)
def test_a_secret_is_never_printed(text: str) -> None:
    """The message about a secret in clear may end in a log."""
    assert text != BASE
    assert not any("SIEU-BI-MAT" in m for m in mistakes_of(text))


def test_the_same_body_may_change_its_names_from_a_day_on() -> None:
    """Spans that follow each other are no mistake, and each day has its own names."""
    later = """
[[organisations]]
id = "bac-ninh"
name = "Tỉnh mới"
valid_from = 2027-01-01
"""
    old = 'name = "Tỉnh Bắc Ninh"'
    text = BASE.replace(old, old + "\nvalid_to = 2026-12-31").replace(
        "[[slots]]", later + "[[slots]]", 1
    )

    programme = load_text(text, FILE)

    names = [programme.organisation_on("bac-ninh", date(y, 1, 1)) for y in (2026, 2027)]
    assert [body.name for body in names if body] == ["Tỉnh Bắc Ninh", "Tỉnh mới"]


def test_a_slot_over_midnight_is_allowed() -> None:
    """22:00 to 01:00 is three hours, not a slip."""
    text = BASE.replace("start = 19:00:00\nend = 21:00:00", 'start = "21:00"\nend = "01:00"')
    assert load_text(text, FILE).slot("toi").end == time(1, 0)


def test_advertising_by_sms_keeps_to_the_hours_of_the_decree() -> None:
    """Decree 91/2020 art. 13: 07:00 to 22:00, whatever quiet hours say."""
    late = BASE.replace("end = 21:00:00", "end = 23:30:00").replace(
        'start = "22:00"\nend = "07:00"', 'start = "02:00"\nend = "03:00"'
    )
    assert load_text(late, FILE)

    found = mistakes_of(
        late.replace('stand_by = "td-02"', 'stand_by = "td-02"\npurpose = "quang_cao"')
    )

    assert len(found) == 1
    assert "Nghị định 91/2020" in found[0]


def test_a_channel_without_anybody_to_reach_is_a_mistake() -> None:
    """No target at all, or none that fits the segment's audience and area."""
    start, end = BASE.index("[[channels.targets]]"), BASE.index("[[stations]]")
    assert any("“sms” chưa có nơi nhận" in m for m in mistakes_of(BASE[:start] + BASE[end:]))

    text = BASE.replace('id = "to-1"', 'id = "to-1"\narea = ["vung_cao"]').replace(
        'vung_cao = "Vùng cao"', 'vung_cao = "Vùng cao"\nvung_thap = "Vùng thấp"'
    )
    text = text.replace('stand_by = "td-02"', 'stand_by = "td-02"\narea = ["vung_thap"]')
    assert any("hợp audience, area" in m for m in mistakes_of(text))


def test_a_text_that_is_no_toml_at_all_is_one_clear_message() -> None:
    found = mistakes_of("Chương trình phát thanh\ntuần 48")
    assert len(found) == 1
    assert found[0].startswith(f"{FILE}:1")


def test_what_is_never_used_is_a_remark_not_a_mistake() -> None:
    text = BASE.replace(
        "[[quiet_hours]]",
        '[[slots]]\nid = "trua"\nname = "Trưa"\nstart = "11:00"\nend = "12:00"\n[[quiet_hours]]',
        1,
    )
    assert [m.where for m in warnings(load_text(text, FILE))] == ["slots[trua]"]


def test_messages_come_in_english_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIOVANG_LANG", "en")
    found = mistakes_of(BASE.replace('slots = ["sang"]', 'slots = ["sanng"]'))
    assert found[0].endswith('"sanng" is not declared in slots; did you mean "sang"?')


def test_loudspeakers_may_air_from_five_to_nine_sharp() -> None:
    """The bounds belong to the hours allowed."""
    text = BASE.replace('start = "05:30"', 'start = "05:00"').replace(
        'end = "06:30"', 'end = "21:00"'
    )
    assert load_text(text, FILE)
    assert mistakes_of(text.replace('end = "21:00"', 'end = "21:01"'))


def test_a_segment_whose_weekdays_are_never_its_slots_is_remarked_on() -> None:
    """Unless an extra date names it."""
    never = BASE.replace('stand_by = "td-02"', 'stand_by = "td-02"\nweekdays = ["t3"]')
    assert [m.where for m in warnings(load_text(never, FILE))] == ["segments[tin_nhan]"]

    extra = '[[extra_dates]]\nsegment = "tin_nhan"\ndate = 2026-11-24\n[[channels]]'
    assert warnings(load_text(never.replace("[[channels]]", extra, 1), FILE)) == []


def test_a_stored_programme_reads_back_the_same() -> None:
    """A version written to the database as JSON is the version that is read."""
    programme = load_text(BASE, FILE)
    assert Programme.model_validate_json(programme.model_dump_json()) == programme
