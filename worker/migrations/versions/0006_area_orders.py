"""orders to a carrier that sends to an area itself"""

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_order",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("occurrence_id", sa.String(length=220), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("bare", sa.Text(), nullable=False),
        sa.Column("carrier", sa.String(length=63), nullable=False),
        sa.Column("sender", sa.String(length=11), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("opens_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("letter", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=63), nullable=True),
        sa.Column("approved_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", sa.String(length=63), nullable=True),
        sa.Column("handed_over_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=False),
        sa.Column("result_file", sa.String(length=255), nullable=False),
        sa.Column("result_by", sa.String(length=63), nullable=False),
        sa.Column("result_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'reported' OR result_sha256 <> ''", name=op.f("ck_area_order_reported")
        ),
        sa.CheckConstraint(
            "state IN ('draft','approved','handed_over','reported','cancelled')",
            name=op.f("ck_area_order_state"),
        ),
        sa.CheckConstraint(
            "state IN ('draft','cancelled') OR approved_by IS NOT NULL",
            name=op.f("ck_area_order_approved"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('handed_over','reported') OR handed_over_at IS NOT NULL",
            name=op.f("ck_area_order_handed_over"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_area_order_four_eyes")
        ),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_area_order_window")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrence.id"],
            name=op.f("fk_area_order_occurrence_id_occurrence"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_order")),
        sa.UniqueConstraint("code", name=op.f("uq_area_order_code")),
        sa.UniqueConstraint("occurrence_id", name=op.f("uq_area_order_occurrence_id")),
    )
    op.create_index(op.f("ix_area_order_item_id"), "area_order", ["item_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
