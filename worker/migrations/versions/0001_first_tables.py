"""first tables"""

import sqlalchemy as sa
from alembic import op

import worker.models.base
from worker.migrations import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "account_state",
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("paused_by", sa.String(length=63), nullable=True),
        sa.Column("paused_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=False),
        sa.Column("blocked_until", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("blocked_code", sa.String(length=40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("value_version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_account_state")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("first_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("acked_by", sa.String(length=63), nullable=True),
        sa.Column("acked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("closed_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.create_index(
            "uq_alarm_open_cause",
            ["cause"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=63), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "channel_test",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("sent_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=63), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=63), nullable=True),
        sa.Column("confirmed_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_test")),
        sa.UniqueConstraint(
            "channel", "account", "sent_at", name=op.f("uq_channel_test_channel_account_sent_at")
        ),
    )
    op.create_table(
        "content",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_content")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("recovered_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("live_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("recovered_until", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("theme", sa.String(length=63), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("needs_approvals", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=63), nullable=False),
        sa.Column("created_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','submitted','approved','returned','rejected','recalled')",
            name=op.f("ck_item_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("started_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", sa.String(length=220), nullable=False),
        sa.Column("entry", sa.String(length=130), nullable=False),
        sa.Column("slot", sa.String(length=63), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(length=63), nullable=True),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("picked_by", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("opens_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("late", sa.String(length=10), nullable=False),
        sa.Column("when_uncertain", sa.String(length=10), nullable=False),
        sa.Column("cancelled_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("event_head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint(
            "entry",
            "slot",
            "local_date",
            "run",
            name=op.f("uq_occurrence_entry_slot_local_date_run"),
        ),
    )
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occurrence_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_occurrence_local_date"), ["local_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_occurrence_opens_at"), ["opens_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "programme_version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_version")),
    )
    with op.batch_alter_table("programme_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programme_version_sha256"), ["sha256"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("dedupe", sa.String(length=64), nullable=False),
        sa.Column("received_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=True),
        sa.Column("matched_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "channel", "account", "dedupe", name=op.f("uq_receipt_channel_account_dedupe")
        ),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_ref", ["channel", "ref"], unique=False)
        batch_op.create_index(
            "ix_receipt_unmatched",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("matched_at IS NULL"),
            postgresql_where=sa.text("matched_at IS NULL"),
        )

    op.create_table(
        "stop_order",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_start_by", sa.String(length=63), nullable=True),
        sa.Column("second_start_by", sa.String(length=63), nullable=True),
        sa.Column("lifted_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) OR (second_start_by IS NOT NULL)",
            name=op.f("ck_stop_order_lifted_by_two"),
        ),
        sa.CheckConstraint(
            "first_start_by <> second_start_by", name=op.f("ck_stop_order_two_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_order")),
    )
    with op.batch_alter_table("stop_order", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stop_order_in_force",
            ["channel"],
            unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "target_state",
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("target", sa.String(length=63), nullable=False),
        sa.Column("suspect_since", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "target", name=op.f("pk_target_state")),
    )
    op.create_table(
        "wire_ref",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wire_ref")),
    )
    with op.batch_alter_table("wire_ref", schema=None) as batch_op:
        batch_op.create_index("ix_wire_ref_ref", ["channel", "account", "ref"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("occurrence_id", sa.String(length=220), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opens_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_until", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("node", sa.String(length=80), nullable=True),
        sa.Column("incarnation", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held','ready','leased','done','cancelled','expired')",
            name=op.f("ck_batch_state"),
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_batch_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint(
            "occurrence_id",
            "kind",
            "version",
            "channel",
            "ordinal",
            name=op.f("uq_batch_occurrence_id_kind_version_channel_ordinal"),
        ),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(
            "ix_batch_claim",
            ["channel", "priority_rank", "next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('ready', 'leased')"),
            postgresql_where=sa.text("state IN ('ready', 'leased')"),
        )
        batch_op.create_index(batch_op.f("ix_batch_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_item_id"), ["item_id"], unique=False)
        batch_op.create_index(
            "ix_batch_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'leased'"),
            postgresql_where=sa.text("state = 'leased'"),
        )

    op.create_table(
        "channel_plan",
        sa.Column("occurrence_id", sa.String(length=220), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("due_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrence.id"],
            name=op.f("fk_channel_plan_occurrence_id_occurrence"),
        ),
        sa.PrimaryKeyConstraint("occurrence_id", "channel", name=op.f("pk_channel_plan")),
    )
    with op.batch_alter_table("channel_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_plan_due_at"), ["due_at"], unique=False)

    op.create_table(
        "event",
        sa.Column("occurrence_id", sa.String(length=220), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_event_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("occurrence_id", "seq", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_delivery_id"), ["delivery_id"], unique=False)

    op.create_table(
        "item_version",
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=63), nullable=False),
        sa.Column("created_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("renditions_sha256", sa.String(length=64), nullable=True),
        sa.Column("submitted_by", sa.String(length=63), nullable=True),
        sa.Column("submitted_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_version_item_id_item")
        ),
        sa.PrimaryKeyConstraint("item_id", "version", name=op.f("pk_item_version")),
        sa.UniqueConstraint(
            "item_id",
            "version",
            "renditions_sha256",
            name=op.f("uq_item_version_item_id_version_renditions_sha256"),
        ),
    )
    op.create_table(
        "pin",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entry", sa.String(length=130), nullable=False),
        sa.Column("slot", sa.String(length=63), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_pin_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pin")),
        sa.UniqueConstraint(
            "entry", "slot", "local_date", name=op.f("uq_pin_entry_slot_local_date")
        ),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(length=63), nullable=False),
        sa.Column("author", sa.String(length=63), nullable=False),
        sa.Column("renditions_sha256", sa.String(length=64), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approver <> author", name=op.f("ck_approval_four_eyes")),
        sa.ForeignKeyConstraint(
            ["item_id", "version", "renditions_sha256"],
            ["item_version.item_id", "item_version.version", "item_version.renditions_sha256"],
            name=op.f("fk_approval_item_id_version_renditions_sha256_item_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint(
            "item_id", "version", "approver", name=op.f("uq_approval_item_id_version_approver")
        ),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("occurrence_id", sa.String(length=220), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("target", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=12), nullable=False),
        sa.Column("next_attempt_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("first_try_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("maybe_out", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.String(length=36), nullable=True),
        sa.Column("absent_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("asked_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued','ready','sending','accepted','delivered','rejected','exhausted','uncertain','cancelled','expired','recalled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_delivery_batch_id_batch")
        ),
        sa.ForeignKeyConstraint(
            ["content_sha256"], ["content.sha256"], name=op.f("fk_delivery_content_sha256_content")
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_delivery_occurrence_id_occurrence")
        ),
        sa.PrimaryKeyConstraint("id", "day", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "day",
            "occurrence_id",
            "kind",
            "version",
            "channel",
            "target",
            name=op.f("uq_delivery_day_occurrence_id_kind_version_channel_target"),
        ),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_batch", ["batch_id", "state"], unique=False)
        batch_op.create_index(
            "ix_delivery_doubt",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'uncertain'"),
            postgresql_where=sa.text("state = 'uncertain'"),
        )
        batch_op.create_index("ix_delivery_log", ["day", "channel", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delivery_occurrence_id"), ["occurrence_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_delivery_refers_to"), ["refers_to"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=63), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "version"],
            ["item_version.item_id", "item_version.version"],
            name=op.f("fk_rendition_item_id_version_item_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint(
            "item_id",
            "version",
            "channel",
            "language",
            name=op.f("uq_rendition_item_id_version_channel_language"),
        ),
    )
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("lease_token", sa.String(length=36), nullable=False),
        sa.Column("begun_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", worker.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", worker.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id", "day"],
            ["delivery.id", "delivery.day"],
            name=op.f("fk_attempt_delivery_id_day_delivery"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "day", "number", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_begun_at"), ["begun_at"], unique=False)
        batch_op.create_index(
            "ix_attempt_open",
            ["begun_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    dialect = op.get_bind().dialect.name
    for statement in triggers.sqlite() if dialect == "sqlite" else triggers.postgresql():
        op.execute(sa.text(statement))


def downgrade() -> None:
    raise RuntimeError("0001 is the first: restore a backup instead")
