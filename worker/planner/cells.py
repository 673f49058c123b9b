"""
What an occurrence sends: per channel the texts filled in for each target, the hours in which
it may begin, and when it is due. Pure; `store.py` writes it down.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from worker.i18n import t
from worker.outbox.keys import delivery_key, occurrence_id, visible_tag
from worker.planner.picks import Candidate
from worker.planner.texts import Blank, Filled, Texts
from worker.programme.model import ChannelConfig, Priority, Programme, Purpose, Segment, Slot
from worker.programme.targets import ResolvedTarget, fitting, on_air
from worker.programme.values import field_values, own_hotline
from worker.slots import Span, due_at, windows
from worker.smstemplates.judge import Verdict, asking, judge

#: deliveries in one batch at most
BATCH = 500

PRIORITY_RANK: Mapping[str, int] = {"khan_cap": 0, "uu_tien": 1, "thong_thuong": 2}


@dataclass(frozen=True)
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

    @cached_property
    def id(self) -> str:
        return occurrence_id(self.entry, self.slot, self.local_date, self.run)


class Mail(NamedTuple):
    """One delivery to be made: target, account, and the text's hash."""

    target: str
    account: str
    content: str
    tag: str
    key: str


class Parcel(NamedTuple):
    """A batch to be made: deliveries that share account, times and windows."""

    account: str
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    windows: tuple[Span, ...]
    mails: tuple[Mail, ...]


class Cell(NamedTuple):
    """One occurrence on one channel."""

    channel: str
    due_at: datetime
    parcels: tuple[Parcel, ...]
    problem: str = ""
    fingerprint: str = ""
    #: of the problem what SMS templates cause; and carriers that would drop what is sent all the
    #: same, for no number says whose it is
    refused: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """Problem and warnings, for a person."""
        return "; ".join(filter(None, (self.problem, *self.warned)))


@dataclass
class Writer:
    """Makes cells; what many of them share is worked out once."""

    programme: Programme
    installation: str
    training: bool
    renditions: Mapping[tuple[str, int], Mapping[str, dict[str, str]]]
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)  #: by SHA-256 (hex)
    _receivers: dict[tuple[str, str | None, str], tuple[ResolvedTarget, ...]] = field(
        default_factory=dict)
    _values: dict[tuple[str | None, str | None, date], dict[str, str]] = field(
        default_factory=dict)
    _verdicts: dict[tuple[str, str, str, str, date], Verdict] = field(default_factory=dict)
    _windows: dict[tuple[str, Priority, Purpose, datetime, datetime], tuple[Span, ...]] = field(
        default_factory=dict)

    def __post_init__(self) -> None:
        self._texts = Texts(self.renditions, self.training,
                            self.programme.settings.allowed_domains, self.contents)

    def cell(self, planned: Planned, channel: ChannelConfig, segment: Segment | None,
             slot: Slot | None, version: int = 1) -> Cell:
        """Everything this channel gets of the occurrence, or the reason why it gets nothing."""
        due = due_at(self.programme, channel, planned.opens_at) if slot else planned.opens_at

        def blocked(why: str) -> Cell:
            return Cell(channel.id, due, (), why, _fingerprint(planned, (), why))

        blank = self._texts.blank(planned.item, channel)
        if blank is None:
            return blocked(t("tin chưa có bản duyệt cho kênh này",
                             "the item has no approved text for this channel"))
        targets = self._targets(planned, channel, segment, slot)
        if not targets:
            return blocked(t("không có nơi nhận phù hợp", "no target fits"))
        mails: list[tuple[ResolvedTarget, Mail]] = []
        problems: dict[str, str] = {}
        verdicts: list[Verdict] = []
        for target in targets:
            mail = self._mail(planned, blank, target, version, segment, problems, verdicts)
            if mail is not None:
                mails.append((target, mail))
        parcels = self._parcels(planned, channel, due, slot, mails)
        if mails and not parcels:
            problems[t("rơi vào giờ không phát hoặc ngày ngừng phát",
                       "falls into quiet hours or a black-out")] = ""
        refused = tuple(dict.fromkeys(v.refused for v in verdicts if v.refused))
        problem = "; ".join((*problems, *refused))
        return Cell(channel.id, due, parcels, problem, _fingerprint(planned, parcels, problem),
                    refused, tuple(dict.fromkeys(v.warned for v in verdicts if v.warned)))

    def _targets(
        self, planned: Planned, channel: ChannelConfig, segment: Segment | None, slot: Slot | None
    ) -> tuple[ResolvedTarget, ...]:
        key = (channel.id, segment.id if segment else None, planned.item.id)
        if key not in self._receivers:
            content = planned.item.content
            wanted = [one for one in (segment, content) if one is not None]
            self._receivers[key] = tuple(
                one for one in fitting(self.programme, channel, *wanted)
                if one.station is None or content.language in one.station.languages)
        return on_air(self.programme, self._receivers[key], slot, planned.local_date)

    def _mail(
        self, planned: Planned, blank: Blank, target: ResolvedTarget, version: int,
        segment: Segment | None, problems: dict[str, str], verdicts: list[Verdict],
    ) -> Mail | None:
        channel = blank.channel
        key = delivery_key(self.installation, planned, "publish", version, channel.id, target.id)
        tag = visible_tag(key)
        clock = target.airing.label if target.airing else _clock(self._zone, planned.opens_at)
        day = _airs_on(planned, self._zone)
        fields = {**self._fields(target, day), "ngay": _written(day), "gio": clock}
        filled = blank.fill({**fields, "ma_tin": tag})
        if why := _unfit(filled, channel, target, segment):
            problems.setdefault(why, target.id)
            return None
        verdicts.append(self._verdict(planned, channel, target, filled.said))
        if verdicts[-1].refused:
            return None
        if channel.type != "loudspeaker":
            return Mail(target.id, target.account, blank.content(filled), tag, key)
        content = blank.script(
            filled,
            {"station": target.name, "date": day.isoformat(), "time": clock,
             "segment": planned.segment or planned.entry},
            # the bulletin's approved lines are filled with these
            {"fields": fields,
             "hotline": own_hotline(self.programme, target.organisation, day,
                                    planned.item.content.hotline)})
        return Mail(target.id, target.account, content, tag, key)

    def one(
        self, planned: Planned, channel: ChannelConfig, target: ResolvedTarget, tag: str
    ) -> tuple[str, str]:
        """For one target at any hour: SHA-256 of its content, "" and the reason if it gets none."""
        blank = self._texts.blank(planned.item, channel)
        if blank is None:
            return "", t("tin chưa có bản duyệt cho kênh này",
                         "the item has no approved text for this channel")
        day = _airs_on(planned, self._zone)
        filled = blank.fill({
            **self._fields(target, day), "ngay": _written(day),
            "gio": _clock(self._zone, planned.opens_at), "ma_tin": tag})
        why = (_unfit(filled, channel, target, None)
               or self._verdict(planned, channel, target, filled.said).refused)
        return "" if why else blank.content(filled), why

    def _verdict(
        self, planned: Planned, channel: ChannelConfig, target: ResolvedTarget, text: str
    ) -> Verdict:
        """What the carriers' SMS templates say; of an advertisement nothing."""
        if planned.purpose != "cong_ich" or not asking(self.programme, channel.id, target.account):
            return Verdict()
        key = (channel.id, target.account, target.address, text, planned.local_date)
        if key not in self._verdicts:
            self._verdicts[key] = judge(self.programme, *key)
        return self._verdicts[key]

    @cached_property
    def _zone(self) -> ZoneInfo:
        return self.programme.zone()

    def _fields(self, target: ResolvedTarget, day: date) -> dict[str, str]:
        station = target.station.id if target.station else None
        key = (target.organisation, station, day)
        if key not in self._values:
            self._values[key] = field_values(self.programme, target.organisation, target.station,
                                             day)
        return self._values[key]

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
            free = self._free(planned, channel.id, opens, closes)
            if not free:
                continue
            # a channel with lead hands over before the slot: the hours judge the airing
            hours = ((when, free[0][1]), *free[1:]) if leads else free
            for first in range(0, len(members), BATCH):
                part = tuple(members[first:first + BATCH])
                parcels.append(Parcel(account, when, opens, closes, hours, part))
        return tuple(parcels)

    def _free(
        self, planned: Planned, channel: str, opens: datetime, closes: datetime
    ) -> tuple[Span, ...]:
        key = (channel, planned.priority, planned.purpose, opens, closes)
        if key not in self._windows:
            self._windows[key] = windows(self.programme, *key)
        return self._windows[key]


