"""The proof: events chained by hash, gateways' receipts, and what gateways limit."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class Event(Base):
    """
    A change of state or a person's act; triggers refuse UPDATE and DELETE. No address and
    no personal data stands here.
    """

    __tablename__ = "event"

    # the key prevents: two histories of one occurrence; each hash covers the one before
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(24))
    delivery_id: Mapped[str | None] = mapped_column(String(36), index=True)
    detail: Mapped[dict[str, Any]]
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class WireRef(Base):
    """
    A gateway's id back to a part of our try. Not unique: gateways use ids again. A message has
    arrived when each of its parts has.
    """

    __tablename__ = "wire_ref"
    __table_args__ = (
        Index("ix_wire_ref_ref", "channel", "account", "ref"),
        # the other parts of a message
        Index("ix_wire_ref_parts", "delivery_id", "number", sqlite_where=text('"of" > 1'),
              postgresql_where=text('"of" > 1')),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    ref: Mapped[str] = mapped_column(String(200))
    delivery_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    at: Mapped[datetime]
    # defaults of the database: rows of an older backup come without them
    part: Mapped[int] = mapped_column(server_default="1")  #: from 1
    of: Mapped[int] = mapped_column(server_default="1")
    outcome: Mapped[str | None] = mapped_column(String(9))  #: of its receipt


class Receipt(Base):
    """What a gateway called back with; stored first, matched then and again on settling."""

    __tablename__ = "receipt"
    __table_args__ = (
        # prevents: one callback, repeated by the gateway, counting twice; on PostgreSQL within a
        # month's partition, beyond it see receipts.py
        UniqueConstraint("channel", "account", "dedupe"),
        Index("ix_receipt_ref", "channel", "ref"),
        Index("ix_receipt_unmatched", "received_at", sqlite_where=text("matched_at IS NULL"),
              postgresql_where=text("matched_at IS NULL")),
        # what was said of one delivery
        Index("ix_receipt_delivery", "delivery_id", sqlite_where=text("delivery_id IS NOT NULL"),
              postgresql_where=text("delivery_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    dedupe: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    ref: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(64), default="")
    outcome: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    delivery_id: Mapped[str | None] = mapped_column(String(36))
    matched_at: Mapped[datetime | None]


class AccountRow(Base):
    """One breaker, pause and token store for all workers. Account "*" is the whole channel."""

    __tablename__ = "account_state"

    channel: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(String(63), primary_key=True)
    paused_by: Mapped[str | None] = mapped_column(String(63))
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str] = mapped_column(Text, default="")
    blocked_until: Mapped[datetime | None]  #: the gateway said wait, or refused the account
    blocked_code: Mapped[str] = mapped_column(String(40), default="")
    failures: Mapped[int] = mapped_column(default=0)  #: account-wide refusals in a row
    value_version: Mapped[int] = mapped_column(default=0)
    value: Mapped[str] = mapped_column(Text, default="")


class TargetState(Base):
    """Targets that timed out last time: they wait behind the others."""

    __tablename__ = "target_state"

    channel: Mapped[str] = mapped_column(String(63), primary_key=True)
    target: Mapped[str] = mapped_column(String(63), primary_key=True)
    suspect_since: Mapped[datetime]


