"""Buttons: who may press them, which version they belong to, and what they ask or decide."""

from __future__ import annotations

import time

from bot.review import card_in, may_change, name_of, refusal
from bot.whatsapp import moments, words
from bot.whatsapp.letters import Letter, Meaning, notice
from studio import dates

SCRIPT = (("approve", "Approve"), ("change", "Change"), ("restart", "Start over"))
PREVIEW = (("approve", "Approve"), ("revise", "Revise"), ("reject", "Reject"))
AT = "at "
"""What a button does that names a moment of delivery (moments.FORM)."""
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
    if verb in ("approve", "yes", "later") or verb.startswith(AT):
        if said := refusal(letter.connection, production, letter.person):
            return notice(said)
    elif not may_change(letter.connection, production, letter.person):
        return notice(words.NOT_YOURS)
    if stale := _stale(letter, subject):
        return stale
    if verb == "approve" and subject.startswith("cut:"):
        return confirmed(letter, subject)
    if verb == "later" or verb.startswith(AT):
        return _dated(letter, verb.removeprefix(AT), subject)
    if verb in ("approve", "yes"):
        return "decision", {"subject": subject, "decision": "approve"}
    if verb == "drop":
        return "decision", {"subject": subject, "decision": "reject", "text": ""}
    if verb not in ASKS:
        return notice(words.UNKNOWN)
    return _asked(verb, subject)


def confirmed(letter: Letter, subject: str, text: str = words.CONFIRM) -> Meaning:
    """A preview is approved twice."""
    production, when = letter.production(subject), ""
    if production is not None and (production["due"] or 0.0) > time.time():
        when = f" on {dates.said(production['due'], production['zone'] or letter.zone)}"
    choices = [
        (button("yes", subject), "Approve and deliver"),
        (button("later", subject), "Another time" if when else "Deliver later"),
        (button("keep", subject), "Not yet"),
    ]
    said = text.format(name=name_of(subject), what="approve", when=when)
    return notice(said, choices, subject=subject, asks="confirm")


def _dated(letter: Letter, moment: str, subject: str) -> Meaning:
    """An approval with its moment, or the moments to pick from."""
    production, now, text = letter.production(subject), time.time(), words.LATER.format(name=name_of(subject))
    zone = str(production["zone"] if production is not None else "") or letter.zone
    if moment != "later":
        if not moments.has_passed(moment, now, zone):
            body = {"subject": subject, "decision": "approve", "text": f"deliver {moment}", "zone": zone}
            return "decision", body
        text = f"{words.PASSED} {text}"
    rows = [
        {"id": button(f"{AT}{moment}", subject), "title": title, "description": shown}
        for moment, title, shown in moments.offered(now, zone)
    ]
    return notice(text, rows=rows, subject=subject, asks="confirm")


def reacted(letter: Letter, subject: str, yes: bool) -> Meaning:
    """A reaction is no decision: ask, with buttons that are."""
    if yes:
        return confirmed(letter, subject, words.REACTED)
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
    text, newest = f"That was {name_of(subject)}.", str(now.body["subject"]) if now else ""
    if newest and newest != subject:
        return notice(f"{text} {name_of(newest).capitalize()} is up for review now.", subject=newest)
    return notice(f"{text} {card.closed}")
