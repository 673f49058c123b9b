"""The content calendar: items in versions, their renditions, who approved which text."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

ITEM_STATES = ("draft", "submitted", "approved", "returned", "rejected", "recalled")


class Item(Base):
    """Where the newest version of an item stands in its life."""

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft','submitted','approved','returned','rejected','recalled')",
            name="state",
        ),
        # a trigger prevents state 'approved' without the approvals it needs: nothing
        # unapproved is published, whatever code forgets to ask
    )

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title: Mapped[str] = mapped_column(String(150))
    theme: Mapped[str] = mapped_column(String(63))
    priority: Mapped[str] = mapped_column(String(12))
    needs_approvals: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    #: organisation of whoever made it, then; None: the whole installation (worker/scope.py)
    owner: Mapped[str | None] = mapped_column(String(63))


class ItemVersion(Base):
    """What an item said at one time; never changed, so history can be read back."""

    __tablename__ = "item_version"
    __table_args__ = (
        # gives the approval below something to hold on to: text and approval cannot part
        UniqueConstraint("item_id", "version", "renditions_sha256"),
    )

    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime]
    renditions_sha256: Mapped[str | None] = mapped_column(String(64))  #: set when submitted
    submitted_by: Mapped[str | None] = mapped_column(String(63))
    submitted_at: Mapped[datetime | None]


class Rendition(Base):
    """The frozen text of one version on one channel, its fields still open by name."""

    __tablename__ = "rendition"
    __table_args__ = (
        # prevents: two texts for one approval
        UniqueConstraint("item_id", "version", "channel", "language"),
        ForeignKeyConstraint(
            ["item_id", "version"], ["item_version.item_id", "item_version.version"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    item_id: Mapped[str] = mapped_column(String(63))
    version: Mapped[int]
    channel: Mapped[str] = mapped_column(String(63))
    language: Mapped[str] = mapped_column(String(8), default="vi")
    texts: Mapped[dict[str, Any]]  #: text, title, summary … as the template gave them
    sha256: Mapped[str] = mapped_column(String(64))
    problems: Mapped[list[Any]] = mapped_column(default=list)  #: why it cannot air there


class Approval(Base):
    """One person's yes to exactly these texts."""

    __tablename__ = "approval"
    __table_args__ = (
        # prevents: approving one's own text
        CheckConstraint("approver <> author", name="four_eyes"),
        # prevents: having one's own text approved by whom one lent one's right to
        CheckConstraint("authority <> author", name="authority_four_eyes"),
        # prevents: one person counting as two …
        UniqueConstraint("item_id", "version", "approver"),
        # … also by lending the right to approve: whoever lent it and who used it are one
        UniqueConstraint("item_id", "version", "authority"),
        # prevents: approving in the name of somebody who never said so
        ForeignKeyConstraint(
            ["delegation_id", "authority", "approver"],
            ["delegation.id", "delegation.delegator", "delegation.delegate"],
            name="fk_approval_delegation",
        ),
        CheckConstraint("(delegation_id IS NULL) = (authority = approver)", name="delegated"),
        # prevents: a signed paper recorded by its author or its signer; one without its scan
        CheckConstraint(
            "recorded_by IS NULL OR (recorded_by <> author AND recorded_by <> approver"
            " AND recorded_by <> authority)", name="recorded_by_another"),
        CheckConstraint("(recorded_by IS NULL) = (scan_sha256 IS NULL)"
                        " AND (recorded_by IS NULL) = (signed_on IS NULL)", name="paper"),
        # prevents: an approval of other texts than the frozen ones
        ForeignKeyConstraint(
            ["item_id", "version", "renditions_sha256"],
            [
                "item_version.item_id",
                "item_version.version",
                "item_version.renditions_sha256",
            ],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    item_id: Mapped[str] = mapped_column(String(63))
    version: Mapped[int]
    approver: Mapped[str] = mapped_column(String(63))
    author: Mapped[str] = mapped_column(String(63))
    renditions_sha256: Mapped[str] = mapped_column(String(64))
    alone: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    #: whose yes it counts as: the approver's own, or of whoever lent them the right
    authority: Mapped[str] = mapped_column(
        String(63), default=lambda context: context.get_current_parameters()["approver"])
    delegation_id: Mapped[int | None]
    # signed on paper: who wrote it down here, and what shows it
    recorded_by: Mapped[str | None] = mapped_column(String(63))
    document: Mapped[str] = mapped_column(String(200), default="")
    signed_on: Mapped[date | None]
    scan_sha256: Mapped[str | None] = mapped_column(String(64))


class Pin(Base):
    """A person's choice of item for one slot and date."""

    __tablename__ = "pin"
    __table_args__ = (
        # prevents: two items pinned to one place
        UniqueConstraint("entry", "slot", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry: Mapped[str] = mapped_column(String(130))
    slot: Mapped[str] = mapped_column(String(63))
    local_date: Mapped[date] = mapped_column(index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime]
