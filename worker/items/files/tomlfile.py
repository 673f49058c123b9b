"""Read items from TOML: `[[item]]` tables, each mistake with its line."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from worker.errors import Mistake
from worker.i18n import t

from .columns import BY_KEY, Column, Value, variant
from .days import day_typed
from .judge import Entry
from .names import did_you_mean
from .places import Found, Place
from .text import accept

_TOP = ("schema", "language", "themes", "item")
_ITEM = tuple(key for key in BY_KEY if key != "image_alts")
_IMAGE = ("path", "alt", "sha256")

#: Strings and comments: what looks like a key inside them is none.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_LINE = re.compile(r"\s*(?:\[\[?\s*(?P<table>[\w.\- ]+?)\s*\]\]?|(?P<key>[\w-]+)(\.\S+)?\s*=)")


def read_toml(data: bytes, file: str, found: Found) -> list[Entry]:
    """The entries of the file."""
    top = Place(file)
    try:
        text = data.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        what = t("không phải UTF-8", "is not UTF-8")
        fix = t("lưu lại tệp với mã UTF-8", "save the file as UTF-8")
        found.mistakes.append(Place(f"{file}:{line}").mistake(what, fix))
        return []
    except tomllib.TOMLDecodeError as trouble:
        at = re.search(r"at line (\d+)", str(trouble))
        line = int(at.group(1)) if at else text.count("\n") + 1
        what = t(f"sai cú pháp TOML ({trouble})", f"is no TOML ({trouble})")
        fix = t("xem dấu nháy, dấu ngoặc ở dòng này", "look at quotes and brackets on this line")
        found.mistakes.append(Place(f"{file}:{line}").mistake(what, fix))
        return []
    lines_of_top, lines_of_items = _lines(text)
    for key in document:
        if key not in _TOP:
            place = Place(f"{file}:{lines_of_top.get(key, 1)}")
            found.mistakes.append(_unknown(key, _TOP, place))
    items = document.get("item", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        what = t("«item» không phải là các bảng [[item]]", "«item» is no list of [[item]] tables")
        found.mistakes.append(top.mistake(what, t("viết [[item]]", "write [[item]]")))
        return []
    default = document.get("language")
    entries = []
    for number, item in enumerate(items):
        # An inline list of items has no [[item]] lines: the line of `item =` stands for all.
        lines = lines_of_items[number] if number < len(lines_of_items) else {}
        first = lines.get("", lines_of_top.get("item", 1))
        if default is not None:
            item.setdefault("language", default)
        places = {key: Place(f"{file}:{lines.get(key, first)}") for key in (*BY_KEY, *item)}
        entries.append(entry_of(item, Place(f"{file}:{first}"), places, found))
    return entries


def _lines(text: str) -> tuple[dict[str, int], list[dict[str, int]]]:
    """Line numbers of the keys at the top and of each item; its own line is under ''."""
    bare = _QUOTED.sub(lambda m: '""' + "\n" * m.group().count("\n"), text)
    top: dict[str, int] = {}
    items: list[dict[str, int]] = []
    current, below = top, ""
    for number, line in enumerate(bare.split("\n"), start=1):
        match = _LINE.match(line)
        if match is None:
            continue
        table = match["table"]
        if table == "item":
            items.append({"": number})
            current, below = items[-1], ""
        elif table is not None:
            owner, _, below = table.partition(".")
            current = items[-1] if owner == "item" and items else top
            current.setdefault(below or owner, number)
            below = below or owner
        elif not below:
            current.setdefault(match["key"], number)
    return top, items


def entry_of(
    item: Mapping[str, Any], place: Place, places: Mapping[str, Place], found: Found
) -> Entry:
    values: dict[str, Value | date] = {}
    bad = set()
    for key, value in item.items():
        at = places[key]
        before = len(found.mistakes)
        column = BY_KEY.get(key) or variant(key)
        if column is None or key == "image_alts":
            found.mistakes.append(_unknown(key, _ITEM, at))
        elif key == "images":
            values |= _images(value, at, found)
        elif key == "facts":
            values[key] = _facts(value, at, found)
        else:
            read = _value(column, value, at, found)
            if read is not None:
                values[column.key] = read
        if len(found.mistakes) > before:
            bad.add(key)
    return Entry(place, values, places, frozenset(bad))


def _value(column: Column, value: object, place: Place, found: Found) -> Value | date | None:
    if column.shape == "date":
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str):
            return day_typed(value.strip(), place, found)
        _wrong_type(place, t("một ngày, ví dụ 2026-03-05", "a day, as 2026-03-05"), found)
        return None
    if column.shape == "list":
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            _wrong_type(place, t('danh sách chữ ["…", "…"]', 'a list ["…", "…"]'), found)
            return None
        lines = [_line(part, place, found) for part in value]
        return [line for line in lines if line]
    if not isinstance(value, str):
        _wrong_type(place, t('chữ trong dấu nháy "…"', 'text in quotes "…"'), found)
        return None
    return _line(value, place, found) if column.shape == "line" else accept(value, place, found)


def _images(value: object, place: Place, found: Found) -> dict[str, Value | date]:
    wanted = t('danh sách [{ path = "…", alt = "…" }]', 'a list [{ path = "…", alt = "…" }]')
    if not isinstance(value, list) or not all(isinstance(image, dict) for image in value):
        _wrong_type(place, wanted, found)
        return {}
    for image in value:
        for key, part in image.items():
            if key not in _IMAGE:
                found.mistakes.append(_unknown(key, _IMAGE, place))
            elif not isinstance(part, str):
                _wrong_type(place, wanted, found)
                return {}
    # The hash is not taken from the file: it is what the bytes are, not what somebody wrote.
    return {
        "images": [_line(image.get("path", ""), place, found) for image in value],
        "image_alts": [_line(image.get("alt", ""), place, found) for image in value],
    }


def _facts(value: object, place: Place, found: Found) -> list[str]:
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        _wrong_type(place, t('bảng { so_vu = "12" }', 'a table { so_vu = "12" }'), found)
        return []
    return [f"{name} = {_line(part, place, found)}" for name, part in value.items()]


def _line(text: str, place: Place, found: Found) -> str:
    return " ".join(accept(text, place, found).split())


def _wrong_type(place: Place, wanted: str, found: Found) -> None:
    what = t("sai kiểu giá trị", "is a value of the wrong type")
    found.mistakes.append(place.mistake(what, t(f"viết {wanted}", f"write {wanted}")))


def _unknown(key: str, known: tuple[str, ...], place: Place) -> Mistake:
    what = t(f"không có khóa «{key}»", f"there is no key «{key}»")
    every = ", ".join(known)
    fix = did_you_mean(key, known) + t(f"dùng được: {every}", f"these can stand: {every}")
    return place.mistake(what, fix)
