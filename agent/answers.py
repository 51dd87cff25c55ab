"""Answers of the embedded reader to usual questions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.wishes import edits_of
from studio.domain import Script, Tone
from studio.errors import NeedsFounder
from studio.profiles import PROFILES
from tools.context import Context
from tools.edits import apply_edits
from tools.speech import script_seconds


def examples(script: Script, context: Context) -> str:
    """Three wishes in quotes that would change exactly this script, as many as there are."""
    at = min(2, len(script.lines))
    tone = "softer" if script.lines[at - 1].tone is Tone.WARM else "warmer"
    wishes = (
        f"line {at} {tone}",
        "shorter",
        "office background",
        "no captions",
        "slower",
    )
    some = [f"“{wish}”" for wish in wishes if _changes(wish, script, context)][:3]
    return f"{', '.join(some[:-1])} or {some[-1]}"


def _changes(wish: str, script: Script, context: Context) -> bool:
    try:
        return apply_edits(script, edits_of(wish, script, context, []), context) != script
    except NeedsFounder:
        return False


def of_facts(question: str, changed: str, report: Sequence[Mapping[str, Any]]) -> str:
    """The answer to "what did you change?" and "why is it red?", "" for any other text.

    `changed` is the note of the newest version, `report` the items of the newest cut.
    """
    asked = " ".join(question.lower().replace("’", "'").split())
    if _CHANGED.search(asked):
        return changed or "Nothing yet: this is the first version."
    if not (found := _COLOUR.search(asked)):
        return ""
    colour = {"yellow": "amber", "orange": "amber"}.get(found[1] or "", found[1] or "")
    wanted = (colour,) if colour in ("red", "amber", "green") else ("red", "amber")
    if not report:
        return "There is no preview yet; the report comes with it."
    if said := _sentences(report, wanted):
        return said
    nothing = f"Nothing is {' or '.join(wanted)}"
    yellow = _sentences(report, ("amber",)) if colour == "red" else ""
    return (
        f"{nothing}. Yellow is this: {yellow}" if yellow else f"{nothing}: see the report under the preview."
    )


def _sentences(report: Sequence[Mapping[str, Any]], states: Sequence[str]) -> str:
    return " ".join(f"{item['sentence']}{_limit(item)}" for item in report if item["state"] in states)


def _limit(item: Mapping[str, Any]) -> str:
    if item.get("value") is None or item.get("limit") in (None, ""):
        return ""
    unit = f" {item['unit']}" if item.get("unit") else ""
    value = f"{item['value']:.3g}" if isinstance(item["value"], float) else item["value"]
    return f" (measured {value}{unit}, wanted {item['limit']}{unit})"


_CHANGED = re.compile(
    r"^(?:and |so |hey,? )?what(?: exactly)? (?:did (?:you|i|we) (?:just )?chang|(?:has|have|was|is) (?:been "
    r")?(?:chang|"
    r"different)|changed)|^what'?s (?:new|different|changed)"
)
_COLOUR = re.compile(
    r"^(?:and |so )?why (?:is|was|are|does)\b.*\b(red|amber|yellow|orange|green|warning|failed|wrong|bad)\b"
)


def answer(question: str, script: Script, stage: str, context: Context) -> str:
    """A helpful sentence or two for a question in small letters without marks."""
    for pattern, reply in _answers(script, stage, context):
        if re.search(pattern, question):
            return reply
    return (
        f"That I cannot answer. Say what to change, such as {examples(script, context)}; “approve” accepts it, "
        "“cancel” ends it."
    )


def _answers(script: Script, stage: str, context: Context) -> list[tuple[str, str]]:
    seconds, look = script_seconds(script), script.look
    start = (
        "it starts when you approve the script"
        if stage == "script"
        else "only what a change touches is made again"
    )
    formats = "; ".join(f"{profile.name} ({profile.summary})" for profile in PROFILES.values())
    after = (
        "I render the video and show it to you before anything leaves."
        if stage == "script"
        else "the video is delivered where you asked."
    )
    waiting = (
        "Nothing is rendered yet: that starts when you approve the script."
        if stage == "script"
        else "The preview comes here by itself; where it is above, it waits for your “approve”."
    )
    return [
        (r"how long (?:is|will) (?:it|this|the (?:video|script))\b(?! take)", f"It takes about "
                                                                              f"{seconds:.0f} seconds "
                                                                              f"to say."),
        (r"\b(?:are you|is (?:it|this|the \w+)|are we) (?:\w+ )?(?:done|ready|finished)|"
         r"\bwhere(?:'s| is| are)? (?:my|the|our) (?:video|preview|clip|file)", waiting),
        (r"how long|how much time|when\b.*\b(?:ready|done|finish|get it|get the|have it)", f"The time is in the "
            f"quote above; "
                                                                    f"{start}."),
        (r"cost|price|how much|expensive|credits", "The price is in the quote above; a change shows a "
                                                   "new one first."),
        (r"background", f"Backgrounds: {', '.join(context.backgrounds)}, or the photo's own."),
        (r"portrait|photo", f"Portraits: {', '.join(context.portraits) or 'only the one in use'}."),
        (r"format|profile|destination|\b(?:square|social|wide|draft)\b", f"Formats: {formats}."),
        (r"tone", "Tones: neutral, warm, authoritative, soft, storytelling; for all or for one line."),
        (r"what (?:can|could|may|else|now)|help|options|how (?:do|can) i|possible",
         f"Say {examples(script, context)}; “change line 1 to …”, “swap line 1 and 2”, “closer”, “other "
         f"portrait”, “say Kadar "
         "as ka-DAR”, “again” for another take; “undo” goes back. “approve” accepts it, “cancel” ends it."),
        (r"^(?:can|may|could|am|are|is) (?:i|we|it|this) .*(?:us\w+|post\w*|shar\w+|upload\w*|publish\w*)",
         "The approved file is handed to you; where you post it is up to you. Formats: " + ", ".join(PROFILES) + "."),
        (r"happens|next|approve|after", f"After your yes, {after}"),
        (r"\bwho (?:are|is this$|am i)|\bare you (?:an?|human|real|there|chatgpt|gpt|alive)\b",
         "I'm the built-in reader: rules, no language model. I understand plain wishes."),
        (r"look|settings?|which", f"It is {look.profile}, background "
                                  f"{look.background or 'of the photo'}, captions {look.captions}, "
         f"about {seconds:.0f} seconds."),
    ]  # fmt: skip
