"""A desk with everything real but the renders: takes are finished at once with the facts a good take has."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping

from studio.domain import PersonaId, ProductionId
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, inbox, outbox, personas, productions, takes
from studio.store.inbox import Inbound
from studio.store.personas import Persona
from tests.databases import migrated
from tests.fakes.measures import GOOD_CUT, GOOD_SHOT, GOOD_VOICE
from workers.desk import Desk, open_desk

GRACE = Persona(
    PersonaId("grace"),
    "Grace",
    "Grace Hopper",
    {"navy": "0" * 64},
    {"kokoro": "af_heart", "piper": "joe"},
    (),
    {},
)


def furnish(store: Store) -> None:
    """Grace and her consent."""
    consent = {"sha256": "c" * 64, "statement": "yes", "exemption": "", "expires_at": None}
    with store.write() as connection:
        personas.add(connection, GRACE, consent)


@dataclass
class Floor:
    """One founder's conversation with a real agent; `spoil` changes what an engine measures or makes it fail.

    `furnished` is a desk on a home that has Grace already.
    """

    settings: Settings
    conversation: str = "desk:test"
    rendered: list[str] = field(default_factory=list)
    spoil: dict[str, Any] = field(default_factory=dict)
    numbers: Any = field(default_factory=itertools.count)
    furnished: Desk | None = None
    source: str = "desk"
    person: str = "ann"

    def __post_init__(self) -> None:
        if self.furnished is None:
            migrated(self.settings.database).close()
        self.desk: Desk = self.furnished or open_desk(self.settings)
        self.store, self.media = self.desk.store, MediaStore(self.settings.home / "media")
        if self.furnished is None:
            furnish(self.store)

    def write(self, text: str, **options: Any) -> None:
        """The founder writes."""
        self._put("text", {"text": text, "options": options})

    def press(self, subject: str, decision: str = "approve", event: str = "") -> None:
        """The founder presses a button."""
        self._put("decision", {"subject": subject, "decision": decision}, event)

    def look(self) -> None:
        """The doorbell rings, then everything ordered is rendered until nothing is."""
        asyncio.run(self.desk.look())
        self.render()

    def render(self) -> None:
        """Finish what is ordered, again and again."""
        while rows := self.ordered():
            for row in rows:
                self.rendered.append(row["engine"])
                asyncio.run(self.desk.take_finished(self.outcome(row)))

    def messages(self, kind: str = "") -> list[RowMapping]:
        """What the studio said, oldest first."""
        with self.store.read() as connection:
            rows = outbox.of_conversation(connection, self.conversation)
        return [row for row in rows if not kind or row["kind"] == kind]

    def last(self, kind: str) -> dict[str, Any]:
        """The body of the newest message of a kind."""
        body: dict[str, Any] = self.messages(kind)[-1]["body"]
        return body

    def production(self) -> RowMapping:
        """The newest production."""
        with self.store.read() as connection:
            return productions.latest(connection)[0]

    def to_preview(
        self, brief: str = "Script: We build compilers. They are fast. They are small."
    ) -> dict[str, Any]:
        """A brief, a yes, everything rendered; the preview's body."""
        self.write(brief)
        self.look()
        self.press(self.last("script")["subject"])
        self.look()
        return self.last("preview")

    def takes(self) -> list[RowMapping]:
        """The takes of the newest production."""
        with self.store.read() as connection:
            return takes.of_production(connection, ProductionId(self.production()["id"]), orders=True)

    def send(self, kind: str, body: dict[str, Any], event: str = "") -> None:
        """Anything else that a channel may take in."""
        self._put(kind, body, event)

    def _put(self, kind: str, body: dict[str, Any], event: str = "") -> None:
        event_id = event or f"e{next(self.numbers)}"
        with self.store.write() as connection:
            event = Inbound(self.source, event_id, self.conversation, self.person, kind, body)
            inbox.append(connection, event)

    def ordered(self) -> list[RowMapping]:
        """Takes that wait to be rendered."""
        with self.store.read() as connection:
            return [row for row in takes.to_ring(connection) if row["id"] not in self.spoil.get("stuck", ())]

    def outcome(self, row: RowMapping) -> dict[str, Any]:
        """What a media worker would report of this take."""
        outcome = {"take_id": row["id"], "attempt": row["attempt"]}
        failure = self.spoil.get(row["engine"])
        if isinstance(failure, tuple):
            return outcome | {"ok": False, "reason": failure[0], "say": failure[1], "retry_after": None}
        artifact = self._file(row, failure or {})
        return outcome | {
            "ok": True,
            "artifact": artifact,
            "facts": {"seconds": 20.0},
            "cost": {"cpu_s": 1.0},
        }

    def _file(self, row: RowMapping, changes: dict[str, Any]) -> str:
        good: dict[str, dict[str, Any]] = {
            "inspect-shot": GOOD_SHOT,
            "inspect-cut": GOOD_CUT,
            "inspect-voice": GOOD_VOICE,
        }
        listens = row["engine"].startswith("whisper")
        heard = {"text": self._text_of(row)} if listens else {"take": row["id"]}
        body = good.get(row["engine"], heard) | changes
        path = Path(self.settings.home) / "made.json"
        path.write_text(json.dumps(body))
        return self.media.put(path)

    def _text_of(self, row: RowMapping) -> str:
        audio = row["order"]["inputs"].get("audio")
        return next((t["order"]["request"]["text"] for t in self.takes() if t["artifact"] == audio), "")
