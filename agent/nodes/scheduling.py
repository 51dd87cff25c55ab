"""When and where a cut is delivered: the date in a brief or a reply, who may change it, how it is said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from agent.facts import Facts
from agent.verbatim import finished_script
from agent.visit import Visit
from studio import dates
from studio.dates import Wish
from studio.destinations import FOLDER, THREAD
from studio.domain import Edit, Reading, Status, Verdict
from studio.progress import measure
from studio.store import people, personas, productions

TOOL = "deliver_at"
HOW = "Say “deliver tomorrow 9:00” or “deliver now” to change that."
_WHEN = re.compile(
    r"(?:and |so )?(?:when|at what time|on which day)\b.{0,30}\b(?:deliver(?:ed|y)?|published|posted|go(?:es)? out)\b"
)
_HOW_FAR = re.compile(
    r"(?:and |so )?(?:how (?:far|much longer)|how long (?:(?:will|does|do|is) )?(?:it|this|that|the render\w*|you)"
    r" (?:take|need|still)|how long (?:until|till)|when\b.{0,30}\b(?:ready|done|finished)"
    r"|(?:is it|are you|is the video) (?:ready|done|finished))\b"
)
NOT_YOURS = "Only {founder}, and whom they named for {persona}, may change the date{too}."


@dataclass(frozen=True, slots=True)
class Dated:
    """A text's wish for a date, None for none, the zone it was meant in, and the rest of the text."""

    wish: Wish | None
    zone: str
    rest: str

    def read_as(self, rest: Reading | None) -> Reading:
        """What the whole text is recorded to mean; the rest decides the verdict when there is one."""
        if self.wish is None or (self.wish.ask and rest is not None):
            assert rest is not None
            return rest
        if self.wish.ask:
            return Reading(Verdict.UNCLEAR, say=self.wish.ask)
        edit = Edit(TOOL, {"due": self.wish.due, "zone": self.zone})
        verdict, edits = (rest.verdict, rest.edits) if rest is not None else (Verdict.REVISE, ())
        return Reading(verdict, (*edits, edit), rest.say if rest is not None else "")


def in_reply(visit: Visit, facts: Facts, reply: RowMapping) -> Dated:
    """The date that plain words ask for; "now" is one only where there is a date to be dropped."""
    zone = _zone(visit, reply["zone"], facts.production["zone"])
    open_ = facts.script is not None and facts.production["status"] not in productions.ENDED
    pressed = reply["decision"]
    if not open_ or (pressed and (pressed != "approve" or reply["subject"] != facts.subject)):
        return Dated(None, zone, reply["text"])
    wish, rest = dates.taken_out(reply["text"], reply["created_at"], zone)
    if wish == Wish() and facts.production["due"] is None:
        wish, rest = None, reply["text"]
    if pressed and not (wish and wish.ask):  # a button that approves and names the moment
        rest = reply["text"]
    return Dated(wish, zone, rest)


def in_brief(visit: Visit, facts: Facts) -> Dated:
    """The date that a brief asks for beside what is to be said; words to be spoken are left alone."""
    row, brief = facts.production, facts.production["brief"]
    zone = _zone(visit, row["zone"])
    spoken = finished_script(brief)
    asks = spoken[0] if spoken is not None else brief
    if not asks or row["options"].get("verbatim"):
        return Dated(None, zone, brief)
    wish, rest = dates.taken_out(asks, row["created_at"], zone, joined=False)
    return Dated(wish if wish != Wish() else None, zone, brief.replace(asks, rest, 1) if wish else brief)


def follow(connection: Connection, facts: Facts, reply: RowMapping, dated: Dated) -> str:
    """Write the date down, if it is this person's to change; the sentence to answer with."""
    assert dated.wish is not None
    row = facts.production
    parked, approved = row["status"] == Status.SCHEDULED, facts.is_approved
    entitled = personas.may_approve(connection, facts.persona.id, reply["person"])
    if approved and not parked:
        return "This video is approved and on its way; its date cannot be changed any more."
    if not entitled and (approved or not people.are_one(connection, reply["person"], row["asked_by"])):
        names = {"founder": facts.persona.founder, "persona": facts.persona.name}
        return NOT_YOURS.format(
            **names, too=" now that it is approved" if approved else ", and who asked for it"
        )
    if dated.wish.ask:
        return dated.wish.ask
    productions.set_due(connection, facts.id, dated.wish.due, dated.zone)
    if reply["decision"] and not parked:
        return ""  # the approval says it
    if dated.wish.due is None:
        return "" if parked else "It will be delivered as soon as it is approved."
    when = dates.said(dated.wish.due, dated.zone)
    return f"It will {'now ' if parked else ''}be delivered on {when}{'' if parked else ', once it is approved'}."


def answer(text: str, facts: Facts) -> str:
    """The answer to "when is it delivered?" and, while it is rendered, "how far are you?"; "" for any other text."""
    row, asked = facts.production, " ".join(text.lower().replace("’", "'").split())
    if row["status"] == Status.RENDERING and _HOW_FAR.match(asked):
        part = measure(list(facts.rows.values()), {}).fraction
        return f"About {100 * part:.0f} % is rendered. The preview comes here by itself."
    if not _WHEN.match(asked):
        return ""
    when = f"on {dates.said(row['due'], row['zone'])}" if facts.is_early else "at once"
    return f"It is delivered {when}{'' if facts.is_approved else ' when the preview is approved'}. {HOW}"


def note(production: RowMapping) -> str:
    """What cards say of date and place, "" when it is the folder, at once."""
    place = str(production["options"].get("destination") or FOLDER)
    when = f" on {dates.said(production['due'], production['zone'])}" if production["due"] else ""
    where = {FOLDER: "", THREAD: " here in the thread"}.get(place, f" to “{place}”")
    return f"Once approved, it is delivered{when}{where}." if when or where else ""


def _zone(visit: Visit, *names: str) -> str:
    return next((name for name in names if dates.is_zone(name)), visit.settings.zone)
