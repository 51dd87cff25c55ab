"""Everything that is true of one production, read in one go; and the stage that follows from it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping

from studio.catalogue import Catalogue
from studio.destinations import FOLDER
from studio.domain import ProductionId, Script, TakeId
from studio.engine import Kind
from studio.messages import cut_subject, script_subject
from studio.recipes import recipe_named
from studio.schedule import Rank
from studio.store import outbox, personas, productions, reviews, takes
from studio.store.personas import Persona
from studio.store.unwanted import CANCELLED
from tools.plan import Plan, ReadJson, plan

LACKING = (
    "WeightsMissing", "KeyMissing", "EngineUnknown", "LicenceForbids", "Misconfigured", "CreditSpent",
    "VoiceMissing",
)  # fmt: skip
"""Reasons that concern the engine rather than the take: the recipe's next engine may do."""


class Stage(StrEnum):
    """What a production needs next; each is the name of a node of the graph."""

    DRAFT = "draft"
    AWAIT_BRIEF = "await_brief"
    SHOW_SCRIPT = "show_script"
    AWAIT_SCRIPT = "await_script"
    SETTLE = "settle"
    ORDER = "order"
    AWAIT_TAKES = "await_takes"
    MEND = "mend"
    AWAIT_FIX = "await_fix"
    CHECK = "check"
    SHOW_CUT = "show_cut"
    AWAIT_CUT = "await_cut"
    AWAIT_DATE = "await_date"
    DELIVER = "deliver"
    AWAIT_DELIVERY = "await_delivery"
    CLOSE = "close"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Facts:
    """A snapshot taken at `at`; `rows` are the takes of the plan by id, `sent` the outbox's key → state."""

    production: RowMapping
    persona: Persona
    version: int
    script: Script | None
    script_at: float
    approved: bool
    reply: RowMapping | None
    plan: Plan | None
    rows: dict[TakeId, RowMapping]
    cut: RowMapping | None
    decision: RowMapping | None
    sent: dict[str, str]
    at: float

    @property
    def id(self) -> ProductionId:
        """The production's id."""
        return ProductionId(self.production["id"])

    @property
    def rank(self) -> Rank:
        """How urgent its takes are."""
        return rank_of(self.production["options"], self.cut is not None)

    @property
    def subject(self) -> str:
        """What a person would answer now: the newest shown cut or script, "" for neither."""
        if self.cut is not None and self.cut_key in self.sent and self.current_cut:
            return cut_subject(self.id, self.cut["version"])
        if self.script_key in self.sent and not self.approved:
            return script_subject(self.id, self.version)
        return ""

    @property
    def script_key(self) -> str:
        """The outbox key of the newest script's card."""
        return f"script:{self.id}:{self.version}"

    @property
    def cut_key(self) -> str:
        """The outbox key of the newest cut's preview."""
        return f"preview:{self.id}:{self.cut['version'] if self.cut else 0}"

    @property
    def delivery_key(self) -> str:
        """The outbox key of the newest cut's delivery: production, file, destination."""
        return f"deliver:{self.id}:{self.cut['artifact'][:16] if self.cut else ''}:{self.destination}"

    @property
    def destination(self) -> str:
        """The name of the place where it is handed over."""
        return str(self.production["options"].get("destination") or FOLDER)

    @property
    def is_early(self) -> bool:
        """Whether the date before which it may not be delivered is still to come."""
        return self.production["due"] is not None and self.production["due"] > self.at

    @property
    def is_approved(self) -> bool:
        """Whether the cut at hand has its yes."""
        return self.current_cut and self.decision is not None and self.decision["decision"] == "approve"

    @property
    def trouble_key(self) -> str:
        """The outbox key of the answer to a brief that could not be drafted."""
        return f"trouble:{self.id}:{hashlib.sha256(self.production['brief'].encode()).hexdigest()[:16]}"

    @property
    def shown_cut(self) -> bool:
        """Whether a person has a cut of the newest script before them; no change of plans takes that away."""
        return (
            self.cut is not None and self.cut["script_version"] == self.version and self.cut_key in self.sent
        )

    @property
    def current_cut(self) -> bool:
        """Whether the newest cut is of the newest script and, until it is shown, of its newest takes."""
        if self.shown_cut:
            return True
        if self.cut is None or self.plan is None or self.cut["script_version"] != self.version:
            return False
        planned = self.plan.take("cut")
        return planned is not None and planned.take_id == self.cut["take_id"]

    def take_state(self, take_id: TakeId) -> str:
        """ordered, done, failed, or "" for a take nobody ordered."""
        row = self.rows.get(take_id)
        return row["state"] if row is not None else ""

    def role_of(self, row: RowMapping) -> str:
        """The role of a take of the plan, "" for any other."""
        wanted = self.plan.takes if self.plan else ()
        return row.get("role") or next((each.role for each in wanted if each.take_id == row["id"]), "")

    def next_engine(self, role: str, engine: str) -> str:
        """The engine behind `engine` in the recipe's chain for this role, "" when there is none."""
        kind = {"voice": Kind.VOICE, "shot": Kind.ANIMATE}.get(role.partition(":")[0])
        if kind is None or self.script is None:
            return ""
        voices = self.plan.voices if self.plan else ()
        chain = voices if kind is Kind.VOICE else recipe_named(self.script.look.recipe).chains[kind]
        at = chain.index(engine) + 1 if engine in chain else len(chain)
        return chain[at] if at < len(chain) else ""

    def instead_of(self, row: RowMapping) -> str:
        """The engine that steps in for a failed take, "" when none does."""
        return self.next_engine(self.role_of(row), row["engine"]) if row["reason"] in LACKING else ""

    def failure_key(self, row: RowMapping) -> str:
        """The outbox key of what is said of a failed take: once an engine, if that cannot work at all."""
        engine = f"{row['engine']}:{row['reason']}:{self.version}"
        what = engine if row["reason"] in LACKING else row["id"]
        return f"failed:{self.id}:{what}:{row['attempt']}"

    def failed(self) -> list[RowMapping]:
        """Takes of the plan that ended without an artifact."""
        wanted = self.plan.takes if self.plan else ()
        return [self.rows[each.take_id] for each in wanted if self.take_state(each.take_id) == "failed"]


