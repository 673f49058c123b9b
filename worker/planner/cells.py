"""
What an occurrence sends: per channel the texts filled in for each target, the hours in which
it may begin, and when it is due. Pure; `store.py` writes it down.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from worker.i18n import t
from worker.items.fields import names_in
from worker.outbox.keys import delivery_key, occurrence_id, visible_tag
from worker.planner.picks import Candidate
from worker.programme.model import ChannelConfig, Priority, Programme, Purpose, Segment, Slot
from worker.programme.targets import ResolvedTarget, targets_for
from worker.programme.values import field_values
from worker.renderer import TextMeasure, fill_texts, mark_training, measure_texts
from worker.slots import due_at, windows

#: deliveries in one batch at most
BATCH = 500

PRIORITY_RANK: Mapping[str, int] = {"khan_cap": 0, "uu_tien": 1, "thong_thuong": 2}
MEDIA: Mapping[str, str] = {"wordpress": "html", "static_site": "html"}


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence as the programme wants it."""

    entry: str
    slot: str
    local_date: date
    run: int
    segment: str | None
    item: Candidate
    picked_by: str
    priority: Priority
    purpose: Purpose
    opens_at: datetime
    closes_at: datetime
    late: str
    when_uncertain: str
    channels: tuple["Cell", ...] = ()

    @property
    def id(self) -> str:
        return occurrence_id(self.entry, self.slot, self.local_date, self.run)


class Mail(NamedTuple):
    """One delivery to be made: target, account, and the text's hash."""

    target: str
    account: str
    content: str
    tag: str
    key: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch to be made: deliveries that share account, times and windows."""

    account: str
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    windows: tuple[tuple[datetime, datetime], ...]
    mails: tuple[Mail, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One occurrence on one channel."""

    channel: str
    due_at: datetime
    parcels: tuple[Parcel, ...]
    problem: str = ""
    fingerprint: str = ""


class Filled(NamedTuple):
    """Texts as they go out, how long they are, and the fields left without a value."""

    texts: Mapping[str, str]
    measure: TextMeasure
    left: list[str]


