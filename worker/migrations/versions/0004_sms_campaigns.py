"""SMS campaigns"""

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign_ref",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=9), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_ref")),
    )
    op.create_index("ix_campaign_ref_ref", "campaign_ref", ["ref"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("occurrence_id", sa.String(length=220), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("state_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state_by", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pause_code", sa.String(length=40), nullable=False),
        sa.Column("seeds", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("until_row", sa.Integer(), nullable=False),
        sa.Column("go_on_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("starts_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ceiling_parts", sa.Integer(), nullable=True),
        sa.Column("ceiling_dong", sa.Integer(), nullable=True),
        sa.Column("dong_per_part", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("queued_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=63), nullable=True),
        sa.Column("approved_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("first_begun_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_begun_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('cong_ich','quang_cao')", name=op.f("ck_campaign_purpose")),
        sa.CheckConstraint(
            "state = 'queuing' OR queued_at IS NOT NULL", name=op.f("ck_campaign_whole")
        ),
        sa.CheckConstraint(
            "state IN ('queuing','draft','approved','running','paused','finished','stopped','expired')",
            name=op.f("ck_campaign_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved','running','paused') OR approved_by IS NOT NULL",
            name=op.f("ck_campaign_approved"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> created_by", name=op.f("ck_campaign_four_eyes")
        ),
        sa.CheckConstraint(
            "until_row >= 0 AND until_row <= total", name=op.f("ck_campaign_until_row")
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_campaign_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("occurrence_id", name=op.f("uq_campaign_occurrence_id")),
    )
    op.create_index(op.f("ix_campaign_item_id"), "campaign", ["item_id"], unique=False)
    op.create_index(op.f("ix_campaign_last_begun_at"), "campaign", ["last_begun_at"], unique=False)
    op.create_table(
        "campaign_list",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_list_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["recipient_list.id"], name=op.f("fk_campaign_list_list_id_recipient_list")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "list_id", name=op.f("pk_campaign_list")),
    )
    op.create_table(
        "campaign_lot",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("next_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("flying", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_until", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("node", sa.String(length=80), nullable=True),
        sa.Column("incarnation", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'leased') = (lease_token IS NOT NULL)", name=op.f("ck_campaign_lot_leased")
        ),
        sa.CheckConstraint(
            "state IN ('ready','leased','done')", name=op.f("ck_campaign_lot_state")
        ),
        sa.CheckConstraint("waiting >= 0 AND flying >= 0", name=op.f("ck_campaign_lot_counts")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_lot_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "lot", name=op.f("pk_campaign_lot")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_campaign_lot_claim",
        "campaign_lot",
        ["campaign_id", "next_at", "lot"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_campaign_lot_doubt",
        "campaign_lot",
        ["campaign_id", "lot"],
        unique=False,
        sqlite_where=sa.text("uncertain > 0"),
        postgresql_where=sa.text("uncertain > 0"),
    )
    op.create_index(
        "ix_campaign_lot_lease",
        "campaign_lot",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'leased'"),
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_table(
        "campaign_message",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("list_row", sa.Integer(), nullable=True),
        sa.Column("seed", sa.String(length=63), nullable=False),
        sa.Column("last3", sa.String(length=3), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("maybe_out", sa.Boolean(), nullable=False),
        sa.Column("next_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("begun_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting','sending','accepted','delivered','rejected','exhausted','uncertain','cancelled','expired','left_out')",
            name=op.f("ck_campaign_message_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sending','accepted','delivered','uncertain') OR account <> ''",
            name=op.f("ck_campaign_message_account"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_message_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "row", name=op.f("pk_campaign_message")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_campaign_message_recipient", "campaign_message", ["list_id", "list_row"], unique=False
    )
    op.create_table(
        "campaign_tally",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_tally_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "node", "state", "code", "carrier", name=op.f("pk_campaign_tally")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
