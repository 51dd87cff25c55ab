"""Not before a date: when a production may be delivered, in whose zone that was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without a date, everything goes on as before."""
    op.add_column("productions", sa.Column("due", sa.Float(), nullable=True))
    op.add_column("productions", sa.Column("zone", sa.String(64), nullable=False, server_default=""))
    op.create_index("productions_due", "productions", ["status", "due"])
    op.add_column("replies", sa.Column("zone", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")
