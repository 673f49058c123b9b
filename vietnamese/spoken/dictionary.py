"""
The dictionary of readings: what staff may add to without touching code.

`dictionary.toml` beside this file is shipped; a file `dictionary.toml` in the home adds to it
and wins where both know a word. A mistake names the file, the line and what to write instead,
all of them at once, and nothing is read aloud from half a dictionary.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vietnamese.plain import nfc, plain
from vietnamese.spoken.letters import spell
from vietnamese.spoken.vocabulary import Mistake, mistakes
from vietnamese.syllables import is_syllable

SHIPPED = Path(__file__).with_name("dictionary.toml")

_TOKEN = re.compile(r"[^\W_]+")


class DictionaryError(Exception):
    """The dictionary cannot be used; *mistakes* are for the person who wrote it."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(m.vi for m in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Context:
    """One meaning of an abbreviation, and the words that prove it; see docs/spoken.md."""

    said: str
    next: tuple[str, ...]
    previous: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What may stand in a text, and how it is read."""

    written: str
    #: Must capitals be as they stand here? Yes for abbreviations and all-capital names.
    exact: bool
    #: None where only a context gives a meaning.
    said: str | None
    #: "abbreviation" is said in full to a person, too; "name" stays as it is written.
    kind: str
    contexts: tuple[Context, ...] = ()


@dataclass(frozen=True)
class Dictionary:
    """Everything the rules ask of the dictionary, ready to look up."""

    entries: Mapping[str, tuple[Entry, ...]]  #: by the first word in small letters, longest first
    units: Mapping[str, str]
    roads: Mapping[str, str]
    issuers: Mapping[str, str]
    kinds: Mapping[str, str]
    web: Mapping[str, str]  #: an unaccented word of an address and its reading
    places: frozenset[str]
    counted: re.Pattern[str]  #: at the start of what follows a number: something is counted
    people: re.Pattern[str]
    services: frozenset[str]  #: numbers that are said digit by digit wherever nothing is counted
    short_numbers: frozenset[str]  #: the same, where the sentence speaks of calling or texting
    known: frozenset[str]  #: words in small letters that need not look Vietnamese
    unit: re.Pattern[str]
    lone_unit: re.Pattern[str]  #: one that can be nothing else, without a number: "m2", "km/h"


def load(own: Path | None = None) -> Dictionary:
    """
    The shipped dictionary, with the home's own when there is one.

    Raises `DictionaryError` with every mistake of either.
    """
    return _load(own if own and own.is_file() else None)


@cache
def _load(own: Path | None) -> Dictionary:
    files = [SHIPPED, own] if own else [SHIPPED]
    read = [_read(file) for file in files]
    wrong = [line for _, lines in read for line in lines]
    if wrong:
        raise DictionaryError(wrong)
    return build(_merged(data for data, _ in read))


def _read(file: Path) -> tuple[dict[str, Any], list[Mistake]]:
    try:
        text = nfc(file.read_bytes().decode("utf-8-sig"))
        data = tomllib.loads(text)
    except UnicodeDecodeError:
        return {}, [Mistake("", "", f"{file.name}: không phải mã UTF-8; hãy lưu lại ở dạng UTF-8",
                            f"{file.name}: not UTF-8; save it as UTF-8")]
    except tomllib.TOMLDecodeError as bad:
        return {}, [Mistake(
            "", "",
            f'{file.name}: sai cú pháp TOML ({bad}); mỗi dòng có dạng "viết" = "đọc"',
            f'{file.name}: not TOML ({bad}); each line is "written" = "said"',
        )]
    return data, mistakes(data, text, file.name)


def _merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One dictionary: a later word wins, a later context is asked first, lists grow."""
    whole: dict[str, Any] = {}
    for part in parts:
        for section, value in part.items():
            if section == "context":
                whole[section] = [*value, *whole.get(section, [])]
            elif section in ("abbreviations", "names"):
                for other in ("abbreviations", "names"):
                    whole[other] = {k: v for k, v in whole.get(other, {}).items()
                                    if k not in value}
                whole[section] |= value
            else:
                old = whole.setdefault(section, {})
                for key, new in value.items():
                    old[key] = [*old.get(key, []), *new] if isinstance(new, list) else new
    return whole


