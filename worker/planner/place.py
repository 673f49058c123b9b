"""One airing in full: what each channel gets, in which words, and whom it reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.items.look import in_words
from worker.models import Batch, ChannelPlan, Content, Delivery, Occurrence
from worker.planner import scope as reading
from worker.planner.summary import Chip, Counts, Hour, chip, shown
from worker.planner.wanted import PinKey, Want, wanted
from worker.planner.wanted import Scope as Plan
from worker.planner.week import Entry
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import candidates
from worker.scope import Scope
from worker.specs import HTML

#: different texts of one channel shown in full; of the others it is said how many there are
SHOWN = 2


class Words(NamedTuple):
    """A text as it goes out, and who gets exactly this."""

    title: str
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class OnChannel:
    """An airing on one channel."""

    channel: ChannelConfig
    chip: Chip
    due_at: datetime | None
    texts: tuple[Words, ...]
    more_texts: int
    names: tuple[str, ...]  #: everybody it reaches


@dataclass(frozen=True)
class Foreseen:
    """What the planner would write for one day, as things are now; nothing is written."""

    plan: Plan
    wants: tuple[Want, ...]
    begun: Mapping[str, frozenset[str]]  #: by occurrence, channels that cannot change any more
    cancelled: frozenset[str]  #: occurrences

    def at(self, key: PinKey) -> Want | None:
        """What that place airs."""
        return next((w for w in self.wants if _key(w) == key), None)


def _key(want: Want) -> PinKey:
    if want.segment is not None:
        return PinKey(want.segment.id, want.slot.id, want.day)
    item = want.planned.item.id if want.planned else want.choice.missing
    return PinKey(f"pin:{item}", want.slot.id, want.day)


def foresee(
    session: Session, force: InForce, now: datetime, day: date,
    pins: Mapping[PinKey, str] | None = None,
) -> Foreseen:
    """The day's airings with these pins besides those there are."""
    stands = reading.standing(session, day)
    plan = reading.scope(session, force, now, day, stands)
    plan = replace(plan, pins={**plan.pins, **(pins or {})})
    return Foreseen(
        plan, tuple(wanted(plan, day, day)),
        {o: s.begun for o, s in stands.items() if s.begun},
        frozenset(o for o, s in stands.items() if s.occurrence.cancelled_at is not None))


def of_entry(
    session: Session, force: InForce, now: datetime, scope: Scope, entry: Entry, day: date,
    slot: str,
) -> tuple[OnChannel, ...]:
    """Of what stands the texts that went or will go out; of what is to come what is foreseen."""
    if entry.occurrence:
        return _standing(session, force.programme, now, scope, entry)
    if not entry.item:
        return ()
    foreseen = foresee(session, force, now, day)
    want = foreseen.at(PinKey(entry.entry, slot, day))
    if want is None or want.planned is None or want.planned.item.id != entry.item:
        return ()
    return foreseen_channels(force.programme, scope, foreseen, want)


def foreseen_channels(
    programme: Programme, scope: Scope, foreseen: Foreseen, want: Want
) -> tuple[OnChannel, ...]:
    """What each channel of a planned airing would get."""
    found = []
    for cell in want.planned.channels if want.planned else ():
        names = _names(programme, cell.channel, scope)
        by_text: dict[str, list[str]] = {}
        for parcel in cell.parcels:
            for mail in parcel.mails:
                if mail.target in names:
                    by_text.setdefault(mail.content, []).append(names[mail.target])
        payloads = {sha: foreseen.plan.writer.contents[sha] for sha in by_text}
        state = "planned" if by_text else "blocked"
        total = sum(map(len, by_text.values()))
        found.append(_on_channel(
            programme.channel(cell.channel), Chip(cell.channel, state, 0, total, cell.remark),
            cell.due_at, by_text, payloads))
    return tuple(found)


def _standing(
    session: Session, programme: Programme, now: datetime, scope: Scope, entry: Entry
) -> tuple[OnChannel, ...]:
    occurrence = session.get_one(Occurrence, entry.occurrence)
    plans = {p.channel: p for p in session.scalars(
        select(ChannelPlan).where(ChannelPlan.occurrence_id == occurrence.id))}
    rows: dict[str, list[tuple[str, str, str, bool]]] = {}
    for channel, target, sha, state, batch, late in session.execute(
        select(Delivery.channel, Delivery.target, Delivery.content_sha256, Delivery.state,
               Batch.state, Delivery.late)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.occurrence_id == occurrence.id, Delivery.day == occurrence.local_date,
               Delivery.kind == "publish")
        .order_by(Delivery.target, Delivery.version)
    ):
        rows.setdefault(channel, []).append((target, sha, shown(state, batch), late))
    texts = {sha for found in rows.values() for _, sha, _, _ in found}
    payloads: dict[str, dict[str, Any]] = dict(iter(session.execute(
        select(Content.sha256, Content.payload).where(Content.sha256.in_(texts)))))
    found = []
    for config in programme.channels:
        names = _names(programme, config.id, scope)
        mine = [row for row in rows.get(config.id, ()) if scope.whole or row[0] in names]
        plan = plans.get(config.id)
        if not mine and (plan is None or not scope.whole):
            continue
        counts = Counts()
        by_text: dict[str, list[str]] = {}
        for target, sha, state, late in mine:
            counts.add(state, 1)
            counts.late += late
            by_text.setdefault(sha, []).append(names.get(target, target))
        made = chip(config, counts, plan.problem if plan else "",
                    Hour(occurrence.opens_at > now, occurrence.closes_at <= now),
                    cancelled=occurrence.cancelled_at is not None)
        found.append(_on_channel(config, made, plan.due_at if plan else None, by_text, payloads))
    return tuple(found)


def _names(programme: Programme, channel: str, scope: Scope) -> dict[str, str]:
    """Names of those whom the channel can reach, of whoever looks."""
    return {x.id: x.name for x in candidates(programme, programme.channel(channel))
            if scope.holds(x.organisation)}


def _on_channel(
    config: ChannelConfig, made: Chip, due_at: datetime | None,
    by_text: Mapping[str, list[str]], payloads: Mapping[str, Mapping[str, Any]],
) -> OnChannel:
    def read(payload: Mapping[str, Any]) -> str:
        text = str(payload.get("text") or "")
        return in_words(text) if config.type in HTML else text

    texts = tuple(
        Words(str(payloads[sha].get("title") or ""), read(payloads[sha]), tuple(names))
        for sha, names in list(by_text.items())[:SHOWN])
    everybody = tuple(dict.fromkeys(n for names in by_text.values() for n in names))
    return OnChannel(config, made, due_at, texts, len(by_text) - len(texts), everybody)
