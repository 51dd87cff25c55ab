"""From a reply to what it changes: one reply at a time, oldest first, each settled exactly once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, update

from agent.facts import Facts
from agent.nodes import returning, scheduling
from agent.nodes.reading import named, read
from agent.nodes.telling import tell_others
from agent.purse import revision_quote
from agent.queue_position import rates_of
from agent.visit import Visit
from studio import dates
from studio.domain import Edit, Reading, Script, Status, Verdict
from studio.errors import NeedsFounder
from studio.messages import SAY
from studio.store import outbox, people, personas, productions, reviews, takes
from studio.store.schema import productions as production_table
from tools.context import Context
from tools.describe import diff
from tools.edits import apply_edits
from tools.shots import shots_of
from tools.speech import line_seconds

CUT_S = 2.0  # joining the shots and looking at the whole, however little changed
SPOILT = ("LanguageUnsupported", "ScriptTooLong", "TextUnspeakable")  # briefs that no addition mends
AGAIN = Edit("regenerate", {"line": None})


def settle(visit: Visit) -> None:
    """Read the oldest open reply and write down what follows from it, in one transaction."""
    facts = visit.facts()
    reply = facts.reply
    if reply is None:
        return
    dated, context = scheduling.in_reply(visit, facts, reply), visit.context(facts)
    reading, call = (
        read(visit, facts, reply, dated.rest, context) if dated.rest or dated.wish is None else (None, None)
    )
    with visit.store.write(visit.hold) as connection:
        settlement = _Settlement(visit, facts, reply, connection, context)
        when = scheduling.follow(connection, facts, reply, dated) if dated.wish is not None else ""
        said = f"{when} {settlement.follow(reading) if reading is not None else ''}".strip()
        if said:
            key, body = f"answer:{reply['id']}"[:160], {"text": said, **settlement.whisper}
            where = reply["conversation"] or facts.production["conversation"]
            outbox.put(connection, key, where, SAY, body, visit.id)
        reviews.settle(connection, reply["id"], dated.read_as(reading))
        if call is not None:
            productions.add_spend(connection, visit.id, "read", asdict(call))


class _Settlement:
    """The consequences of one reply; every method returns the sentence to answer with, "" for none."""

    def __init__(
        self, visit: Visit, facts: Facts, reply: RowMapping, connection: Connection, context: Context
    ) -> None:
        self.visit, self.facts, self.reply, self.connection = visit, facts, reply, connection
        self.context = context
        self.whisper: dict[str, str] = {}
        self.replaced = reply["decision"] == productions.REPLACED

    def follow(self, reading: Reading) -> str:
        status = self.facts.production["status"]
        match reading.verdict:
            case verdict if status in productions.ENDED:
                same = (verdict, status) in (
                    (Verdict.APPROVE, Status.DELIVERED),
                    (Verdict.CANCEL, Status.CANCELLED),
                )
                return (
                    "" if same or self.replaced else f"This video is {status} already; the first word counts."
                )
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
            return self.stale(answered, current)
        if self.decide(current, "approve"):
            return self.go_on_after(current)
        if current.startswith("cut:") and outbox.reopen(self.connection, self.facts.delivery_key):
            return "I am handing it over once more."
        first = reviews.decision_on(self.connection, current)
        if first is not None and first["decision"] == "approve":
            return ""
        return f"{named(current).capitalize()} was decided already; the first word counts."

    def go_on_after(self, subject: str) -> str:
        """What an approval sets going."""
        said = ""
        if subject.startswith("cut:"):
            said = self.on_its_date()
        else:
            productions.approve_script(self.connection, self.facts.id, self.facts.version)
            productions.set_status(self.connection, self.facts.id, Status.RENDERING)
        self.tell_others(subject, "approved")
        return said

    def on_its_date(self) -> str:
        row = productions.get(self.connection, self.facts.id)  # this very reply may have changed the date
        early = row["due"] is not None and row["due"] > time.time()
        status = Status.SCHEDULED if early else Status.DELIVERING
        productions.set_status(self.connection, self.facts.id, status)
        return f"Approved. It will be delivered on {dates.said(row['due'], row['zone'])}." if early else ""

    def cancel(self) -> str:
        if self.facts.is_approved and self.facts.production["status"] != Status.SCHEDULED:
            return "This video was approved already and is on its way."
        asked_by = self.facts.production["asked_by"]
        if not people.are_one(self.connection, self.reply["person"], asked_by) and not self.may_approve():
            return self.only_them("stop a video that somebody else asked for")
        answered, current = self.reply["subject"], self.facts.subject
        if self.reply["decision"] and not self.replaced and answered and current and answered != current:
            return self.stale(answered, current)
        if current:
            self.decide(current, "cancel")
        productions.set_status(self.connection, self.facts.id, Status.CANCELLED)
        self.tell_others(self.facts.subject, "started over" if self.replaced else "cancelled")
        if self.replaced:
            return ""
        return "Cancelled. Nothing will be delivered; write a new brief whenever you like."

    def stale(self, answered: str, current: str) -> str:
        shown = named(current).capitalize()
        return f"That was {named(answered)}. {shown} is up for review now; have a look at it first."

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
            new = apply_edits(old, reading.edits, self.context)
        except NeedsFounder as trouble:
            return trouble.say
        failed = self.facts.failed()
        for each in failed:
            takes.reopen(self.connection, each["id"])
        if failed and reading.edits and all(edit == AGAIN for edit in reading.edits):
            return "I am trying again what failed; what is done stays as it is."
        if new == old:
            return reading.say or "That is how it is already; nothing to change."
        return " ".join(filter(None, (self.next_version(old, new, reading), self.taught(reading.edits))))

    def taught(self, edits: Sequence[Edit]) -> str:
        """Keep pronunciations that are meant for good; only whoever may approve teaches the persona."""
        kept = [edit for edit in edits if edit.tool == "add_pronunciation" and edit.args.get("always")]
        if not kept:
            return ""
        name = self.facts.persona.name
        if not self.may_approve():
            return f"That holds for this video; only who may approve teaches {name} for good."
        for edit in kept:
            personas.teach(self.connection, self.facts.persona, str(edit.args["word"]), str(edit.args["say"]))
        words = ", ".join(f"“{edit.args['word']}”" for edit in kept)
        return f"{name} will say {words} like that from now on."

    def next_version(self, old: Script, new: Script, reading: Reading) -> str:
        if self.facts.subject and self.decide(self.facts.subject, "revise"):
            self.tell_others(self.facts.subject, "changed")
        back = returning.name_of(reading.edits, self.context)
        changes = returning.told(old, new, back, self.context)
        productions.add_script(
            self.connection,
            self.facts.id,
            self.facts.version + 1,
            new,
            approved=self.facts.approved,
            note=f"{changes}.",
        )
        if not self.facts.approved:
            return reading.say
        productions.set_status(self.connection, self.facts.id, Status.RENDERING)
        seen = returning.restore(self.visit, self.facts, self.connection, new)
        will = changes.replace("Changed:", "I will change:", 1)
        base = self.context.versions[back] if back.startswith("preview") else old
        return f"{reading.say} {will}. {returning.SEEN if seen else self.work(base, new)}".strip()

    def work(self, old: Script, new: Script) -> str:
        """How much a revision renders again, in a sentence: shots that are not as they were, or all with their look."""
        were = {shot.lines for shot in shots_of(old)}
        anew = not set(diff(old, new).look) <= {"recipe"}
        shots = [shot for shot in shots_of(new) if anew or shot.lines not in were]
        touched = [line for shot in shots for line in shot.lines]
        seconds = sum(line_seconds(line, new.look) for line in touched)
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

    def tell_others(self, subject: str, done: str) -> None:
        name = named(subject).capitalize() if subject else "This video"
        tell_others(self.connection, self.facts.production, self.reply, subject, f"{name} was {done}")

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
