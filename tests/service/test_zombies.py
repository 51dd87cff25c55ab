"""Whoever lost the right to act changes nothing; two agent workers are as good as one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from sqlalchemy import Connection, update

from agent.facts import Stage
from agent.inbound import record
from agent.nodes import rendering, settling
from agent.visit import Visit
from studio.domain import ProductionId, Status
from studio.store import Fenced, Hold, Store, inbox, productions, schema
from tests.chaos.mutants import FencelessStore, LeaselessStore
from tests.chaos.trial import TALK, Parts, Trial, template
from tests.fakes.studio import Floor
from workers.desk import open_desk

pytestmark = pytest.mark.service


def freezing(kind: type[Store]) -> type[Store]:
    """A store whose holder is frozen before its next write, once `icy` is set, until `thawed` is."""

    class Freezing(kind):  # type: ignore[misc, valid-type]
        icy, frozen, thawed = threading.Event(), threading.Event(), threading.Event()

        @contextmanager
        def write(self, hold: Hold | None = None) -> Iterator[Connection]:
            if hold is not None and self.icy.is_set():
                self.icy.clear()
                self.frozen.set()
                assert self.thawed.wait(30)
            with super().write(hold) as connection:
                yield connection

    return Freezing


def zombie_of(kind: type[Store], home: Path) -> tuple[list[BaseException], str, list[str]]:
    """A worker freezes while it orders takes; another one delivers; what the thawed one raised, and the end."""
    catalogue = template(home)
    store: Any = freezing(kind)
    zombie, other = Trial(home, catalogue, Parts(store=store)), Trial(home, catalogue)
    zombie.say(*zombie.answers()[0])
    asyncio.run(zombie.desk.look())
    zombie.say(*zombie.answers()[1])
    with zombie.store.write() as connection:
        for row in inbox.pending(connection):
            record(connection, row)
        identity = ProductionId(productions.latest(connection)[0]["id"])
    raised: list[BaseException] = []

    def order() -> None:
        try:
            with zombie.store.hold(identity) as hold:
                desk = zombie.desk
                visit = Visit(
                    hold, zombie.store, desk.brain, desk.catalogue, desk.settings, desk.media.read_json
                )
                settling.settle(visit)
                visit.know(None)
                assert visit.stage() is Stage.ORDER
                store.icy.set()
                rendering.order(visit)
        except BaseException as error:  # noqa: BLE001 - what it is, is the question
            raised.append(error)

    thread = threading.Thread(target=order)
    thread.start()
    assert store.frozen.wait(30)
    broken = other.drive()
    store.thawed.set()
    thread.join()
    with other.store.read() as connection:
        status = productions.get(connection, identity)["status"]
    return raised, status, broken


def test_a_frozen_worker_that_thaws_after_the_delivery_changes_nothing(tmp_path: Path) -> None:
    raised, status, broken = zombie_of(Store, tmp_path / "home")
    assert [type(error) for error in raised] == [Fenced]
    assert (status, broken) == (Status.DELIVERED, [])


def test_without_the_fence_it_would_open_a_delivered_production_again(tmp_path: Path) -> None:
    raised, status, _ = zombie_of(FencelessStore, tmp_path / "home")
    assert (raised, status) == ([], Status.RENDERING)


def test_without_the_lease_the_fence_still_holds(tmp_path: Path) -> None:
    """Two workers at once on everything: the lease saves work; it is the fence that protects."""
    catalogue = template(tmp_path / "home")
    first, second = (Trial(tmp_path / "home", catalogue, Parts(store=LeaselessStore)) for _ in range(2))

    async def both() -> None:
        await asyncio.gather(first.desk.sweep(), asyncio.to_thread(asyncio.run, second.desk.sweep()))

    for _ in range(12):
        for answer in first.answers():
            first.say(*answer)
        asyncio.run(both())
        first.desk.calm_until.clear()
        second.desk.calm_until.clear()
        asyncio.run(first.render())
    assert first.drive() == []


def test_two_workers_make_one_production_of_one_brief(tmp_path: Path) -> None:
    catalogue = template(tmp_path / "home")
    first, second = (Trial(tmp_path / "home", catalogue) for _ in range(2))
    first.say(*first.answers()[0])
    with first.store.read() as connection:
        rows = inbox.pending(connection)
    made = []
    for trial in (first, second):  # both had read the row before either took it
        with trial.store.write() as connection:
            made.append(record(connection, rows[0]) if inbox.claim(connection, rows[0]) else None)
    assert made[0] is not None
    assert made[1] is None
    with first.store.read() as connection:
        assert len(productions.of_conversation(connection, TALK)) == 1
    assert first.drive() == []


class OldState(TypedDict):
    """What another version kept in its checkpoints."""

    step: str


def ask_for_it(state: OldState) -> OldState:
    """A wait of another version, under a name that this one does not have."""
    interrupt({"question": "await_cut"})
    return state


def renamed(floor: Floor, identity: str) -> None:
    """Another version left its position."""
    graph = StateGraph(OldState)
    graph.add_node("ask_for_it", ask_for_it)
    graph.add_edge(START, "ask_for_it")
    saver: Any = floor.desk.graph.checkpointer
    saver.delete_thread(identity)
    config: Any = {"configurable": {"thread_id": identity}}
    graph.compile(checkpointer=saver).invoke({"step": "old"}, config)


def garbled(floor: Floor, identity: str) -> None:
    """Nobody can read it."""
    floor.desk.graph.checkpointer.conn.execute("update checkpoints set checkpoint = x'00'")  # type: ignore[union-attr]


def deleted(floor: Floor, identity: str) -> None:
    """There is none."""
    floor.desk.graph.checkpointer.delete_thread(identity)  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [renamed, garbled, deleted])
def test_a_paused_production_survives_an_upgrade(settings: Any, change: Callable[[Floor, str], None]) -> None:
    """A checkpoint of another version, of no version, or none: entered anew from the facts."""
    floor = Floor(settings)
    preview, said = floor.to_preview(), len(floor.messages())
    change(floor, floor.production()["id"])
    floor.press(preview["subject"])
    floor.look()
    assert floor.production()["status"] == Status.DELIVERED
    assert len(floor.messages("preview")) == 1
    assert len(floor.messages()) == said + 1


def test_checkpoints_that_are_no_database_are_made_anew(settings: Any) -> None:
    floor = Floor(settings)
    preview = floor.to_preview()
    floor.desk.graph.checkpointer.conn.close()  # type: ignore[union-attr]
    for left in settings.home.glob("checkpoints.db*"):
        left.unlink()
    (settings.home / "checkpoints.db").write_bytes(b"power cut" * 500)
    again = Floor(settings, furnished=open_desk(settings))
    again.press(preview["subject"], event="yes")
    again.look()
    assert again.production()["status"] == Status.DELIVERED


def test_rows_of_the_first_release_are_brought_along(settings: Any) -> None:
    """A message that 0.1.0 left half sent, a take at its last attempt: both go on."""
    floor = Floor(settings)
    floor.to_preview()
    with floor.store.write() as connection:
        connection.execute(update(schema.outbox).values(state="sending", lease_until=0.0, claim=0))
    floor.look()
    with floor.store.read() as connection:
        states = connection.execute(schema.outbox.select()).mappings().all()
    assert {row["state"] for row in states} == {"done"}
