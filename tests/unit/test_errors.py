"""What a mistake says where there is no command line."""

import ast
from pathlib import Path

import pytest

from worker.errors import Mistake, UserError, without_commands

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("said", "left"), [
    ("sửa khóa, nạp tiền; rồi `giovang resume KÊNH`", "sửa khóa, nạp tiền"),
    ("duyệt thêm tin, hoặc `giovang pin`", "duyệt thêm tin"),
    ("xem `giovang items`; trình và duyệt trước", "trình và duyệt trước"),
    ("hai người: giovang start sms --as NGƯỜI", ""),
    ("trình duyệt trước: giovang submit", "trình duyệt trước"),
    ("thêm `--as MÃ-NGƯỜI`", ""),
    ("sửa tin rồi duyệt lại, hoặc xếp tin khác", "sửa tin rồi duyệt lại, hoặc xếp tin khác"),
    ("trước 11:30; sau 12:00", "trước 11:30; sau 12:00"),
])
def test_clauses_with_a_command_are_left_out(said: str, left: str) -> None:
    assert without_commands(said) == left


def test_no_text_of_ours_keeps_a_command() -> None:
    left = []
    for path in (ROOT / "worker").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) \
                    and node.func.id == "t":
                said = [ast.unparse(one).strip("f'\"") for one in node.args]
                left += [x for x in said if "giovang " in without_commands(x)]

    assert left == []


def test_a_mistake_on_a_page_names_no_option() -> None:
    error = UserError.many((
        Mistake("--reason", "phải nói lý do", 'viết --reason "…"'),
        Mistake("td-01", "chưa duyệt", "xem `giovang items`; duyệt trước"),
        Mistake("Tiêu đề --ngắn", "dài quá: giữ --nguyên lời", "")))

    assert error.on_page().splitlines() == [
        "Phải nói lý do", "td-01: chưa duyệt; duyệt trước",
        "Tiêu đề --ngắn: dài quá: giữ --nguyên lời"]
