"""What the gateway said of one delivery is found without reading every receipt.

Revision ID: 0021
Revises: 0020
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MATCHED = sa.text("delivery_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_receipt_delivery", "receipt", ["delivery_id"],
                    sqlite_where=_MATCHED, postgresql_where=_MATCHED)


def downgrade() -> None:
    op.drop_index("ix_receipt_delivery", table_name="receipt")
