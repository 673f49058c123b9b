"""What may stand in `dictionary.toml`, and what is wrong with one, line by line."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from vietnamese.syllables import is_syllable

#: Sections whose lines are ``"as written" = "as said"``.
READINGS = ("abbreviations", "names", "units", "roads", "issuers", "kinds", "web")
#: Sections of lists, with their keys.
LISTS = {
    "phone": ("services", "short_numbers"),
    "places": ("names",),
    "counted": ("things", "people"),
    "words": ("known",),
}
#: Conditions of a [[context]] that stand for more than themselves.
SPECIAL = ("<số>", "<năm>", "<tên>", "<nơi>", "<điện thoại>", "<hết>")

_SAID = re.compile(r"[^\W\d_]+(?:,? [^\W\d_]+|-[^\W\d_]+)*")
_WEB_WORD = re.compile(r"[a-z0-9]+")
_KEYS = {"written", "said", "next", "previous"}


class Mistake(NamedTuple):
    """What is wrong and what to write instead, in both languages, and where it stands."""

    section: str
    key: str
    vi: str
    en: str


def mistakes(data: dict[str, Any], text: str, file: str) -> list[Mistake]:
    """Every mistake in the order of the sections, its sentences with "file:line: [section]"."""
    found = [*_sections(data), *_readings(data), *_lists(data), *_contexts(data), *_twice(data)]
    return [_placed(m, f"{file}:{_line(text, m.section, m.key)}: [{m.section}] ") for m in found]


def _placed(one: Mistake, where: str) -> Mistake:
    key = f"{one.key}: " if one.key else ""
    return one._replace(vi=f"{where}{key}{one.vi}", en=f"{where}{key}{one.en}")


def _sections(data: dict[str, Any]) -> Iterator[Mistake]:
    known = (*READINGS, *LISTS, "context")
    for name, value in data.items():
        if name not in known:
            listed = ", ".join(known)
            yield Mistake(name, "", f"mục lạ; các mục có thể dùng: {listed}",
                          f"no such section; use one of: {listed}")
        elif not isinstance(value, list if name == "context" else dict):
            head = "[[context]]" if name == "context" else f"[{name}]"
            yield Mistake(name, "", f"viết sai dạng; hãy bắt đầu mục bằng một dòng {head}",
                          f"wrong form; begin the section with a line {head}")


def _readings(data: dict[str, Any]) -> Iterator[Mistake]:
    for section in READINGS:
        lines = data.get(section, {})
        for written, said in lines.items() if isinstance(lines, dict) else ():
            if wrong := _wrong_reading(said):
                yield Mistake(section, written, *wrong)
            elif not written.strip() or written != written.strip():
                yield Mistake(section, written, "chữ viết trống hoặc thừa dấu cách; hãy bỏ đi",
                              "empty, or spaces round it; take them out")
            elif section == "web" and not _WEB_WORD.fullmatch(written):
                yield Mistake(section, written, "chữ trong địa chỉ chỉ gồm a-z và 0-9, không dấu",
                              "a word of an address is a-z and 0-9, without accents")
            elif section in ("abbreviations", "names") and not any(map(str.isalnum, written)):
                yield Mistake(section, written, "phải có ít nhất một chữ cái hoặc chữ số",
                              "it needs a letter or a figure at least")


def _wrong_reading(said: Any) -> tuple[str, str] | None:
    if not isinstance(said, str) or not said.strip():
        return ("thiếu cách đọc; hãy viết cách đọc bằng chữ trong dấu ngoặc kép",
                "no reading; write how it is said, in words, in quotation marks")
    if not _SAID.fullmatch(said):
        return (
            f"cách đọc “{said}” có chữ số, ký hiệu hoặc thừa dấu cách; hãy viết bằng lời",
            f"the reading “{said}” has figures, signs or stray spaces; write it in words",
        )
    left = ", ".join(w for w in re.findall(r"\w+", said)
                     if len(w) > 1 and w.isupper() and not is_syllable(w))
    if left:
        return (f"cách đọc “{said}” còn chữ viết tắt {left}; hãy viết đầy đủ",
                f"the reading “{said}” still holds the abbreviation {left}; write it in full")
    return None


def _lists(data: dict[str, Any]) -> Iterator[Mistake]:
    for section, keys in LISTS.items():
        lines = data.get(section, {})
        for key, value in lines.items() if isinstance(lines, dict) else ():
            if key not in keys:
                yield Mistake(section, key, f"tên lạ; ở đây có thể dùng: {', '.join(keys)}",
                              f"no such name; use one of: {', '.join(keys)}")
            elif not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                yield Mistake(section, key, "phải là danh sách chữ trong ngoặc vuông",
                              "it must be a list of texts in square brackets")
            elif section == "phone" and (bad := [v for v in value if not v.isdecimal()]):
                yield Mistake(section, key, f"“{bad[0]}” không phải số; hãy viết liền các chữ số",
                              f"“{bad[0]}” is no number; write its figures without a gap")
            elif any(not v.strip() for v in value):
                yield Mistake(section, key, "có phần trống; hãy bỏ đi",
                              "one part is empty; take it out")


def _contexts(data: dict[str, Any]) -> Iterator[Mistake]:
    rules = data.get("context", [])
    for rule in rules if isinstance(rules, list) else ():
        written = rule.get("written") if isinstance(rule, dict) else None
        if not isinstance(written, str) or not any(map(str.isalnum, written)):
            yield Mistake("context", "", 'thiếu written; hãy ghi chữ viết tắt: written = "TT"',
                          'written is missing; name the abbreviation: written = "TT"')
            continue
        if strange := ", ".join(sorted(set(rule) - _KEYS)):
            names = ", ".join(sorted(_KEYS))
            yield Mistake("context", written, f"{strange} là tên lạ; chỉ dùng {names}",
                          f"no such name: {strange}; use {names}")
        if wrong := _wrong_reading(rule.get("said")):
            yield Mistake("context", written, *wrong)
        if not rule.get("next") and not rule.get("previous"):
            yield Mistake(
                "context", written,
                "thiếu điều kiện; hãy ghi next hoặc previous, hoặc chuyển sang mục [abbreviations]",
                "no condition; give next or previous, or move it to [abbreviations]",
            )
        for key in ("next", "previous"):
            yield from _wrong_condition(written, key, rule.get(key, []))


def _wrong_condition(written: str, key: str, value: Any) -> Iterator[Mistake]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        yield Mistake("context", written, f"{key} phải là danh sách chữ trong ngoặc vuông",
                      f"{key} must be a list of texts in square brackets")
        return
    for one in value:
        if one.startswith("<") and (one not in SPECIAL or key == "previous"):
            listed = ", ".join(SPECIAL)
            yield Mistake("context", written, f"{key} có “{one}”; chỉ next dùng được {listed}",
                          f"{key} has “{one}”; only next may use {listed}")


def _twice(data: dict[str, Any]) -> Iterator[Mistake]:
    names, abbreviations = data.get("names", {}), data.get("abbreviations", {})
    if not isinstance(names, dict) or not isinstance(abbreviations, dict):
        return
    small: dict[str, str] = {}
    for written in names:
        if written in abbreviations:
            yield Mistake("names", written, "đã có ở [abbreviations]; chỉ giữ một nơi",
                          "it is in [abbreviations] as well; keep one")
        key = written if written.isupper() and len(written) > 1 else written.lower()
        if key in small:
            yield Mistake("names", written, f"trùng với {small[key]}; chỉ giữ một dòng",
                          f"the same as {small[key]}; keep one line")
        small[key] = written


def _line(text: str, section: str, key: str) -> int:
    """The line where the key stands below its head, from 1; the head's when it is not found."""
    lines = text.split("\n")
    head = re.compile(rf"\s*\[+\s*{re.escape(section)}\s*\]")
    start = next((i for i, line in enumerate(lines) if head.match(line)), 0)
    wanted = rf"\s*[\"']?{re.escape(key)}[\"']?\s*="
    if section == "context":
        wanted = rf"\s*written\s*=\s*[\"']{re.escape(key)}[\"']"
    for i in range(start, len(lines)) if key else ():
        if re.match(wanted, lines[i]):
            return i + 1
    return start + 1
