"""Approving for somebody else, and on paper.

Revision ID: 0014
Revises: 0013
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import worker.models.base
from worker.migrations import triggers

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECKS = (
    ("authority_four_eyes", "authority <> author"),
    ("delegated", "(delegation_id IS NULL) = (authority = approver)"),
    ("recorded_by_another", "recorded_by IS NULL OR (recorded_by <> author"
                            " AND recorded_by <> approver AND recorded_by <> authority)"),
    ("paper", "(recorded_by IS NULL) = (scan_sha256 IS NULL)"
              " AND (recorded_by IS NULL) = (signed_on IS NULL)"),
)
#: they read the table of approvals: SQLite renames it only while nothing does
_READERS = ("item_approved_insert", "item_approved_update")


def upgrade() -> None:
    _delegations()
    op.add_column("approval", sa.Column("authority", sa.String(length=63), nullable=True))
    op.add_column("approval", sa.Column("delegation_id", sa.Integer(), nullable=True))
    op.add_column("approval", sa.Column("recorded_by", sa.String(length=63), nullable=True))
    op.add_column("approval", sa.Column("document", sa.String(length=200), server_default="",
                                        nullable=False))
    op.add_column("approval", sa.Column("signed_on", sa.Date(), nullable=True))
    op.add_column("approval", sa.Column("scan_sha256", sa.String(length=64), nullable=True))
    op.execute(sa.text("UPDATE approval SET authority = approver"))
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        for name in _READERS:
            op.execute(sa.text(f"DROP TRIGGER {name}"))
    with op.batch_alter_table("approval") as batch:
        batch.alter_column("authority", existing_type=sa.String(length=63), nullable=False)
        for name, rule in _CHECKS:
            batch.create_check_constraint(op.f(f"ck_approval_{name}"), rule)
        batch.create_unique_constraint(op.f("uq_approval_item_id_version_authority"),
                                       ["item_id", "version", "authority"])
        batch.create_foreign_key(
            op.f("fk_approval_delegation"), "delegation",
            ["delegation_id", "authority", "approver"], ["id", "delegator", "delegate"])
    if sqlite:
        for statement in triggers.sqlite():
            if any(f"TRIGGER {name} " in statement for name in _READERS):
                op.execute(sa.text(statement))


def _delegations() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("delegator", sa.String(length=63), nullable=False),
        sa.Column("delegate", sa.String(length=63), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("thong_thuong", sa.Boolean(), nullable=False),
        sa.Column("uu_tien", sa.Boolean(), nullable=False),
        sa.Column("khan_cap", sa.Boolean(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=63), nullable=True),
        sa.Column("revoked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("delegate <> delegator", name=op.f("ck_delegation_to_another")),
        sa.CheckConstraint("made_by <> delegate", name=op.f("ck_delegation_given_not_taken")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_delegation_days")),
        sa.CheckConstraint("thong_thuong OR uu_tien OR khan_cap",
                           name=op.f("ck_delegation_priorities")),
        sa.ForeignKeyConstraint(["delegator"], ["person.id"],
                                name=op.f("fk_delegation_delegator_person")),
        sa.ForeignKeyConstraint(["delegate"], ["person.id"],
                                name=op.f("fk_delegation_delegate_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        sa.UniqueConstraint("id", "delegator", "delegate",
                            name=op.f("uq_delegation_id_delegator_delegate")),
    )
    op.create_index(op.f("ix_delegation_delegate"), "delegation", ["delegate"])


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
