"""What a message means: words for the agent, a decision, or something that is answered at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping

from bot import words as common
from bot.review import card_in, may_change, name_of
from bot.whatsapp import words
from bot.whatsapp.letters import SILENCE, Letter, Meaning, notice
from bot.whatsapp.presses import question, reacted, verb_of
from studio.domain import ProductionId, Status
from studio.messages import OPENED, PREVIEW, SAY
from studio.store import following, inbox, outbox, people, personas, productions, slack, whatsapp

MOST_ROWS = 10


def meaning_of(letter: Letter, back: bool) -> Meaning:
    """The inbox row that a message becomes; `back`: the writer was away for more than a day."""
    kinds: dict[str, Callable[[Letter, bool], Meaning]] = {
        "text": _text,
        "audio": _voice,
        "interactive": _pressed,
        "button": _came_back,
        "reaction": _reaction,
        "edit": _changed,
        "revoke": _changed,
    }
    return kinds.get(letter.message.type, _unusable)(letter, back)


def _text(letter: Letter, back: bool) -> Meaning:
    text = letter.message.text("body")
    low = text.strip().lower().strip(" .!?,") or text.strip()
    if low in words.HELPS:
        return notice(words.HELP)
    if low in words.LISTS:
        return overview(letter)
    if back and low in words.GREETS and _waiting(letter):
        return SILENCE
    asks, subject = _answered(letter)
    if asks and low in words.KEEPS:
        return notice(words.KEPT)
    if asks == "reject":
        kind, body = question(letter, "drop", subject)
        return kind, {**body, "text": text} if kind == "decision" else body
    return _words(letter, "text", subject, {"text": text}, restart=asks == "restart")


def _voice(letter: Letter, back: bool) -> Meaning:
    clip = {name: letter.message.text(name) for name in ("id", "mime_type", "sha256")}
    if not clip["id"].isalnum():
        return notice(words.UNUSABLE)
    asks, subject = _answered(letter)
    body: dict[str, Any] = {"text": "", "clip": clip}
    if asks == "reject":
        kind, decision = question(letter, "drop", subject)
        unless = {"words": words.KEEPS, "text": words.KEPT}
        return ("voice", {**decision, **body, "unless": unless}) if kind == "decision" else (kind, decision)
    return _words(letter, "voice", subject, body, restart=asks == "restart")


def _words(letter: Letter, kind: str, subject: str, body: dict[str, Any], restart: bool = False) -> Meaning:
    """Plain words, about what they quote, if they quote something."""
    production = letter.production(subject) if subject else None
    if production is not None and production["status"] in productions.ENDED:
        return notice(f"That video is {production['status']} already; write a new brief for another one.")
    named = {"subject": subject} if production is not None else {}
    if restart and production is not None:
        named = {"instead_of": subject}
    return kind, {**body, "opening": _opening(letter), **named}


def _opening(letter: Letter) -> str:
    """What will happen now: at length only the first time."""
    return words.AGAIN if any(row["kind"] == OPENED for row in letter.said) else words.OPENING


def _answered(letter: Letter) -> tuple[str, str]:
    """What a message answers: (the question of ours, "" for none; the subject of that or of what it quotes)."""
    quoted = letter.ours(letter.message.quoted)
    row = quoted if quoted is not None else _standing(letter)
    return (
        (str(row["body"].get("asks", "")), str(row["body"].get("subject", "")))
        if row is not None
        else ("", "")
    )


def _standing(letter: Letter) -> RowMapping | None:
    """The question that is the last thing said here, by anybody."""
    last = letter.said[-1] if letter.said else None
    if last is None or last["kind"] != SAY or not last["body"].get("asks"):
        return None
    if last["state"] not in ("done", "sending"):  # an answer may be quicker than our note of it
        return None
    written = inbox.of_conversation(letter.connection, letter.conversation)
    return last if all(row["received_at"] < last["created_at"] for row in written) else None


def _waiting(letter: Letter) -> bool:
    """Whether something is on its way to them that the closed window held up."""
    return any(row["state"] in outbox.OPEN for row in letter.said)


def _pressed(letter: Letter, back: bool) -> Meaning:
    reply = letter.message.text("type")
    identity = letter.message.text(reply, "id")
    verb, subject = verb_of(identity)
    if verb == "show":
        return shown(letter, subject)
    if verb == "resend":
        return "resend", {"key": subject}
    return question(letter, verb, subject)


def _came_back(letter: Letter, back: bool) -> Meaning:
    """The button of a template: they are there, so what waited follows by itself."""
    return SILENCE if _waiting(letter) else overview(letter)


def _reaction(letter: Letter, back: bool) -> Meaning:
    row = letter.ours(letter.message.text("message_id"))
    emoji = letter.message.text("emoji").strip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
    if row is None or row["kind"] != PREVIEW or emoji not in (*words.YES, *words.NO):
        return SILENCE
    card, _ = card_in(letter.connection, letter.conversation, row["body"]["subject"])
    if card is None or card.closed:
        return SILENCE
    return reacted(letter, str(row["body"]["subject"]), emoji in words.YES)


def _changed(letter: Letter, back: bool) -> Meaning:
    """An edited or deleted message changes nothing; who wrote it is told, if it was taken in."""
    original = letter.message.text("original_message_id")
    if not original or not whatsapp.was_received(letter.connection, letter.event_id(original)):
        return SILENCE
    return notice(words.EDITED if letter.message.type == "edit" else words.DELETED)


def _unusable(letter: Letter, back: bool) -> Meaning:
    """Kindly, and once for an album."""
    if whatsapp.was_told(letter.connection, letter.conversation, words.UNUSABLE, time.time() - 60):
        return SILENCE
    return notice(words.UNUSABLE)


def overview(letter: Letter) -> Meaning:
    """The videos of a person as a list to pick from."""
    everybody = personas.all_of(letter.connection)
    theirs = [
        each.id for each in everybody if personas.may_approve(letter.connection, each.id, letter.person)
    ]
    found = slack.of_people(
        letter.connection, people.addresses_of(letter.connection, letter.person), theirs, limit=MOST_ROWS
    )
    if not found:
        return notice(words.NOTHING)
    opened = sum(row["status"] not in productions.ENDED for row in found)
    rows = [
        {
            "id": f"show|{row['id']}",
            "title": " ".join(str(row["brief"]).split()) or "video",
            "description": f"{common.STATUS[Status(row['status'])]} · {common.ago(time.time() - row['updated_at'])}",
        }
        for row in found
    ]
    count = f"{opened or 'None'} of them {'are' if opened > 1 else 'is'} in the making or waiting for you."
    return notice(f"Your newest videos. {count}", rows=rows)


def shown(letter: Letter, identity: str) -> Meaning:
    """Where one production stands, with a pointer to what waits for an answer."""
    row = next(iter(productions.some(letter.connection, [ProductionId(identity)])), None)
    if row is None or not may_change(letter.connection, row, letter.person):
        return notice(words.UNKNOWN)
    brief, status = " ".join(str(row["brief"]).split())[:200], common.STATUS[Status(row["status"])]
    text, subject = words.SHOW.format(brief=brief, status=status), ""
    if not following.shows(letter.connection, row, letter.conversation):
        text += " You find it where it was asked for."
    else:
        _, now = card_in(letter.connection, letter.conversation, "")
        subject = str(now.body["subject"]) if now is not None and now.production_id == row["id"] else ""
        text += f" This is {name_of(subject)}." if subject else ""
    return notice(text, subject=subject)