@dataclass
class Writer:
    """Fills texts; keeps each distinct one once."""

    programme: Programme
    installation: str
    training: bool
    renditions: Mapping[tuple[str, int], Mapping[str, dict[str, str]]]
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _names: dict[tuple[str, int, str], tuple[str, ...]] = field(default_factory=dict)
    _filled: dict[tuple[Any, ...], Filled] = field(default_factory=dict)

    def cell(self, planned: Planned, channel: ChannelConfig, segment: Segment | None,
             slot: Slot | None, version: int = 1) -> Cell:
        """Everything this channel gets of the occurrence, or the reason why it gets nothing."""
        due = due_at(self.programme, channel, planned.opens_at) if slot else planned.opens_at

        def blocked(why: str) -> Cell:
            return Cell(channel.id, due, (), why, _fingerprint(planned, (), why))

        texts = self.renditions.get((planned.item.id, planned.item.version), {}).get(channel.id)
        if texts is None:
            return blocked(t("tin chưa có bản duyệt cho kênh này",
                             "the item has no approved text for this channel"))
        wanted = [w for w in (segment, planned.item.content) if w is not None]
        targets = targets_for(self.programme, channel, slot, planned.local_date, *wanted)
        if not targets:
            return blocked(t("không có nơi nhận phù hợp", "no target fits"))
        mails: list[tuple[ResolvedTarget, Mail]] = []
        problems: dict[str, str] = {}
        for target in targets:
            mail = self._mail(planned, channel, target, texts, version, segment, problems)
            if mail is not None:
                mails.append((target, mail))
        parcels = self._parcels(planned, channel, due, slot, mails)
        if mails and not parcels:
            problems[t("rơi vào giờ không phát hoặc ngày ngừng phát",
                       "falls into quiet hours or a black-out")] = ""
        problem = "; ".join(problems)
        return Cell(channel.id, due, parcels, problem, _fingerprint(planned, parcels, problem))

    def _mail(
        self, planned: Planned, channel: ChannelConfig, target: ResolvedTarget,
        texts: dict[str, str], version: int, segment: Segment | None, problems: dict[str, str],
    ) -> Mail | None:
        key = delivery_key(self.installation, planned, "publish", version, channel.id, target.id)
        tag = visible_tag(key)
        opens = _local(self.programme, planned)
        airing = target.airing.label if target.airing else f"{opens:%H:%M}"
        values = {
            **field_values(self.programme, target.organisation, target.station, planned.local_date),
            "ngay": f"{planned.local_date:%d/%m/%Y}", "gio": airing, "ma_tin": tag,
        }
        filled = self._fill(planned.item, channel, texts, values)
        limit = segment.max_reading_seconds if segment else None
        if filled.left:
            why = t(f"thiếu giá trị cho {', '.join(filled.left)} của {target.name}",
                    f"no value for {', '.join(filled.left)} of {target.name}")
        elif limit and channel.type == "loudspeaker" and filled.measure.seconds > limit:
            why = t(f"đọc mất {filled.measure.seconds} giây, chuyên mục cho {limit}",
                    f"reads {filled.measure.seconds} s, the segment allows {limit}")
        else:
            why = "; ".join(p.what for p in filled.measure.problems)
        if why:
            problems.setdefault(why, target.id)
            return None
        content = self._content(planned, channel, target, filled, airing)
        return Mail(target.id, target.account, content, tag, key)

    def _fill(
        self, item: Candidate, channel: ChannelConfig, texts: dict[str, str],
        values: Mapping[str, str],
    ) -> Filled:
        """The texts with their values; equal values give equal texts, so they are kept."""
        frozen = (item.id, item.version, channel.id)
        if frozen not in self._names:
            self._names[frozen] = tuple({n for text in texts.values() for n in names_in(text)})
        known = (*frozen, *(values.get(name) for name in self._names[frozen]))
        if known not in self._filled:
            media = MEDIA.get(channel.type, "text")
            filled = fill_texts(texts, values, media)
            self._filled[known] = Filled(
                mark_training(filled, media) if self.training else filled,
                measure_texts(filled, channel.type, channel.options,
                              self.programme.settings.allowed_domains),
                [name for text in filled.values() for name in names_in(text)],
            )
        return self._filled[known]

    def _content(
        self, planned: Planned, channel: ChannelConfig, target: ResolvedTarget,
        filled: Filled, airing: str,
    ) -> str:
        texts, measure = filled.texts, filled.measure
        extra = {
            "item": planned.item.id, "slug": f"gv-{planned.item.id}",
            "summary": texts.get("summary", ""),
        }
        if channel.type == "loudspeaker":
            extra |= {"station": target.name, "date": planned.local_date.isoformat(),
                      "time": airing, "segment": planned.segment or planned.entry}
        payload = {
            "text": texts["text"], "title": texts.get("title", ""), "extra": extra,
            "attachments": [i.model_dump() for i in planned.item.content.images],
            "parts": measure.parts, "seconds": measure.seconds,
        }
        sha = _sha(payload)
        self.contents[sha] = payload
        return sha

    def _parcels(
        self, planned: Planned, channel: ChannelConfig, due: datetime, slot: Slot | None,
        mails: list[tuple[ResolvedTarget, Mail]],
    ) -> tuple[Parcel, ...]:
        leads = channel.lead is not None or channel.lead_time is not None
        groups: dict[tuple[str, datetime, datetime], list[Mail]] = {}
        for target, mail in mails:
            opens = target.airing.opens_at if target.airing else planned.opens_at
            closes = target.airing.closes_at if target.airing else planned.closes_at
            groups.setdefault((target.account, opens, closes), []).append(mail)
        parcels = []
        for (account, opens, closes), members in groups.items():
            when = min(due, opens) if leads and slot else opens
            free = windows(self.programme, channel.id, planned.priority, planned.purpose, opens,
                           closes)
            if not free:
                continue
            # a channel with lead hands over before the slot: the hours judge the airing
            hours = ((when, free[0][1]), *free[1:]) if leads else free
            for first in range(0, len(members), BATCH):
                part = tuple(members[first:first + BATCH])
                parcels.append(Parcel(account, when, opens, closes, hours, part))
        return tuple(parcels)


def _local(programme: Programme, planned: Planned) -> datetime:
    return planned.opens_at.astimezone(programme.zone())


def _sha(payload: Mapping[str, Any]) -> str:
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _fingerprint(planned: Planned, parcels: tuple[Parcel, ...], problem: str) -> str:
    """Equal fingerprints: nothing that would go out, or when, has changed."""
    digest = hashlib.sha256(f"{planned.item.id}/{planned.item.version}/{problem}".encode())
    digest.update(f"{planned.priority}{planned.purpose}{planned.late}".encode())
    digest.update(planned.when_uncertain.encode())
    for p in parcels:
        digest.update(repr((p.account, p.due_at, p.opens_at, p.closes_at, p.windows)).encode())
        for m in p.mails:
            digest.update(f"{m.target}{m.content}".encode())
    return digest.hexdigest()
