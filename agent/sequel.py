"""Another version of a delivered video: "the same for WhatsApp", "make a square one too", "line 2 softer"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping

from agent.doubts import MOST_WORDS, another_format, asked_back
from agent.foreign import is_foreign
from agent.going_back import back_in
from agent.reader import PRAISE, read
from agent.wishes import edits_of
from studio.domain import Edit, ProductionId, Reading, Script, Status, Verdict
from studio.errors import NeedsFounder
from studio.store import following, personas, productions
from tools.context import Context
from tools.describe import describe_changes
from tools.edits import apply_edits

AFTER = (
    "That video is delivered and stays as it is. For another version say what should differ, such as “the same for "
    "whatsapp” or “line 2 softer”; for a new video, what it is about."
)
NO_OTHER = "I know no delivered video in this conversation: tell me what the new one is about."
_SAME = re.compile(
    r"(?:(?:and|also|now|please|can you|could you|ok|okay|do|make|render|give me|i want|we need),? )*(?:exactly "
    r"|just )?"
    r"(?:the |it the )?same\b(?: (?:thing|video|one|clip|script|again|as (?:before|last time|the last(?: one)?|that)))*"
    r"(?:,? (?:but|only|with)\b|,)? ?",
    re.IGNORECASE,
)
_OF_LOOK = ("recipe", "destination", "class")
"""Options that hold for the next version, too; the rest is in the script."""
Options = dict[str, Any]


def options_for(connection: Connection, conversation: str, text: str) -> Options | None:
    """The options of the production that a text asks for as another version, None for any other text.

    Raises NeedsFounder with an answer when nothing comes of it.
    """
    plain = " ".join(re.sub(r"[^\w\s':]", " ", text.lower().replace("’", "'")).split())
    short = len(plain.split()) <= MOST_WORDS
    base = _delivered(connection, conversation) if short else None
    if base is None:
        if short and another_format(plain):
            raise NeedsFounder(NO_OTHER)
        return None
    row, script = base
    context = Context(portraits=tuple(personas.by_id(connection, row["persona_id"]).portraits))
    edits = _edits(text, plain, script, context)
    if edits is None:
        return None
    kept = {name: row["options"][name] for name in _OF_LOOK if name in row["options"]}
    persona = personas.by_id(connection, row["persona_id"]).name
    after = {"production": row["id"], "edits": [asdict(edit) for edit in edits]}
    return kept | {"persona": persona, "after": after}


def script_after(connection: Connection, after: Mapping[str, Any], context: Context) -> tuple[Script, str]:
    """The first script of such a production, and its note."""
    script = _delivered_script(connection, ProductionId(after["production"]))
    assert script is not None
    new = apply_edits(script, [Edit(each["tool"], each["args"]) for each in after["edits"]], context)
    return new, f"Like the delivered video, changed: {describe_changes(script, new)}."


def _edits(text: str, plain: str, script: Script, context: Context) -> list[Edit] | None:
    """What should differ, None for a brief; raises NeedsFounder for words that a delivered video cannot answer."""
    if (same := _SAME.match(text.strip())) or another_format(plain):
        rest = text.strip()[same.end() :] if same else ""
        return _differing(read(rest, script, "cut", context) if rest else None, plain, script, context)
    reading = read(text, script, "cut", context)
    if reading.verdict is Verdict.REVISE and not reading.say:
        about_it = re.search(r"\b(?:it|lines?|again|captions?|background)\b", plain)
        return list(reading.edits) if about_it or len(plain.split()) <= 3 else None
    answers = reading.verdict in (Verdict.APPROVE, Verdict.CANCEL) or asked_back(plain, "cut", context)
    remark = len(plain.split()) <= 4 and (is_foreign(text) or re.search(r"\b(?:it|that|this|line)\b", plain))
    if answers or remark or back_in(text, script, "cut", context)[0] or PRAISE.fullmatch(plain):
        raise NeedsFounder(AFTER)
    return None


def _differing(reading: Reading | None, plain: str, script: Script, context: Context) -> list[Edit]:
    """The edits of a wish for the same in another way; raises NeedsFounder when they make no difference."""
    edits = list(reading.edits) if reading is not None else edits_of(plain, script, context, [])
    unread = reading.say if reading is not None else ""
    if edits and not unread and apply_edits(script, edits, context) != script:
        return edits
    same = bool(edits) or unread.startswith("Already so")
    lead = "That is how the delivered video is already." if same else unread or AFTER.partition(". ")[0] + "."
    raise NeedsFounder(f"{lead} {AFTER.partition('. ')[2]}")


def _delivered(connection: Connection, conversation: str) -> tuple[RowMapping, Script] | None:
    """The newest production shown in a conversation, if it was delivered, and the script that was."""
    shown = [
        *productions.of_conversation(connection, conversation),
        *following.followed_in(connection, conversation),
    ]
    newest = max(shown, key=lambda row: float(row["created_at"]), default=None)
    if newest is None or newest["status"] != Status.DELIVERED:
        return None
    script = _delivered_script(connection, ProductionId(newest["id"]))
    return (newest, script) if script is not None else None


def _delivered_script(connection: Connection, production_id: ProductionId) -> Script | None:
    cut = productions.cut_row(connection, production_id)
    row = (
        productions.script_row(connection, production_id, cut["script_version"]) if cut is not None else None
    )
    return productions.script_of(row) if row is not None else None
