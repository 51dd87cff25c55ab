"""One visit of the agent to one production: its hold, and what nodes may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.brain import Brain
from agent.facts import Facts, Stage, load_facts, stage_of
from studio.catalogue import Catalogue
from studio.domain import ProductionId, Script
from studio.messages import SAY
from studio.recipes import recipe_named
from studio.settings import Settings
from studio.store import Hold, Store, outbox
from tools.context import Context

ReadJson = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Passed to the graph as its context. `read_json` reads an artifact that is JSON by its SHA-256."""

    hold: Hold
    store: Store
    brain: Brain
    catalogue: Catalogue
    settings: Settings
    read_json: ReadJson

    @property
    def id(self) -> ProductionId:
        """The production visited."""
        return self.hold.production_id

    def facts(self) -> Facts:
        """The facts as they are now."""
        with self.store.read() as connection:
            return load_facts(connection, self.id, self.catalogue, self.settings.label)

    def stage(self) -> Stage:
        """What the facts ask for now."""
        return stage_of(self.facts())

    def say(self, facts: Facts, key: str, text: str, **more: str) -> None:
        """Put a sentence into the outbox, once for its key; `more` is for us and not shown."""
        with self.store.write(self.hold) as connection:
            body = {"text": text, **more}
            outbox.put(connection, key, facts.production["conversation"], SAY, body, self.id)

    def context(self, facts: Facts) -> Context:
        """What edits may choose from."""
        return Context(portraits=tuple(facts.persona.portraits))


def render_estimate(visit: Visit, script: Script, seconds: float) -> float:
    """Seconds that rendering `seconds` of speech takes with the script's recipe, for the quote."""
    return 5.0 + recipe_named(script.look.recipe).render_rate * seconds
