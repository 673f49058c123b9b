"""An item as its approver reads it: the frozen texts, and what changed since the last yes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese import collate, sms
from worker.errors import UserError
from worker.i18n import each, t
from worker.items.approval import may_approve
from worker.items.authority import authors
from worker.items.codes import short_code
from worker.items.fields import PLACEHOLDER
from worker.items.files.columns import EVERYONE_WORDS, PRIORITY_WORDS, PURPOSE_WORDS
from worker.items.history import words_apart
from worker.items.look import in_words
from worker.items.model import Image, ItemContent
from worker.items.queue_ import Waiting
from worker.models import Approval, Item, ItemVersion, Person, Rendition
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import candidates
from worker.programme.values import field_values, longest_values
from worker.radio.script import thawed
from worker.renderer import fill_texts
from worker.slots import local_date
from worker.specs import HTML, SMS, render_spec

Change = Literal["same", "gone", "new"]
#: parts of a bulletin in the order of reading; the others have a place of their own in it
_READ = ("opening", "greeting", "intro", "body", "again", "todo", "hotline", "closing")
#: what a field stands for, where it is filled in for each place
_FIELDS = {
    "dai": ("tên đài", "station"), "cong_an": ("tên công an sở tại", "local police"),
    "ubnd": ("tên UBND sở tại", "local committee"), "ngay": ("ngày phát", "day"),
    "duong_day_nong": ("đường dây nóng", "hotline"), "ky_ten": ("tên cơ quan ký", "signed by"),
    "gio": ("giờ phát", "hour"), "ma_tin": ("mã tin", "tag"), "ten": ("họ tên", "name"),
    "dia_chi": ("địa chỉ", "address"), "thon": ("thôn", "hamlet"), "xa": ("xã", "commune"),
}
#: fields stand as one sign each while words are compared
_PRIVATE = 0xE000


@dataclass(frozen=True)
class Piece:
    """Some words; `field`: filled in for each place, shown with the first one's value."""

    change: Change
    text: str
    field: bool = False


@dataclass(frozen=True)
class Said:
    """One part of what a channel says, as it reads beside the last approved text."""

    name: str
    pieces: tuple[Piece, ...]
    aside: bool = False  #: the same words as a machine says them: opened on demand

    @property
    def changed(self) -> bool:
        return any(p.change != "same" for p in self.pieces)

    @property
    def text(self) -> str:
        """Without what went."""
        return "".join(p.text for p in self.pieces if p.change != "gone")


@dataclass(frozen=True)
class Side:
    """One channel."""

    id: str
    name: str
    said: tuple[Said, ...]
    figure: str  #: parts, or reading time
    problems: tuple[str, ...]  #: why it does not air there
    changed: bool
    code: str  #: of its frozen texts, as printed on the sheet


@dataclass(frozen=True)
class Fact:
    """Something that is said of the item besides its texts; `before`: approved last."""

    name: str
    value: str
    before: str | None = None  #: None: as it was, or nothing was approved yet


@dataclass(frozen=True)
class Yes:
    """One approval, in names."""

    id: int
    by: str
    authority: str  #: in whose name; "" in their own
    at: datetime
    alone: bool
    reason: str
    recorded_by: str  #: "" on the page or the command line
    document: str
    signed_on: date | None


@dataclass(frozen=True)
class Review:
    """Everything on one page."""

    waits: Waiting
    state: str
    sha256: str
    authors: str
    submitted_by: str
    sides: tuple[Side, ...]
    facts: tuple[Fact, ...]
    pictures: tuple[Image, ...]
    before: int | None  #: the version approved last
    given: tuple[Yes, ...]
    why_not: str  #: why whoever asks may not approve it; "" they may
    for_whom: str  #: in whose name they would; "" in their own

    @property
    def code(self) -> str:
        return short_code(self.sha256)

    @property
    def fits(self) -> tuple[Side, ...]:
        return tuple(s for s in self.sides if not s.problems)

    @property
    def blocked(self) -> tuple[Side, ...]:
        return tuple(s for s in self.sides if s.problems)

    @property
    def changes(self) -> int:
        """Channels and facts that read differently than what was approved."""
        return sum(s.changed for s in self.sides) + sum(f.before is not None for f in self.facts)

    @property
    def may_alone(self) -> bool:
        return self.waits.needed > 1 and not self.given


