"""Tables of what only one channel needs to know; import them from studio.store.schema."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

slack_installations = Table(
    "slack_installations",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("team_id", String(40), nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("installed_at", Float, nullable=False),
)

slack_states = Table(
    "slack_states",
    metadata,
    Column("state", String(80), primary_key=True),
    Column("expires_at", Float, nullable=False),
)

slack_uploads = Table(
    "slack_uploads",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("file_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("permalink", Text, nullable=False),
    Column("ts", String(40), nullable=False),
    Column("at", Float, nullable=False),
)

whatsapp_contacts = Table(
    "whatsapp_contacts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("phone", String(24), nullable=False, index=True),
    Column("bsuid", String(160), nullable=False, index=True),
    Column("heard_at", Float, nullable=False),
    Column("is_closed", Integer, nullable=False),
    Column("greeted_at", Float, nullable=False),
    Column("created_at", Float, nullable=False),
)

whatsapp_messages = Table(
    "whatsapp_messages",
    metadata,
    Column("data", String(200), primary_key=True),
    Column("key", String(160), nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("wamid", String(200), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("code", Integer, nullable=False),
    Column("at", Float, nullable=False),
)

whatsapp_media = Table(
    "whatsapp_media",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("media_id", String(80), nullable=False),
    Column("at", Float, nullable=False),
)
