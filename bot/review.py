"""What every channel asks before it passes a button on: which card it is of, and who may press it."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping

from bot.talk import Message, read
from studio.store import people, personas

UNNAMED = (
    "Sorry, only {founder}, and whom they named, may approve videos of {persona}. "
    "To name you, the operator runs: aiclone persona allow {persona} {person}"
)


def card_in(connection: Connection, conversation: str, subject: str) -> tuple[Message | None, Message | None]:
    """(the card of that subject, the card that takes an answer now)."""
    talk = read(connection, conversation)
    card = next((m for m in talk.messages if m.body.get("subject") == subject and m.is_card), None)
    return card, talk.in_review()


def refusal(connection: Connection, production: RowMapping, person: str) -> str:
    """Why somebody may not approve, "" when they may."""
    if personas.may_approve(connection, production["persona_id"], person):
        return ""
    persona = personas.by_id(connection, production["persona_id"])
    return UNNAMED.format(founder=persona.founder, persona=persona.name, person=person)


def may_change(connection: Connection, production: RowMapping, person: str) -> bool:
    """Whether somebody may change or end a production: its asker, and who may approve it."""
    if people.are_one(connection, person, production["asked_by"]):
        return True
    return personas.may_approve(connection, production["persona_id"], person)


def name_of(subject: str) -> str:
    """A subject in words."""
    kind, version = subject.partition(":")[0], subject.rpartition(":")[2]
    return f"{'preview' if kind == 'cut' else 'script'} {version}"
