"""people"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Addresses that are one person, one-time codes and wrong tries, conversations that follow a production."""
    op.create_table(
        "people",
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("linked_at", sa.Float(), nullable=False),
        sa.Column("muted", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index("ix_people_person_id", "people", ["person_id"])
    op.create_table(
        "link_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("conversation", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_link_codes_address", "link_codes", ["address"])
    op.create_table(
        "link_tries",
        sa.Column("id", sa.String(length=240), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_link_tries_address", "link_tries", ["address"])
    op.create_table(
        "followers",
        sa.Column("production_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("production_id", "number"),
    )
    op.create_index("ix_followers_conversation", "followers", ["conversation"])
    op.add_column(
        "replies", sa.Column("conversation", sa.String(length=200), nullable=False, server_default="")
    )


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")
