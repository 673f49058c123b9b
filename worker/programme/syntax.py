"""
Reads the TOML itself, and goes on after a slip of the pen.

tomllib stops at the first error. The usual ones (`start = 5h30` without quotes, a key
written twice) are mended in memory so that the rest is checked too: staff mend a file once.
"""

import json
import re
import tomllib
from typing import Any

from worker.errors import Mistake
from worker.i18n import t
from worker.programme.kinds import guess_clock

PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
BARE_PAIR = re.compile(r"(\s*[\w.-]+\s*=\s*)([^\s\"'\[{#][^#\"]*?)(\s*(?:#.*)?)")
ONE_LINE_PAIR = re.compile(r"\s*([\w.-]+)\s*=.*")
LIMIT = 50  #: slips mended in one file; more is not a schedule


def parse(text: str, file: str) -> tuple[dict[str, Any] | None, str, list[Mistake]]:
    """
    Data, the text it was read from, and the mistakes of TOML found on the way.

    Data is None when the text is too broken to go on.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    mistakes: list[Mistake] = []
    mended: set[int] = set()
    while True:
        try:
            return tomllib.loads("\n".join(lines)), "\n".join(lines), mistakes
        except tomllib.TOMLDecodeError as error:
            found = PLACE.search(str(error))
            number = int(found[1]) if found and found[1] else len(lines)
            said = PLACE.sub("", str(error)).strip()
            line = lines[number - 1]
            mistakes.append(_mistake(f"{file}:{number}", said, line))
            better = _mend(said, line)
            if better is None or number in mended or len(mended) >= LIMIT:
                return None, "\n".join(lines), mistakes
            mended.add(number)
            lines[number - 1] = better


def _mend(said: str, line: str) -> str | None:
    """The line as it was probably meant, so that reading can go on."""
    if said.startswith("Cannot overwrite") and ONE_LINE_PAIR.fullmatch(line):
        return f"# {line}"
    pair = BARE_PAIR.fullmatch(line)
    return f"{pair[1]}{json.dumps(pair[2], ensure_ascii=False)}{pair[3]}" if pair else None


def _mistake(where: str, said: str, line: str) -> Mistake:
    """What tomllib said, in words a clerk can act on."""
    key = ONE_LINE_PAIR.match(line)
    place = f"{where}: {key[1]}" if key else where
    if said.startswith("Cannot overwrite"):
        return Mistake(
            place,
            t("mục này viết hai lần", "this key is written twice"),
            t("hãy xóa một dòng", "delete one of the lines"),
        )
    if said.startswith("Cannot declare"):
        name = line.partition("#")[0].strip()
        return Mistake(
            where,
            t(f"phần {name} mở hai lần", f"the part {name} is opened twice"),
            t("hãy gộp làm một", "make one of the two"),
        )
    pair = BARE_PAIR.fullmatch(line)
    if pair:
        return Mistake(
            place,
            t(f"không đọc được giá trị {pair[2]}", f"the value {pair[2]} cannot be read"),
            t(f"hãy viết {_quoted(pair[2])}", f"write {_quoted(pair[2])}"),
        )
    for start, what, fix in _sayings():
        if said.startswith(start):
            return Mistake(place, what, fix)
    return Mistake(
        place,
        t(f"dòng này không đúng cú pháp TOML ({said})", f"this line is not TOML ({said})"),
        t('hãy viết: tên = "giá trị"', 'write: name = "value"'),
    )


def _quoted(value: str) -> str:
    """How a value without quotes should have been written."""
    if value.lower() in ("true", "false", "co", "có", "khong", "không"):
        return "true" if value.lower() in ("true", "co", "có") else "false"
    meant = guess_clock(value) if re.search(r"[:h]\d", value) else None
    return f'"{meant or value}"'


def _sayings() -> tuple[tuple[str, str, str], ...]:
    """Beginnings of tomllib's messages, and the same for people."""
    quotes = t('hãy đóng bằng dấu "', 'close it with "')
    return (
        ("Unterminated string", t("chữ thiếu dấu nháy đóng", "the text is not closed"), quotes),
        ("Illegal character", t("chữ thiếu dấu nháy đóng", "the text is not closed"), quotes),
        (
            "Unclosed array",
            t("danh sách thiếu dấu ] hoặc dấu phẩy", "the list lacks ] or a comma"),
            t('hãy viết ["mot", "hai"]', 'write ["one", "two"]'),
        ),
        (
            "Expected ']",
            t("tên phần thiếu dấu ]", "the part's name lacks ]"),
            t("hãy viết [ten] hoặc [[ten]]", "write [name] or [[name]]"),
        ),
        (
            "Expected '='",
            t("thiếu dấu = sau tên mục", "the sign = is missing after the key"),
            t('hãy viết: tên = "giá trị"', 'write: name = "value"'),
        ),
    )
