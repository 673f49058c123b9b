"""
Orders to a carrier that sends to an area itself. We send nothing, so there is neither a delivery
nor a number here: what was ordered, in which words, by whose yes, and what the carrier reported.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class AreaOrder(Base):
    """One text for all subscribers of an area, sent by their carrier. Its words never change."""

    __tablename__ = "area_order"
    __table_args__ = (
        CheckConstraint("state IN ('draft','approved','handed_over','reported','cancelled')",
                        name="state"),
        # prevents: one person alone having a whole district written to
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="four_eyes"),
        # prevents: files for the carrier that nobody said yes to
        CheckConstraint("state IN ('draft','cancelled') OR approved_by IS NOT NULL",
                        name="approved"),
        # prevents: an order that is with the carrier without our knowing which files it got
        CheckConstraint("state NOT IN ('handed_over','reported') OR handed_over_at IS NOT NULL",
                        name="handed_over"),
        # prevents: figures that nobody reported
        CheckConstraint("state <> 'reported' OR result_sha256 <> ''", name="reported"),
        CheckConstraint("opens_at < closes_at", name="window"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    #: "GV-…" on every paper of it. Computed from more than the number, which an order made after
    #: a restore may have again: the carrier must not take one for the other
    code: Mapped[str] = mapped_column(String(12), unique=True)
    #: its story (events); entry "vung:ID", slot "-"
    occurrence_id: Mapped[str] = mapped_column(ForeignKey("occurrence.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(63))  #: whose approved text it is
    item_id: Mapped[str] = mapped_column(String(63), index=True)
    item_version: Mapped[int]
    priority: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)  #: as approved, every field filled
    text_sha256: Mapped[str] = mapped_column(String(64))  #: of its UTF-8
    bare: Mapped[str] = mapped_column(Text)  #: without accents, pure ASCII
    carrier: Mapped[str] = mapped_column(String(63))
    sender: Mapped[str] = mapped_column(String(11))  #: the registered sender name
    areas: Mapped[list[Any]]  #: [[code or "", name], …]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    organisation: Mapped[str] = mapped_column(String(200))  #: who ordered it …
    document: Mapped[str] = mapped_column(String(100))  #: … by which paper …
    document_date: Mapped[date]  #: … of which day
    #: what the letter says of who writes it: parent, issuer, place, signature (lines), training
    letter: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(11), default="draft")
    reason: Mapped[str] = mapped_column(Text, default="")  #: why it was cancelled
    made_by: Mapped[str] = mapped_column(String(63))
    made_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(63))
    approved_at: Mapped[datetime | None]
    handed_over_by: Mapped[str | None] = mapped_column(String(63))
    handed_over_at: Mapped[datetime | None]
    files: Mapped[dict[str, Any]]  #: name -> SHA-256 of what was handed over
    result: Mapped[dict[str, Any]]  #: the carrier's figures: totals, rows, notes
    result_sha256: Mapped[str] = mapped_column(String(64), default="")  #: of the carrier's file
    result_file: Mapped[str] = mapped_column(String(255), default="")
    result_by: Mapped[str] = mapped_column(String(63), default="")
    result_at: Mapped[datetime | None]