def rank_of(options: Mapping[str, Any], revised: bool) -> Rank:
    """A batch by its options, else a revision before a new brief."""
    if options.get("class") == "batch":
        return Rank.BATCH
    return Rank.REVISION if revised else Rank.BRIEF


def load_facts(
    connection: Connection,
    production_id: ProductionId,
    catalogue: Catalogue,
    label: str,
    read_json: ReadJson | None = None,
) -> Facts:
    """Read a production's facts; the plan is derived only for a script that may be rendered."""
    production = productions.get(connection, production_id)
    row = productions.script_row(connection, production_id)
    cut = productions.cut_row(connection, production_id)
    subject = cut_subject(production_id, cut["version"]) if cut is not None else ""
    facts = Facts(
        production,
        personas.by_id(connection, production["persona_id"]),
        row["version"] if row is not None else 0,
        productions.script_of(row) if row is not None else None,
        row["created_at"] if row is not None else 0.0,
        bool(row is not None and row["approved"]),
        reviews.unsettled(connection, production_id),
        None,
        {},
        cut,
        reviews.decision_on(connection, subject) if cut is not None else None,
        outbox.states(connection, production_id),
        time.time(),
    )
    return _planned(connection, facts, catalogue, label, read_json)


def with_takes(connection: Connection, facts: Facts) -> Facts:
    """The same facts and plan with the production's takes read anew; a cancelled one was never ordered."""
    rows = takes.of_production(connection, facts.id)
    return replace(facts, rows={TakeId(row["id"]): row for row in rows if row["state"] != CANCELLED})


def _planned(
    connection: Connection, facts: Facts, catalogue: Catalogue, label: str, read_json: ReadJson | None
) -> Facts:
    facts = with_takes(connection, facts)
    if facts.script is None or not facts.approved:
        return facts
    rows = facts.rows

    def artifact_of(take_id: TakeId) -> str | None:
        if take_id not in rows and (found := takes.find(connection, take_id)) is not None:
            rows[take_id] = found
        return rows[take_id]["artifact"] if facts.take_state(take_id) == "done" else None

    retakes = reviews.latest_retakes(connection, facts.id)
    planned = plan(facts.script, facts.persona, catalogue, retakes, artifact_of, label, read_json)
    return replace(facts, plan=planned)


def stage_of(facts: Facts) -> Stage:
    """What the facts ask for next; a pure function, and the only place that decides it."""
    if facts.reply is not None:
        return Stage.SETTLE
    if facts.production["status"] in productions.ENDED:
        return Stage.DONE
    if facts.script is None:
        return Stage.AWAIT_BRIEF if facts.trouble_key in facts.sent else Stage.DRAFT
    if not facts.approved:
        return Stage.AWAIT_SCRIPT if facts.script_key in facts.sent else Stage.SHOW_SCRIPT
    if facts.shown_cut:  # a later version of this program may plan otherwise: what was shown can be approved
        return _review_stage(facts)
    return _rendering_stage(facts) or _review_stage(facts)


def _rendering_stage(facts: Facts) -> Stage | None:
    assert facts.plan is not None
    used = {row_id for row_id, row in facts.rows.items() if "role" in row}
    states = [facts.take_state(planned.take_id) for planned in facts.plan.takes]
    if any(planned.take_id not in used for planned in facts.plan.takes):
        return Stage.ORDER
    if "failed" in states:
        told = all(
            facts.failure_key(row) in facts.sent and not facts.instead_of(row) for row in facts.failed()
        )
        return Stage.AWAIT_FIX if told else Stage.MEND
    if "ordered" in states or not facts.plan.whole:
        return Stage.AWAIT_TAKES
    return None


def _review_stage(facts: Facts) -> Stage:
    if not facts.current_cut:
        return Stage.CHECK
    if facts.cut_key not in facts.sent:
        return Stage.SHOW_CUT
    if facts.decision is None or facts.decision["decision"] != "approve":
        return Stage.AWAIT_CUT
    if facts.delivery_key not in facts.sent:
        return Stage.AWAIT_DATE if facts.is_early else Stage.DELIVER
    return Stage.CLOSE if facts.sent[facts.delivery_key] == "done" else Stage.AWAIT_DELIVERY
