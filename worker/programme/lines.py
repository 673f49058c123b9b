"""
On which line of a TOML file each key stands.

Neither tomllib nor tomlkit tells. The text has already been read by tomllib, so it is valid
TOML: this scanner only has to find its way, not to judge. Paths are tuples as pydantic
gives them: `("slots", 0, "start")`.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

Path = tuple[str | int, ...]

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
BARE = re.compile(r"[^,\]}\n#]+")


@dataclass
class Table:
    """A header and the keys below it: the lines of the header and of its last value's end."""

    path: Path
    first: int
    last: int


class Lines:
    """The line of each key, table and array element of one TOML text, counted from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self._found: dict[Path, int] = {}
        self._elements: dict[Path, int] = {}  # array of tables -> how many were opened
        self.tables: list[Table] = []  #: in the text's order
        self._scan()

    def of(self, path: Path) -> int:
        """The line of this key, or of the nearest table round it."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path, 1)

    def _scan(self) -> None:
        table: Path = ()
        while self._skip(BLANK) < len(self._text):
            line = self._line()
            if self._text.startswith("[[", self._at):
                self._at += 2
                table = self._element(self._key())
                self._skip(SPACE)
                self._at += 2
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._resolve(self._key())
                self._skip(SPACE)
                self._at += 1
            else:
                self._pair(table)
                if self.tables:
                    self.tables[-1].last = self._line()
                continue
            self._found.setdefault(table, line)
            self.tables.append(Table(table, line, line))

    def _pair(self, table: Path) -> None:
        """`key = value`, at top level or in an inline table."""
        line = self._line()
        path = table
        for step in self._key():
            path = (*path, step)
            self._found.setdefault(path, line)
        self._skip(SPACE)
        self._at += 1  # the equals sign
        self._skip(SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening in "\"'":
            self._take(STRING)
        elif opening not in "[{":
            self._take(BARE)
        else:
            self._at += 1
            self._inside(path, is_array=opening == "[")

    def _inside(self, path: Path, *, is_array: bool) -> None:
        """What stands between brackets, up to and with the closing one."""
        number = 0
        while self._text[self._skip(BLANK)] not in "]}":
            if is_array:
                self._found[(*path, number)] = self._line()
                self._value((*path, number))
                number += 1
            else:
                self._pair(path)
            if self._text[self._skip(BLANK)] == ",":
                self._at += 1
        self._at += 1

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._skip(SPACE)
            token = self._take(KEY)
            parts.append(tomllib.loads(f"k = {token}")["k"] if token[0] in "\"'" else token)
            if self._text[self._skip(SPACE)] != ".":
                return tuple(parts)
            self._at += 1

    def _resolve(self, keys: tuple[str, ...]) -> Path:
        """A dotted table name, with the last element of each array of tables on its way."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
        return path

    def _element(self, keys: tuple[str, ...]) -> Path:
        array = (*self._resolve(keys[:-1]), keys[-1])
        number = self._elements.get(array, 0)
        self._elements[array] = number + 1
        return (*array, number)

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            raise ValueError(f"not TOML at character {self._at}")
        self._at = found.end()
        return found[0]
