"""Commune radio: bulletins by number, the commune's yes, what was aired, links and recordings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class BulletinRow(Base):
    """What a station reads in one airing; a change makes a new number, never another text."""

    __tablename__ = "bulletin"
    __table_args__ = (
        # prevents: two different bulletins under one number, whoever puts them together
        UniqueConstraint("station", "local_date", "airing", "number"),
        # prevents: two numbers of one airing both believed to be the one in force
        Index("uq_bulletin_newest", "local_date", "station", "airing", unique=True,
              sqlite_where=text("newest"), postgresql_where=text("newest")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    station: Mapped[str] = mapped_column(String(63))
    local_date: Mapped[date]
    airing: Mapped[str] = mapped_column(String(16))  #: "05:30" or "sau tiếp sóng"
    number: Mapped[int]
    airs_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]  #: worker.radio.bulletin.to_json, acceptance apart
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    newest: Mapped[bool] = mapped_column(default=True)


class BulletinDelivery(Base):
    """Which deliveries stand in which bulletin: "Đã phát" is the receipt of each of them."""

    __tablename__ = "bulletin_delivery"

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    delivery_id: Mapped[str] = mapped_column(String(36), primary_key=True, index=True)


class StandingAcceptance(Base):
    """A commune's yes in advance to items of a priority: signer, document, until when."""

    __tablename__ = "standing_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    station: Mapped[str] = mapped_column(String(63), index=True)
    priority: Mapped[str] = mapped_column(String(12))
    signer: Mapped[str] = mapped_column(String(150))
    document: Mapped[str] = mapped_column(Text)
    scan_sha256: Mapped[str] = mapped_column(String(64), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(63))
    recorded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class BulletinAcceptance(Base):
    """The commune's yes to one bulletin."""

    __tablename__ = "bulletin_acceptance"

    # the key prevents: two approvals at one instant, both believed to be the first
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(150))
    how: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(Text, default="")
    scan_sha256: Mapped[str] = mapped_column(String(64), default="")
    recorded_by: Mapped[str] = mapped_column(String(80))  #: person, or the station's page
    at: Mapped[datetime]


class StationChange(Base):
    """The commune put an ordinary item off, or another in its place; never another text."""

    __tablename__ = "station_change"
    __table_args__ = (
        CheckConstraint("kind IN ('postpone','swap')", name="kind"),
        # prevents: one item put off twice, so that nobody knows to when
        UniqueConstraint("delivery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    station: Mapped[str] = mapped_column(String(63))
    local_date: Mapped[date]
    airing: Mapped[str] = mapped_column(String(16))
    delivery_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(10))
    to_date: Mapped[date | None]
    to_airing: Mapped[str] = mapped_column(String(16), default="")
    item_id: Mapped[str] = mapped_column(String(63), default="")  #: swap: what airs instead
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(150))
    at: Mapped[datetime]


class Aired(Base):
    """What a station says of one airing: the receipt of every delivery in the bulletin."""

    __tablename__ = "aired"
    __table_args__ = (
        # prevents: the same answer counted twice (a double tap, the offline page, a play log)
        UniqueConstraint("station", "local_date", "airing", "dedupe"),
        CheckConstraint("extent IN ('full','part','other','not')", name="extent"),
        Index("ix_aired_day", "local_date", "station"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    station: Mapped[str] = mapped_column(String(63))
    local_date: Mapped[date]
    airing: Mapped[str] = mapped_column(String(16))
    number: Mapped[int | None]  #: which bulletin they had; None: they did not say
    extent: Mapped[str] = mapped_column(String(5))
    clusters: Mapped[list[Any]]  #: speaker clusters that were silent
    times: Mapped[int | None]  #: how often it was read, of two
    reason: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(150))  #: who aired it
    said_to: Mapped[str] = mapped_column(String(63), default="")  #: the centre's person, if told
    source: Mapped[str] = mapped_column(String(10))  #: page, offline, centre, log
    aired_at: Mapped[datetime]
    received_at: Mapped[datetime]
    dedupe: Mapped[str] = mapped_column(String(64))
    counted: Mapped[bool]  #: it moved the deliveries; a later, other answer does not


class StationLink(Base):
    """The secret address of a station's page; a revoked one answers as if it never was."""

    __tablename__ = "station_link"
    __table_args__ = (
        # prevents: two pages for one station, of which one is forgotten when it leaks
        Index("uq_station_link_live", "station", unique=True,
              sqlite_where=text("revoked_at IS NULL"),
              postgresql_where=text("revoked_at IS NULL")),
    )

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    station: Mapped[str] = mapped_column(String(63))
    serial: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(63))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(63), default="")


class Fetched(Base):
    """Which forms of which number a station has taken: who still holds an old copy."""

    __tablename__ = "fetched"

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    form: Mapped[str] = mapped_column(String(10), primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class StationNotice(Base):
    """A station is told of an urgent, changed, recalled or silenced bulletin until it answers."""

    __tablename__ = "station_notice"
    __table_args__ = (
        # prevents: a station told twice of the same change
        UniqueConstraint("bulletin_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    station: Mapped[str] = mapped_column(String(63), index=True)
    kind: Mapped[str] = mapped_column(String(10))  #: urgent, changed, recalled, silenced
    told: Mapped[int] = mapped_column(default=0)  #: contacts told so far
    told_at: Mapped[datetime | None]  #: a contact, or the centre when none is left
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(150), default="")
    made_at: Mapped[datetime]


class Recording(Base):
    """An announcer's recording, bound to the exact words it reads, heard by another person."""

    __tablename__ = "recording"
    __table_args__ = (
        # prevents: a recording released by whoever made it
        CheckConstraint("heard_by IS NULL OR heard_by <> made_by", name="two_persons"),
        # prevents: the same take twice
        UniqueConstraint("station", "text_sha256", "file_sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    station: Mapped[str] = mapped_column(String(63), default="")  #: "": for every station
    text_sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
    seconds: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(150))
    made_at: Mapped[datetime]
    heard_by: Mapped[str | None] = mapped_column(String(150))
    heard_at: Mapped[datetime | None]
    refused: Mapped[str] = mapped_column(Text, default="")  #: why it is not used
