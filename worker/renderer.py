"""
From an item to the texts of a channel, and from those to what one target gets.

    item ─ render ─> rendition, fields open (approved, frozen) ─ fill_texts ─> text ─ measure

What does not fit is a `Problem` with its reason, never cut. `text` of a website is HTML; titles
and summaries are plain text everywhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import nh3

from channels.options import foreign_links
from channels.values import Problem, RenderSpec
from vietnamese import sms
from vietnamese.plain import nfc, plain, unplainable
from vietnamese.syllables import reading_seconds
from vietnamese.urls import contains_url
from worker.errors import UserError
from worker.i18n import english, t
from worker.items.fields import FIELDS, PLACEHOLDER, fill, names_in
from worker.items.model import ItemContent
from worker.programme.model import ChannelConfig
from worker.specs import FOLDERS, render_spec, template_folder
from worker.templates import fill_template

MARK = "TẬP HUẤN, KHÔNG PHÁT"

#: files of a template folder; only the first must be there
PARTS = ("text", "title", "summary")

TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "br", "a"}
_TAG = re.compile(r"</?([a-zA-Z][\w-]*)")
#: without a full stop like these, or "://", `contains_url` finds nothing
_MAYBE_LINK = re.compile(r"\.(?:\w|(?<=www\.)\S)", re.IGNORECASE)
_HIDDEN = re.compile("[\x00-\x1f\x85\u2028\u2029]")
_GAPS = re.compile(r"[ \t]*\n(?:[ \t]*\n)+[ \t]*")


@dataclass(frozen=True)
class ItemView:
    """What a template sees as `item`: the words for this channel, facts filled in, NFC."""

    id: str
    title: str
    text: str
    paragraphs: tuple[str, ...]  #: the text, cut at empty lines
    summary: str
    what_to_do: str
    hotline: tuple[str, ...]
    legal_basis: tuple[str, ...]
    source: str
    theme: str
    priority: str
    language: str


@dataclass(frozen=True)
class Rendered:
    """Texts with their fields open, and why they cannot be used as they are."""

    texts: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class TextMeasure:
    """How long a filled text is, and what of it does not fit the channel."""

    parts: int  #: SMS parts; 1 on every other channel
    seconds: int  #: reading time; 0 where nothing is read aloud
    chars: int
    problems: tuple[Problem, ...] = ()


def render(item: ItemContent, channel: ChannelConfig, folders: tuple[Path, ...]) -> Rendered:
    """
    The item through the channel's templates. UserError: a template is missing or broken.

    Without accents (`plain`) the result is pure ASCII, or untouched with a problem.
    """
    spec = render_spec(channel.type, channel.options)
    folder = template_folder(channel)
    view = item_view(item, folder, FOLDERS[channel.type])
    if not view.text:
        return Rendered({}, (Problem(
            "empty", t("tin không có lời cho kênh này", "the item has no text for this channel"),
            t("viết lời cho kênh, hoặc nội dung chung", "write its text, or the common body"),
        ),))
    texts = {}
    for part in PARTS:
        html = spec.media == "html" and part == "text"
        written = fill_template(folders, f"{folder}/{part}.j2", {"item": view}, html=html)
        if written is not None:
            texts[part] = _tidy(nfc(written), html=html)
    if "text" not in texts:
        raise UserError(
            f"templates/{folder}/text.j2", t("không có mẫu trình bày này", "no such template"),
            t("thêm tệp, hoặc sửa template của kênh trong schedules.toml",
              "add the file, or mend the channel's template in schedules.toml"),
        )
    problems = [*_bad_placeholders(texts)]
    if spec.media == "html":
        problems += _bad_tags(texts["text"])
        texts["text"] = _sanitised(texts["text"])
    if spec.plain:
        lost = unplainable("".join(texts.values()))
        problems += _lost(lost)
        texts = texts if lost else {part: plain(text) for part, text in texts.items()}
    return Rendered(texts, tuple(problems))


def fill_texts(texts: Mapping[str, str], values: Mapping[str, str], media: str) -> dict[str, str]:
    """
    Put the values into the open fields; a field without a value stays open.

    Into a text that is pure ASCII values go without their accents: never a mix. A value that
    breaks a field's rules (line break, address, too long) is not put in.
    """
    filled = {}
    for part, text in texts.items():
        html = media == "html" and part == "text"
        mine = {}
        for name in names_in(text):
            value = values.get(name)
            if value is not None and not value_problem(name, value):
                value = plain(value) if text.isascii() else nfc(value)
                mine[name] = escape(value) if html else value
        filled[part] = fill(text, mine)
    return filled


def value_problem(name: str, value: str) -> str:
    """Why this value may not fill the field, or ''."""
    if _HIDDEN.search(value):
        return t("có xuống dòng hoặc ký tự ẩn", "has a line break or a hidden character")
    if _addresses(value):
        return t("có địa chỉ web", "has a web address")
    if names_in(value) or "{{" in value:
        return t("có dấu {{", "has {{ in it")
    longest = FIELDS[name][1] if name in FIELDS else 0
    if len(value) > longest:
        return t(f"dài {len(value)} ký tự, tối đa {longest}",
                 f"{len(value)} characters, at most {longest}")
    return ""


def mark_training(texts: Mapping[str, str], media: str) -> dict[str, str]:
    """TẬP HUẤN, KHÔNG PHÁT in front of every text; measure before, it must not cost a fit."""
    return {part: _marked(text, html=media == "html" and part == "text")
            for part, text in texts.items()}


def _marked(text: str, *, html: bool) -> str:
    if html:
        return f"<p><strong>{MARK}</strong></p>\n{text}"
    mark = plain(MARK) if text.isascii() else MARK
    return f"{mark}\n{text}" if "\n" in text else f"{mark}. {text}"


def measure_texts(
    texts: Mapping[str, str], channel_type: str, options: Mapping[str, Any],
    allowed_domains: tuple[str, ...] = (),
) -> TextMeasure:
    """Lengths of filled texts and everything the channel would refuse."""
    return measure_by(texts, render_spec(channel_type, options), allowed_domains)


def measure_by(
    texts: Mapping[str, str], spec: RenderSpec, allowed_domains: tuple[str, ...]
) -> TextMeasure:
    """The same, for a channel whose limits are known."""
    measures = {part: _measure(text, spec, allowed_domains, english())
                for part, text in texts.items() if part != "text"}
    main = _measure(texts["text"], spec, allowed_domains, english())
    links = [p for m in measures.values() for p in m.problems if p.code == "url"]
    return replace(main, problems=(*main.problems, *links)) if links else main


@lru_cache(maxsize=4096)
def _measure(
    text: str, spec: RenderSpec, allowed: tuple[str, ...], _in_english: bool
) -> TextMeasure:
    """Kept for each language: what is wrong is said in the reader's own."""
    problems = [*_links(text, allowed)]
    if left := names_in(text):
        names = ", ".join(left)
        problems.append(Problem("field", t(f"chưa có giá trị cho {names}", f"no value for {names}"),
                                t("ghi vào đơn vị trong schedules.toml hoặc điền số liệu",
                                  "set it in schedules.toml, or fill in the fact")))
    if signs := _refused(text, spec.forbidden):
        problems.append(Problem("chars", t(f"cổng không nhận ký tự {signs}", f"refused: {signs}"),
                                t("viết bằng chữ", "write it in words")))
    if strange := _outside(text, spec.charset):
        problems.append(Problem("charset", t(f"không hiện được: {strange}", f"no such sign there: "
                                             f"{strange}"),
                                t("viết bằng chữ; bảng không có dấu thì đặt plain = true",
                                  "write it in words; set plain = true where it has no accents")))
    parts = sms.count(text).parts if spec.max_parts else 1
    seconds = reading_seconds(_words(text, spec)) if spec.max_seconds else 0
    problems += _too_long(parts, spec.max_parts, "SMS", "SMS")
    problems += _too_long(seconds, spec.max_seconds, "giây đọc", "seconds of reading")
    problems += _too_long(len(text), spec.max_chars, "ký tự", "characters")
    return TextMeasure(parts, seconds, len(text), tuple(problems))


