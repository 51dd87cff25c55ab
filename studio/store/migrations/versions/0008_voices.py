"""Versions of a trained voice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row a finished training."""
    op.create_table(
        "voices",
        sa.Column("persona_id", sa.String(32), primary_key=True),
        sa.Column("engine", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")
