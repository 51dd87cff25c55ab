"""What a reply means, before anything follows from it: a button, a filled-in form, a question, words for the brain."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from sqlalchemy import RowMapping

from agent import elsewhere
from agent.answers import of_facts
from agent.facts import Facts
from agent.llm import Call, ModelAnswerUnusable
from agent.nodes import scheduling
from agent.visit import Visit
from studio.domain import Edit, Reading, Verdict
from studio.errors import Misconfigured, NeedsFounder
from studio.store import people, productions
from tools.context import Context

WORDS = {
    "approve": Verdict.APPROVE,
    "cancel": Verdict.CANCEL,
    "reject": Verdict.CANCEL,
    productions.REPLACED: Verdict.CANCEL,
}

_QUOTED = re.compile(
    r"(?:i )?(?:(?:go )?back to|use|take|keep|want|prefer(?:red)?|liked?|restore) (?:this|that) (?:one|version|"
    r"script|preview)"
    r"(?: (?:better|more|again|instead|please))*"
    r"|(?:this|that)(?: (?:one|version|script|preview))? (?:was|is|looked|sounded) (?:(?:much|a lot) )?better"
)
"""What is said of an older card that it quotes."""


def read(
    visit: Visit, facts: Facts, reply: RowMapping, text: str, context: Context
) -> tuple[Reading, Call | None]:
    """What `text`, a reply without the date it may name, wants; with the model's call where one was asked."""
    if reply["decision"] in WORDS:
        return Reading(WORDS[reply["decision"]]), None
    if facts.script is None:
        return Reading(Verdict.REVISE), None
    if reply["decision"] == "edits":
        return _form(facts, reply), None
    if reply["subject"] != facts.subject and _QUOTED.fullmatch(" ".join(text.lower().split()).strip(".! ")):
        text = f"back to {named(reply['subject'])}"
    said = scheduling.answer(text, facts) or of_facts(text, *_shown(visit, facts))
    if said := said or _elsewhere(visit, facts, reply, text):
        return Reading(Verdict.QUESTION, say=said), None
    stage: Literal["script", "cut"] = "cut" if facts.approved else "script"
    try:
        return visit.brain.read(text, facts.script, stage, context)
    except (NeedsFounder, Misconfigured, ModelAnswerUnusable) as trouble:
        return Reading(Verdict.UNCLEAR, say=trouble.say), None


def _elsewhere(visit: Visit, facts: Facts, reply: RowMapping, text: str) -> str:
    with visit.store.read() as connection:
        linked = people.addresses_of(connection, reply["person"])
    where = reply["conversation"] or facts.production["conversation"]
    return elsewhere.answer(text, where, facts.destination, linked, visit.settings)


def _form(facts: Facts, reply: RowMapping) -> Reading:
    """What a filled-in form wants; one that was filled in for another version is not applied."""
    if reply["subject"] != facts.subject:
        was, now = named(reply["subject"]), named(facts.subject) if facts.subject else "something newer"
        return Reading(
            Verdict.UNCLEAR, say=f"That form was for {was}; {now} is at hand, so I changed nothing."
        )
    edits = tuple(Edit(each["tool"], each["args"]) for each in json.loads(reply["text"]))
    return Reading(Verdict.REVISE, edits)


def _shown(visit: Visit, facts: Facts) -> tuple[str, list[dict[str, Any]]]:
    """What changed last (the note of a first version is its writer's), and the report on what is shown."""
    with visit.store.read() as connection:
        row = productions.script_row(connection, visit.id, facts.version)
    report = facts.cut["report"]["items"] if facts.cut is not None else []
    first = "Nothing yet: this is the first version. " if facts.version == 1 else ""
    return (f"{first}{row['note']}" if row is not None else ""), report


def named(subject: str) -> str:
    """What people call a subject: "preview 2", "script 1"."""
    kind, version = subject.partition(":")[0], subject.rpartition(":")[2]
    return {"cut": f"preview {version}", "script": f"script {version}"}.get(kind, "something shown earlier")
