"""Every key of a TOML file has its line, however it is written."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from worker.programme.lines import Lines, Path

TEXT = '''# ghi chú = "không tính"
a = 1
b.c = "x # y"
"d e" = [
    1,  # một
    { f = 2, g = [3, 4] },
]
h = """
i = 5
[không]
"""
j = \'\'\'k = "'' \'\'\'
[[l]]
m = 1
  [[l.n]]
  o = 1
  [[l.n]]
  o = 2
  [l.p]
  q = 2026-01-01
[[l]]
m = "\\"]"
[r."s.t"]
u = { v.w = 1 }
'''


def test_each_key_table_and_element_is_found_on_its_line() -> None:
    tomllib.loads(TEXT)
    lines = Lines(TEXT)
    expected: dict[Path, int] = {
        ("a",): 2,
        ("b", "c"): 3,
        ("d e",): 4,
        ("d e", 0): 5,
        ("d e", 1, "f"): 6,
        ("d e", 1, "g", 1): 6,
        ("h",): 8,
        ("j",): 12,
        ("l", 0): 13,
        ("l", 0, "m"): 14,
        ("l", 0, "n", 0): 15,
        ("l", 0, "n", 0, "o"): 16,
        ("l", 0, "n", 1, "o"): 18,
        ("l", 0, "p", "q"): 20,
        ("l", 1): 21,
        ("l", 1, "m"): 22,
        ("r", "s.t"): 23,
        ("r", "s.t", "u", "v", "w"): 24,
        ("l", 1, "thiếu"): 21,  # a missing key stands where its table begins
    }
    assert {path: lines.of(path) for path in expected} == expected


SCALARS = st.one_of(
    st.integers(0, 10**6), st.booleans(), st.text(st.characters(codec="utf-8"), max_size=8)
)


def quoted(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    escaped = "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in value)
    return f'"{escaped}"'


@given(st.lists(st.lists(SCALARS, max_size=4), min_size=1, max_size=6))
def test_arrays_of_anything_keep_their_lines(rows: list[list[Any]]) -> None:
    """Whatever stands in the strings, the n-th element is on the n-th line."""
    text = (
        "rows = [\n"
        + "".join(f"[{', '.join(map(quoted, row))}],\n" for row in rows)
        + "]\nend = 1\n"
    )
    assert tomllib.loads(text)["rows"] == rows

    lines = Lines(text)

    assert [lines.of(("rows", n)) for n in range(len(rows))] == list(range(2, len(rows) + 2))
    assert lines.of(("end",)) == len(rows) + 3
