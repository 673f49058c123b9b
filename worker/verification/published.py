"""
What of one day is public, from the rows themselves: nothing before its hour, nothing that
surely did not go out, no number and no receiver's own field.

A text that many receive and that shows no code is one entry; a campaign is one entry.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from worker.models import (
    AreaOrder,
    Audit,
    Batch,
    Campaign,
    CampaignTally,
    Content,
    Delivery,
    ItemVersion,
    Occurrence,
)
from worker.outbox.keys import edits
from worker.programme.model import Programme
from worker.verification.entry import (
    Correction,
    Entry,
    From,
    Senders,
    as_text,
    id_of,
    pieces_of,
)

#: it was, or may have been, received
PUBLIC = ("accepted", "delivered", "uncertain", "recalled")
_STANDS = ("accepted", "delivered", "uncertain")
_KINDS = ("publish", "correct")
_CODE = re.compile(r"\bGV-[A-Z2-7]{8}\b")  # as `visible_tag` makes it
_CHUNK = 500  #: hashes asked for at once

Version = tuple[str, int]  #: item, version


class Out(NamedTuple):
    """One text that is out, before it is written for the public."""

    apart: tuple[str, ...]  #: what tells it apart where its code does not
    code: str
    text: str
    item: Version
    said_by: From
    when: datetime  #: its hour
    first: datetime  #: when it first went out
    gone: bool  #: its recall was delivered …
    gone_at: datetime | None = None  #: … then
    edited: bool = False  #: it took the place, and the code, of another text
    campaign: int | None = None

    @property
    def channel(self) -> str:
        """"" of a campaign or an order."""
        return self.apart[2] if len(self.apart) > 1 else ""


@dataclass
class Reader:
    """Reads days with one programme in one transaction; names are looked up once."""

    session: Session
    programme: Programme
    now: datetime

    def __post_init__(self) -> None:
        self._senders = Senders(self.session, self.programme)
        self._recalls: dict[str, list[datetime]] = {}
        self._titles: dict[Version, str] = {}
        self._fixes: dict[str, list[str]] = {}  #: item -> what was to correct it, newest last

    def days(self) -> list[date]:
        """
        Days of which something may be public, the newest first. Asked of the occurrences: the
        deliveries may be fifty million.
        """
        return sorted(self.session.scalars(select(Occurrence.local_date).distinct()),
                      reverse=True)

    def day(self, day: date) -> list[Entry]:
        """What is public of this day, the newest hour first."""
        found = [*self._deliveries(day), *self._campaigns(day), *self._orders(day)]
        self._learn({out.item for out in found})
        entries: dict[str, Entry] = {}
        for out in found:
            if out.gone and out.gone_at is not None and out.gone_at < out.when:
                continue  # taken back before its hour: nobody saw it
            entry = self._entry(day, out)
            entries.setdefault(entry.id, entry)
        return sorted(entries.values(), key=lambda e: (e.when, e.media, e.id), reverse=True)

    def _entry(self, day: date, out: Out) -> Entry:
        asked = (at for at in self._recalls[out.item[0]] if at >= out.first)
        recalled_at = next(asked, out.gone_at)
        recalled = out.gone or recalled_at is not None
        return Entry(
            id=_id(out), code=out.code,
            title="…".join(pieces_of(self._titles.get(out.item, ""))),
            pieces=pieces_of(out.text), media=out.said_by.media, sender=out.said_by.sender,
            organisation=out.said_by.organisation, when=out.when, day=day,
            recalled=recalled, recalled_at=recalled_at,
            correction=self._correction(out, recalled_at) if recalled
            else self._corrected(out))

    # ------------------------------------------------------------------ what is out

    def _deliveries(self, day: date) -> Iterable[Out]:
        rows = self.session.execute(
            select(Delivery, Batch.item_id, Batch.item_version, Batch.opens_at)
            .join(Batch, Batch.id == Delivery.batch_id)
            .where(Delivery.day == day, Delivery.kind.in_(_KINDS), Delivery.state.in_(PUBLIC),
                   Batch.opens_at <= self.now)
        ).all()
        newest: dict[tuple[str, ...], int] = {}
        for d, *_ in rows:  # what was handed over and then replaced before it aired
            place = (d.occurrence_id, d.kind, d.channel, d.target)
            newest[place] = max(newest.get(place, 0), d.version)
        rows = [row for row in rows if row[0].kind == "correct" or row[0].version == newest[
            row[0].occurrence_id, row[0].kind, row[0].channel, row[0].target]]
        payloads = self._payloads({d.content_sha256 for d, *_ in rows})
        taken_back = self._taken_back([d.id for d, *_ in rows if d.state == "recalled"])
        said: dict[tuple[str, ...], Out] = {}
        for d, item, version, opens in rows:
            out = self._out(d, (item, version), opens, payloads[d.content_sha256])
            known = said.get(out.apart)
            said[out.apart] = out._replace(
                first=min(out.first, known.first) if known else out.first,
                gone=out.gone and (known is None or known.gone), gone_at=taken_back.get(d.id))
        return said.values()

    def _out(
        self, d: Delivery, item: Version, opens: datetime, payload: Mapping[str, Any]
    ) -> Out:
        by = self._senders.of(d.channel, d.account, d.target, d.day)
        text = _words(payload, by)
        code = d.tag if d.tag and d.tag in text else ""
        apart = (d.occurrence_id, d.kind, d.channel, by.sender, by.organisation,
                 opens.isoformat(), text)
        return Out(apart, code, text, item, by, opens, d.first_try_at or opens,
                   d.state == "recalled", edited=edits(d.kind, d.id, d.tag))

    def _campaigns(self, day: date) -> Iterable[Out]:
        rows = self.session.scalars(
            select(Campaign).join(Occurrence, Occurrence.id == Campaign.occurrence_id)
            .where(Occurrence.local_date == day, Campaign.first_begun_at.is_not(None),
                   Campaign.starts_at <= self.now, Campaign.until_row > Campaign.seeds)
        ).all()
        for row in rows:
            if not is_out(self.session, row.id) or row.first_begun_at is None:
                continue
            by = [self._senders.of(row.channel, account, "", day) for account in row.weights]
            names = ", ".join(dict.fromkeys(one.sender for one in by if one.sender))
            yield Out((str(row.occurrence_id),), _code(row.text), row.text,
                      (row.item_id, row.item_version), replace(by[0], sender=names),
                      row.starts_at, row.first_begun_at, gone=False, campaign=row.id)

    def _orders(self, day: date) -> Iterable[Out]:
        rows = self.session.scalars(
            select(AreaOrder).join(Occurrence, Occurrence.id == AreaOrder.occurrence_id)
            .where(Occurrence.local_date == day, AreaOrder.opens_at <= self.now,
                   AreaOrder.state.in_(("handed_over", "reported")))
        )
        for row in rows:
            by = From("Tin nhắn SMS", row.sender, row.organisation)
            yield Out((row.occurrence_id,), _code(row.text), row.text,
                      (row.item_id, row.item_version), by, row.opens_at,
                      row.handed_over_at or row.opens_at, gone=False)

    # ------------------------------------------------------------------ what is known of it

    def _taken_back(self, originals: list[str]) -> Mapping[str, datetime | None]:
        found = dict[str, datetime | None]()
        for first in range(0, len(originals), _CHUNK):
            found |= {str(key): at for key, at in self.session.execute(
                select(Delivery.refers_to, Delivery.settled_at)
                .where(Delivery.refers_to.in_(originals[first:first + _CHUNK]),
                       Delivery.kind == "recall"))}
        return found

    def _payloads(self, hashes: set[str]) -> Mapping[str, Mapping[str, Any]]:
        wanted, found = sorted(hashes), dict[str, Mapping[str, Any]]()
        for first in range(0, len(wanted), _CHUNK):
            part = wanted[first:first + _CHUNK]
            for content in self.session.scalars(select(Content).where(Content.sha256.in_(part))):
                found[content.sha256] = content.payload
        return found

    def _learn(self, items: set[Version]) -> None:
        """Titles, recalls and corrections of these, where they are not known yet."""
        missing = {item for item, _ in items} - self._recalls.keys()
        for item in missing:
            self._recalls[item], self._fixes[item] = [], []
        for row in self.session.scalars(
            select(Audit).where(Audit.act.in_(("recall", "correct")),
                                Audit.subject.in_(sorted(missing))).order_by(Audit.seq)
        ):
            if row.act == "recall":
                self._recalls[row.subject].append(row.at)
            else:
                self._fixes[row.subject].append(str(row.detail.get("with", "")))
        for item, version in items - self._titles.keys():
            said = self.session.get(ItemVersion, (item, version))
            self._titles[item, version] = str(said.content.get("title", "")) if said else ""

    def _correction(self, out: Out, recalled_at: datetime | None) -> Correction | None:
        """
        What is out since the recall of the item that was to correct it, or of the same item in
        a later version: on the same channel where there is one, the newest.
        """
        since, item, version = recalled_at or out.first, *out.item
        names = self._fixes[item]
        right = Batch.item_id.in_(names) | (Batch.item_id == item) & (
            Batch.item_version > version)
        found = self.session.execute(
            select(Delivery, Batch)
            .join(Batch, Batch.id == Delivery.batch_id)
            .where(right, Delivery.kind.in_(_KINDS), Delivery.state.in_(_STANDS),
                   Batch.opens_at <= self.now, Delivery.first_try_at >= since)
            .order_by(case((Delivery.channel == out.channel, 0), else_=1),
                      Batch.opens_at.desc(), Delivery.id).limit(1)
        ).first()
        if found is None:
            return self._by_campaign(out, since, names)
        d, batch = found
        fix = self._out(d, (batch.item_id, batch.item_version), batch.opens_at,
                        self._payloads({d.content_sha256})[d.content_sha256])
        return Correction("…".join(pieces_of(fix.text)), fix.when, _id(fix))

    def _by_campaign(self, out: Out, since: datetime, names: Sequence[str]) -> Correction | None:
        item, version = out.item
        right = Campaign.item_id.in_(names) | (Campaign.item_id == item) & (
            Campaign.item_version > version)
        return self._corrected(out) or self._newest_campaign(right, since)

    def _corrected(self, out: Out) -> Correction | None:
        """By a campaign that goes after this one, whether its item was recalled or not."""
        if out.campaign is None:
            return None
        return self._newest_campaign(Campaign.corrects == out.campaign, out.first)

    def _newest_campaign(
        self, right: ColumnElement[bool], since: datetime
    ) -> Correction | None:
        for row in self.session.scalars(
            select(Campaign)
            .where(right, Campaign.first_begun_at >= since, Campaign.starts_at <= self.now,
                   Campaign.until_row > Campaign.seeds).order_by(Campaign.starts_at.desc())
        ):
            if is_out(self.session, row.id):
                return Correction("…".join(pieces_of(row.text)), row.starts_at,
                                  id_of(_code(row.text), str(row.occurrence_id)))
        return None


def _id(out: Out) -> str:
    """The code finds the first text it stood under; what took its place has an id of its own."""
    return id_of("" if out.edited else out.code, *out.apart)


def is_out(session: Session, campaign: int) -> bool:
    """Somebody got it, or may have; asked of the tally, never of a million rows."""
    out = session.scalars(
        select(func.sum(CampaignTally.messages))
        .where(CampaignTally.campaign_id == campaign, CampaignTally.state.in_(PUBLIC))
    ).one()
    return bool(out and out > 0)


def _words(payload: Mapping[str, Any], by: From) -> str:
    """Title and text as they were to be read there."""
    text = str(payload.get("text", ""))
    text = as_text(text) if by.html else text
    title = str(payload.get("title", "")).strip()
    return f"{title}\n{text}" if title and by.titled else text


def _code(text: str) -> str:
    """A campaign's code, where its text shows it."""
    found = _CODE.search(text)
    return found[0] if found else ""
