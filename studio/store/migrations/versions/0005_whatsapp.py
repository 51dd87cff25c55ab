"""whatsapp"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who writes, what became of each message, which files are with WhatsApp."""
    op.create_table(
        "whatsapp_contacts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=False),
        sa.Column("bsuid", sa.String(length=160), nullable=False),
        sa.Column("heard_at", sa.Float(), nullable=False),
        sa.Column("is_closed", sa.Integer(), nullable=False),
        sa.Column("greeted_at", sa.Float(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_whatsapp_contacts_phone", "whatsapp_contacts", ["phone"])
    op.create_index("ix_whatsapp_contacts_bsuid", "whatsapp_contacts", ["bsuid"])
    op.create_table(
        "whatsapp_messages",
        sa.Column("data", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("wamid", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("data"),
    )
    op.create_index("ix_whatsapp_messages_key", "whatsapp_messages", ["key"])
    op.create_index("ix_whatsapp_messages_wamid", "whatsapp_messages", ["wamid"])
    op.create_table(
        "whatsapp_media",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("media_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")