class Reviewer:
    """Reads items for one person, with what they share read once."""

    def __init__(
        self, session: Session, now: datetime, programme: Programme, person: Person | None
    ) -> None:
        self._session = session
        self._now = now
        self._programme = programme
        self._person = person
        self._day = local_date(programme, now)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return dict(self._session.execute(select(Person.id, Person.name)).all())

    @cached_property
    def _longest(self) -> Mapping[str, str]:
        return longest_values(self._programme)

    def name(self, person: str | None) -> str:
        return self._names.get(person or "", person or "")

    def review(self, waits: Waiting) -> Review:
        session = self._session
        item = session.get_one(Item, waits.item_id)
        version = session.get_one(ItemVersion, (item.id, item.version))
        content = ItemContent.model_validate(version.content)
        approvals = session.scalars(
            select(Approval).where(Approval.item_id == item.id).order_by(Approval.id)).all()
        before = _approved_before(item, approvals)
        old = (ItemContent.model_validate(
            session.get_one(ItemVersion, (item.id, before)).content) if before else None)
        why_not, for_whom = self._may(item)
        return Review(
            waits=waits, state=item.state, sha256=version.renditions_sha256 or "",
            authors=", ".join(sorted(
                (self.name(a) for a in authors(session, item) if a), key=collate.name_key)),
            submitted_by=self.name(waits.submitted_by),
            sides=tuple(self._sides(item, before)),
            facts=tuple(self._facts(content, old)), pictures=content.images, before=before,
            given=tuple(self._yes(a) for a in approvals if a.version == item.version),
            why_not=why_not, for_whom=for_whom)

    def _may(self, item: Item) -> tuple[str, str]:
        if self._person is None:
            return "", ""
        if self._person.id in authors(self._session, item):
            return t("bạn soạn hoặc trình tin này, người khác phải duyệt",
                     "you wrote or submitted it: somebody else has to approve it"), ""
        try:
            right = may_approve(self._session, self._now, item.id, self._person)
        except UserError as error:
            mistake = error.mistakes[0]
            return (t("bạn không có vai trò Người duyệt và không ai ủy quyền cho bạn",
                      "you are no approver, and nobody lent you the right")
                    if "nguoi_duyet" in mistake.what else
                    "; ".join(filter(None, (mistake.what, mistake.fix)))), ""
        return "", self.name(right.whose) if right.delegation is not None else ""

    def _yes(self, a: Approval) -> Yes:
        return Yes(a.id, self.name(a.approver),
                   self.name(a.authority) if a.authority != a.approver else "", a.at, a.alone,
                   a.reason, self.name(a.recorded_by), a.document, a.signed_on)

    # ------------------------------------------------------------------ texts

    def _sides(self, item: Item, before: int | None) -> Iterator[Side]:
        rows: dict[int, dict[str, Rendition]] = {}
        for row in self._session.scalars(select(Rendition).where(
                Rendition.item_id == item.id,
                Rendition.version.in_([item.version, before or item.version]))):
            rows.setdefault(row.version, {})[row.channel] = row
        now, then = rows.get(item.version, {}), rows.get(before or 0, {})
        known = {c.id: c for c in self._programme.channels}
        for channel in [c for c in known if c in now] + [c for c in now if c not in known]:
            yield self._side(now[channel], then.get(channel), known.get(channel), before)

    def _side(
        self, row: Rendition, old: Rendition | None, channel: ChannelConfig | None,
        before: int | None,
    ) -> Side:
        values = self._values(channel)
        new_parts = parts_of(row.texts, channel)
        old_parts = parts_of(old.texts, channel) if old else {}
        said = tuple(
            Said(name, tuple(_pieces(old_parts.get(name, "") if before else None,
                                     new_parts.get(name, ""), values)), name == _voice())
            for name in dict.fromkeys([*new_parts, *old_parts])
            if new_parts.get(name) or old_parts.get(name))
        problems = tuple(_problem(p["what"], p.get("fix", "")) for p in row.problems)
        return Side(row.channel, channel.name if channel else row.channel, said,
                    self._figure(row.texts, channel), problems,
                    any(s.changed for s in said), short_code(row.sha256))

    def _values(self, channel: ChannelConfig | None) -> Mapping[str, str]:
        target = next(iter(candidates(self._programme, channel)), None) if channel else None
        return field_values(
            self._programme, target.organisation if target else None,
            target.station if target else None, self._day) | {"ngay": f"{self._day:%d/%m/%Y}"}

    def _figure(self, texts: Mapping[str, Any], channel: ChannelConfig | None) -> str:
        if seconds := texts.get("seconds"):
            return t(f"đọc khoảng {seconds} giây", f"about {seconds} s to read")
        if channel is None or "text" not in texts:
            return ""
        full = fill_texts({"text": texts["text"]}, self._longest,
                          render_spec(channel.type, channel.options).media)["text"]
        if channel.type in SMS:
            count = sms.count(full)
            form = t("không dấu", "no diacritics") if full.isascii() else t("có dấu", "diacritics")
            return t(f"{form}, tính {count.parts} tin", f"{form}, {count.parts} part(s)")
        size = len(in_words(full) if channel.type in HTML else full)
        return t(f"{size} ký tự", f"{size} characters")

    # ------------------------------------------------------------------ facts

    def _facts(self, new: ItemContent, old: ItemContent | None) -> Iterator[Fact]:
        before = self._said_of(old) if old else {}
        for name, value in self._said_of(new).items():
            was = before.get(name)
            changed = old is not None and was != value
            if value or changed:
                yield Fact(name, value or "-", (was or "-") if changed else None)

    def _said_of(self, content: ItemContent) -> Mapping[str, str]:
        p = self._programme
        first, last = (f"{d:%d/%m/%Y}" if d else "" for d in (content.valid_from, content.valid_to))
        span = " ".join(filter(None, (first and t(f"từ {first}", f"from {first}"),
                                      last and t(f"đến hết {last}", f"until {last}"))))
        return {
            t("Tiêu đề", "Title"): content.title,
            t("Chủ đề", "Theme"): p.themes.get(content.theme, content.theme),
            t("Mức ưu tiên", "Priority"): t(*PRIORITY_WORDS[content.priority]),
            t("Mục đích", "Purpose"): t(*PURPOSE_WORDS[content.purpose]),
            t("Nguồn tin", "Source"): content.source,
            t("Căn cứ pháp lý", "Legal basis"): "; ".join(content.legal_basis),
            t("Đối tượng", "Audience"): _named(content.audience, {**p.audiences,
                                                               **each(EVERYONE_WORDS)}),
            t("Địa bàn", "Area"): _named(content.area, p.areas),
            t("Hiệu lực", "Valid"): span,
            t("Số máy", "Hotlines"): ", ".join(content.hotline),
            t("Ảnh", "Pictures"): "; ".join(
                f"{i.alt} ({short_code(i.sha256)})" if i.sha256 else i.alt
                for i in content.images),
        }


