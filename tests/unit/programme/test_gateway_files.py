"""A gateway described in a file of its own: every mistake with that file's name and line."""

from pathlib import Path

import pytest

from channels import gateway_check, gateway_files
from channels.gateway import Gateway
from tests.unit.programme.test_load import BASE, FILE
from worker.errors import UserError
from worker.programme.load import load_text

GATEWAY = """name = "Cổng"
base = "https://gateway.example"
url = "{base}/gui"
id = "id"
code = "code"

[body]
to = "{phone}"
msg = "{text}"
route = "{field:route}"
nested = { a = ["{key}"] }

[fields]
route = "1"

[headers]
Authorization = "Bearer {secret:key}"

[success]
path = "status"
equals = ["ok"]

[[errors]]
path = "said"
equals = ["cho"]
code = "waiting"

[codes.waiting]
outcome = "uncertain"
meaning = "Chờ"
todo = "Hỏi"

[check]
url = "{base}/so-du"

[receipt]
ref = "id"
[[receipt.rules]]
when = { st = "1" }
outcome = "delivered"
"""


def with_file(name: str) -> str:
    """The good programme, its gateway in a file beside it."""
    start, end = BASE.index("[channels.options.gateway]"), BASE.index("[[channels.accounts]]")
    return BASE[:start] + f'[channels.options]\ngateway = "{name}"\n' + BASE[end:]


def mistakes(home: Path, name: str = "cong.toml") -> list[str]:
    try:
        load_text(with_file(name), FILE, home)
    except UserError as error:
        return [str(m) for m in error.mistakes]
    return []


def test_a_good_file_has_no_mistakes(tmp_path: Path) -> None:
    (tmp_path / "cong.toml").write_text(GATEWAY, encoding="utf-8")

    assert mistakes(tmp_path) == []


ROWS: tuple[tuple[str, str, str, str], ...] = (
    # in the good file, what somebody writes instead, the line blamed, the message
    ('id = "id"\n', "", "name =", "thiếu mục id; hãy thêm id = …"),
    ('code = "code"', 'cod = "code"', "cod =", "cod: không có mục nào tên cod; ý là code?"),
    ('id = "id"', "id = 5", "id = 5", "id: "),
    ('url = "{base}/gui"', 'url = "{base}/gui"\nmethod = "PUT"', "PUT", 'hãy chọn: "POST", "GET"'),
    ('base = "https://gateway.example"\n', "", 'url = "{base}/gui"', "dùng {base} mà không có"),
    ('msg = "{text}"', 'msg = "{noi_dung}"', "noi_dung", "body.msg: không có ô {noi_dung}"),
    ('a = ["{key}"]', 'a = ["{keyy}"]', "keyy", "body.nested.a[#1]: không có ô {keyy}"),
    ("{field:route}", "{field:duong}", "duong", "không có duong trong fields; fields có: route"),
    ('code = "waiting"', 'code = "wait"', 'code = "wait"', "mã wait không có trong bảng mã"),
    ('outcome = "uncertain"', 'outcome = "maybe"', "maybe", "codes.waiting.outcome"),
    ('todo = "Hỏi"\n', "", "[codes.waiting]", "thiếu mục todo"),
    ('equals = ["ok"]', 'equals = "ok"', 'equals = "ok"', "success.equals: phải là danh sách"),
    ('url = "{base}/so-du"', 'url = "{base}/{text}"', "}/{text}", "check.url: không có ô {text}"),
    ('when = { st = "1" }', "when = {}", "when = {}", "receipt.rules[#1].when"),
    ('outcome = "delivered"', 'outcome = "den"', '"den"', 'hãy chọn: "delivered"'),
    ('ref = "id"\n[[', "[[", "[receipt]", "cần ref hoặc key"),
    ('id = "id"', 'id = "id"\nidempotent = true', "name =", "idempotent cần key_lifetime"),
    ('id = "id"', 'id = "id"\npattern = "("', "pattern =", "biểu thức không đọc được"),
    ('id = "id"', 'id = "id"\ncheck_url = "{base}/x"', "check_url", "vừa có check_url vừa có"),
    ("[check]", '[form]\na = "b"\n[check]', "name =", "form và body: chỉ dùng một"),
    ('code = "code"', "code = cot", "code = cot", 'hãy viết "cot"'),
    ("[check]", "[check", "[check", "tên phần thiếu dấu ]"),
)