def _refused(text: str, forbidden: str) -> str:
    """Signs of the text that may not go in, each once."""
    if not forbidden:
        return ""
    said = sms.without_label(PLACEHOLDER.sub("", text))
    return " ".join(c for c in dict.fromkeys(said) if c in forbidden)


def _outside(text: str, charset: str) -> str:
    """Characters that the channel does not have, each once; line breaks are its own business."""
    if not charset:
        return ""
    strange = dict.fromkeys(c for c in text if c not in charset and c != "\n")
    return " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in strange)


def _words(text: str, spec: RenderSpec) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", text)) if spec.media == "html" else text


def _too_long(found: int, limit: int | None, vi: str, en: str) -> list[Problem]:
    if limit is None or found <= limit:
        return []
    return [Problem("too-long", t(f"dài {found} {vi}, tối đa {limit}",
                                  f"{found} {en}, at most {limit}"),
                    t("rút ngắn lời cho kênh này", "shorten the text for this channel"))]


def _links(text: str, allowed: tuple[str, ...]) -> list[Problem]:
    foreign = foreign_links(_addresses(text), allowed)
    if not foreign:
        return []
    names = ", ".join(foreign)
    return [Problem("url", t(f"có đường dẫn ngoài danh sách: {names}", f"links to {names}"),
                    t("bỏ đường dẫn, hoặc thêm vào allowed_domains",
                      "leave it out, or add it to allowed_domains"))]


