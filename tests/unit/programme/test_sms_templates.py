"""`[[sms_templates]]`: every mistake with its line, at once."""

from pathlib import Path

import pytest

from worker.errors import UserError
from worker.programme.check_segments import warnings
from worker.programme.load import load_text

FILE = "schedules.toml"
GOOD = (Path(__file__).parent / "base.toml").read_text(encoding="utf-8") + """
[[sms_templates]]
id = "bao-tin"
channel = "sms"
carriers = ["Viettel", "VinaPhone"]
sender = "XA LUC NGAN"
text = "Bao {cong_an:30}, goi {so:6}."
state = "hieu_luc"
valid_until = 2027-11-23
"""

#: in the good file, what somebody writes instead, a piece of the line blamed, the message
ROWS = (
    ('channel = "sms"\ncar', 'channel = "smss"\ncar', '"smss"', "ý là “sms”?"),
    ('channel = "sms"\ncar', 'channel = "loa"\ncar', '"loa"', "“loa” không phải kênh SMS"),
    ('channel = "sms"\ncar', 'channel = "sms"\naccount = "chin"\ncar', '"chin"',
     "không có tài khoản “chin”; ý là “chinh”?"),
    ('"VinaPhone"]', '"Vinaphone"]', "Vinaphone", 'hãy viết "VinaPhone"'),
    ('["Viettel", "VinaPhone"]', "[]", "carriers = []", "carriers: danh sách trống"),
    ('"XA LUC NGAN"', '"XÃ LỤC NGẠN"', "XÃ", "không phải tên định danh"),
    ('"XA LUC NGAN"', '"UBND XA LUC NGAN"', "UBND XA", "tối đa 11 chữ"),
    ("{so:6}", "{so}", "{so}", "ô trống viết sai; hãy viết {ten:20}"),
    ("{so:6}", "{ so:6}", "{ so", "ô trống viết sai"),
    ("{so:6}", "{so:0}", "{so:0}", "ô trống viết sai"),
    ("Bao {cong_an:30}, goi {so:6}.", "{cong_an:30}, {so:6}.", "{cong", "không có chữ nào cố định"),
    ("goi", "g%i", "g%i", "cổng SMS không nhận: %"),
    ("goi", "g\\u0000i", "u0000", "cổng SMS không nhận: \\x00"),
    ("Bao", "Báo", "Báo", 'hãy viết "Bao {cong_an:30}, goi {so:6}."'),
    ('"hieu_luc"', '"hieuluc"', "hieuluc", 'hãy viết "hieu_luc"'),
    ("valid_until = 2027-11-23\n", "", 'state = "hieu_luc"', "chưa ghi đến ngày nào"),
    ("valid_until", "valid_to", "valid_to", "không có mục nào tên valid_to"),
)


def mistakes_of(text: str) -> tuple[str, ...]:
    with pytest.raises(UserError) as caught:
        load_text(text, FILE)
    return tuple(str(m) for m in caught.value.mistakes)


@pytest.mark.parametrize(("was", "instead", "blamed", "message"), ROWS)
def test_each_slip_names_its_line_and_its_mending(
    was: str, instead: str, blamed: str, message: str
) -> None:
    assert GOOD.count(was) == 1 or was in GOOD.rpartition("[[sms_templates]]")[2]
    head, mark, tail = GOOD.rpartition("[[sms_templates]]")
    text = head + mark + tail.replace(was, instead, 1)
    line = max(n for n, row in enumerate(text.splitlines(), 1) if blamed in row)

    [mistake] = mistakes_of(text)

    assert mistake.startswith(f"{FILE}:{line}: sms_templates[bao-tin]")
    assert message in mistake


def test_all_slips_come_at_once() -> None:
    again = "[[sms_templates]]" + GOOD.rpartition("[[sms_templates]]")[2].replace("{so:6}", "{so}")
    found = mistakes_of(GOOD.replace("XA LUC NGAN", "XÃ LỤC NGẠN") + again)

    assert [words for words in ("không phải tên định danh", "đã dùng ở trên", "ô trống viết sai")
            if not any(words in m for m in found)] == []
    assert len(found) == 3


def test_good_templates_load() -> None:
    [template] = load_text(GOOD, FILE).sms_templates

    assert (template.account, template.carriers) == ("chinh", ("Viettel", "VinaPhone"))
    assert [w for w in warnings(load_text(GOOD, FILE)) if "sms_templates" in w.where] == []


def test_a_sender_name_that_the_account_does_not_use_is_noticed() -> None:
    """No mistake: while a name is being changed, templates of the new one stand there already."""
    text = GOOD.replace("rate = 10", 'rate = 10\noptions = { sender = "CA LUC NGAN" }')

    [found] = [str(w) for w in warnings(load_text(text, FILE)) if "sms_templates" in w.where]

    assert "tài khoản gửi bằng “CA LUC NGAN”, mẫu của “XA LUC NGAN”" in found
