"""An item as people will meet it, channel by channel, while it is being written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.options import foreign_links
from vietnamese import sms
from vietnamese.bare import ambiguous
from vietnamese.plain import unplainable
from vietnamese.spoken import speak
from vietnamese.urls import contains_url
from worker.i18n import t
from worker.items.fields import fill
from worker.items.model import ItemContent
from worker.items.preview import looks
from worker.items.words import word_of
from worker.models import Campaign
from worker.programme.model import ChannelConfig, Programme
from worker.radio.script import VIETNAMESE, Part, ScriptLine, filled
from worker.renderer import TAGS, fill_texts, render
from worker.scope import WHOLE, Scope
from worker.specs import FOLDERS, SMS, render_spec

#: the order of a bulletin; what is said again stands once here
_ORDER: tuple[Part, ...] = ("opening", "greeting", "intro", "body", "todo", "hotline", "closing")
#: tags of an article that begin a line
_BLOCKS = frozenset({"p", "h2", "h3", "li", "br", "ul", "ol"})
#: said at its own place on the page
_SAID_ELSEWHERE = frozenset({"spoken"})


@dataclass(frozen=True)
class Sms:
    """One writing of a text message."""

    accents: bool
    goes_out: bool  #: the channel sends this one
    parts: tuple[str, ...]  #: as the network cuts it
    units: int
    encoding: str
    dear: tuple[str, ...]  #: characters that make every part 70 instead of 160
    double: tuple[str, ...]  #: characters that count two
    refused: tuple[str, ...]  #: characters that gateways refuse
    dong: int | None  #: price of one such message


@dataclass(frozen=True)
class Spoken:
    """One line of the script; `pieces`: what is written, and why a piece is not sure."""

    pieces: tuple[tuple[str, str], ...]
    voice: str
    person: str


@dataclass(frozen=True)
class Look:
    """One channel."""

    id: str
    name: str
    kind: str  #: its folder below templates/: sms, facebook, website …
    row: Mapping[str, Any]  #: of `preview.looks`
    target: str
    problems: tuple[tuple[str, str], ...]  #: what, and what to do
    texts: tuple[Sms, ...] = ()
    misread: tuple[str, ...] = ()
    script: tuple[Spoken, ...] = ()
    unsure: tuple[tuple[str, str], ...] = ()  #: words the voice may read wrongly, and why
    article: tuple[tuple[str, str], ...] = ()  #: ("open", tag), ("text", words), ("close", tag)
    links: tuple[str, ...] = ()  #: addresses in the text that may stand there
    max_seconds: int | None = None

    @property
    def voice(self) -> str:
        """What the machine's voice reads, once through."""
        return "\n".join(line.voice for line in self.script)


def look(
    session: Session, programme: Programme, content: ItemContent, folders: tuple[Path, ...],
    now: datetime, scope: Scope = WHOLE,
) -> list[Look]:
    """Every enabled channel."""
    channels = {c.id: c for c in programme.channels}
    return [_one(session, programme, content, folders, channels[row["channel"]], row)
            for row in looks(programme, content, folders, now, scope)]


def _one(
    session: Session, programme: Programme, content: ItemContent, folders: tuple[Path, ...],
    channel: ChannelConfig, row: Mapping[str, Any],
) -> Look:
    spec = render_spec(channel.type, channel.options)
    problems = tuple(_in_words(p) for p in row["problems"] if p["code"] not in _SAID_ELSEWHERE)
    values: Mapping[str, str] = row["values"]
    common = {"id": channel.id, "name": channel.name, "kind": FOLDERS[channel.type], "row": row,
              "target": row["target_name"], "problems": problems,
              "links": _links(row["text"], programme)}
    if channel.type in SMS and row["text"]:
        price = _dong_per_part(session, channel.id)
        return Look(**common, texts=tuple(_writings(content, channel, folders, values, price)),
                    misread=_misread(content, channel))
    if spec.max_seconds is not None or channel.type == "loudspeaker":
        script = tuple(_script(row["lines"], values, content))
        unsure = dict.fromkeys(piece for line in script for piece in line.pieces if piece[1])
        return Look(**common, script=script, unsure=tuple(unsure), max_seconds=spec.max_seconds)
    if spec.media == "html":
        return Look(**common, article=tokens(row["text"]))
    return Look(**common, misread=_misread(content, channel) if spec.plain else ())


