"""Items repeated weekly, day by day, so that one may be left out and none stands twice."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class Series(Base):
    """A person's choice of item for one slot, every week from one day to another."""

    __tablename__ = "series"
    __table_args__ = (
        # prevents: a repeat that ends before it begins and shows nowhere
        CheckConstraint("first <= last", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry: Mapped[str] = mapped_column(String(130))
    slot: Mapped[str] = mapped_column(String(63))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    first: Mapped[date]
    last: Mapped[date]
    by: Mapped[str] = mapped_column(String(63))
    at: Mapped[datetime]


class SeriesDay(Base):
    """One day of a series. A pin of that place wins over it; left out, the segment picks."""

    __tablename__ = "series_day"

    # the key prevents: two series in one place on one day
    local_date: Mapped[date] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(130), primary_key=True)
    slot: Mapped[str] = mapped_column(String(63), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    left_out_by: Mapped[str | None] = mapped_column(String(63))
