"""parts of a message have receipts of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LONG = sa.text('"of" > 1')


def upgrade() -> None:
    # columns are added in place on both databases: nothing is copied, however many rows there are
    op.add_column("wire_ref", sa.Column("part", sa.Integer(), server_default="1", nullable=False))
    op.add_column("wire_ref", sa.Column("of", sa.Integer(), server_default="1", nullable=False))
    op.add_column("wire_ref", sa.Column("outcome", sa.String(length=9), nullable=True))
    op.create_index("ix_wire_ref_parts", "wire_ref", ["delivery_id", "number"], unique=False,
                    sqlite_where=_LONG, postgresql_where=_LONG)
    # the other parts of a campaign's message
    op.create_index("ix_campaign_ref_parts", "campaign_ref", ["campaign_id", "row"], unique=False,
                    sqlite_where=_LONG, postgresql_where=_LONG, if_not_exists=True)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
