"""Rows of new occurrences and cells, gathered for one transaction and written in bulk."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from worker.audit import chain_hash
from worker.db import next_ids
from worker.models import Base, Batch, ChannelPlan, Content, Delivery, Event, Occurrence
from worker.outbox.many import Many
from worker.planner.cells import PRIORITY_RANK, Cell, Planned, Writer
from worker.slots import Span

_CONTENT = Many(insert(Content), "sha256", "payload", missing_only=True)
#: what the model fills in for a delivery by itself; `Many` fills in nothing
_UNTRIED = {c.name: c.default.arg for c in Delivery.__table__.c
            if isinstance(c.default, ScalarElementColumnDefault)}


@dataclass
class Rows:
    """What one chunk of planning writes."""

    now: datetime
    actor: str
    programme_version: int
    writer: Writer
    occurrences: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: list[dict[str, Any]] = field(default_factory=list)
    mails: list[list[dict[str, Any]]] = field(default_factory=list)  #: one list a batch
    rewritten: list[dict[str, Any]] = field(default_factory=list)  #: occurrences

    def occurrence(self, planned: Planned) -> None:
        """A new occurrence with its first event: the chain starts with it."""
        detail = {"item": planned.item.id, "version": planned.item.version,
                  "picked_by": planned.picked_by}
        event = {"occurrence_id": planned.id, "seq": 1, "at": self.now, "actor": self.actor,
                 "kind": "planned", "delivery_id": None, "detail": detail}
        head = chain_hash("", {**event, "at": self.now.isoformat()})
        self.events.append({**event, "prev": "", "hash": head})
        self.occurrences.append({
            "id": planned.id, "entry": planned.entry, "slot": planned.slot,
            "local_date": planned.local_date, "run": planned.run, "segment": planned.segment,
            **occurrence_values(planned), "programme_version": self.programme_version,
            "event_seq": 1, "event_head": head,
        })

    def rewrite(self, planned: Planned) -> None:
        """An occurrence that stands gets the item and times wanted now."""
        self.rewritten.append({"id": planned.id, **occurrence_values(planned),
                               "programme_version": self.programme_version})

    def cell(self, planned: Planned, cell: Cell, version: int, *, held: bool = False) -> None:
        """A cell's plan, batches and deliveries."""
        self.plans.append({
            "occurrence_id": planned.id, "channel": cell.channel, "version": version,
            "fingerprint": cell.fingerprint, "due_at": cell.due_at, "problem": cell.problem,
        })
        self.deliveries(planned, cell, version, held=held)

    def deliveries(self, planned: Planned, cell: Cell, version: int, *, held: bool) -> None:
        """Batches and deliveries of a cell whose plan stands already."""
        for ordinal, parcel in enumerate(cell.parcels):
            self.batches.append({
                "occurrence_id": planned.id, "day": planned.local_date, "channel": cell.channel,
                "account": parcel.account, "kind": "publish", "version": version,
                "ordinal": ordinal, "state": "held" if held else "ready",
                "priority_rank": PRIORITY_RANK[planned.priority],
                "next_attempt_at": max(parcel.due_at, parcel.windows[0][0]),
                "opens_at": parcel.opens_at, "closes_at": parcel.closes_at,
                "windows": _in_iso(parcel.windows),
                "item_id": planned.item.id, "item_version": planned.item.version,
            })
            self.mails.append([
                {
                    **_UNTRIED, "id": m.key, "day": planned.local_date, "occurrence_id": planned.id,
                    "kind": "publish", "version": version, "channel": cell.channel,
                    "account": m.account, "target": m.target, "content_sha256": m.content,
                    "tag": m.tag,
                }
                for m in parcel.mails
            ])
            for m in parcel.mails:
                self.contents[m.content] = self.writer.contents[m.content]

    def write(self, session: Session) -> None:
        """Everything in the order in which rows depend on each other."""
        session.flush()  # `Many` does not
        _CONTENT.execute(session, [{"sha256": k, "payload": v} for k, v in self.contents.items()])
        for table, rows in ((Occurrence, self.occurrences), (Event, self.events),
                            (ChannelPlan, self.plans)):
            _write(session, table, rows)
        for number, batch, mails in zip(
            next_ids(session, Batch, len(self.batches)), self.batches, self.mails, strict=True
        ):
            batch["id"] = number
            for mail in mails:
                mail["batch_id"] = number
        _write(session, Batch, self.batches)
        _write(session, Delivery, [mail for mails in self.mails for mail in mails])
        if self.rewritten:  # last: begin and settle, too, lock deliveries before occurrences
            session.execute(update(Occurrence), sorted(self.rewritten, key=itemgetter("id")))


def _write(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        _insert(table, *rows[0]).execute(session, rows)


@lru_cache
def _insert(table: type[Base], *columns: str) -> Many:
    return Many(insert(table), *columns)


@lru_cache(maxsize=1024)
def _in_iso(spans: tuple[Span, ...]) -> list[list[str]]:
    return [[first.isoformat(), until.isoformat()] for first, until in spans]


def occurrence_values(planned: Planned) -> dict[str, Any]:
    """The columns of an occurrence that an edit may rewrite."""
    return {
        "item_id": planned.item.id, "item_version": planned.item.version,
        "picked_by": planned.picked_by, "priority": planned.priority,
        "purpose": planned.purpose, "opens_at": planned.opens_at,
        "closes_at": planned.closes_at, "late": planned.late,
        "when_uncertain": planned.when_uncertain,
    }
