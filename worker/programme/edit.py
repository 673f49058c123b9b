"""
One entry of `schedules.toml` changed, added or taken out, in the file's own text.

Only the lines of that entry are touched: they alone are given to tomlkit, which keeps comments,
order and alignment; all other lines are copied. What comes out is read again and must mean
exactly what was asked for, else nothing is changed (`Unusual`): a file may be written in ways
that no form can follow.
"""

import copy
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from difflib import SequenceMatcher
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, Item

from worker.errors import UserError
from worker.i18n import t
from worker.programme.kinds import CLOCK
from worker.programme.lines import Lines, Path

Data = dict[str, Any]


class Gone:
    """The value of a key that is to be taken out."""


GONE = Gone()


class Unusual(UserError):
    """The file is right, but written so that a form cannot change this place."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "schedules.toml",
            t(f"phần {path[0]} viết theo lối mà biểu mẫu không sửa được",
              f"the part {path[0]} is written in a way no form can change"),
            t("sửa phần này trong tệp trên máy chủ", "edit it in the file on the server"))


def data_of(text: str) -> Data:
    """What a text that was taken up says, as TOML gives it."""
    return tomllib.loads(text.removeprefix("\ufeff"))


def entry_of(data: Any, path: Path) -> Any:
    """What stands at this path; an empty table where nothing does."""
    for step in path:
        data = data[step] if isinstance(step, int) else data.get(step, {})
    return data


def change(text: str, path: Path, values: Mapping[str, Any]) -> str:
    """
    The text with these keys of the entry at `path` changed (`GONE`: taken out). A table that is
    not there yet is put at the end.
    """
    wanted = data_of(text)
    entry = entry_of(wanted, path)
    styled = {key: value if value is GONE else _styled(entry.get(key), value)
              for key, value in values.items()}
    styled = {k: v for k, v in styled.items() if (k in entry if v is GONE else entry.get(k) != v)}
    if not styled:
        return text
    _apply(wanted, path, styled)
    found = lines_of(text, path)
    if found is None:
        if isinstance(path[-1], int) or path[0] in data_of(text):
            raise Unusual(path)
        return _checked(_at_end(text, _block(f"[{'.'.join(map(str, path))}]", styled)), wanted,
                        path)
    lines = text.split("\n")
    first, last = found
    try:
        block = _changed("\n".join(lines[first:last]), path, styled)
    except (TOMLKitError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Unusual(path) from error
    return _checked("\n".join([*lines[:first], *block.split("\n"), *lines[last:]]), wanted, path)


def add(text: str, section: tuple[str, ...], values: Mapping[str, Any]) -> str:
    """The text with one more entry of this array, after its others."""
    values = {key: value for key, value in values.items() if value is not GONE}
    wanted = data_of(text)
    array = _array_of(wanted, section)
    array.append(copy.deepcopy(dict(values)))
    block = _block(f"[[{'.'.join(section)}]]", values)
    ends = [table.last for table in Lines(text.removeprefix("\ufeff")).tables
            if table.path[:len(section)] == section]
    if not ends:  # [[alarms.duty]] stands below [alarms]
        ends = [table.last for table in Lines(text.removeprefix("\ufeff")).tables
                if len(section) > 1 and table.path == section[:-1]]
    if not ends:
        return _checked(_at_end(text, block), wanted, section)
    lines = text.split("\n")
    lines[ends[-1]:ends[-1]] = ["", *block]
    if ends[-1] == len(lines) - len(block) - 1:
        lines.append("")  # the file did not end with a line's end
    return _checked("\n".join(lines), wanted, section)


def take_out(text: str, path: Path) -> str:
    """The text without this entry; comments outside it stay."""
    section, number = tuple(str(step) for step in path[:-1]), path[-1]
    wanted = data_of(text)
    above = entry_of(wanted, section[:-1])
    array = above.get(section[-1])
    if not isinstance(array, list) or not isinstance(number, int) or number >= len(array):
        raise Unusual(path)
    del array[number]
    if not array:
        del above[section[-1]]
    found = lines_of(text, path)
    if found is None:
        raise Unusual(path)
    first, last = found
    lines = text.split("\n")
    if first > 0 and not lines[first - 1].strip():
        first -= 1
    return _checked("\n".join([*lines[:first], *lines[last:]]), wanted, path)


def _checked(text: str, wanted: Data, path: Path) -> str:
    try:
        said = data_of(text)
    except tomllib.TOMLDecodeError as error:
        raise Unusual(path) from error
    if said != wanted:
        raise Unusual(path)
    return text


def _apply(data: Data, path: Path, values: Mapping[str, Any]) -> None:
    entry: Any = data
    for step in path:
        entry = entry[step] if isinstance(step, int) else entry.setdefault(step, {})
    for key, value in values.items():
        if value is GONE:
            entry.pop(key, None)
        else:
            entry[key] = copy.deepcopy(value)


def _array_of(data: Data, section: tuple[str, ...]) -> list[Any]:
    above: Any = data
    for step in section[:-1]:
        above = above.setdefault(step, {})
    array = above.setdefault(section[-1], [])
    if not isinstance(array, list):
        raise Unusual(section)
    return array


def lines_of(text: str, path: Path) -> tuple[int, int] | None:
    """The entry's lines [first, last) counted from 0: its header to the end of its last value."""
    tables = Lines(text.removeprefix("\ufeff")).tables
    if isinstance(path[-1], int):
        at = [n for n, table in enumerate(tables) if table.path[:len(path)] == path]
    else:  # a single table: what has headers of its own below it is not part of its form
        at = [n for n, table in enumerate(tables) if table.path == path][:1]
    if not at or at != list(range(at[0], at[-1] + 1)):
        return None
    return tables[at[0]].first - 1, tables[at[-1]].last


