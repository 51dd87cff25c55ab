"""From a reply to what it changes: one reply at a time, oldest first, each settled exactly once."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, update

from agent.answers import of_facts
from agent.facts import Facts
from agent.llm import Call, ModelAnswerUnusable
from agent.nodes import scheduling
from agent.purse import revision_quote
from agent.queue_position import rates_of
from agent.visit import Visit
from studio import dates
from studio.domain import Edit, Reading, Script, Status, Verdict
from studio.errors import Misconfigured, NeedsFounder
from studio.messages import SAY
from studio.store import outbox, personas, productions, reviews, takes
from studio.store.schema import productions as production_table
from tools.describe import describe_changes, diff
from tools.edits import apply_edits
from tools.speech import line_seconds

CUT_S = 2.0  # joining the shots and looking at the whole, however little changed
SPOILT = ("LanguageUnsupported", "ScriptTooLong", "TextUnspeakable")  # briefs that no addition mends
AGAIN = Edit("regenerate", {"line": None})
WORDS = {"approve": Verdict.APPROVE, "cancel": Verdict.CANCEL, "reject": Verdict.CANCEL}


def settle(visit: Visit) -> None:
    """Read the oldest open reply and write down what follows from it, in one transaction."""
    facts = visit.facts()
    reply = facts.reply
    if reply is None:
        return
    dated = scheduling.in_reply(visit, facts, reply)
    reading, call = (
        _read(visit, facts, reply, dated.rest) if dated.rest or dated.wish is None else (None, None)
    )
    with visit.store.write(visit.hold) as connection:
        settlement = _Settlement(visit, facts, reply, connection)
        when = scheduling.follow(connection, facts, reply, dated) if dated.wish is not None else ""
        said = f"{when} {settlement.follow(reading) if reading is not None else ''}".strip()
        if said:
            key, body = f"answer:{reply['id']}"[:160], {"text": said, **settlement.whisper}
            outbox.put(connection, key, facts.production["conversation"], SAY, body, visit.id)
        reviews.settle(connection, reply["id"], dated.read_as(reading))
        if call is not None:
            productions.add_spend(connection, visit.id, "read", asdict(call))


def _read(visit: Visit, facts: Facts, reply: RowMapping, text: str) -> tuple[Reading, Call | None]:
    if reply["decision"] in WORDS:
        return Reading(WORDS[reply["decision"]]), None
    if facts.script is None:
        return Reading(Verdict.REVISE), None
    if reply["decision"] == "edits":
        return _form(facts, reply), None
    if said := scheduling.answer(text, facts) or of_facts(text, *_shown(visit, facts)):
        return Reading(Verdict.QUESTION, say=said), None
    stage: Literal["script", "cut"] = "cut" if facts.approved else "script"
    try:
        return visit.brain.read(text, facts.script, stage, visit.context(facts))
    except (NeedsFounder, Misconfigured, ModelAnswerUnusable) as trouble:
        return Reading(Verdict.UNCLEAR, say=trouble.say), None


def _form(facts: Facts, reply: RowMapping) -> Reading:
    """What a filled-in form wants; one that was filled in for another version is not applied."""
    if reply["subject"] != facts.subject:
        was, now = _name(reply["subject"]), _name(facts.subject) if facts.subject else "something newer"
        return Reading(
            Verdict.UNCLEAR, say=f"That form was for {was}; {now} is at hand, so I changed nothing."
        )
    edits = tuple(Edit(each["tool"], each["args"]) for each in json.loads(reply["text"]))
    return Reading(Verdict.REVISE, edits)


def _shown(visit: Visit, facts: Facts) -> tuple[str, list[dict[str, Any]]]:
    """What changed last, and the report on what is shown."""
    with visit.store.read() as connection:
        row = productions.script_row(connection, visit.id, facts.version)
    report = facts.cut["report"]["items"] if facts.cut is not None else []
    return (row["note"] if row is not None else ""), report


class _Settlement:
    """The consequences of one reply; every method returns the sentence to answer with, "" for none."""

    def __init__(self, visit: Visit, facts: Facts, reply: RowMapping, connection: Connection) -> None:
        self.visit, self.facts, self.reply, self.connection = visit, facts, reply, connection
        self.whisper: dict[str, str] = {}

    def follow(self, reading: Reading) -> str:
        status = self.facts.production["status"]
        match reading.verdict:
            case verdict if status in productions.ENDED:
                same = (verdict, status) in (
                    (Verdict.APPROVE, Status.DELIVERED),
                    (Verdict.CANCEL, Status.CANCELLED),
                )
                return "" if same else f"This video is {status} already; the first word counts."
            case Verdict.APPROVE:
                return self.approve()
            case Verdict.CANCEL:
                return self.cancel()
            case Verdict.REVISE if self.facts.script is None:
                return self.widen_brief()
            case Verdict.REVISE:
                return self.revise(reading)
            case _:
                return reading.say or "I did not understand that. What should change?"

    def approve(self) -> str:
        answered, current = self.reply["subject"], self.facts.subject
        before = reviews.decision_on(self.connection, answered) if answered else None
        again = before is not None and before["decision"] == "approve" and answered != current
        if again and self.reply["decision"]:
            return ""  # the button was pressed twice, and the work goes on
        if not self.may_approve():
            return self.only_them("approve videos")
        if not current:
            return "There is nothing to approve just now; I am still at work and will show it to you."
        if answered != current:
            shown = _name(current).capitalize()
            return f"That was {_name(answered)}. {shown} is up for review now; have a look at it first."
        cut = self.facts.cut if current.startswith("cut:") else None
        won = self.decide(current, "approve")
        if won and cut is None:
            productions.approve_script(self.connection, self.facts.id, self.facts.version)
            productions.set_status(self.connection, self.facts.id, Status.RENDERING)
        elif won:
            return self.on_its_date()
        said = reviews.decision_on(self.connection, current)
        if not won and cut is not None and outbox.reopen(self.connection, self.facts.delivery_key):
            return "I am handing it over once more."
        if won or (said is not None and said["decision"] == "approve"):
            return ""
        return f"{_name(current).capitalize()} was decided already; the first word counts."

    def on_its_date(self) -> str:
        row = productions.get(self.connection, self.facts.id)  # this very reply may have changed the date
        early = row["due"] is not None and row["due"] > time.time()
        status = Status.SCHEDULED if early else Status.DELIVERING
        productions.set_status(self.connection, self.facts.id, status)
        return f"Approved. It will be delivered on {dates.said(row['due'], row['zone'])}." if early else ""

    def cancel(self) -> str:
        if self.facts.is_approved and self.facts.production["status"] != Status.SCHEDULED:
            return "This video was approved already and is on its way."
        if self.reply["person"] != self.facts.production["asked_by"] and not self.may_approve():
            return self.only_them("stop a video that somebody else asked for")
        if self.facts.subject:
            self.decide(self.facts.subject, "cancel")
        productions.set_status(self.connection, self.facts.id, Status.CANCELLED)
        return "Cancelled. Nothing will be delivered; write a new brief whenever you like."

    def widen_brief(self) -> str:
        """A vague brief is completed by the reply; one that cannot be used at all is replaced by it."""
        told = outbox.row(self.connection, self.facts.trouble_key)
        spoilt = told is not None and told["body"].get("reason") in SPOILT
        brief = f"{'' if spoilt else self.facts.production['brief']}\n{self.reply['text']}".strip()
        self.connection.execute(
            update(production_table).where(production_table.c.id == self.facts.id).values(brief=brief)
        )
        return ""

    def revise(self, reading: Reading) -> str:
        old = self.facts.script
        assert old is not None
        if self.facts.is_approved:
            row = self.facts.production
            early = (
                f" (“cancel” stops it before {dates.said(row['due'], row['zone'])})"
                if self.facts.is_early
                else ""
            )
            return f"This cut is approved and on its way{early}; write a new brief for another version."
        try:
            new = apply_edits(old, reading.edits, self.visit.context(self.facts))
        except NeedsFounder as trouble:
            return trouble.say
        failed = self.facts.failed()
        for each in failed:
            takes.reopen(self.connection, each["id"])
        if failed and reading.edits and all(edit == AGAIN for edit in reading.edits):
            return "I am trying again what failed; what is done stays as it is."
        if new == old:
            return reading.say or "That is how it is already; nothing to change."
        return self.next_version(old, new, reading.say)

    def next_version(self, old: Script, new: Script, say: str) -> str:
        if self.facts.subject:
            self.decide(self.facts.subject, "revise")
        changes = describe_changes(old, new)
        productions.add_script(
            self.connection,
            self.facts.id,
            self.facts.version + 1,
            new,
            approved=self.facts.approved,
            note=f"Changed: {changes}.",
        )
        if self.facts.approved:
            productions.set_status(self.connection, self.facts.id, Status.RENDERING)
            return f"{say} I will change: {changes}. {self.work(old, new)}".strip()
        return say

    def work(self, old: Script, new: Script) -> str:
        """How much a revision renders again, in a sentence."""
        found = diff(old, new)
        touched = (
            {*found.changed, *found.added} if set(found.look) <= {"recipe"} else {x.id for x in new.lines}
        )
        seconds = sum(line_seconds(line, new.look.pace) for line in new.lines if line.id in touched)
        about = f"about {CUT_S + rates_of(self.connection, new).total * seconds:.0f} s"
        if usd := revision_quote(self.visit.catalogue, old, new):
            about += f", about ${usd:.2f}"
        if not touched:
            return f"No line renders again, {about}."
        lines = "1 line renders" if len(new.lines) == 1 else f"{len(touched)} of {len(new.lines)} lines"
        verb = "" if len(new.lines) == 1 else " renders" if len(touched) == 1 else " render"
        return f"{lines}{verb} again, {about}."

    def may_approve(self) -> bool:
        return personas.may_approve(self.connection, self.facts.persona.id, self.reply["person"])

    def only_them(self, what: str) -> str:
        self.whisper = {"only": self.reply["person"]}
        name = self.facts.persona.name
        return f"Only {self.facts.persona.founder}, and whom they named for {name}, may {what}."

    def decide(self, subject: str, decision: str) -> bool:
        sha256 = _sha256(self.facts) if subject == self.facts.subject else ""
        return reviews.decide(
            self.connection,
            subject,
            self.facts.id,
            decision=decision,
            sha256=sha256,
            person=self.reply["person"],
            reply_id=self.reply["id"],
        )


def _sha256(facts: Facts) -> str:
    """The hash of exactly what was up for review: the cut's file, or the script's words and settings."""
    if facts.subject.startswith("cut:") and facts.cut is not None:
        return str(facts.cut["artifact"])
    body = productions.SCRIPT.dump_json(facts.script) if facts.script is not None else b""
    return hashlib.sha256(body).hexdigest()


def _name(subject: str) -> str:
    kind, version = subject.partition(":")[0], subject.rpartition(":")[2]
    return {"cut": f"preview {version}", "script": f"script {version}"}.get(kind, "something shown earlier")
