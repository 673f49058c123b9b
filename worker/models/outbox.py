"""
The outbox: what is to be published (occurrence), on which channel (channel_plan), in units
of claim (batch) and units of truth (delivery), and every try (attempt).

`day`, the occurrence's local date, stands in every key: PostgreSQL partitions by its month
(worker/growth/partitions.py). There an attempt points to a delivery within its month's partition.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

_READY = text("state IN ('ready', 'leased')")
#: what stands at the far side unseen, is not on its way, and nobody has asked to have back
LEFT_PREPARED = text(
    "prepared_at IS NOT NULL AND withdrawn_at IS NULL "
    "AND state IN ('ready', 'cancelled', 'expired', 'rejected', 'exhausted')"
)


class Occurrence(Base):
    """An entry on a slot and local date; its id is readable: entry/slot/date/run."""

    __tablename__ = "occurrence"
    __table_args__ = (
        # prevents: one airing planned twice by a moved slot, two planners, a restart, a
        # restored backup; `run` > 1 only by a person's `repeat`
        UniqueConstraint("entry", "slot", "local_date", "run"),
    )

    id: Mapped[str] = mapped_column(String(220), primary_key=True)
    entry: Mapped[str] = mapped_column(String(130))
    slot: Mapped[str] = mapped_column(String(63))  #: "-" where there is none, never NULL
    local_date: Mapped[date] = mapped_column(index=True)
    run: Mapped[int] = mapped_column(default=1)
    segment: Mapped[str | None] = mapped_column(String(63))
    item_id: Mapped[str] = mapped_column(String(63), index=True)
    item_version: Mapped[int]
    picked_by: Mapped[str] = mapped_column(String(10))  #: rotate|pin|stand_by|now|repeat|bulletin
    priority: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(String(10))
    opens_at: Mapped[datetime] = mapped_column(index=True)
    closes_at: Mapped[datetime]
    late: Mapped[str] = mapped_column(String(10), default="publish")
    when_uncertain: Mapped[str] = mapped_column(String(10), default="hold")
    cancelled_at: Mapped[datetime | None]
    programme_version: Mapped[int]
    event_seq: Mapped[int] = mapped_column(default=0)
    event_head: Mapped[str] = mapped_column(String(64), default="")


class ChannelPlan(Base):
    """One occurrence on one channel: what the calendar shows as a cell."""

    __tablename__ = "channel_plan"

    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(63), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)  #: > 1: changed between due and airing
    fingerprint: Mapped[str] = mapped_column(String(64))  #: of everything that would go out
    due_at: Mapped[datetime] = mapped_column(index=True)
    problem: Mapped[str] = mapped_column(Text, default="")  #: why it cannot air, or ""


class Content(Base):
    """A text exactly as it goes out, kept once however many receive it."""

    __tablename__ = "content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    payload: Mapped[dict[str, Any]]  #: text, title, extra, attachments, parts, seconds


class Batch(Base):
    """A unit of claim: up to 500 deliveries of one occurrence, channel and account."""

    __tablename__ = "batch"
    __table_args__ = (
        # prevents: a replanned occurrence leaving the old batch beside the new one
        UniqueConstraint("occurrence_id", "kind", "version", "channel", "ordinal"),
        CheckConstraint(
            "state IN ('held','ready','leased','done','cancelled','expired')", name="state"
        ),
        # claims read this index only, never a finished row
        Index("ix_batch_claim", "channel", "priority_rank", "next_attempt_at",
              sqlite_where=_READY, postgresql_where=_READY),
        Index("ix_batch_lease", "lease_until", sqlite_where=text("state = 'leased'"),
              postgresql_where=text("state = 'leased'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"))
    day: Mapped[date]
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    kind: Mapped[str] = mapped_column(String(8), default="publish")
    version: Mapped[int] = mapped_column(default=1)
    ordinal: Mapped[int] = mapped_column(default=0)
    # what it says; the occurrence may have gone on to another item since, and an approval of
    # that one must not let this one out
    item_id: Mapped[str] = mapped_column(String(63), index=True)
    item_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    priority_rank: Mapped[int]  #: 0 khan_cap, 1 uu_tien, 2 thong_thuong: smallest first
    next_attempt_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    windows: Mapped[list[Any]]  #: [[from, until], …] ISO UTC: hours in which it may air
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    node: Mapped[str | None] = mapped_column(String(80))
    incarnation: Mapped[int | None]


class Delivery(Base):
    """
    One target of an occurrence on a channel. `id` is the key given to gateways: UUIDv5 over
    installation, entry, slot, date, run, kind, version, channel, target: the same for ever.
    State `queued` means "what its batch is" (held, ready, cancelled, expired).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # prevents: one target getting one airing twice
        UniqueConstraint("day", "occurrence_id", "kind", "version", "channel", "target"),
        CheckConstraint(
            "state IN ('queued','ready','sending','accepted','delivered','rejected',"
            "'exhausted','uncertain','cancelled','expired','recalled')",
            name="state",
        ),
        Index("ix_delivery_batch", "batch_id", "state"),
        Index("ix_delivery_log", "day", "channel", "id"),
        # the calendar asks which of a week's went out late, few of very many
        Index("ix_delivery_late", "occurrence_id", sqlite_where=text("late = 1"),
              postgresql_where=text("late")),
        # the sweep asks for doubts every few seconds, the log may hold millions of rows
        Index("ix_delivery_doubt", "id", sqlite_where=text("state = 'uncertain'"),
              postgresql_where=text("state = 'uncertain'")),
        Index("ix_delivery_prepared", "id", sqlite_where=LEFT_PREPARED,
              postgresql_where=LEFT_PREPARED),
        Index("ix_delivery_withdrawn", "id", sqlite_where=text("withdrawn_at IS NOT NULL"),
              postgresql_where=text("withdrawn_at IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    kind: Mapped[str] = mapped_column(String(8), default="publish")
    version: Mapped[int] = mapped_column(default=1)
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    target: Mapped[str] = mapped_column(String(63))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    content_sha256: Mapped[str] = mapped_column(ForeignKey("content.sha256"))
    tag: Mapped[str] = mapped_column(String(12), default="")
    next_attempt_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    first_try_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    #: an earlier try may have gone out: it ends uncertain, never as expired or cancelled
    maybe_out: Mapped[bool] = mapped_column(default=False)
    ref: Mapped[str] = mapped_column(String(200), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    refers_to: Mapped[str | None] = mapped_column(String(36), index=True)  #: recall: the original
    absent_at: Mapped[datetime | None]  #: when the far side first said it does not have it
    asked_at: Mapped[datetime | None]  #: when the far side was last asked: all have their turn
    settled_at: Mapped[datetime | None]
    #: since when it stands at the far side under `ref`, seen by nobody until it is sent
    prepared_at: Mapped[datetime | None]
    #: since when it must not become public and is being taken back
    withdrawn_at: Mapped[datetime | None]


class Attempt(Base):
    """One try, written before the wire: one without an end is a crash, visible for ever."""

    __tablename__ = "attempt"
    __table_args__ = (
        # the key prevents: two tries under one number, by two workers at once
        ForeignKeyConstraint(["delivery_id", "day"], ["delivery.id", "delivery.day"]),
        Index("ix_attempt_open", "begun_at", sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    delivery_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(63))
    node: Mapped[str] = mapped_column(String(80))
    lease_token: Mapped[str] = mapped_column(String(36))
    begun_at: Mapped[datetime] = mapped_column(index=True)
    deadline_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(12))
    counted: Mapped[bool] = mapped_column(default=True)
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    ref: Mapped[str] = mapped_column(String(200), default="")
