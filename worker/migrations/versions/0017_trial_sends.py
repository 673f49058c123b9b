"""A campaign's text for named phones, sent by the worker.

Revision ID: 0017
Revises: 0016
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = sa.text("state IN ('waiting','sending')")


def upgrade() -> None:
    moment = worker.models.base.UtcDateTime(timezone=True)
    op.create_table(
        "trial_send",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("handset", sa.String(length=63), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("last3", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=63), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("begun_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting','sending','accepted','delivered','rejected','retry',"
            "'uncertain','expired','cancelled')", name=op.f("ck_trial_send_state")),
        sa.CheckConstraint("number IS NULL OR state IN ('waiting','sending')",
                           name=op.f("ck_trial_send_number")),
        sa.CheckConstraint(
            "state <> 'waiting' OR (handset <> '' AND number IS NULL) "
            "OR (handset = '' AND number IS NOT NULL AND key_id IS NOT NULL)",
            name=op.f("ck_trial_send_whom")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"],
                                name=op.f("fk_trial_send_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["key_id"], ["list_key.id"],
                                name=op.f("fk_trial_send_key_id_list_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_send")),
    )
    op.create_index(op.f("ix_trial_send_campaign_id"), "trial_send", ["campaign_id"])
    op.create_index("ix_trial_send_open", "trial_send", ["channel", "id"],
                    sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("trial_send")
