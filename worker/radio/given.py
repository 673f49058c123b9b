"""
What stations were given, and will be: their deliveries with the approved lines behind them, as
the database has them at this moment.

A delivery's key is computed from occurrence and station, so that a station's deliveries are
found without an index of their own, among millions of others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from worker.models import (
    Approval,
    Audit,
    Batch,
    ChannelPlan,
    Content,
    Delivery,
    Installation,
    Item,
    ItemVersion,
    Occurrence,
    Person,
    Rendition,
)
from worker.outbox.keys import delivery_key
from worker.planner.cells import PRIORITY_RANK
from worker.programme.model import Programme, Station
from worker.radio.airings import Place, airing_name, loudspeakers
from worker.radio.script import ScriptLine, thawed
from worker.slots import to_utc

#: keys asked for in one statement
CHUNK = 5000

#: `held`: not approved (any more) before it was handed over; `withdrawn`: recalled, returned or
#: rejected after it
Stage = Literal["held", "pending", "handed", "withdrawn", "gone"]
#: states of an item after which nobody may read it
NO_MORE = ("recalled", "returned", "rejected")
_PENDING = ("ready", "sending", "uncertain")
_PRIORITY = {rank: name for name, rank in PRIORITY_RANK.items()}


class ItemKey(NamedTuple):
    """One version of an item on one channel."""

    item: str
    version: int
    channel: str


@dataclass(frozen=True)
class Given:
    """One delivery to a station."""

    id: str
    place: Place
    occurrence: str
    version: int  #: > 1: it replaces what the station had of this occurrence
    stage: Stage
    key: ItemKey
    priority: str
    opens_at: datetime
    closes_at: datetime
    due_at: datetime
    settled_at: datetime | None
    text: str
    fields: Mapping[str, str]
    hotline: str


@dataclass(frozen=True)
class Facts:
    """What was approved, by whom."""

    title: str
    priority: str
    editor: str
    approver: str
    hotlines: tuple[str, ...]
    script: tuple[ScriptLine, ...]


@dataclass
class Shelf:
    """Reads once, within one transaction, whatever many stations share."""

    session: Session
    programme: Programme
    _uid: str = ""
    _facts: dict[ItemKey, Facts] = field(default_factory=dict)
    _approved: dict[str, ItemKey | None] = field(default_factory=dict)

    # ------------------------------------------------------------------ deliveries

    def given(
        self, stations: Sequence[Station], first: date, last: date, also: Collection[str] = ()
    ) -> list[Given]:
        """
        Deliveries of these stations on these local days, repeats by the day they air again, and
        those with these keys.
        """
        self._uid = self._uid or self.session.scalars(select(Installation.uid)).one()
        loud = [c.id for c in loudspeakers(self.programme)]
        rows = self.session.execute(
            select(Occurrence.entry, Occurrence.slot, Occurrence.local_date, Occurrence.run,
                   ChannelPlan.channel, ChannelPlan.version)
            .join(ChannelPlan, ChannelPlan.occurrence_id == Occurrence.id)
            .where(or_(Occurrence.local_date.between(first, last), self._again(first)),
                   ChannelPlan.channel.in_(loud))
        ).all()
        keys = [
            delivery_key(self._uid, row, "publish", version, row.channel, station.id)
            for row in rows for version in range(1, row.version + 1) for station in stations
        ]
        by_id = {station.id: station for station in stations}
        found = [g for part in _chunks({*keys, *also})
                 for g in self._deliveries(part, by_id)]
        return sorted(self._less_withdrawn(found), key=lambda g: (g.opens_at, g.occurrence, g.id))

    def _again(self, first: date) -> ColumnElement[bool]:
        return (Occurrence.run > 1) & (
            Occurrence.opens_at >= to_utc(self.programme.zone(), first, time(0)))

    def _deliveries(
        self, keys: Collection[str], stations: Mapping[str, Station]
    ) -> Iterator[Given]:
        zone = self.programme.zone()
        for d, b, payload in self.session.execute(
            select(Delivery, Batch, Content.payload)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(Content, Content.sha256 == Delivery.content_sha256)
            .where(Delivery.id.in_(keys), Delivery.kind == "publish")
        ):
            station, extra = stations.get(d.target), payload["extra"]
            if station is None:
                continue
            opens, spoken = b.opens_at.astimezone(zone), payload.get("spoken", {})
            again = not d.occurrence_id.endswith("/1")  # a repeat airs on the day it is asked for
            day = opens.date() if again else date.fromisoformat(extra["date"])
            place = Place(d.target, day, airing_name(station, extra["time"], opens))
            yield Given(
                d.id, place, d.occurrence_id,
                d.version, _stage(d, b), ItemKey(b.item_id, b.item_version, d.channel),
                _PRIORITY[b.priority_rank], b.opens_at, b.closes_at, b.next_attempt_at,
                d.settled_at, payload["text"], spoken.get("fields", {}),
                spoken.get("hotline", ""),
            )

    def _less_withdrawn(self, found: list[Given]) -> list[Given]:
        """A recall under way withdraws at once, and so does an approver's no."""
        handed = [g.id for g in found if g.stage == "handed"]
        recalled = {key for part in _chunks(handed) for key in self.session.scalars(
            select(Delivery.refers_to).where(Delivery.refers_to.in_(part)))}
        no_more = {
            (i, v) for i, v in self.session.execute(
                select(Item.id, Item.version)
                .where(Item.state.in_(NO_MORE),
                       Item.id.in_({g.key.item for g in found})))
        }
        return [
            _withdrawn(g) if g.stage == "handed"
            and (g.id in recalled or (g.key.item, g.key.version) in no_more) else g
            for g in found
        ]

    # ------------------------------------------------------------------ items

    def facts(self, key: ItemKey) -> Facts | None:
        """Title, lines and names of this version; None when it was never frozen here."""
        if key not in self._facts:
            found = self._read(key)
            if found is None:
                return None
            self._facts[key] = found
        return self._facts[key]

    def _read(self, key: ItemKey) -> Facts | None:
        where = (Rendition.item_id == key.item, Rendition.version == key.version)
        frozen = self.session.scalars(
            select(Rendition).where(*where, Rendition.channel == key.channel)).first()
        version = self.session.get(ItemVersion, (key.item, key.version))
        if frozen is None or version is None:
            return None
        names = self.session.scalars(
            select(Person.name).join(Approval, Approval.approver == Person.id)
            .where(Approval.item_id == key.item, Approval.version == key.version)
            .order_by(Approval.at, Approval.id)).all()
        editor = self.session.get(Person, version.author)
        return Facts(
            frozen.texts.get("title", ""), version.content.get("priority", "thong_thuong"),
            editor.name if editor else version.author, ", ".join(names),
            tuple(version.content.get("hotline", ())),
            thawed(frozen.texts.get("lines", ())),
        )

    def approved(self, item_id: str) -> ItemKey | None:
        """The item in the version approved now, on the first radio channel it fits."""
        if item_id not in self._approved:
            self._approved[item_id] = self._find_approved(item_id)
        return self._approved[item_id]

    def _find_approved(self, item_id: str) -> ItemKey | None:
        item = self.session.get(Item, item_id)
        if item is None or item.state != "approved":
            return None
        for channel in loudspeakers(self.programme):
            frozen = self.session.scalars(
                select(Rendition).where(
                    Rendition.item_id == item_id, Rendition.version == item.version,
                    Rendition.channel == channel.id)).first()
            if frozen is not None and not frozen.problems:
                return ItemKey(item_id, item.version, channel.id)
        return None

    def correction_of(self, item_id: str) -> tuple[datetime, ItemKey] | None:
        """Since when an approved item corrects this recalled one, and which; read on stations."""
        row = self.session.execute(
            select(Audit.at, Audit.detail)
            .where(Audit.subject == item_id, Audit.act == "correct")
            .order_by(Audit.seq.desc()).limit(1)).first()
        key = None if row is None else self.approved(str(row.detail.get("with", "")))
        return None if row is None or key is None else (row.at, key)

    def no_more(self, item_id: str, version: int) -> bool:
        """This version was recalled, returned or rejected, and nothing newer stands."""
        item = self.session.get(Item, item_id)
        return item is not None and item.version == version and item.state in NO_MORE

    def why_withdrawn(self, item_id: str) -> str:
        """The reason given, and by whom."""
        row = self.session.execute(
            select(Audit.detail, Person.name).join(Person, Person.id == Audit.actor, isouter=True)
            .where(Audit.subject == item_id, Audit.act.in_(("recall", "return", "reject")))
            .order_by(Audit.seq.desc()).limit(1)).first()
        if row is None:
            return ""
        return ", ".join(filter(None, (str(row.detail.get("reason", "")).strip(), row.name)))


