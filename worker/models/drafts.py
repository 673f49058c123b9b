"""What somebody is writing and has not saved, and what contributors sent along as evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class Draft(Base):
    """A form as it was typed, kept every few seconds: nothing is lost when a session ends."""

    __tablename__ = "draft"
    __table_args__ = (
        # prevents: two drafts of one person for one item, of which one would be forgotten
        UniqueConstraint("person_id", "key"),
        # prevents: a draft of an item that does not say which version it started from
        CheckConstraint("(item_id IS NULL) = (base_version IS NULL)", name="base"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(String(80))  #: the item's id, or `+` and a mark of the form
    item_id: Mapped[str | None] = mapped_column(ForeignKey("item.id"), index=True)
    base_version: Mapped[int | None]
    form: Mapped[dict[str, Any]]  #: name of the field -> every value typed
    saved_at: Mapped[datetime]


class Evidence(Base):
    """A picture or document that came with a contribution; it is never published."""

    __tablename__ = "evidence"
    __table_args__ = (
        # prevents: one file standing twice at one item
        UniqueConstraint("item_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    name: Mapped[str] = mapped_column(String(255))  #: as the sender called it; for showing only
    kind: Mapped[str] = mapped_column(String(8))  #: jpg | png | webp | pdf
    sha256: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime]
