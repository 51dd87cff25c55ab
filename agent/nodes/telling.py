"""What is decided in one conversation is said in the others that show the production."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping

from studio.domain import ProductionId
from studio.messages import SAY, is_private, place_of
from studio.store import following, outbox, people
from studio.store.personas import HOUSE


def tell_others(
    connection: Connection, production: RowMapping, reply: RowMapping, subject: str, what: str
) -> None:
    """Say "<what> in <place> by <somebody>" wherever it was not decided; once for a subject and conversation."""
    own, identity = production["conversation"], ProductionId(production["id"])
    said_in = reply["conversation"]
    key = f"decided:{subject or identity}"
    for copy, conversation in _conversations(connection, production):
        if conversation != (said_in or own):
            who = _who(connection, production, reply["person"], conversation)
            text = f"{what} in {place_of(said_in)} by {who}." if said_in else f"{what} by the operator."
            outbox.put(connection, f"{key}{copy}", conversation, SAY, {"text": text}, identity)


def _conversations(connection: Connection, production: RowMapping) -> Iterator[tuple[str, str]]:
    yield "", production["conversation"]
    for row in following.following(connection, production):
        yield f"@{row['number']}", row["conversation"]


def _who(connection: Connection, production: RowMapping, person: str, conversation: str) -> str:
    """Somebody in words: no address is told to others."""
    if people.are_one(connection, person, production["asked_by"]):
        return "you" if is_private(conversation) else "who asked for it"
    return "whoever runs this studio" if HOUSE.fullmatch(person) else "somebody who may approve it"
