"""Random interleavings of everything that can happen to a studio; what must hold is what is promised."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, RowMapping, select, update

from agent.facts import load_facts, stage_of
from studio.domain import ProductionId, Status
from studio.messages import PREVIEW, SCRIPT
from studio.store import inbox, outbox, personas, productions, schema, takes, unwanted
from studio.store.inbox import Inbound
from tests.chaos.promises import (
    lost_answers,
    out_of_order,
    previews_wrong,
    repeated,
    unsettled,
    wrong_click,
    wrong_ending,
)
from tests.chaos.trial import TALK, Trial, accept, copy_of, template
from tests.fakes.phone import CODE, NUMBER, PERSON
from tests.fakes.studio import GRACE

pytestmark = [pytest.mark.service, pytest.mark.timeout(400), pytest.mark.logs_errors]
WORDS = st.sampled_from(["line 1 softer", "approve", "cancel", "line 1 louder and slower", "what is this?"])
PHONE = f"whatsapp:1000:{NUMBER}"
WAITS_FOR_PEOPLE = ("await_brief", "await_script", "await_cut", "await_fix")
MOODS = st.lists(st.sampled_from(["do-then-fail", "fail", ""]), max_size=3)


class Studio(RuleBasedStateMachine):
    """A conversation; rules are what people, workers and the world do."""

    folder: Path
    catalogue: Any
    endings: ClassVar[list[str]] = []

    @initialize()
    def open(self) -> None:
        self.home = copy_of(self.folder / "template", Path(tempfile.mkdtemp(dir=self.folder)) / "home")
        self.trial = Trial(self.home, self.catalogue)
        self.events: list[Inbound] = []
        self.outcomes: list[dict[str, Any]] = []
        self.decided_on_the_phone = 0
        self.revoked = self.linked = False
        self.statuses: dict[str, str] = {}
        self.brief()

    def teardown(self) -> None:
        if hasattr(self, "trial"):
            try:
                self.calm()
            finally:
                self.trial.store.close()
                shutil.rmtree(self.home.parent)

    def calm(self) -> None:
        """Everything that can go on does; then nothing may be left but a person's word."""
        self.moods([], [])
        self.restart()
        for _ in range(6):
            self.wait()
            self.work()
        with self.trial.store.read() as connection:
            assert inbox.pending(connection) == []
            left = unsettled(connection, doubts_allowed=False)
            assert [each for each in left if not (self.revoked and each.startswith("left failed"))] == []
            for row in productions.latest(connection):
                facts = load_facts(connection, ProductionId(row["id"]), self.catalogue, "AI-generated")
                self.endings.append(stage_of(facts).value)
        refused = {"await_delivery"} if self.revoked else set()
        assert set(self.endings) <= {*WAITS_FOR_PEOPLE, "done"} | refused

    def send(self, kind: str, body: dict[str, Any], talk: str = TALK, person: str = "ann") -> None:
        self.events.append(Inbound("desk", f"e{len(self.events)}", talk, person, kind, body))
        accept(self.trial.store, self.trial.ledger, self.events[-1])

    def shown(self) -> list[dict[str, Any]]:
        posts = self.trial.ledger.read("post")
        return [post["body"] for post in posts if post["kind"] in (SCRIPT, PREVIEW)]

    def ordered(self) -> list[RowMapping]:
        with self.trial.store.read() as connection:
            query = select(schema.takes).where(schema.takes.c.state == "ordered")
            return list(connection.execute(query).mappings())

    @rule()
    def brief(self) -> None:
        self.send("text", {"text": "Script: We build compilers.", "options": {}})

    @rule(text=WORDS)
    def write(self, text: str) -> None:
        self.send("text", {"text": text, "options": {}})

    @precondition(lambda self: self.shown())
    @rule(which=st.integers(0, 20), decision=st.sampled_from(["approve", "approve", "approve", "cancel"]))
    def press(self, which: int, decision: str) -> None:
        """A button on anything shown so far, new or old."""
        subject = self.shown()[-1 - which % min(3, len(self.shown()))]["subject"]
        self.send("decision", {"subject": subject, "decision": decision})

    @precondition(lambda self: not self.linked)
    @rule()
    def link(self) -> None:
        """The same person has a phone, too."""
        self.send("text", {"text": "link"})
        asyncio.run(self.trial.desk.look())
        with self.trial.store.read() as connection:
            said = [row["body"].get("text", "") for row in outbox.of_conversation(connection, TALK)]
        code = next(found[1] for text in reversed(said) if (found := CODE.search(text)))
        self.send("text", {"text": f"link {code}"}, PHONE, PERSON)
        asyncio.run(self.trial.desk.look())
        self.linked = True

    @precondition(lambda self: self.linked)
    @rule(sure=st.integers(0, 3))
    def unlink(self, sure: int) -> None:
        if sure:
            return
        self.send("text", {"text": "unlink"}, PHONE, PERSON)
        asyncio.run(self.trial.desk.look())
        self.linked = False
        with self.trial.store.read() as connection:
            self.decided_on_the_phone = self.decisions_of(connection, PERSON)

    @precondition(lambda self: self.shown())
    @rule(which=st.integers(0, 20), decision=st.sampled_from(["approve", "approve", "cancel"]))
    def press_elsewhere(self, which: int, decision: str) -> None:
        """A button on the phone, for what the phone or only the desk has shown."""
        subject = self.shown()[-1 - which % min(4, len(self.shown()))]["subject"]
        self.send("decision", {"subject": subject, "decision": decision}, PHONE, PERSON)

    @precondition(lambda self: self.linked)
    @rule(text=WORDS)
    def write_elsewhere(self, text: str) -> None:
        self.send("text", {"text": text, "options": {}}, PHONE, PERSON)

    @precondition(lambda self: self.shown())
    @rule(which=st.integers(0, 20), sure=st.integers(0, 3))
    def start_over(self, which: int, sure: int) -> None:
        if sure:
            return
        subject = self.shown()[-1 - which % min(3, len(self.shown()))]["subject"]
        self.send("text", {"text": "Script: We build ships.", "options": {}, "instead_of": subject})

    def decisions_of(self, connection: Connection, person: str) -> int:
        row = schema.approvals.c
        return len(connection.execute(select(row.subject).where(row.person == person)).all())

    @precondition(lambda self: self.events)
    @rule(which=st.integers(0, 20))
    def send_again(self, which: int) -> None:
        accept(self.trial.store, self.trial.ledger, self.events[which % len(self.events)])

    @rule()
    def look(self) -> None:
        asyncio.run(self.trial.desk.look())

    @rule()
    def sweep(self) -> None:
        asyncio.run(self.trial.desk.sweep())
        with self.trial.store.read() as connection:
            assert unwanted.find(connection) == []  # nothing is rendered for nobody

    @rule()
    def work(self) -> None:
        """Everything goes on for a while."""
        asyncio.run(self.trial.desk.sweep())
        asyncio.run(self.trial.render())

    @precondition(lambda self: self.ordered())
    @rule(which=st.integers(0, 20))
    def finish(self, which: int) -> None:
        row = self.ordered()[which % len(self.ordered())]
        self.outcomes.append(self.trial.floor.outcome(row))
        asyncio.run(self.trial.desk.take_finished(self.outcomes[-1]))

    @precondition(lambda self: self.ordered())
    @rule(which=st.integers(0, 20))
    def lose(self, which: int) -> None:
        """A worker dies with its take; its outcome may still come, too late."""
        row = self.ordered()[which % len(self.ordered())]
        self.outcomes.append(self.trial.floor.outcome(row))
        dead = {"take_id": row["id"], "attempt": row["attempt"], "ok": False, "reason": "EngineDied"}
        lost = {**dead, "say": "It died.", "retry_after": 0.0, "lost": True}
        asyncio.run(self.trial.desk.take_finished(lost))

    @precondition(lambda self: self.outcomes)
    @rule(which=st.integers(0, 20))
    def zombie(self, which: int) -> None:
        """A report comes late, or twice: it changes no take that was done or is another attempt's."""
        outcome = {**self.outcomes[which % len(self.outcomes)], "artifact": "f" * 64}
        with self.trial.store.read() as connection:
            before = takes.find(connection, outcome["take_id"])
        asyncio.run(self.trial.desk.take_finished(outcome))
        with self.trial.store.read() as connection:
            after = takes.find(connection, outcome["take_id"])
        assert before is not None
        assert after is not None
        if before["state"] != "ordered" or before["attempt"] != outcome["attempt"]:
            assert before["artifact"] == after["artifact"]

    @rule(channel=MOODS, destination=MOODS)
    def moods(self, channel: list[str], destination: list[str]) -> None:
        self.trial.mood.words, self.trial.arrival.words = channel, destination

    @rule()
    def restart(self) -> None:
        """The worker is gone and comes back; whatever it held runs out."""
        self.trial.store.close()
        self.trial = Trial(self.home, self.catalogue)
        self.trial.let_leases_run_out()

    @rule()
    def forget(self) -> None:
        """All checkpoints are deleted."""
        for name in ("checkpoints", "writes"):
            self.trial.desk.graph.checkpointer.conn.execute(f"delete from {name}")  # type: ignore[union-attr]
        self.trial.desk.graph.checkpointer.conn.commit()  # type: ignore[union-attr]

    @rule()
    def wait(self) -> None:
        """Every pause is over."""
        with self.trial.store.write() as connection:
            connection.execute(update(schema.outbox).values(not_before=0.0))
            connection.execute(update(schema.takes).values(not_before=0.0))
        self.trial.desk.calm_until.clear()

    @precondition(lambda self: not self.revoked)
    @rule(sure=st.integers(0, 4))
    def revoke(self, sure: int) -> None:
        if sure == 0:
            self.revoked = True
            with self.trial.store.write() as connection:
                personas.remove(connection, GRACE)
            self.delivered_before = len(self.trial.ledger.read("delivery"))

    @invariant()
    def nothing_twice(self) -> None:
        posts, deliveries = self.trial.ledger.read("post"), self.trial.ledger.read("delivery")
        assert repeated(posts, "shown") + repeated(deliveries, "delivered") == []
        with self.trial.store.read() as connection:
            assert out_of_order(connection, posts) == []

    @invariant()
    def nothing_lost_and_no_foreign_click(self) -> None:
        acks = self.trial.ledger.read("ack")
        with self.trial.store.read() as connection:
            assert [each for each in lost_answers(connection, acks) if each.startswith("lost")] == []
            for row in productions.latest(connection):
                assert wrong_click(connection, row, acks) == []

    @invariant()
    def what_ended_stays_ended_and_was_approved(self) -> None:
        posts, deliveries = self.trial.ledger.read("post"), self.trial.ledger.read("delivery")
        with self.trial.store.read() as connection:
            for row in productions.latest(connection):
                before = self.statuses.get(row["id"], "")
                assert before not in productions.ENDED or before == row["status"]
                self.statuses[row["id"]] = row["status"]
                if row["status"] == Status.DELIVERED:
                    assert wrong_ending(connection, row, posts, deliveries) == []

    @invariant()
    def one_message_a_version_in_each_conversation(self) -> None:
        posts = self.trial.ledger.read("post")
        with self.trial.store.read() as connection:
            for row in productions.latest(connection):
                assert previews_wrong(connection, row, posts) == []

    @invariant()
    def the_phone_decides_while_it_is_linked(self) -> None:
        if not self.linked:
            with self.trial.store.read() as connection:
                assert self.decisions_of(connection, PERSON) == self.decided_on_the_phone

    @invariant()
    def nothing_without_consent(self) -> None:
        if self.revoked:
            assert len(self.trial.ledger.read("delivery")) == self.delivered_before

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        """What is open is somebody's to do: a row to send, a take to render, or a person's word."""
        with self.trial.store.read() as connection:
            assert len(inbox.pending(connection)) <= len(self.events)
            for row in productions.latest(connection):
                states = outbox.states(connection, ProductionId(row["id"]))
                assert "unknown" not in states.values()
                if row["status"] not in productions.ENDED:
                    used = takes.of_production(connection, ProductionId(row["id"]))
                    assert not [take["id"] for take in used if take["state"] == unwanted.CANCELLED]


def test_whatever_happens_in_whatever_order_the_promises_hold(tmp_path: Path) -> None:
    class Here(Studio):
        folder = tmp_path
        catalogue = template(tmp_path / "template")

    case = Here.TestCase
    case.settings = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
    assert {"done", "await_cut", "await_script"} <= set(Studio.endings)