@pytest.mark.parametrize(("good", "bad", "blamed", "said"), ROWS)
def test_a_mistake_names_the_gateways_file_and_line(
    tmp_path: Path, good: str, bad: str, blamed: str, said: str
) -> None:
    """Not the line of schedules.toml that names the file."""
    assert good in GATEWAY
    text = GATEWAY.replace(good, bad, 1)
    (tmp_path / "cong.toml").write_text(text, encoding="utf-8")
    line = next(n for n, x in enumerate(text.splitlines(), 1) if blamed in x)

    found = mistakes(tmp_path)

    assert any(m.startswith(f"cong.toml:{line}: ") and said in m for m in found), found
    assert not [m for m in found if "gateway" in m.partition(": ")[2].partition(":")[0]]


def test_a_folder_has_two_files_and_each_answers_for_its_own(tmp_path: Path) -> None:
    """gateway.toml and the code table."""
    start, end = GATEWAY.index("[codes.waiting]"), GATEWAY.index("[check]")
    folder = tmp_path / "cong"
    folder.mkdir()
    (folder / "gateway.toml").write_text(GATEWAY[:start] + GATEWAY[end:], encoding="utf-8")
    codes = folder / "codes.toml"
    codes.write_text('[waiting]\noutcome = "uncertain"\nmeaning = "Chờ"\ntodo = "Hỏi"\n')
    assert mistakes(tmp_path, "cong") == []

    codes.write_text('[waiting]\noutcome = "maybe"\nmeaning = "Chờ"\n')

    found = mistakes(tmp_path, "cong")
    assert [m.split(": ")[0] for m in found] == ["cong/codes.toml:1", "cong/codes.toml:2"]


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    found = mistakes(tmp_path)

    assert len(found) == 1
    assert "không có tệp cong.toml" in found[0]
    assert found[0].startswith(f"{FILE}:")


def test_a_slip_of_the_programme_hides_no_line_of_the_gateways_file(tmp_path: Path) -> None:
    """What was mended to go on reading is wrong once; the same line of another file is apart."""
    text = with_file("cong.toml").replace('start = "05:30"', "start = 5h30")
    slip = next(n for n, line in enumerate(text.splitlines(), 1) if "5h30" in line)
    padded = "# ghi chú\n" * (slip - 4) + GATEWAY.replace('id = "id"', "id = 5")
    assert padded.splitlines()[slip - 1] == "id = 5"
    (tmp_path / "cong.toml").write_text(padded, encoding="utf-8")

    with pytest.raises(UserError) as caught:
        load_text(text, FILE, tmp_path)

    told = [m.where.split(": ")[0] for m in caught.value.mistakes]
    assert told == [f"{FILE}:{slip}", f"cong.toml:{slip}"]


def test_two_channels_with_one_broken_file_tell_it_once(tmp_path: Path) -> None:
    (tmp_path / "cong.toml").write_text(GATEWAY.replace('id = "id"\n', ""), encoding="utf-8")
    text = with_file("cong.toml")
    start, end = text.index('[[channels]]\nid = "sms"'), text.index("[[stations]]")
    second = text[start:end].replace('id = "sms"', 'id = "sms_hai"')

    with pytest.raises(UserError) as caught:
        load_text(text[:end] + second + text[end:], FILE, tmp_path)

    assert [str(m) for m in caught.value.mistakes if "cong.toml" in str(m)] != []
    assert len([m for m in caught.value.mistakes if "thiếu mục id" in str(m)]) == 1


@pytest.mark.parametrize("name", gateway_files.shipped_names())
def test_every_shipped_description_is_whole(tmp_path: Path, name: str) -> None:
    described = gateway_files.described(name, tmp_path)

    assert isinstance(described, dict)
    assert isinstance(gateway_check.read(described, name), Gateway)


def test_the_shipped_gateways_are_the_documented_ones() -> None:
    text = (Path(__file__).parents[3] / "docs" / "gateways.md").read_text(encoding="utf-8")

    assert [n for n in gateway_files.shipped_names() if f"| `{n}` |" not in text] == []