def _in_words(problem: Mapping[str, str]) -> tuple[str, str]:
    """With what to do on the page instead of a command."""
    here = {
        "fact": t("điền ở ô số liệu của tin", "fill it in below, under facts"),
        "field": t("sửa chỗ {{ }} trong lời, hoặc nhờ quản trị ghi giá trị ở phần đơn vị",
                   "mend the {{ }}, or have the value set for the organisation"),
    }
    return problem["what"], here.get(problem["code"], problem["fix"])


def _links(text: str, programme: Programme) -> tuple[str, ...]:
    found = contains_url(text) if "." in text else []
    foreign = set(foreign_links(found, programme.settings.allowed_domains))
    return tuple(link for link in dict.fromkeys(found) if link not in foreign)


# ------------------------------------------------------------------ text messages


def _writings(
    content: ItemContent, channel: ChannelConfig, folders: tuple[Path, ...],
    values: Mapping[str, str], price: int | None,
) -> Iterator[Sms]:
    """With accents and without: what each costs, and which of them goes out."""
    sent = bool(render_spec(channel.type, channel.options).plain)
    for bare in (True, False):
        one = channel.model_copy(update={"options": {**channel.options, "plain": bare}})
        texts = fill_texts(render(content, one, folders).texts, values, "text")
        if "text" not in texts or (bare and unplainable(texts["text"])):
            continue
        text = texts["text"]
        count = sms.count(text)
        yield Sms(
            accents=not bare, goes_out=bare == sent, parts=tuple(sms.split(text)),
            units=count.units, encoding=count.encoding, dear=count.forces_ucs2,
            double=() if count.forces_ucs2 else tuple(dict.fromkeys(
                c for c in text if c in sms.GSM_EXTENSION)),
            refused=sms.refused_characters(text),
            dong=count.parts * price if price else None)


def _dong_per_part(session: Session, channel: str) -> int | None:
    """As the newest campaign on this channel says."""
    return session.scalar(
        select(Campaign.dong_per_part)
        .where(Campaign.channel == channel, Campaign.dong_per_part > 0)
        .order_by(Campaign.created_at.desc(), Campaign.id.desc()).limit(1))


def _misread(content: ItemContent, channel: ChannelConfig) -> tuple[str, ...]:
    own = content.texts.get(channel.template) or content.texts.get(FOLDERS[channel.type])
    return tuple(dict.fromkeys(
        t(f"«{a.bare}» ({a.word}) có thể đọc thành {', '.join(a.could_be)}: {a.why}",
          f"“{a.bare}” ({a.word}) may be read as {', '.join(a.could_be)}: {a.why}")
        for a in ambiguous(fill(own or content.body, content.facts))))


# ------------------------------------------------------------------ read aloud


def _script(
    lines: tuple[ScriptLine, ...], values: Mapping[str, str], content: ItemContent
) -> Iterator[Spoken]:
    waived = {word_of(word) for word in content.waived}
    for line in sorted((x for x in lines if x.part in _ORDER), key=lambda x: _ORDER.index(x.part)):
        said = filled(line, values)
        vietnamese = line.language == VIETNAMESE
        pieces = tuple((fill(text, values), why) for text, why in _pieces(line.written, waived)
                       ) if vietnamese else ((fill(line.written, values), ""),)
        yield Spoken(pieces, said.voice if said else line.voice, said.person if said else
                     line.person)


def _pieces(text: str, waived: set[str]) -> Iterator[tuple[str, str]]:
    """The line, cut where the voice would stumble."""
    place = 0
    for found in speak(text).findings:
        if found.start < place or word_of(found.text) in waived:
            continue
        if found.start > place:
            yield text[place:found.start], ""
        yield found.text, found.why
        place = found.end
    if place < len(text):
        yield text[place:], ""


# ------------------------------------------------------------------ an article


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs  # nothing in a preview leads anywhere
        if tag in TAGS:
            self.found.append(("open", tag))

    def handle_endtag(self, tag: str) -> None:
        if tag in TAGS and tag != "br":
            self.found.append(("close", tag))

    def handle_data(self, data: str) -> None:
        self.found.append(("text", data))


def tokens(html: str) -> tuple[tuple[str, str], ...]:
    """Sanitised HTML as tags and words, so that a page prints the words escaped, as all others."""
    parser = _Tokens()
    parser.feed(html)
    parser.close()
    return tuple(parser.found)


def in_words(html: str) -> str:
    """The words of an article, a line for each block."""
    words = "".join("\n" if kind != "text" and value in _BLOCKS else
                    value if kind == "text" else "" for kind, value in tokens(html))
    return re.sub(r"\s*\n\s*", "\n", words).strip()
