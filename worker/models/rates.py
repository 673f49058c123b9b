"""The permitted rate of an account as a timeline that all workers take stretches of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from worker.models.base import Base


class AccountRate(Base):
    """
    One account's timeline, by the database's clock; PostgreSQL only, for one SQLite file has one
    worker. The row is what two workers meet at: the key prevents two timelines of one account.
    """

    __tablename__ = "account_rate"
    __table_args__ = (
        # prevents: a stretch that ends before it begins, and so a second one in the same time
        CheckConstraint("taken_until >= taken_from", name="forward"),
    )

    channel: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(String(63), primary_key=True)
    taken_from: Mapped[datetime]  #: the stretch taken last
    taken_until: Mapped[datetime]  #: where the next one may begin
    token: Mapped[str] = mapped_column(String(36))  #: of whoever took it; he may give back
    waiting_rank: Mapped[int]  #: the most urgent that waits, …
    waiting_until: Mapped[datetime]  #: … and until when that holds less urgent ones up
