"""Buttons: who may press them, which version they belong to, and what they ask or decide."""

from __future__ import annotations

from bot.review import card_in, may_change, name_of, refusal
from bot.whatsapp import words
from bot.whatsapp.letters import Letter, Meaning, notice

SCRIPT = (("approve", "Approve"), ("change", "Change"), ("restart", "Start over"))
PREVIEW = (("approve", "Approve"), ("revise", "Revise"), ("reject", "Reject"))
ASKS = {"revise": words.REVISE, "change": words.CHANGE, "restart": words.RESTART, "reject": words.REJECT}


def button(verb: str, subject: str) -> str:
    """The id of a button: what it does and to which version."""
    return f"{verb}|{subject}"


def verb_of(identity: str) -> tuple[str, str]:
    """What a pressed button was made of."""
    verb, _, subject = identity.partition("|")
    return verb, subject


def question(letter: Letter, verb: str, subject: str) -> Meaning:
    """What follows from a pressed button: a decision, a question, or why not."""
    production = letter.production(subject)
    if production is None:
        return notice(words.UNKNOWN)
    if verb == "keep":
        return notice(words.KEPT)
    if verb in ("approve", "yes"):
        if said := refusal(letter.connection, production, letter.person):
            return notice(said)
    elif not may_change(letter.connection, production, letter.person):
        return notice(words.NOT_YOURS)
    if stale := _stale(letter, subject):
        return stale
    if verb == "approve" and subject.startswith("cut:"):
        return confirmed(subject)
    if verb in ("approve", "yes"):
        return "decision", {"subject": subject, "decision": "approve"}
    if verb == "drop":
        return "decision", {"subject": subject, "decision": "reject", "text": ""}
    if verb not in ASKS:
        return notice(words.UNKNOWN)
    return _asked(verb, subject)


def confirmed(subject: str, text: str = words.CONFIRM) -> Meaning:
    """A preview is approved twice."""
    choices = [(button("yes", subject), "Approve and deliver"), (button("keep", subject), "Not yet")]
    return notice(
        text.format(name=name_of(subject), what="approve"), choices, subject=subject, asks="confirm"
    )


def reacted(subject: str, yes: bool) -> Meaning:
    """A reaction is no decision: ask, with buttons that are."""
    if yes:
        return confirmed(subject, words.REACTED)
    text = words.REACTED.format(name=name_of(subject), what="reject")
    choices = [(button("drop", subject), "Reject"), (button("keep", subject), "Keep it")]
    return notice(text, choices, subject=subject, asks="confirm")


def _asked(verb: str, subject: str) -> Meaning:
    text = ASKS[verb].format(name=name_of(subject))
    choices = {
        "reject": [(button("drop", subject), "Reject"), (button("keep", subject), "Keep it")],
        "restart": [(button("keep", subject), "Keep this one")],
    }
    return notice(text, choices.get(verb, ()), subject=subject, asks=verb)


def _stale(letter: Letter, subject: str) -> Meaning | None:
    card, now = card_in(letter.connection, letter.conversation, subject)
    if card is None or not card.closed:
        return None
    text, newest = f"That was {name_of(subject)}. {card.closed}", str(now.body["subject"]) if now else ""
    if newest and newest != subject:
        return notice(f"{text} {name_of(newest).capitalize()} is up for review now.", subject=newest)
    return notice(text)
