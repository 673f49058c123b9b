"""Who may log in to the console. Who reads it is let in by none of it: all is hashed or sealed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class UserAccount(Base):
    """The account of a person; its name is the person's id."""

    __tablename__ = "user_account"
    __table_args__ = (
        # prevents: a code asked for without a secret it could be checked with
        CheckConstraint("totp_at IS NULL OR totp IS NOT NULL", name="totp"),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password: Mapped[str | None] = mapped_column(Text)  #: argon2id, encoded; None: by link only
    password_at: Mapped[datetime | None]
    totp: Mapped[str | None] = mapped_column(Text)  #: sealed (users/totp.py)
    totp_at: Mapped[datetime | None]  #: when a first code was right: asked for since then
    totp_step: Mapped[int] = mapped_column(default=0)  #: of the newest code used: none counts twice
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class UserSession(Base):
    """A browser somebody logged in with. It counts while not revoked, not idle, not too old."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("user_account.person_id"), index=True)
    second: Mapped[bool]  #: a code was given, or the device is trusted
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(160))
    revoked_at: Mapped[datetime | None]


class UserLink(Base):
    """A one-time link by which somebody sets a password."""

    __tablename__ = "user_link"
    __table_args__ = (
        # prevents: an older link that still opens after a newer one was handed out
        Index("uq_user_link_open", "person_id", unique=True,
              sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("user_account.person_id"))
    new_totp: Mapped[bool]  #: the old codes end with it: the phone is lost
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(63))
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]  #: used, or replaced by a newer one


class TrustedDevice(Base):
    """A browser that is not asked for a code for a while."""

    __tablename__ = "trusted_device"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("user_account.person_id"), index=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class LoginGuard(Base):
    """Failures of one account, device or address; what was typed as a name is hashed."""

    __tablename__ = "login_guard"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime | None]  #: nothing is tried before this
