"""The rate of an account, shared by all workers.

Revision ID: 0018
Revises: 0017
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from worker.models.base import UtcDateTime

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_rate",
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("taken_from", _MOMENT, nullable=False),
        sa.Column("taken_until", _MOMENT, nullable=False),
        sa.Column("token", sa.String(length=36), nullable=False),
        sa.Column("waiting_rank", sa.Integer(), nullable=False),
        sa.Column("waiting_until", _MOMENT, nullable=False),
        sa.CheckConstraint("taken_until >= taken_from", name=op.f("ck_account_rate_forward")),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_account_rate")),
    )


def downgrade() -> None:
    op.drop_table("account_rate")
