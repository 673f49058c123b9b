"""Which timeline of its PostgreSQL the installation is on, and which nodes found all of theirs.

Revision ID: 0020
Revises: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # NULL: nobody has looked yet (SQLite: nobody ever does)
    op.add_column("installation", sa.Column("timeline", sa.String(length=40), nullable=True))
    op.add_column("node", sa.Column("timeline", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("node", "timeline")
    op.drop_column("installation", "timeline")
