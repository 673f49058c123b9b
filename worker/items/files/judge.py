"""
From what stands in a file to items: every rule that needs more than one cell.

All mistakes of an entry are found, not the first; an entry with a mistake yields no item.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

from vietnamese.plain import slug
from worker.i18n import t
from worker.items.fields import FIELDS, PLACEHOLDER, names_in, unknown_names
from worker.items.model import ItemContent
from worker.programme.model import Priority, Purpose

from .columns import CHANNEL_TEXTS, COLUMNS, PRIORITY_NAMES, PURPOSE_NAMES, Value, variant
from .names import Names, did_you_mean
from .pictures import pictures
from .places import Found, Place
from .text import MAX_ENTRIES, MAX_LINE

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_PRIORITIES = Names(PRIORITY_NAMES)
_PURPOSES = Names(PURPOSE_NAMES)
_LANGUAGE_NAMES = {"tieng-viet": "vi", "viet": "vi", "tieng-anh": "en"}
_TITLE = 150
#: Outside it is a slip of the keyboard (0205, 20255), and Excel knows no day before 1900.
_YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Known:
    """What the programme knows, and where pictures lie."""

    themes: Names
    audiences: Names
    areas: Names
    images_dir: Path
    brought: Path | None = None  #: pictures that came by a form, maybe on another machine


@dataclass(frozen=True)
class Entry:
    """One item as it stands in the file: tidy values, and the place of each."""

    place: Place
    values: Mapping[str, Value | date]
    places: Mapping[str, Place] = field(default_factory=dict)
    bad: frozenset[str] = frozenset()  #: keys that hold something we could not take: said already

    def at(self, key: str) -> Place:
        """The place of a value, or of the whole entry where the file does not have it."""
        return self.places.get(key, self.place)

    def text(self, key: str) -> str:
        return cast("str", self.values.get(key, ""))

    def list(self, key: str) -> list[str]:
        return cast("list[str]", self.values.get(key, []))

    def date(self, key: str) -> date | None:
        return cast("date | None", self.values.get(key))


def judge(entries: Sequence[Entry], known: Known, found: Found) -> list[ItemContent]:
    """The items, without those in which a mistake was found."""
    first_with: dict[str, Place] = {}
    items = []
    for entry in entries:
        item = _item(entry, known, found)
        name = entry.text("id")
        if name and name in first_with:
            what = t(
                f"mã «{name}» đã có ở {first_with[name].words}",
                f"id «{name}» already stands at {first_with[name].words}",
            )
            fix = t("mỗi tin một mã khác nhau", "give every item an id of its own")
            found.mistakes.append(entry.at("id").mistake(what, fix))
        first_with.setdefault(name, entry.at("id"))
        if item is not None:
            items.append(item)
    return items


def _item(entry: Entry, known: Known, found: Found) -> ItemContent | None:
    before = len(found.mistakes)
    _sizes(entry, found)
    _id(entry, found)
    _title(entry, found)
    _some_text(entry, found)
    facts = _facts(entry, found)
    _placeholders(entry, facts, found)
    _dates(entry, found)
    theme = known.themes.one(entry, "theme", found, required="theme" not in entry.bad)
    priority = _PRIORITIES.one(entry, "priority", found) or "thong_thuong"
    purpose = _PURPOSES.one(entry, "purpose", found) or "cong_ich"
    audience = known.audiences.many(entry, "audience", found) or ("tat_ca",)
    area = known.areas.many(entry, "area", found)
    images = pictures(entry, known.images_dir, found, known.brought)
    language = _language(entry, found)
    if entry.bad or len(found.mistakes) > before:
        return None
    return ItemContent(
        id=entry.text("id"),
        title=entry.text("title"),
        theme=theme,
        body=entry.text("body"),
        texts={name: entry.text(name) for name in _texts(entry) if entry.text(name)},
        summary=entry.text("summary"),
        what_to_do=entry.text("what_to_do"),
        audience=audience,
        area=area,
        priority=cast("Priority", priority),
        purpose=cast("Purpose", purpose),
        language=language,
        source=entry.text("source"),
        valid_from=entry.date("valid_from"),
        valid_to=entry.date("valid_to"),
        legal_basis=tuple(entry.list("legal_basis")),
        hotline=tuple(entry.list("hotline")),
        images=images,
        requires=tuple(entry.list("requires")),
        facts=facts,
        note=entry.text("note"),
        scam=entry.text("scam"),
    )


def _texts(entry: Entry) -> tuple[str, ...]:
    """The texts of channels, then those for stations in other languages."""
    return (*CHANNEL_TEXTS, *(key for key in entry.values if variant(key)))


def _sizes(entry: Entry, found: Found) -> None:
    for column in COLUMNS:
        if column.key == "title":
            continue
        lines = entry.list(column.key) if column.shape == "list" else []
        if column.shape == "line":
            lines = [entry.text(column.key)]
        long = next((line for line in lines if len(line) > MAX_LINE), None)
        if long is not None:
            what = t(
                f"«{long[:30]}…» dài {len(long)} ký tự, tối đa {MAX_LINE}",
                f"«{long[:30]}…» has {len(long)} characters, at most {MAX_LINE}",
            )
            found.mistakes.append(entry.at(column.key).mistake(what, t("rút ngắn", "shorten it")))
        if len(lines) > MAX_ENTRIES:
            what = t(
                f"có {len(lines)} mục, tối đa {MAX_ENTRIES}",
                f"{len(lines)} entries, at most {MAX_ENTRIES}",
            )
            found.mistakes.append(entry.at(column.key).mistake(what, t("bớt đi", "leave some out")))


def _id(entry: Entry, found: Found) -> None:
    given = entry.text("id")
    if _ID.fullmatch(given) or "id" in entry.bad:
        return
    proposal = slug(given or entry.text("title"))[:63].strip("-")
    what = t(f"mã tin «{given}» không dùng được", f"«{given}» cannot be an id")
    if not given:
        what = t("thiếu mã tin", "the id is missing")
    fix = t(
        "chỉ dùng chữ thường không dấu, số, gạch nối", "use lower-case letters, digits and hyphens"
    )
    if proposal:
        fix += t(f", ví dụ «{proposal}»", f", such as «{proposal}»")
    found.mistakes.append(entry.at("id").mistake(what, fix))


def _title(entry: Entry, found: Found) -> None:
    title = entry.text("title")
    if not title and "title" not in entry.bad:
        what = t("thiếu tiêu đề", "the title is missing")
        found.mistakes.append(entry.at("title").mistake(what, t("viết tiêu đề", "write a title")))
    elif len(title) > _TITLE:
        what = t(
            f"tiêu đề dài {len(title)} ký tự, tối đa {_TITLE}",
            f"the title has {len(title)} characters, at most {_TITLE}",
        )
        found.mistakes.append(entry.at("title").mistake(what, t("rút ngắn", "shorten it")))


def _some_text(entry: Entry, found: Found) -> None:
    if any(entry.text(key) or key in entry.bad for key in ("body", *CHANNEL_TEXTS)):
        return
    what = t("tin chưa có lời nào", "the item has no text")
    fix = t(
        "viết «Nội dung chung» (body) hoặc lời cho ít nhất một kênh",
        "write «body» or the text of one channel at least",
    )
    found.mistakes.append(entry.place.mistake(what, fix))


def _facts(entry: Entry, found: Found) -> dict[str, str]:
    fix = t(
        "chỉ dùng chữ thường không dấu, số, gạch dưới, ví dụ so_vu",
        "use lower-case letters, digits and underscores, such as so_vu",
    )
    for name in entry.list("requires"):
        if not _NAME.fullmatch(name):
            what = t(f"tên số liệu «{name}» không dùng được", f"«{name}» cannot name a fact")
            found.mistakes.append(entry.at("requires").mistake(what, fix))
    facts = {}
    for line in entry.list("facts"):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not _NAME.fullmatch(name):
            what = t(f"«{line}» không phải số liệu", f"«{line}» is no fact")
            how = t("viết tên = giá trị, ví dụ so_vu = 12", "write name = value, as so_vu = 12")
            found.mistakes.append(entry.at("facts").mistake(what, how))
        elif value:
            facts[name] = value
    return facts


def _placeholders(entry: Entry, facts: Mapping[str, str], found: Found) -> None:
    own = {*entry.list("requires"), *facts}
    allowed = ", ".join(f"{{{{ {name} }}}}" for name in (*FIELDS, *sorted(own)))
    for key in ("title", "body", *_texts(entry), "summary", "what_to_do"):
        text = entry.text(key)
        unknown = unknown_names(text, own)
        rest = PLACEHOLDER.sub("", text)
        if unknown:
            names = ", ".join(f"{{{{ {name} }}}}" for name in unknown)
            guess = did_you_mean(unknown[0], (*FIELDS, *own))
            what = t(f"không có chỗ điền {names}", f"nothing fills {names}")
            fix = guess + t(f"dùng được: {allowed}", f"these can stand: {allowed}")
            found.mistakes.append(entry.at(key).mistake(what, fix))
        elif "{{" in rest or "}}" in rest:
            what = t("dấu {{ }} viết sai", "{{ }} is written wrongly")
            fix = t(f"viết như: {allowed}", f"write it as one of: {allowed}")
            found.mistakes.append(entry.at(key).mistake(what, fix))
    for key in ("source", "note"):
        if names_in(entry.text(key)):
            what = t("ở đây không điền {{ }}", "{{ }} is not filled here")
            found.mistakes.append(entry.at(key).mistake(what, t("viết hẳn ra", "write it out")))


def _dates(entry: Entry, found: Found) -> None:
    first, last = entry.date("valid_from"), entry.date("valid_to")
    for key, day in (("valid_from", first), ("valid_to", last)):
        if day is not None and day.year not in _YEARS:
            what = t(f"năm {day.year} có vẻ gõ nhầm", f"the year {day.year} looks mistyped")
            fix = t("viết năm từ 2000 đến 2100", "write a year from 2000 to 2100")
            found.mistakes.append(entry.at(key).mistake(what, fix))
    if first and last and last < first:
        what = t(
            f"hết hiệu lực ({last:%d/%m/%Y}) trước khi có hiệu lực ({first:%d/%m/%Y})",
            f"ends ({last:%d/%m/%Y}) before it begins ({first:%d/%m/%Y})",
        )
        fix = t("xem lại hai ngày", "look at both days again")
        found.mistakes.append(entry.at("valid_to").mistake(what, fix))


def _language(entry: Entry, found: Found) -> str:
    given = entry.text("language") or "vi"
    language = _LANGUAGE_NAMES.get(slug(given), given)
    if not _LANGUAGE.fullmatch(language):
        what = t(f"«{given}» không phải mã ngôn ngữ", f"«{given}» is no language code")
        fix = t("viết vi cho tiếng Việt", "write vi for Vietnamese")
        found.mistakes.append(entry.at("language").mistake(what, fix))
    return language
