"""One visit of the agent to one production: its hold, and what nodes may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.brain import Brain
from agent.facts import Facts, Stage, load_facts, stage_of
from agent.versions import named_versions
from studio.catalogue import Catalogue
from studio.domain import ProductionId
from studio.estimate import Floor
from studio.messages import SAY
from studio.recipes import recipe_named
from studio.settings import Settings
from studio.store import Hold, Store, outbox, productions
from tools.context import Context

ReadJson = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Passed to the graph as its context. `read_json` reads an artifact that is JSON by its SHA-256.

    Facts once read are good until a node wrote (`know`) or somebody else left news (the production's `wake`).
    """

    hold: Hold
    store: Store
    brain: Brain
    catalogue: Catalogue
    settings: Settings
    read_json: ReadJson
    floor: Floor = field(default_factory=Floor)
    known: list[Facts] = field(default_factory=list)

    @property
    def id(self) -> ProductionId:
        """The production visited."""
        return self.hold.production_id

    def facts(self) -> Facts:
        """The facts as they were last read."""
        if not self.known:
            with self.store.read() as connection:
                found = load_facts(connection, self.id, self.catalogue, self.settings.label, self.read_json)
                self.know(found)
        return self.known[0]

    def know(self, facts: Facts | None) -> None:
        """A node wrote: these are the facts now; None when they have to be read again."""
        self.known[:] = [] if facts is None else [facts]

    def stage(self) -> Stage:
        """What the facts ask for now."""
        return stage_of(self.facts())

    def stage_at_rest(self) -> Stage:
        """The same before the walk ends: news that somebody else left meanwhile are read."""
        with self.store.read() as connection:
            if productions.has_news(connection, self.id):
                found = load_facts(connection, self.id, self.catalogue, self.settings.label, self.read_json)
                self.know(found)
        return self.stage()

    def say(self, facts: Facts, key: str, text: str, **more: str) -> None:
        """Put a sentence into the outbox, once for its key; `more` is for us and not shown."""
        with self.store.write(self.hold) as connection:
            body = {"text": text, **more}
            outbox.put(connection, key, facts.production["conversation"], SAY, body, self.id)

    def context(self, facts: Facts) -> Context:
        """What edits may choose from; the version at hand and those before it."""
        with self.store.read() as connection:
            scripts = productions.all_scripts(connection, self.id)
            cuts = productions.all_cuts(connection, self.id)
        versions, trail = named_versions(scripts, {cut["version"]: cut["script_version"] for cut in cuts})
        chosen = facts.script.look.recipe if facts.script else facts.production["options"].get("recipe")
        languages = recipe_named(str(chosen or self.settings.recipe)).languages(self.catalogue)
        return Context(tuple(facts.persona.portraits), languages=languages, versions=versions, trail=trail)
