"""Answers of the embedded reader to usual questions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.domain import Script
from studio.profiles import PROFILES
from tools.context import Context
from tools.speech import script_seconds

EXAMPLES = (
    "You can say “line 2 softer”, “20 seconds”, “jet background”, “change line 3 to …” or “no captions”."
)


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
    r"^(?:and |so |hey,? )?what(?: exactly)? (?:did you (?:just )?chang|(?:has|have|was|is) (?:been )?(?:chang|"
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
    return f"That I cannot answer. {EXAMPLES} To accept, say “approve”; to end it, “cancel”."


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
        (r"how long|how much time|when\b.*\b(?:ready|done|finish)", f"The time is in the quote above; "
                                                                    f"{start}."),
        (r"cost|price|how much|expensive|credits", "The price is in the quote above; a change shows a "
                                                   "new one first."),
        (r"background", f"Backgrounds: {', '.join(context.backgrounds)}, or the photo's own."),
        (r"portrait|photo", f"Portraits: {', '.join(context.portraits) or 'only the one in use'}."),
        (r"format|profile|destination", f"Formats: {formats}."),
        (r"tone", "Tones: neutral, warm, authoritative, soft, storytelling; for all or for one line."),
        (r"what (?:can|could|may|else)|help|options|how (?:do|can) i|possible", f"{EXAMPLES} Also "
                                                                                f"tone, pace, framing, "
                                                                                f"portrait, format, "
         "pronunciation (“say Kadar as ka-DAR”), adding and removing lines, or another take (“again”)."),
        (r"happens|next|approve|after", f"After your yes, {after}"),
        (r"\bwho (?:are|is this$|am i)|\bare you (?:an?|human|real|there|chatgpt|gpt|alive)\b",
         "I'm the built-in reader: rules, no language model. I understand plain wishes."),
        (r"look|settings?|which", f"It is {look.profile}, background "
                                  f"{look.background or 'of the photo'}, captions {look.captions}, "
         f"about {seconds:.0f} seconds."),
    ]  # fmt: skip
