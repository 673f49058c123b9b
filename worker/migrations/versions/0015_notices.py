"""What persons are told.

Revision ID: 0015
Revises: 0014
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNSEEN = sa.text("seen_at IS NULL")
_UNTOLD = sa.text("told_at IS NULL")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, worker.models.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cause", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=63), nullable=True),
        sa.Column("organisation", sa.String(length=63), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        _moment("made_at"),
        _moment("told_at", nullable=True),
        _moment("seen_at", nullable=True),
        sa.Column("seen_by", sa.String(length=63), nullable=True),
        sa.CheckConstraint("(person IS NULL) <> (organisation IS NULL)",
                           name=op.f("ck_notice_one_reader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("cause", name=op.f("uq_notice_cause")),
    )
    for column in ("person", "organisation"):
        op.create_index(op.f(f"ix_notice_{column}"), "notice", [column])
        op.create_index(f"ix_notice_{column}_unseen", "notice", [column],
                        sqlite_where=_UNSEEN, postgresql_where=_UNSEEN)
    op.create_index("ix_notice_untold", "notice", ["made_at"],
                    sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)


def downgrade() -> None:
    op.drop_table("notice")
