"""What is done to a text once it is public: kept on top for some days, and its figures taken."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

_OPEN = text("state = 'open'")
_PINS = text("kind IN ('pin', 'unpin')")


class Aftercare(Base):
    """One thing to do for a delivery that is public; it never changes the delivery itself."""

    __tablename__ = "aftercare"
    __table_args__ = (
        # the key prevents: the same thing done twice, by two nodes or after a restart
        ForeignKeyConstraint(["delivery_id", "day"], ["delivery.id", "delivery.day"]),
        CheckConstraint("kind IN ('pin','unpin','1h','24h','7d')", name="kind"),
        CheckConstraint("state IN ('open','done','dropped','failed')", name="state"),
        Index("ix_aftercare_open", "next_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_aftercare_pins", "channel", "target", sqlite_where=_PINS,
              postgresql_where=_PINS),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    delivery_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(5), primary_key=True)
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    target: Mapped[str] = mapped_column(String(63))
    published_at: Mapped[datetime]
    due_at: Mapped[datetime]
    next_at: Mapped[datetime]
    asked_until: Mapped[datetime | None]  #: somebody is asking now, and nobody else this account
    tries: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(7), default="open")
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None]


class DeliveryFigures(Base):
    """How many saw a text, at one age of it."""

    __tablename__ = "delivery_figures"
    # the key prevents: two figures for one age
    __table_args__ = (
        ForeignKeyConstraint(["delivery_id", "day"], ["delivery.id", "delivery.day"]),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    delivery_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(5), primary_key=True)  #: 1h, 24h, 7d
    at: Mapped[datetime]
    age: Mapped[int]  #: seconds since it was published; more than the mark when it was taken late
    counts: Mapped[dict[str, Any]]  #: name -> number, what the far side gives
