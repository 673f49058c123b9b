"""Items repeated weekly, and the days left out.

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entry", sa.String(length=130), nullable=False),
        sa.Column("slot", sa.String(length=63), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_series_span")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_series_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "series_day",
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("entry", sa.String(length=130), nullable=False),
        sa.Column("slot", sa.String(length=63), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("left_out_by", sa.String(length=63), nullable=True),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"],
                                name=op.f("fk_series_day_series_id_series")),
        sa.PrimaryKeyConstraint("local_date", "entry", "slot", name=op.f("pk_series_day")),
    )
    op.create_index(op.f("ix_series_day_series_id"), "series_day", ["series_id"])
    # the calendar reads a week of two years
    op.create_index(op.f("ix_pin_local_date"), "pin", ["local_date"])
    op.create_index("ix_delivery_late", "delivery", ["occurrence_id"],
                    sqlite_where=sa.text("late = 1"), postgresql_where=sa.text("late"))


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