def corrected_by(session: Session, correction: str) -> bool:
    """Somebody used this item to correct another."""
    return session.scalars(
        select(Audit.seq)
        .where(Audit.act == "correct", Audit.detail["with"].as_string() == correction).limit(1)
    ).first() is not None


def _stage(delivery: Delivery, batch: Batch) -> Stage:
    if delivery.state in ("accepted", "delivered"):
        return "handed"
    if delivery.state == "recalled":
        return "withdrawn"
    if delivery.state == "queued" and batch.state == "held":
        return "held"
    waits = delivery.state in _PENDING or (
        delivery.state == "queued" and batch.state in ("ready", "leased"))
    return "pending" if waits else "gone"


def _withdrawn(given: Given) -> Given:
    return replace(given, stage="withdrawn")


def _chunks(keys: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(keys)
    while part := list(islice(source, CHUNK)):
        yield part


def by_place(found: Iterable[Given]) -> dict[Place, list[Given]]:
    """What stands in each airing."""
    places: dict[Place, list[Given]] = {}
    for given in found:
        places.setdefault(given.place, []).append(given)
    return places


def newest_versions(found: Iterable[Given]) -> list[Given]:
    """Of what replaces each other at one station, the newest that was really handed over."""
    best: dict[str, Given] = {}
    for given in found:
        other = best.get(f"{given.occurrence}/{given.key.channel}")
        if other is None or given.version > other.version:
            best[f"{given.occurrence}/{given.key.channel}"] = given
    return list(best.values())