def build(data: dict[str, Any]) -> Dictionary:
    """The dictionary from checked data, see `vocabulary.mistakes`."""
    phone, counted = data.get("phone", {}), data.get("counted", {})
    places = data.get("places", {}).get("names", [])
    units = data.get("units", {})
    return Dictionary(
        entries=_entries(data),
        units=units,
        roads=data.get("roads", {}),
        issuers=data.get("issuers", {}),
        kinds=data.get("kinds", {}),
        web=_web(data, places),
        places=frozenset(p.lower() for p in places),
        counted=_begins_with(counted.get("things", []) + counted.get("people", [])),
        people=_begins_with(counted.get("people", [])),
        services=frozenset(phone.get("services", [])),
        short_numbers=frozenset(phone.get("short_numbers", [])),
        known=_known(data),
        unit=_any_unit(units),
        lone_unit=_lone_unit(units),
    )


def _entries(data: dict[str, Any]) -> dict[str, tuple[Entry, ...]]:
    contexts: dict[str, list[Context]] = {}
    for rule in data.get("context", []):
        contexts.setdefault(rule["written"], []).append(
            Context(rule["said"], tuple(rule.get("next", ())), tuple(rule.get("previous", ())))
        )
    abbreviations: dict[str, str] = data.get("abbreviations", {})
    found = [
        Entry(w, True, abbreviations.get(w), "abbreviation", tuple(contexts.get(w, ())))
        for w in {**abbreviations, **contexts}
    ]
    for written, said in data.get("names", {}).items():
        exact = written.isupper() and len(written) > 1
        found.append(Entry(written if exact else written.lower(), exact, said, "name"))
    index: dict[str, list[Entry]] = {}
    for entry in sorted(found, key=lambda e: -len(e.written)):
        first = _TOKEN.search(entry.written)
        if first:
            index.setdefault(first[0].lower(), []).append(entry)
    return {first: tuple(entries) for first, entries in index.items()}


def _web(data: dict[str, Any], places: list[str]) -> dict[str, str]:
    """Words of addresses: those listed, places, names of sites, abbreviations by letters."""
    known = {plain(a).lower(): spell(a) for a in data.get("abbreviations", {})
             if a.isupper() and a.isalpha()}
    known |= {plain(p).lower().replace(" ", ""): p.lower() for p in places}
    known |= {n.lower(): said for n, said in data.get("names", {}).items()
              if n.isascii() and n.isalnum()}
    return {**known, **data.get("web", {})}


def _known(data: dict[str, Any]) -> frozenset[str]:
    said = [
        *data.get("abbreviations", {}).values(), *data.get("names", {}).values(),
        *data.get("units", {}).values(), *data.get("web", {}).values(),
        *data.get("issuers", {}).values(), *data.get("kinds", {}).values(),
        *data.get("roads", {}).values(), *(c["said"] for c in data.get("context", [])),
        *data.get("places", {}).get("names", []), *data.get("words", {}).get("known", []),
    ]  # fmt: skip
    return frozenset(w.lower() for text in said for w in _TOKEN.findall(text))


def _begins_with(phrases: list[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\s+(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)")


def _any_unit(units: Mapping[str, str]) -> re.Pattern[str]:
    """A unit right behind a number, or after one space."""
    longest_first = sorted(units, key=len, reverse=True)
    return re.compile(rf"\s?({'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)")


def _lone_unit(units: Mapping[str, str]) -> re.Pattern[str]:
    alone = [u for u in units if len(u) > 1 and u[0].isalpha() and not u.isupper()
             and not is_syllable(u)]
    longest_first = sorted(alone, key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)")
