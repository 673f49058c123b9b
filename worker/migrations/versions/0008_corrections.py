"""campaigns that correct another"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CORRECTS = sa.text("corrects IS NOT NULL AND state NOT IN ('stopped', 'expired')")


def upgrade() -> None:
    op.add_column("campaign", sa.Column("corrects", sa.Integer(), nullable=True))
    op.create_index("uq_campaign_corrects", "campaign", ["corrects"], unique=True,
                    sqlite_where=_CORRECTS, postgresql_where=_CORRECTS)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
