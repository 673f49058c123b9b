"""deliveries that stand at the far side before their slot"""

import sqlalchemy as sa
from alembic import op

import worker.models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LEFT = sa.text(
    "prepared_at IS NOT NULL AND withdrawn_at IS NULL "
    "AND state IN ('ready', 'cancelled', 'expired', 'rejected', 'exhausted')"
)
_WITHDRAWN = sa.text("withdrawn_at IS NOT NULL")


def upgrade() -> None:
    # columns are added in place on both databases: nothing is copied, however many rows there are
    for name in ("prepared_at", "withdrawn_at"):
        op.add_column("delivery", sa.Column(
            name, worker.models.base.UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_delivery_prepared", "delivery", ["id"], unique=False,
                    sqlite_where=_LEFT, postgresql_where=_LEFT)
    op.create_index("ix_delivery_withdrawn", "delivery", ["id"], unique=False,
                    sqlite_where=_WITHDRAWN, postgresql_where=_WITHDRAWN)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
