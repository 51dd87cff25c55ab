"""slack"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who may approve, workspaces, uploads; a message is found by its reference."""
    op.create_table(
        "approvers",
        sa.Column("persona_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("allowed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("persona_id", "person"),
    )
    op.create_table(
        "slack_installations",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("installed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_slack_installations_team_id", "slack_installations", ["team_id"])
    op.create_table(
        "slack_states",
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("state"),
    )
    op.create_table(
        "slack_uploads",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("outbox_ref", "outbox", ["ref"])


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")
