"""Every table, once. Times are Unix seconds; JSON columns hold plain JSON."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text

from studio.store.channel_schema import (
    metadata,
    slack_installations,
    slack_states,
    slack_uploads,
    whatsapp_contacts,
    whatsapp_media,
    whatsapp_messages,
)

__all__ = [  # of the channels: one name for every table
    "metadata",
    "slack_installations",
    "slack_states",
    "slack_uploads",
    "whatsapp_contacts",
    "whatsapp_media",
    "whatsapp_messages",
]

inbox = Table(
    "inbox",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("event_id", String(200), primary_key=True),
    Column("conversation", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", JSON, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("handled_at", Float),
    Column("production_id", String(32)),
    Index("inbox_pending", "handled_at", "received_at"),
    Index("inbox_conversation", "conversation", "received_at"),
)

personas = Table(
    "personas",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("founder", String(120), nullable=False),
    Column("portraits", JSON, nullable=False),
    Column("voices", JSON, nullable=False),
    Column("samples", JSON, nullable=False),
    Column("lexicon", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("removed_at", Float),
)

consents = Table(
    "consents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("persona_id", String(32), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("statement", Text, nullable=False),
    Column("exemption", Text, nullable=False),
    Column("granted_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
)

productions = Table(
    "productions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation", String(200), nullable=False, index=True),
    Column("persona_id", String(32), nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("brief", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("status", String(32), nullable=False, index=True),
    Column("fence", Integer, nullable=False, default=0),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("wake", Integer, nullable=False, default=1, index=True),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    # not delivered before this moment, which was named in that zone ("Europe/Berlin", "" for none)
    Column("due", Float),
    Column("zone", String(64), nullable=False, server_default=""),
    Index("productions_due", "status", "due"),
)

scripts = Table(
    "scripts",
    metadata,
    Column("production_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("approved", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)

takes = Table(
    "takes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("engine", String(40), nullable=False),
    Column("order", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("rung_at", Float),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("artifact", String(64)),
    Column("facts", JSON),
    Column("cost", JSON),
    Column("reason", String(40)),
    Column("say", Text),
    Column("created_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("faults", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    # copied when the take is ordered, so that what runs next is read from one index
    Column("rank", Integer, nullable=False, server_default="1"),
    Column("founder", String(120), nullable=False, server_default=""),
    Column("born", Float, nullable=False, server_default="0"),
    Column("worker", String(80), nullable=False, server_default=""),
    Index("takes_waiting", "state", "rung_at", "rank", "founder", "engine", "born"),
    Index("takes_finished", "finished_at"),
)

production_takes = Table(
    "production_takes",
    metadata,
    Column("production_id", String(32), primary_key=True),
    Column("take_id", String(64), primary_key=True, index=True),
    Column("role", String(60), primary_key=True),
    Column("reused", Integer, nullable=False),
    Column("at", Float, nullable=False),
)

retakes = Table(
    "retakes",
    metadata,
    Column("production_id", String(32), primary_key=True),
    Column("role", String(60), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("seed", Integer, nullable=False),
    Column("engine", String(40), nullable=False),
    Column("why", Text, nullable=False),
)

cuts = Table(
    "cuts",
    metadata,
    Column("production_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("script_version", Integer, nullable=False),
    Column("take_id", String(64), nullable=False),
    Column("artifact", String(64), nullable=False),
    Column("sheet", String(64), nullable=False),
    Column("report", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
)

replies = Table(
    "replies",
    metadata,
    Column("id", String(240), primary_key=True),
    Column("production_id", String(32), nullable=False, index=True),
    Column("subject", String(120), nullable=False),
    Column("person", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("verdict", String(16)),
    Column("reading", JSON),
    Column("created_at", Float, nullable=False),
    Column("settled_at", Float),
    Column("zone", String(64), nullable=False, server_default=""),
    # where it was said, "" for the production's own conversation
    Column("conversation", String(200), nullable=False, server_default=""),
)

approvals = Table(
    "approvals",
    metadata,
    Column("subject", String(120), primary_key=True),
    Column("production_id", String(32), nullable=False, index=True),
    Column("decision", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("person", String(200), nullable=False),
    Column("reply_id", String(240), nullable=False),
    Column("at", Float, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("production_id", String(32), index=True),
    Column("conversation", String(200), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("body", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("ref", Text),
    Column("created_at", Float, nullable=False),
    Column("done_at", Float),
    Column("claim", Integer, nullable=False, server_default="0"),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Index("outbox_conversation", "conversation", "created_at"),
    Index("outbox_ref", "ref"),
)

spend = Table(
    "spend",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("production_id", String(32), nullable=False, index=True),
    Column("what", String(40), nullable=False),
    Column("model", String(80), nullable=False),
    Column("prompt_hash", String(64), nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("usd", Float, nullable=False),
    Column("at", Float, nullable=False),
)

approvers = Table(
    "approvers",
    metadata,
    Column("persona_id", String(32), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("allowed_at", Float, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("address", String(200), primary_key=True),
    Column("person_id", String(32), nullable=False, index=True),
    Column("linked_at", Float, nullable=False),
    Column("muted", Integer, nullable=False, server_default="0"),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("address", String(200), nullable=False, index=True),
    Column("conversation", String(200), nullable=False),
    Column("expires_at", Float, nullable=False),
)

link_tries = Table(
    "link_tries",
    metadata,
    Column("id", String(240), primary_key=True),
    Column("address", String(200), nullable=False, index=True),
    Column("at", Float, nullable=False),
)

followers = Table(
    "followers",
    metadata,
    Column("production_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("conversation", String(200), nullable=False, index=True),
    Column("address", String(200), nullable=False),
)

voices = Table(
    "voices",
    metadata,
    Column("persona_id", String(32), primary_key=True),
    Column("engine", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("made_at", Float, nullable=False),
    Column("facts", JSON, nullable=False),
)