def _approved_before(item: Item, approvals: Iterable[Approval]) -> int | None:
    """The newest earlier version that had the approvals it needed."""
    by_version: dict[int, list[Approval]] = {}
    for a in approvals:
        if a.version < item.version:
            by_version.setdefault(a.version, []).append(a)
    return max((v for v, given in by_version.items()
                if len(given) >= item.needs_approvals or any(a.alone for a in given)),
               default=None)


def _problem(what: str, fix: str) -> str:
    """With what to do, without commands: an approver types none."""
    plain = [step for step in fix.split("; ") if "giovang" not in step]
    return "; ".join(filter(None, (what, *plain)))


def _named(ids: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(i, i) for i in ids)


def parts_of(texts: Mapping[str, Any], channel: ChannelConfig | None) -> dict[str, str]:
    """Part in words -> text, fields open; of a bulletin also what the voice reads."""
    html = channel is not None and channel.type in HTML
    found = {
        t("Tiêu đề", "Title"): texts.get("title", ""),
        t("Tóm tắt", "Summary"): texts.get("summary", ""),
        t("Lời", "Text"): in_words(texts["text"]) if html and "text" in texts
        else texts.get("text", ""),
    }
    lines = [line for line in thawed(texts.get("lines", ())) if line.part in _READ]
    lines.sort(key=lambda line: _READ.index(line.part))
    found[_voice()] = "\n".join(line.voice for line in lines)
    return {name: text for name, text in found.items() if text}


def field_words(name: str) -> str:
    """What stands there, for a reader who knows no field."""
    return t(*_FIELDS[name]) if name in _FIELDS else name


def _voice() -> str:
    return t("Giọng máy đọc", "Read by the voice")


def _pieces(old: str | None, new: str, values: Mapping[str, str]) -> Iterator[Piece]:
    """What changed, word by word (`old` None: nothing to compare with), with the fields filled."""
    names: list[str] = []

    def closed(text: str) -> str:
        def sign(found: re.Match[str]) -> str:
            if found[1] not in names:
                names.append(found[1])
            return chr(_PRIVATE + names.index(found[1]))
        return PLACEHOLDER.sub(sign, text)

    told: Iterable[tuple[Change, str]] = [("same", closed(new))]
    if old is not None:
        was, now = closed(old), closed(new)
        told = words_apart(was, now)
    for change, text in told:
        for part in re.split(f"([{chr(_PRIVATE)}-{chr(_PRIVATE + len(names))}])", text):
            if len(part) == 1 and 0 <= (at := ord(part) - _PRIVATE) < len(names):
                value = values.get(names[at]) or f"[{field_words(names[at])}]"
                yield Piece(change, value, field=True)
            elif part:
                yield Piece(change, part)
