"""A vendor's boxes in `schedules.toml`: each target is a station, in a folder of its own."""

from pathlib import Path

import pytest

from worker.errors import UserError
from worker.programme.check_segments import warnings
from worker.programme.load import load_text

FILE = "schedules.toml"
GOOD = (Path(__file__).parent / "base.toml").read_text(encoding="utf-8") + """
[[stations]]
id = "dai-tan-son"
name = "Đài Tân Sơn"
organisation = "luc-ngan"
[[channels]]
id = "hop"
type = "box"
name = "Máy phát"
options = { way = "sftp", host = "may", fingerprint = "SHA256:KHOA", root = "/tin" }
[[channels.accounts]]
id = "chinh"
secrets = { user = "env:U", key = "file:khoa/hop" }
[[channels.targets]]
id = "dai-luc-ngan"
name = "Máy Lục Ngạn"
address = "luc-ngan"
[[channels.targets]]
id = "dai-tan-son"
name = "Máy Tân Sơn"
address = "tin/tan-son"
""".replace("KHOA", "A" * 43)

#: in the good file, what somebody writes instead, a piece of the line blamed, the message
ROWS = (
    ('id = "dai-tan-son"\nname = "Máy', 'id = "dai-tan-xon"\nname = "Máy', "tan-xon",
     "không có đài “dai-tan-xon”; ý là “dai-tan-son”?"),
    ('"tin/tan-son"', '"../tan-son"', "../tan-son", "không phải thư mục ở máy phát"),
    ('"tin/tan-son"', '"env:MAY"', "env:MAY", "không phải thư mục ở máy phát"),
    ('"tin/tan-son"', '"luc-ngan" # hai', "# hai", "thư mục này là của đài “dai-luc-ngan”"),
    ('channels = ["loa"]', 'channels = ["loa", "hop"]', '"hop"]', "nhận cả bản tin của đài"),
    ("SHA256:", "MD5:", "MD5:", "options.fingerprint: giá trị không hợp lệ"),
    ('key = "file:khoa/hop"', 'keys = "env:K"', "keys", "thiếu khóa này"),
    ('host = "may", ', "", 'way = "sftp"', "options.host: way = 'sftp' cần thiết lập này"),
    ('name = "Máy phát"', 'name = "Máy phát"\nlead = "1h"', "1h", "chỉ loa cần giao trước"),
)


@pytest.mark.parametrize(("good", "bad", "blamed", "message"), ROWS, ids=lambda v: v[:30])
def test_a_mistake_names_its_line_what_is_wrong_and_what_to_write(
    good: str, bad: str, blamed: str, message: str
) -> None:
    assert GOOD.count(good) == 1
    text = GOOD.replace(good, bad)
    line = next(n for n, line in enumerate(text.split("\n"), 1) if blamed in line)

    with pytest.raises(UserError) as caught:
        load_text(text, FILE)

    found = [str(m) for m in caught.value.mistakes]
    assert any(m.startswith(f"{FILE}:{line}: ") and message in m for m in found), found


def test_a_box_needs_no_segment_and_one_without_stations_is_remarked_on() -> None:
    """It takes whole bulletins; where nobody has one it is never used."""
    assert warnings(load_text(GOOD, FILE)) == []

    alone = GOOD[:GOOD.index("[[channels.targets]]", GOOD.index('id = "hop"'))]
    assert [m.where for m in warnings(load_text(alone, FILE))] == ["channels[hop]"]
