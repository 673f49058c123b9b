"""What persons are told: something waits, came back, was aired; tomorrow's programme."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base

_UNSEEN = text("seen_at IS NULL")


class Notice(Base):
    """One thing told to one person, or to everybody of one organisation."""

    __tablename__ = "notice"
    __table_args__ = (
        # prevents: somebody told twice of one thing, by two ticks, two nodes or a restart
        UniqueConstraint("cause"),
        # prevents: a notice that nobody is shown, or that two kinds of reader share
        CheckConstraint("(person IS NULL) <> (organisation IS NULL)", name="one_reader"),
        # the figure in the header is asked with every page
        Index("ix_notice_person_unseen", "person", sqlite_where=_UNSEEN,
              postgresql_where=_UNSEEN),
        Index("ix_notice_organisation_unseen", "organisation", sqlite_where=_UNSEEN,
              postgresql_where=_UNSEEN),
        Index("ix_notice_untold", "made_at", sqlite_where=text("told_at IS NULL"),
              postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    cause: Mapped[str] = mapped_column(String(320))
    kind: Mapped[str] = mapped_column(String(10))  #: worker/notices/kinds.py
    person: Mapped[str | None] = mapped_column(String(63), index=True)
    #: everybody of this organisation; "*": of the whole installation
    organisation: Mapped[str | None] = mapped_column(String(63), index=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)  #: whole, as it is pasted into a Zalo group
    link: Mapped[str] = mapped_column(String(200), default="")  #: a path of the console
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]  #: by e-mail; set before the wire, so never twice
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None] = mapped_column(String(63))
