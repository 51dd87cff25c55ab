"""outcomes: who sends an outbox row now, how often its outcome was in doubt, and what ended a take's attempts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns only; rows that an older program left keep their meaning."""
    for name, kind in (("claim", sa.Integer), ("lease_until", sa.Float), ("doubts", sa.Integer)):
        op.add_column("outbox", sa.Column(name, kind, nullable=False, server_default="0"))
    for name in ("faults", "losses"):
        op.add_column("takes", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
