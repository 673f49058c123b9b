"""One message as anybody may read it: what was said, by whom, where, when, what became of it."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Final

from sqlalchemy.orm import Session

from worker.home import every_programme
from worker.items.fields import PLACEHOLDER
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import ResolvedTarget, candidates
from worker.specs import HTML, SMS

#: how the public knows a channel; another type goes by the channel's own name
MEDIA: Final = {
    "sms_http": "Tin nhắn SMS", "sms_smpp": "Tin nhắn SMS", "facebook": "Facebook",
    "wordpress": "Trang thông tin", "static_site": "Trang thông tin",
    "loudspeaker": "Loa truyền thanh", "box": "Loa truyền thanh", "zalo_oa": "Zalo",
    "board": "Bảng điện tử", "cap": "Nguồn cảnh báo CAP",
}
HIDDEN = "…"  #: stands for what only its receiver reads


@dataclass(frozen=True)
class Correction:
    """What is right instead of a message that was recalled."""

    text: str
    when: datetime
    id: str


@dataclass(frozen=True)
class Entry:
    """
    `id`: 8 letters of its code, or 16 of its own where the text shows no code. `pieces`: the
    text between its receivers' own fields, which are never written out.
    """

    id: str
    code: str  #: "GV-…" where the text shows it, else ""
    title: str
    pieces: tuple[str, ...]
    media: str
    sender: str  #: SMS sender name, page, site or station; "" where it is personal
    organisation: str
    when: datetime
    day: date
    recalled: bool = False
    recalled_at: datetime | None = None
    correction: Correction | None = None

    @property
    def text(self) -> str:
        return HIDDEN.join(self.pieces)


def pieces_of(text: str) -> tuple[str, ...]:
    """A text cut where a field is still open: no value of a list is ever known here."""
    parts: list[str] = PLACEHOLDER.split(text)
    return tuple(parts[::2])  # the pattern's group, the field's name, stands between


def id_of(code: str, *apart: str) -> str:
    """Of its code; without one, of what tells it apart from the others, and longer."""
    if code:
        return code.removeprefix("GV-")
    digest = hashlib.sha256("\x1f".join(apart).encode()).digest()
    return base64.b32encode(digest[:10]).decode("ascii")


def as_text(html: str) -> str:
    """Our own sanitised HTML as lines of text."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "h2", "h3", "li", "ul", "ol"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))


@dataclass(frozen=True)
class From:
    """Who speaks through a channel, an account and a target."""

    media: str
    sender: str
    organisation: str
    html: bool = False
    titled: bool = False  #: its readers see the title above the text


class Senders:
    """
    Names as they were: a channel or a target that the programme no longer has is looked for in
    older ones. Each is looked for once.
    """

    def __init__(self, session: Session, programme: Programme) -> None:
        self._session = session
        self._programme = programme
        self._older: Iterator[Programme] | None = None
        self._read: list[Programme] = [programme]
        self._known: dict[tuple[str, str, str, date], From] = {}

    def of(self, channel: str, account: str, target: str, day: date) -> From:
        """`target`: "" for a campaign, which speaks for the whole programme's body."""
        key = (channel, account, target, day)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, channel: str, account: str, target: str, day: date) -> From:
        for programme in self._programmes():
            config = next((c for c in programme.channels if c.id == channel), None)
            receiver = _receiver(programme, config, target) if config and target else None
            if config is None or (target and receiver is None):
                continue
            html = config.type in HTML
            return From(MEDIA.get(config.type, config.name), _sender(config, account, receiver),
                        _body(programme, receiver, day), html, html or config.type == "cap")
        return From(channel, "", _body(self._programme, None, day))

    def _programmes(self) -> Iterator[Programme]:
        yield from self._read
        if self._older is None:
            self._older = every_programme(self._session)
        for programme in self._older:
            self._read.append(programme)
            yield programme


def _receiver(
    programme: Programme, config: ChannelConfig, target: str
) -> ResolvedTarget | None:
    return next((x for x in candidates(programme, config) if x.id == target), None)


def _sender(config: ChannelConfig, account: str, receiver: ResolvedTarget | None) -> str:
    if config.type in SMS:
        options = next((a.options for a in config.accounts if a.id == account), {})
        return str(options.get("sender", ""))
    if receiver is None or receiver.address.startswith(("env:", "file:")):
        return ""  # whose address is personal, its name may be
    return receiver.name


def _body(programme: Programme, receiver: ResolvedTarget | None, day: date) -> str:
    named = (receiver.organisation if receiver else None) or programme.organisation
    body = programme.organisation_on(named, day)
    return body.name if body else programme.name

