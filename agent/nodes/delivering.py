"""From an approved cut to a delivered file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from agent.visit import Visit
from studio.domain import Status
from studio.errors import ConsentMissing
from studio.messages import DELIVER, DELIVERED, SAY
from studio.store import outbox, personas, productions, reviews


def deliver(visit: Visit) -> None:
    """Put the delivery of exactly the approved file into the outbox; refuse any other file."""
    facts = visit.facts()
    assert facts.cut is not None
    with visit.store.write(visit.hold) as connection:
        decision = reviews.decision_on(connection, facts.subject)
        if decision is None or decision["sha256"] != facts.cut["artifact"]:
            return
        try:
            personas.require_consent(connection, facts.persona)
        except ConsentMissing as trouble:
            key, text = f"consent:{visit.id}:cut:{facts.cut['version']}", {"text": trouble.say}
            outbox.put(connection, key, facts.production["conversation"], SAY, text, visit.id)
            productions.set_status(connection, visit.id, Status.CANCELLED)
            return
        day = datetime.fromtimestamp(facts.production["created_at"], UTC).date()
        title = facts.script.title if facts.script is not None else ""
        name = f"{day}-{slug(title or facts.production['brief'])}-{visit.id[:6]}-v{facts.cut['version']}.mp4"
        body = {"destination": facts.destination, "sha256": facts.cut["artifact"], "name": name}
        conversation = facts.production["conversation"]
        outbox.put(connection, facts.delivery_key, conversation, DELIVER, body, visit.id)
        productions.set_status(connection, visit.id, Status.DELIVERING)


def close(visit: Visit) -> None:
    """Say where the video is and end the production."""
    facts = visit.facts()
    assert facts.cut is not None
    with visit.store.write(visit.hold) as connection:
        row = outbox.row(connection, facts.delivery_key)
        body = _delivered(
            str(row["ref"]) if row is not None else "", facts.destination, facts.cut["artifact"]
        )
        key = f"delivered:{visit.id}:{facts.cut['version']}"
        outbox.put(connection, key, facts.production["conversation"], DELIVERED, body, visit.id)
        productions.set_status(connection, visit.id, Status.DELIVERED)


def _delivered(ref: str, destination: str, sha256: str) -> dict[str, Any]:
    """The card's body (studio/messages.py) for a path or an address."""
    if not ref.startswith(("https://", "http://")):
        return {"text": f"Delivered: {ref}", "path": ref, "sha256": sha256}
    links = [{"text": "Open it", "url": ref}]
    return {"text": f"Delivered: in the {destination}", "path": "", "sha256": sha256, "links": links}


def slug(text: str) -> str:
    """A short file-name part made of a text's first words."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words[:6])[:48] or "video"