def _unfit(
    filled: Filled, channel: ChannelConfig, target: ResolvedTarget, segment: Segment | None
) -> str:
    """Why this text cannot go out, or ""."""
    limit = segment.max_reading_seconds if segment else None
    if filled.left:
        return t(f"thiếu giá trị cho {', '.join(filled.left)} của {target.name}",
                 f"no value for {', '.join(filled.left)} of {target.name}")
    if limit and channel.type == "loudspeaker" and filled.measure.seconds > limit:
        return t(f"đọc mất {filled.measure.seconds} giây, chuyên mục cho {limit}",
                 f"reads {filled.measure.seconds} s, the segment allows {limit}")
    return "; ".join(p.what for p in filled.measure.problems)


def _airs_on(planned: Planned, zone: ZoneInfo) -> date:
    """A repeat airs on the day it is asked for; a night's first run belongs to its slot's day."""
    return planned.opens_at.astimezone(zone).date() if planned.run > 1 else planned.local_date


@lru_cache(maxsize=1024)
def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"


@lru_cache(maxsize=1024)
def _clock(zone: ZoneInfo, moment: datetime) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _fingerprint(planned: Planned, parcels: tuple[Parcel, ...], problem: str) -> str:
    """Equal fingerprints: nothing that would go out, or when, has changed."""
    digest = hashlib.sha256(f"{planned.item.id}/{planned.item.version}/{problem}".encode())
    digest.update(f"{planned.priority}{planned.purpose}{planned.late}".encode())
    digest.update(planned.when_uncertain.encode())
    for p in parcels:
        digest.update(_printed(p[:-1]))
        digest.update("".join([m.target + m.content for m in p.mails]).encode())
    return digest.hexdigest()


@lru_cache(maxsize=1024)
def _printed(account_and_times: tuple[object, ...]) -> bytes:
    return repr(account_and_times).encode()  # many cells of one slot share them
