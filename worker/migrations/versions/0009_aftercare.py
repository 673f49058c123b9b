"""pins and figures of what is public"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")
_PINS = sa.text("kind IN ('pin', 'unpin')")


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[datetime]":
    return sa.Column(name, worker.models.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "aftercare",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("target", sa.String(length=63), nullable=False),
        _moment("published_at"),
        _moment("due_at"),
        _moment("next_at"),
        _moment("asked_until", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint("kind IN ('pin','unpin','1h','24h','7d')",
                           name=op.f("ck_aftercare_kind")),
        sa.CheckConstraint("state IN ('open','done','dropped','failed')",
                           name=op.f("ck_aftercare_state")),
        sa.ForeignKeyConstraint(["delivery_id", "day"], ["delivery.id", "delivery.day"],
                                name=op.f("fk_aftercare_delivery_id_day_delivery")),
        sa.PrimaryKeyConstraint("delivery_id", "day", "kind", name=op.f("pk_aftercare")),
    )
    op.create_index("ix_aftercare_open", "aftercare", ["next_at"], unique=False,
                    sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_aftercare_pins", "aftercare", ["channel", "target"], unique=False,
                    sqlite_where=_PINS, postgresql_where=_PINS)
    op.create_table(
        "delivery_figures",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mark", sa.String(length=5), nullable=False),
        _moment("at"),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id", "day"], ["delivery.id", "delivery.day"],
                                name=op.f("fk_delivery_figures_delivery_id_day_delivery")),
        sa.PrimaryKeyConstraint("delivery_id", "day", "mark", name=op.f("pk_delivery_figures")),
    )


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
