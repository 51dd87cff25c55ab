"""From an inbox row to a fact: a new production, a reply to the one at hand, or what an operator wants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from studio.domain import ProductionId, Status
from studio.errors import NeedsFounder, StudioError
from studio.messages import AT_HOME, OPENED, PREVIEW, SAY, SCRIPT
from studio.store import inbox, outbox, personas, productions, reviews, takes, watch
from studio.store.schema import outbox as outbox_table
from studio.store.schema import productions as production_table

Row = Mapping[Any, Any]
MAX_TEXT = 100_000
HELLO = (
    "Tell me what the video is about, for example: 30 seconds on why we build compilers, warm, for LinkedIn."
)


def record(connection: Connection, row: Row) -> ProductionId | None:
    """Make a fact of one inbox row in its own transaction; the production to visit, if any.

    A "voice" row is recorded once it was heard: the words stand in its "text" then.
    """
    kinds = {"decision": _decision, "edits": _decision, "operator": _operator}
    try:
        production_id = kinds.get(row["kind"], _text)(connection, row)
    except StudioError as trouble:
        production_id = None
        _say(connection, row, trouble.say)
    inbox.mark_handled(connection, row, production_id)
    if production_id is not None:
        productions.wake(connection, [production_id])
    return production_id


def _decision(connection: Connection, row: Row) -> ProductionId:
    subject = str(row["body"].get("subject", ""))
    parts = subject.split(":")
    known = connection.execute(
        select(production_table.c.id).where(
            production_table.c.id == (parts[1] if len(parts) == 3 else ""),
            production_table.c.conversation == row["conversation"],
        )
    ).scalar()
    if known is None:
        raise NeedsFounder("I do not know what that button belongs to.")
    production = productions.get(connection, ProductionId(known))
    if production["status"] in productions.ENDED:
        raise NeedsFounder(f"That video is {production['status']} already.")
    edits = row["kind"] == "edits"
    reviews.add_reply(
        connection,
        _reply_id(row),
        ProductionId(known),
        subject=subject,
        person=row["person"],
        text=json.dumps(row["body"]["edits"]) if edits else _words(row, "text"),
        decision="edits" if edits else _words(row, "decision"),
        at=row["received_at"],
    )
    return ProductionId(known)


def _operator(connection: Connection, row: Row) -> ProductionId:
    """Retry: what failed is ordered and sent once more. Cancel: a reply like any other, read by the graph."""
    production_id = ProductionId(str(row["body"].get("production", "")))
    if row["body"].get("do") == "retry":
        for take in watch.failed_takes(connection, production_id):
            takes.reopen(connection, take["id"])
        for message in watch.parked_messages(connection, production_id):
            outbox.reopen(connection, message["key"])
    else:
        person = row["person"]
        reviews.add_reply(
            connection, _reply_id(row), production_id, subject="", person=person, text="", decision="cancel"
        )
    return production_id


def _text(connection: Connection, row: Row) -> ProductionId:
    text = _words(row, "text").strip()
    if not text:
        raise NeedsFounder(HELLO)
    if len(text) > MAX_TEXT:
        raise NeedsFounder(f"That is {len(text):,} characters; at most {MAX_TEXT:,} fit into one message.")
    if row["kind"] == "voice":
        key = f"heard:{_reply_id(row)}"[:160]
        outbox.put(connection, key, row["conversation"], SAY, {"text": f"I heard: “{text}”"})
    active = productions.active_in(connection, row["conversation"])
    if active is not None and row["body"].get("instead_of"):
        _replace(connection, row, active)
        active = None
    if active is not None:
        reviews.add_reply(
            connection,
            _reply_id(row),
            active["id"],
            subject=_shown_before(connection, ProductionId(active["id"]), row),
            person=row["person"],
            text=text,
            at=row["received_at"],
            zone=str(row["body"].get("zone") or ""),
        )
        return ProductionId(active["id"])
    return _open(connection, row, text, dict(row["body"].get("options") or {}))


def _open(connection: Connection, row: Row, text: str, options: dict[str, Any]) -> ProductionId:
    persona = personas.named(connection, str(options.get("persona") or ""))
    personas.require_consent(connection, persona)
    production_id = ProductionId(uuid.uuid4().hex[:12])
    due, zone = row["body"].get("due"), str(row["body"].get("zone") or "")
    productions.create(
        connection, production_id, row["conversation"], persona.id, row["person"], text, options, due, zone
    )
    productions.set_status(connection, production_id, Status.DRAFTING)
    if opening := row["body"].get("opening"):
        body = {"text": opening, "brief": text, "person": row["person"]}
        key, conversation = f"opened:{production_id}", row["conversation"]
        outbox.put(connection, key, conversation, OPENED, body, production_id)
    return production_id


def _replace(connection: Connection, row: Row, active: RowMapping) -> None:
    """The asker starts over: what is at hand ends without a word."""
    person, subject = row["person"], str(row["body"]["instead_of"])
    if person != active["asked_by"] and not personas.may_approve(connection, active["persona_id"], person):
        raise NeedsFounder("Only who asked for this video, or who may approve it, can start it over.")
    reviews.decide(
        connection,
        subject,
        active["id"],
        decision="cancel",
        sha256="",
        person=person,
        reply_id=_reply_id(row),
    )
    productions.set_status(connection, active["id"], Status.CANCELLED)


def _shown_before(connection: Connection, production_id: ProductionId, row: Row) -> str:
    # plain words answer what their writer had in front of them, not what appeared meanwhile or is on its way
    at_home = row["conversation"].startswith(AT_HOME)
    shown_at = outbox_table.c.created_at if at_home else outbox_table.c.done_at
    body = connection.execute(
        select(outbox_table.c.body)
        .where(
            outbox_table.c.production_id == production_id,
            outbox_table.c.kind.in_((SCRIPT, PREVIEW)),
            shown_at <= row["received_at"],
        )
        .order_by(outbox_table.c.created_at.desc())
    ).scalar()
    return str(body["subject"]) if body else ""


def _words(row: Row, name: str) -> str:
    # what PostgreSQL does not take as text: NUL and half characters
    return str(row["body"].get(name, "")).replace("\x00", "").encode("utf-8", "replace").decode()


def _reply_id(row: Row) -> str:
    return f"{row['source']}:{row['event_id']}"


def _say(connection: Connection, row: Row, text: str) -> None:
    outbox.put(connection, f"inbox:{_reply_id(row)}"[:160], row["conversation"], SAY, {"text": text})
