"""commune radio"""

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aired",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("airing", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("extent", sa.String(length=5), nullable=False),
        sa.Column("clusters", sa.JSON(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("said_to", sa.String(length=63), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("aired_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("dedupe", sa.String(length=64), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("extent IN ('full','part','other','not')", name=op.f("ck_aired_extent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aired")),
        sa.UniqueConstraint(
            "station",
            "local_date",
            "airing",
            "dedupe",
            name=op.f("uq_aired_station_local_date_airing_dedupe"),
        ),
    )
    op.create_index("ix_aired_day", "aired", ["local_date", "station"], unique=False)
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("airing", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("airs_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint(
            "station",
            "local_date",
            "airing",
            "number",
            name=op.f("uq_bulletin_station_local_date_airing_number"),
        ),
    )
    op.create_index(op.f("ix_bulletin_airs_at"), "bulletin", ["airs_at"], unique=False)
    op.create_index(
        "uq_bulletin_newest",
        "bulletin",
        ["local_date", "station", "airing"],
        unique=True,
        sqlite_where=sa.text("newest"),
        postgresql_where=sa.text("newest"),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=150), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("heard_by", sa.String(length=150), nullable=True),
        sa.Column("heard_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "heard_by IS NULL OR heard_by <> made_by", name=op.f("ck_recording_two_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint(
            "station",
            "text_sha256",
            "file_sha256",
            name=op.f("uq_recording_station_text_sha256_file_sha256"),
        ),
    )
    op.create_index(op.f("ix_recording_text_sha256"), "recording", ["text_sha256"], unique=False)
    op.create_table(
        "standing_acceptance",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("signer", sa.String(length=150), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=63), nullable=False),
        sa.Column("recorded_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_acceptance")),
    )
    op.create_index(
        op.f("ix_standing_acceptance_station"), "standing_acceptance", ["station"], unique=False
    )
    op.create_table(
        "station_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("airing", sa.String(length=16), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("to_airing", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('postpone','swap')", name=op.f("ck_station_change_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_change")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_station_change_delivery_id")),
    )
    op.create_table(
        "station_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        sa.Column("revoked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_station_link")),
    )
    op.create_index(
        "uq_station_link_live",
        "station_link",
        ["station"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "bulletin_acceptance",
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"],
            ["bulletin.id"],
            name=op.f("fk_bulletin_acceptance_bulletin_id_bulletin"),
        ),
        sa.PrimaryKeyConstraint("bulletin_id", name=op.f("pk_bulletin_acceptance")),
    )
    op.create_table(
        "bulletin_delivery",
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_delivery_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "delivery_id", name=op.f("pk_bulletin_delivery")),
    )
    op.create_index(
        op.f("ix_bulletin_delivery_delivery_id"), "bulletin_delivery", ["delivery_id"], unique=False
    )
    op.create_table(
        "fetched",
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("first_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_fetched_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "form", name=op.f("pk_fetched")),
    )
    op.create_table(
        "station_notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bulletin_id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=150), nullable=False),
        sa.Column("made_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_station_notice_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_notice")),
        sa.UniqueConstraint("bulletin_id", "kind", name=op.f("uq_station_notice_bulletin_id_kind")),
    )
    op.create_index(op.f("ix_station_notice_station"), "station_notice", ["station"], unique=False)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
