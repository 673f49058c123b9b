"""What stands in the outbox for vendors' boxes, and the rows of what goes there next."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from worker.db import insert_missing
from worker.home import SYSTEM, InForce
from worker.models import (
    Batch,
    BulletinRow,
    ChannelPlan,
    Content,
    Delivery,
    Installation,
    Item,
    Occurrence,
)
from worker.outbox import acts, events
from worker.outbox.keys import delivery_key, occurrence_id, visible_tag
from worker.outbox.takeback import open_recall
from worker.planner.cells import PRIORITY_RANK
from worker.radio.airings import Place
from worker.radio.assemble import CORRECTION
from worker.radio.box_files import Paper, payload
from worker.radio.boxes import SLOT, Box, entry_of
from worker.radio.bulletin import Bulletin, Section, from_json
from worker.radio.given import NO_MORE

#: the places asked for in one statement
PART = 500
_recall = aliased(Delivery)


@dataclass(frozen=True)
class Stand:
    """One version of one number on one channel."""

    number: int
    version: int
    occurrence: str
    key: str
    channel: str
    state: str  #: of the delivery; of its batch while it is queued
    batch: str
    mark: str  #: fingerprint of the newest version of its number
    code: str
    settled_at: datetime | None
    cancelled: bool  #: by a person
    asked_back: bool  #: a recall of it stands

    @property
    def may_begin(self) -> bool:
        """It may still go out, for the first time or once more."""
        return self.batch in ("held", "ready", "leased") or (
            self.state == "uncertain" and self.batch not in ("cancelled", "expired"))

    @property
    def confirmed(self) -> bool:
        """The station has said what it aired."""
        return self.state == "delivered" or self.code.startswith("aired-")


Stands = Mapping[tuple[str, object, str, str], Sequence[Stand]]  #: by place and channel


def read_stands(session: Session, places: Iterable[Place]) -> Stands:
    """Every number and version of these airings, in order."""
    by_entry = {(entry_of(place), place.date): place for place in places}
    entries = sorted({entry for entry, _ in by_entry})
    found: dict[tuple[str, object, str, str], list[Stand]] = {}
    for first in range(0, len(entries), PART):
        for o, d, batch, mark, asked in session.execute(
            select(Occurrence, Delivery, Batch.state, ChannelPlan.fingerprint,
                   exists().where(_recall.refers_to == Delivery.id))
            .join(Delivery, Delivery.occurrence_id == Occurrence.id)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(ChannelPlan, (ChannelPlan.occurrence_id == Occurrence.id)
                  & (ChannelPlan.channel == Delivery.channel))
            .where(Occurrence.entry.in_(entries[first:first + PART]),
                   Occurrence.local_date.in_({day for _, day in by_entry}),
                   Delivery.kind == "publish")
            .order_by(Occurrence.run, Delivery.version)
        ):
            place = by_entry.get((o.entry, o.local_date))
            if place is not None:
                found.setdefault((*place, d.channel), []).append(Stand(
                    o.run, d.version, o.id, d.id, d.channel,
                    batch if d.state == "queued" else d.state, batch, mark, d.code,
                    d.settled_at, o.cancelled_at is not None, bool(asked)))
    return found


def reads(older: Bulletin, newest: Bulletin) -> bool:
    """The older number reads what the newest says must not be read."""
    return bool(_forbidden(newest) & {(s.delivery, s.item) for s in older.airing_sections})


def _forbidden(newest: Bulletin) -> set[tuple[str, str]]:
    return {(s.delivery, s.item) for s in newest.sections if s.standing in ("recalled", "silenced")}


def unsaid(session: Session, newest: Bulletin, numbers: Collection[int]) -> set[int]:
    """Of these older numbers those that read what the newest says must not be read."""
    if not _forbidden(newest) or not numbers:
        return set()
    rows = session.scalars(select(BulletinRow).where(
        BulletinRow.station == newest.station, BulletinRow.local_date == newest.date,
        BulletinRow.airing == newest.airing, BulletinRow.number.in_(numbers)))
    return {row.number for row in rows if reads(from_json(row.body), newest)}


@dataclass
class Writing:
    """One transaction of the tick; planning and the outbox are ours meanwhile."""

    session: Session
    force: InForce
    now: datetime
    count: int = 0  #: made or taken back

    @cached_property
    def _uid(self) -> str:
        return self.session.scalars(select(Installation.uid)).one()

    def drop(self, stands: Sequence[Stand]) -> None:
        """What has not begun does not begin; what is on the wire is not tried again."""
        for occurrence, channel in sorted({(s.occurrence, s.channel) for s in stands}):
            acts.drop_unbegun(self.session, self.now, [occurrence], ("publish",), channel=channel,
                              actor=SYSTEM)
            self._note(occurrence, "superseded", channel)

    def take_back(self, stands: Sequence[Stand]) -> None:
        """Its files go at once, whatever is stopped."""
        for s in stands:
            original = self.session.scalars(select(Delivery).where(Delivery.id == s.key)).one()
            self.count += open_recall(self.session, self.now, self._uid, original)
            self._note(s.occurrence, "recall", s.channel)

    def may_be_read(self, bulletin: Bulletin) -> bool:
        """False while a recall or a no has not come to the bulletin yet: its next number will."""
        said = {(s.item, s.version) for s in bulletin.airing_sections if not _corrects(s)}
        keys = {s.delivery for s in bulletin.airing_sections if s.delivery}
        if self.session.scalars(
                select(Delivery.id).where(Delivery.refers_to.in_(keys)).limit(1)).first():
            return False
        bad = self.session.execute(
            select(Item.id, Item.version)
            .where(Item.id.in_({item for item, _ in said}), Item.state.in_(NO_MORE))).all()
        return not said & {(item, version) for item, version in bad}

    def deliver(
        self, box: Box, paper: Paper, papers: Sequence[Paper], version: int, mark: str
    ) -> None:
        """One more version of this number; its occurrence is made with the first."""
        b, session = paper.bulletin, self.session
        content = payload(paper, papers, self.force.programme.zone(), self.now)
        sha = hashlib.sha256(
            json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        insert_missing(session, Content, [{"sha256": sha, "payload": content}])
        occurrence = self._occurrence(b)
        session.execute(delete(ChannelPlan).where(
            ChannelPlan.occurrence_id == occurrence.id, ChannelPlan.channel == box.channel))
        session.add(ChannelPlan(occurrence_id=occurrence.id, channel=box.channel, version=version,
                                fingerprint=mark, due_at=self.now))
        batch = Batch(
            occurrence_id=occurrence.id, day=b.date, channel=box.channel, account=box.account,
            version=version, state="ready", priority_rank=PRIORITY_RANK[b.priority],
            next_attempt_at=self.now, opens_at=b.airs_at, closes_at=b.use_until,
            windows=[[self.now.isoformat(), b.use_until.isoformat()]],
            item_id=occurrence.item_id, item_version=occurrence.item_version)
        session.add(batch)
        session.flush()
        key = delivery_key(self._uid, occurrence, "publish", version, box.channel, box.station)
        session.add(Delivery(
            id=key, day=b.date, occurrence_id=occurrence.id, batch_id=batch.id, version=version,
            channel=box.channel, account=box.account, target=box.station, content_sha256=sha,
            tag=visible_tag(key)))
        session.flush()
        self._note(occurrence.id, "planned", box.channel, version=version)
        self.count += 1

    def _occurrence(self, b: Bulletin) -> Occurrence:
        """Its approval is that of the first item read: begin asks for it in this very version."""
        place = Place(b.station, b.date, b.airing)
        id_ = occurrence_id(entry_of(place), SLOT, b.date, b.number)
        found = self.session.get(Occurrence, id_)
        if found is None:
            said = b.airing_sections
            first = next((s for s in said if not _corrects(s)), said[0])
            found = Occurrence(
                id=id_, entry=entry_of(place), slot=SLOT, local_date=b.date, run=b.number,
                item_id=first.item, item_version=first.version, picked_by="bulletin",
                priority=b.priority, purpose="cong_ich", opens_at=b.airs_at,
                closes_at=b.use_until, programme_version=self.force.version)
            self.session.add(found)
            self.session.flush()
        return found

    def _note(self, occurrence: str, kind: str, channel: str, **more: object) -> None:
        events.append(self.session, self.now, SYSTEM, [
            events.Note(occurrence, kind, None, {"channels": [channel], **more})])


def _corrects(section: Section) -> bool:
    return section.title.startswith(CORRECTION)