def _addresses(text: str) -> list[str]:
    if "://" not in text and not _MAYBE_LINK.search(text):
        return []  # the full search takes half a millisecond, and a year's plan has 10,000 texts
    return contains_url(text)


def item_view(item: ItemContent, folder: str, kind: str) -> ItemView:
    """The item as the templates of this folder see it; `kind`: the channel type's own folder."""
    def said(text: str) -> str:
        return nfc(fill(text, item.facts)).strip()

    text = said(item.texts.get(folder) or item.texts.get(kind) or item.body)
    return ItemView(
        id=item.id, title=said(item.title), text=text,
        paragraphs=tuple(p.strip() for p in _GAPS.split(text)),
        summary=said(item.summary), what_to_do=said(item.what_to_do),
        hotline=tuple(map(nfc, item.hotline)), legal_basis=tuple(map(nfc, item.legal_basis)),
        source=nfc(item.source), theme=item.theme, priority=item.priority,
        language=item.language,
    )


def _tidy(text: str, *, html: bool) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return lines if html else re.sub(r"\n{3,}", "\n\n", lines)


def _bad_placeholders(texts: Mapping[str, str]) -> list[Problem]:
    whole = "\n".join(texts.values())
    unknown = [name for name in names_in(whole) if name not in FIELDS]
    if unknown:
        names = ", ".join(unknown)
        return [Problem("fact", t(f"chưa điền {names}", f"not filled in: {names}"),
                        t("giovang fill TIN TÊN=GIÁ-TRỊ", "giovang fill ITEM NAME=VALUE"))]
    rest = PLACEHOLDER.sub("", whole)
    if "{{" in rest or "}}" in rest:
        return [Problem("field", t("dấu {{ }} viết sai", "{{ }} is written wrongly"),
                        t("xem lại lời của tin và mẫu", "look at the item and the template"))]
    return []


def _bad_tags(html: str) -> list[Problem]:
    foreign = sorted({tag.lower() for tag in _TAG.findall(html)} - TAGS)
    if not foreign:
        return []
    names = ", ".join(foreign)
    return [Problem("html", t(f"thẻ HTML không được dùng: {names}", f"HTML not allowed: {names}"),
                    t("bỏ các thẻ này khỏi mẫu", "take them out of the template"))]


def _sanitised(html: str) -> str:
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"https", "tel"},
                     link_rel="noopener")


def _lost(signs: list[str]) -> list[Problem]:
    if not signs:
        return []
    names = " ".join(signs)
    return [Problem("plain", t("không viết không dấu được: ", "has no plain form: ") + names,
                    t("thay bằng chữ", "write it in words"))]
