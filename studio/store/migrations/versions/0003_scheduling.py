"""What the scheduler reads of a take without looking at its production, and the index it reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns with defaults, so that takes which are under way stay valid."""
    op.add_column("takes", sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("takes", sa.Column("founder", sa.String(120), nullable=False, server_default=""))
    op.add_column("takes", sa.Column("born", sa.Float(), nullable=False, server_default="0"))
    op.add_column("takes", sa.Column("worker", sa.String(80), nullable=False, server_default=""))
    op.create_index("takes_waiting", "takes", ["state", "rung_at", "rank", "founder", "engine", "born"])
    op.create_index("takes_finished", "takes", ["finished_at"])
