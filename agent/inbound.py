"""From an inbox row to a fact: a new production, a reply to the one at hand, or what an operator wants."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping

from agent import linking, sequel
from studio.asides import Wish, aside_of
from studio.domain import ProductionId, Status
from studio.errors import NeedsFounder, StudioError
from studio.messages import OPENED, SAY
from studio.store import following, inbox, outbox, people, personas, productions, reviews, takes, watch

Row = Mapping[Any, Any]
Recorder = Callable[[Connection, Row], ProductionId | None]
MAX_TEXT = 100_000
HELLO = (
    "Tell me what the video is about, for example: 30 seconds on why we build compilers, warm, for LinkedIn."
)
WELCOME = "You are welcome. Tell me what the next video is about whenever you like."
GREETING = re.compile(
    r"(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening))(?: there| again)?"
    r"|(?P<thanks>(?:many |great,? )?(?:thanks|thank you|thx|cheers)(?: (?:a lot|so much|very much))?)",
    re.IGNORECASE,
)
"""What opens no video: there is nothing in it to speak about."""


def record(connection: Connection, row: Row) -> ProductionId | None:
    """Make a fact of one inbox row in its own transaction; the production to visit, if any.

    A "voice" row is recorded once it was heard: the words stand in its "text" then.
    """
    kinds: dict[str, Recorder] = {
        "decision": _decision,
        "edits": _decision,
        "operator": _operator,
        "notice": _notice,
        "bounce": _bounce,
        "resend": _resend,
    }
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
    production = _shown_here(connection, subject, row["conversation"])
    if production is None:
        raise NeedsFounder("I do not know what that button belongs to.")
    if production["status"] in productions.ENDED:
        raise NeedsFounder(f"That video is {production['status']} already.")
    edits = row["kind"] == "edits"
    text = json.dumps(row["body"]["edits"]) if edits else _words(row, "text")
    decision = "edits" if edits else _words(row, "decision")
    return _reply(connection, row, production, subject, text, decision)


def _spoken_decision(connection: Connection, row: Row, text: str) -> ProductionId | None:
    """A decision with its reason in a recording; "unless" {"words", "text"} are words that take it back."""
    unless = row["body"].get("unless") or {}
    if re.sub(r"[^\w ]", "", text.lower()).strip() in (unless.get("words") or ()):
        _say(connection, row, str(unless["text"]))
        return None
    return _decision(connection, row)


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


def _notice(connection: Connection, row: Row) -> None:
    """The channel answers by itself; it decided that when the message came in."""
    if row["body"].get("text"):
        key = f"inbox:{_reply_id(row)}"[:160]
        outbox.put(connection, key, row["conversation"], SAY, dict(row["body"]))


def _bounce(connection: Connection, row: Row) -> None:
    """A message that was on its way did not arrive: it is due again, and its channel knows why."""
    outbox.bounce(connection, _words(row, "key"), float(row["body"].get("wait_s", 0.0)))


def _resend(connection: Connection, row: Row) -> None:
    """Nobody knew whether a message arrived: its reader says that it did not, or its channel that it did."""
    found = outbox.row(connection, _words(row, "key"))
    if found is not None and row["conversation"] in ("", found["conversation"]):
        outbox.reopen(connection, found["key"])


def _text(connection: Connection, row: Row) -> ProductionId | None:
    text = _words(row, "text").strip()
    if not text:
        raise NeedsFounder(HELLO)
    if len(text) > MAX_TEXT:
        raise NeedsFounder(f"That is {len(text):,} characters; at most {MAX_TEXT:,} fit into one message.")
    if row["kind"] == "voice":
        key = f"heard:{_reply_id(row)}"[:160]
        outbox.put(connection, key, row["conversation"], SAY, {"text": f"I heard: “{text}”"})
        if row["body"].get("decision"):
            return _spoken_decision(connection, row, text)
    if (aside := aside_of(text)) is not None:
        _say(connection, row, linking.answer(connection, row, aside), only=row["person"])
        if aside.wish in (Wish.REDEEM, Wish.UNMUTE):
            following.catch_up(connection, row["person"])
        return None
    answered = _answered(connection, row)
    if row["body"].get("instead_of"):
        replaced = _replaced(connection, row, answered)
        production_id = _open(connection, row, text, dict(row["body"].get("options") or {}))
        if replaced is not None:
            _reply(connection, row, replaced, str(row["body"]["instead_of"]), "", productions.REPLACED)
            productions.wake(connection, [ProductionId(replaced["id"])])
        return production_id
    if answered is not None:
        return _reply(connection, row, *answered, text)
    options = dict(row["body"].get("options") or {})
    if not options and (another := sequel.options_for(connection, row["conversation"], text)):
        return _open(connection, row, text, another)
    if greeting := GREETING.fullmatch(text.rstrip(".! 🙏👍😊")):
        raise NeedsFounder(WELCOME if greeting["thanks"] else HELLO)
    return _open(connection, row, text, options)


def _answered(connection: Connection, row: Row) -> tuple[RowMapping, str] | None:
    """(production, subject) that plain words are for: what they quote, the conversation's own, a followed one."""
    conversation, quoted = row["conversation"], str(row["body"].get("subject") or "")
    production = _shown_here(connection, quoted, conversation)
    if production is not None and production["status"] not in productions.ENDED:
        return production, quoted
    # plain words answer what their writer had in front of them, not what appeared meanwhile or is on its way
    active = productions.active_in(connection, conversation)
    identity = ProductionId(active["id"]) if active is not None else None
    shown = following.last_shown(connection, conversation, row["received_at"], identity)
    return shown if active is None or shown is not None else (active, "")


def _shown_here(connection: Connection, subject: str, conversation: str) -> RowMapping | None:
    """The production of a subject, if it is that conversation's or followed there."""
    parts = subject.split(":")
    found = productions.some(connection, [ProductionId(parts[1])] if len(parts) == 3 else [])
    return next((row for row in found if following.shows(connection, row, conversation)), None)


def _reply(
    connection: Connection, row: Row, production: RowMapping, subject: str, text: str, decision: str = ""
) -> ProductionId:
    reviews.add_reply(
        connection,
        _reply_id(row),
        ProductionId(production["id"]),
        subject=subject,
        person=row["person"],
        text=text,
        decision=decision,
        at=row["received_at"],
        conversation=row["conversation"],
        zone=str(row["body"].get("zone") or ""),
    )
    return ProductionId(production["id"])


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


def _replaced(connection: Connection, row: Row, answered: tuple[RowMapping, str] | None) -> RowMapping | None:
    """The open production that the asker starts over: a reply ends it, in its own hold; raises NeedsFounder."""
    named = _shown_here(connection, str(row["body"]["instead_of"]), row["conversation"])
    old = named if named is not None and named["status"] not in productions.ENDED else None
    if old is None and answered is not None:
        old = answered[0]
    if old is None:
        return None
    person = row["person"]
    if not people.are_one(connection, person, old["asked_by"]) and not personas.may_approve(
        connection, old["persona_id"], person
    ):
        raise NeedsFounder("Only who asked for this video, or who may approve it, can start it over.")
    return old


def _words(row: Row, name: str) -> str:
    # what PostgreSQL does not take as text: NUL and half characters
    return str(row["body"].get(name, "")).replace("\x00", "").encode("utf-8", "replace").decode()


def _reply_id(row: Row) -> str:
    return f"{row['source']}:{row['event_id']}"


def _say(connection: Connection, row: Row, text: str, **more: str) -> None:
    body = {"text": text, **more}
    outbox.put(connection, f"inbox:{_reply_id(row)}"[:160], row["conversation"], SAY, body)
