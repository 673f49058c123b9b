"""A service of `http_json` in a file of its own: every mistake with that file's name and line."""

import re
from pathlib import Path

from tests.unit.programme.test_load import BASE, FILE
from worker.errors import UserError
from worker.programme.load import load_text

CHANNEL = """
[[channels]]
id = "hoa-ban"
type = "http_json"
name = "Hoa Ban"
options = { service = "hoa-ban.toml", fields = { level = "alert" } }
[[channels.accounts]]
id = "chinh"
secrets = { token = "env:TOKEN" }
[[channels.targets]]
id = "xa"
name = "Kênh của xã"
address = "xa-luc-ngan"
"""


def example() -> str:
    """The worked example of docs/hooks.md."""
    text = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example for http_json:.*?-->\n```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def mistakes(home: Path, described: str) -> list[str]:
    (home / "hoa-ban.toml").write_text(described, encoding="utf-8")
    try:
        load_text(BASE + CHANNEL, FILE, home)
    except UserError as error:
        return [str(m) for m in error.mistakes]
    return []


def test_the_worked_example_has_no_mistakes(tmp_path: Path) -> None:
    """What the documentation says can be copied."""
    assert mistakes(tmp_path, example()) == []


def test_every_mistake_comes_at_once_with_its_line(tmp_path: Path) -> None:
    """A hole nothing fills, a code without its row, a call to recall that has no message's id."""
    bad = example().replace("{title}", "{phone}", 1).replace("{ref}", "{page}", 1)
    bad += '\n[[errors]]\npath = "x"\nequals = ["1"]\ncode = "la"\n'

    found = mistakes(tmp_path, bad)

    lines = bad.splitlines()
    for blamed, said in (("{phone}", "không có ô {phone}"), ("notices/{page}", "không có ô {page}"),
                         ('code = "la"', "mã la không có trong bảng mã")):
        line = next(n for n, x in enumerate(lines, 1) if blamed in x)
        assert any(m.startswith(f"hoa-ban.toml:{line}: ") and said in m for m in found), found
    assert len(found) == 3
