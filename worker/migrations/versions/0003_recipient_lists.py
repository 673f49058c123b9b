"""recipient lists"""

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_key",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        sa.Column("replaced_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("retired_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('cipher','lookup')", name=op.f("ck_list_key_kind")),
        sa.CheckConstraint(
            "retired_at IS NULL OR replaced_at IS NOT NULL", name=op.f("ck_list_key_replaced_first")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_key")),
        sa.UniqueConstraint("file", name=op.f("uq_list_key_file")),
    )
    op.create_index(
        "uq_list_key_current",
        "list_key",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "opt_out",
        sa.Column("lookup", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("last3", sa.String(length=3), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=63), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opt_out','do_not_call','forgotten')", name=op.f("ck_opt_out_kind")
        ),
        sa.PrimaryKeyConstraint("lookup", "kind", name=op.f("pk_opt_out")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_opt_out_forgotten",
        "opt_out",
        ["lookup"],
        unique=False,
        sqlite_where=sa.text("kind = 'forgotten'"),
        postgresql_where=sa.text("kind = 'forgotten'"),
    )
    op.create_table(
        "recipient_list",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("indexed", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(length=63), nullable=False),
        sa.Column("imported_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("touched_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ready_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=63), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("wiped_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("unlinked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_recipient_list_ended")
        ),
        sa.CheckConstraint(
            "basis IN ('consent','public_task','emergency')", name=op.f("ck_recipient_list_basis")
        ),
        sa.CheckConstraint(
            "purpose <> 'quang_cao' OR basis = 'consent'", name=op.f("ck_recipient_list_consent")
        ),
        sa.CheckConstraint(
            "purpose IN ('cong_ich','quang_cao')", name=op.f("ck_recipient_list_purpose")
        ),
        sa.CheckConstraint(
            "state = 'staging' OR (stored = indexed AND ready_at IS NOT NULL)",
            name=op.f("ck_recipient_list_whole"),
        ),
        sa.CheckConstraint(
            "state IN ('staging','ready','ended')", name=op.f("ck_recipient_list_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_list")),
    )
    op.create_table(
        "recipient",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("fields", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("lookup", sa.LargeBinary(length=16), nullable=True),
        sa.Column("last3", sa.String(length=3), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("forgotten_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "forgotten_at IS NULL OR (number IS NULL AND fields IS NULL AND lookup IS NULL)",
            name=op.f("ck_recipient_forgotten"),
        ),
        sa.CheckConstraint("number IS NULL OR key_id IS NOT NULL", name=op.f("ck_recipient_key")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["list_key.id"], name=op.f("fk_recipient_key_id_list_key")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["recipient_list.id"], name=op.f("fk_recipient_list_id_recipient_list")
        ),
        sa.PrimaryKeyConstraint("list_id", "row", name=op.f("pk_recipient")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recipient_lookup",
        sa.Column("lookup", sa.LargeBinary(length=16), nullable=False),
        sa.Column("list_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["recipient_list.id"],
            name=op.f("fk_recipient_lookup_list_id_recipient_list"),
        ),
        sa.PrimaryKeyConstraint("lookup", "list_id", name=op.f("pk_recipient_lookup")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
