"""Programs that act for a person, and what they were answered, so that asking twice acts once."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class ApiKey(Base):
    """A key of a program; whoever reads this table cannot call with it."""

    __tablename__ = "api_key"
    __table_args__ = (
        # prevents: a key that is over before it begins; that it ends at all is NOT NULL's
        CheckConstraint("expires_at > made_at", name="ends"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
        # prevents: two keys in use that nobody can tell apart by name
        Index("uq_api_key_name_in_use", "name", unique=True,
              sqlite_where=text("revoked_at IS NULL"),
              postgresql_where=text("revoked_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))  #: its first letters, to know it by
    name: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(63))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(63))


class ApiAnswer(Base):
    """What a POST with an `Idempotency-Key` was answered; without a status it is under way."""

    __tablename__ = "api_answer"
    __table_args__ = (
        # prevents: a program told "done" of what is still under way
        CheckConstraint("(status IS NULL) = (body IS NULL)", name="whole"),
    )

    # the primary key prevents: the same call acting twice
    key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    claim: Mapped[str] = mapped_column(String(43))  #: of whoever acts; the act commits with it
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
