"""accounts of the console"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, worker.models.base.UtcDateTime(timezone=True), nullable=nullable)


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["user_account.person_id"],
                                   name=op.f(f"fk_{table}_person_id_user_account"))


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("person_id", sa.String(length=63), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        _moment("password_at", nullable=True),
        sa.Column("totp", sa.Text(), nullable=True),
        _moment("totp_at", nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        _moment("made_at"),
        _moment("disabled_at", nullable=True),
        sa.CheckConstraint("totp_at IS NULL OR totp IS NOT NULL",
                           name=op.f("ck_user_account_totp")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"],
                                name=op.f("fk_user_account_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_user_account")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=63), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        _moment("made_at"),
        _moment("seen_at"),
        _moment("ends_at"),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=160), nullable=False),
        _moment("revoked_at", nullable=True),
        _person("user_session"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_user_session_token_sha256")),
    )
    op.create_index(op.f("ix_user_session_person_id"), "user_session", ["person_id"])
    op.create_table(
        "user_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=63), nullable=False),
        sa.Column("new_totp", sa.Boolean(), nullable=False),
        _moment("made_at"),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        _moment("ends_at"),
        _moment("closed_at", nullable=True),
        _person("user_link"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_user_link")),
    )
    op.create_index("uq_user_link_open", "user_link", ["person_id"], unique=True,
                    sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "trusted_device",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=63), nullable=False),
        _moment("made_at"),
        _moment("ends_at"),
        _person("trusted_device"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_trusted_device")),
    )
    op.create_index(op.f("ix_trusted_device_person_id"), "trusted_device", ["person_id"])
    op.create_table(
        "login_guard",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("last_at"),
        _moment("until", nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_guard")),
    )
    op.create_index(op.f("ix_login_guard_last_at"), "login_guard", ["last_at"])


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
