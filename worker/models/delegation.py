"""Who may approve for somebody else, and by which document."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class Delegation(Base):
    """
    An approver's right to approve, lent to another person for some days and priorities. It
    makes no second approver: what is approved by it counts as the delegator's own yes.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        # prevents: a delegation that changes nothing and hides who approved
        CheckConstraint("delegate <> delegator", name="to_another"),
        # prevents: taking somebody's right to approve for oneself
        CheckConstraint("made_by <> delegate", name="given_not_taken"),
        # prevents: one that is never in force
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("thong_thuong OR uu_tien OR khan_cap", name="priorities"),
        # gives an approval something to hold on to: by whose right, and who used it
        UniqueConstraint("id", "delegator", "delegate"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    delegator: Mapped[str] = mapped_column(ForeignKey("person.id"))
    delegate: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    first_day: Mapped[date]  #: on the programme's calendar, both included
    last_day: Mapped[date]
    thong_thuong: Mapped[bool]
    uu_tien: Mapped[bool]
    khan_cap: Mapped[bool]
    document: Mapped[str] = mapped_column(String(200))  #: its number
    document_date: Mapped[date]
    made_by: Mapped[str] = mapped_column(String(63))
    made_at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(63))
    revoked_at: Mapped[datetime | None]