def _changed(block: str, path: Path, values: Mapping[str, Any]) -> str:
    document = tomlkit.parse(block)
    table: Any = document
    for step in path:
        table = table[0 if isinstance(step, int) else step]
    for key, value in values.items():
        if value is GONE:
            table.remove(key)
        elif isinstance(value, list) and isinstance(table.get(key), Array) \
                and "\n" in table[key].as_string():
            _into(table[key], value)
        else:
            if key in table and not isinstance(table[key], Item):
                table.remove(key)  # tables with headers of their own become one line
            table[key] = _item(value)
    return tomlkit.dumps(document).removesuffix("\n")


def _into(array: Array, wanted: Sequence[Any]) -> None:
    """Change an array that goes over several lines where it differs, from its end."""
    old = array.unwrap()
    steps = SequenceMatcher(None, [repr(x) for x in old], [repr(x) for x in wanted], autojunk=False)
    for kind, a, b, c, d in reversed(steps.get_opcodes()):
        if kind == "equal":
            continue
        both = min(b - a, d - c)
        for number in range(b - 1, a + both - 1, -1):
            del array[number]
        for number in range(both):
            _in_place(array, a + number, wanted[c + number])
        for number in range(c + both, d):
            array.insert(a + number - c, _item(wanted[number]))


def _in_place(array: Array, number: int, value: Any) -> None:
    there = array[number]
    if not isinstance(there, InlineTable) or not isinstance(value, dict):
        array[number] = _item(value)
        return
    for key in [key for key in there if key not in value]:
        there.remove(key)
    for key, inner in value.items():
        if key not in there or there[key].unwrap() != inner:
            there[key] = _item(inner)


def _block(header: str, values: Mapping[str, Any]) -> list[str]:
    return [header, *(f"{key} = {_item(value).as_string()}" for key, value in values.items()
                      if value is not GONE)]


def _at_end(text: str, block: Sequence[str]) -> str:
    return f"{text.rstrip(chr(10))}\n\n" + "\n".join(block) + "\n"


def _item(value: Any) -> Item:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, inner in value.items():
            table.append(key, _item(inner))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner))
        return array
    item: Item = tomlkit.item(value)
    return item


def _styled(old: Any, new: Any) -> Any:
    """The new value as the old one is written: a clock time or a day may stand in quotes or not."""
    if isinstance(old, time) and isinstance(new, str) and (found := CLOCK.fullmatch(new)):
        return time(int(found[1]), int(found[2]))
    if isinstance(old, str) and isinstance(new, date):
        return f"{new:%d/%m/%Y}" if "/" in old else new.isoformat()
    if isinstance(old, list) and isinstance(new, list | tuple):
        return [_styled(old[n] if n < len(old) else None, value) for n, value in enumerate(new)]
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _styled(old.get(key), value) for key, value in new.items()}
    return list(new) if isinstance(new, tuple) else new
