"""The installation, its people, its programme versions, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class Installation(Base):
    """One row: who we are, and whether this database is for training."""

    __tablename__ = "installation"
    __table_args__ = (
        # prevents: a second identity, which would give one delivery two keys
        CheckConstraint("id = 1", name="one_row"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    uid: Mapped[str] = mapped_column(String(36))
    # a trigger refuses any change: training can never become the real thing
    training: Mapped[bool]
    epoch: Mapped[int] = mapped_column(default=1)  #: rises with every restore
    recovered_epoch: Mapped[int] = mapped_column(default=1)  #: behind `epoch`: not yet doubted
    created_at: Mapped[datetime]
    live_at: Mapped[datetime | None]  #: when the checklist of `golive` was complete
    recovered_until: Mapped[datetime | None]  #: nothing due before this is sent by itself
    #: of the PostgreSQL on which it was found whole; another one's begins nothing (worker/failover)
    timeline: Mapped[str | None] = mapped_column(String(40))


class Person(Base):
    """Somebody who acts; roles as in docs/glossary.md."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    roles: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    #: of the programme; None: works for the whole installation (worker/scope.py)
    organisation: Mapped[str | None] = mapped_column(String(63))


class ProgrammeVersion(Base):
    """A `schedules.toml` that was accepted; the newest is in force on every node."""

    __tablename__ = "programme_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[str] = mapped_column(String(63))


class Audit(Base):
    """Who did what; append-only by trigger, each row chained to the one before."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(63))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    detail: Mapped[dict[str, Any]]
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class StopOrder(Base):
    """Dừng khẩn cấp: in force until two persons have started again."""

    __tablename__ = "stop_order"
    __table_args__ = (
        # prevents: one person starting again alone by saying it twice
        CheckConstraint("first_start_by <> second_start_by", name="two_persons"),
        CheckConstraint(
            "(lifted_at IS NULL) OR (second_start_by IS NOT NULL)", name="lifted_by_two"
        ),
        Index("ix_stop_order_in_force", "channel", sqlite_where=text("lifted_at IS NULL"),
              postgresql_where=text("lifted_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(63))  #: "*" is every channel
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime]
    first_start_by: Mapped[str | None] = mapped_column(String(63))
    second_start_by: Mapped[str | None] = mapped_column(String(63))
    lifted_at: Mapped[datetime | None]


class Alarm(Base):
    """A Sự cố: one row a cause, however often it is seen."""

    __tablename__ = "alarm"
    __table_args__ = (
        # prevents: a hundred rows (and a hundred SMS to the duty officer) for one cause
        Index("uq_alarm_open_cause", "cause", unique=True, sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    cause: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))  #: warning | serious
    what: Mapped[str] = mapped_column(Text)
    fix: Mapped[str] = mapped_column(Text)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=1)
    acked_by: Mapped[str | None] = mapped_column(String(63))
    acked_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  #: when somebody was last told
    told: Mapped[list[Any]] = mapped_column(default=list)  #: whom
    closed_at: Mapped[datetime | None]


class Node(Base):
    """A worker process; `incarnation` rises with every start on the same node."""

    __tablename__ = "node"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    incarnation: Mapped[int]
    version: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    #: on which it has found, or written down, all that it had begun
    timeline: Mapped[str | None] = mapped_column(String(40))


class ChannelTest(Base):
    """A test sent before going live, and who saw it arrive."""

    __tablename__ = "channel_test"
    __table_args__ = (UniqueConstraint("channel", "account", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(63))
    account: Mapped[str] = mapped_column(String(63))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(63))
    outcome: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text)
    confirmed_by: Mapped[str | None] = mapped_column(String(63))
    confirmed_at: Mapped[datetime | None]
