"""Two connections at the same instant: each key once, each event once, nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import Connection, func, select, text, update

from studio.domain import PersonaId, ProductionId, TakeId
from studio.errors import NeedsFounder, ProviderBusy, ProviderDown
from studio.settings import Settings
from studio.store import Fenced, Hold, Store, inbox, outbox, personas, productions, reviews, schema, takes
from studio.store.inbox import Inbound
from tests.fakes.studio import GRACE, Floor
from workers.desk import open_desk

pytestmark = pytest.mark.service
P = ProductionId("p1")
Act = Callable[[Connection], bool]


def add_persona(connection: Connection) -> bool:
    try:
        personas.add(connection, GRACE, {"sha256": "c" * 64, "statement": "", "exemption": ""})
    except NeedsFounder:
        return False
    return True


ONCE: dict[str, Act] = {
    "outbox.put": lambda c: outbox.put(c, "k", "desk:1", "say", {"text": "one"}, P),
    "takes.order": lambda c: takes.order(c, TakeId("t1"), "voice", "kokoro", {}),
    "takes.use": lambda c: takes.use(c, P, TakeId("t1"), "voice:l1", reused=False),
    "reviews.decide": lambda c: reviews.decide(
        c, "cut:p1:1", P, decision="approve", sha256="", person="ann", reply_id="r"
    ),
    "inbox.append": lambda c: inbox.append(c, Inbound("desk", "e1", "desk:1", "ann", "text", {"text": "a"})),
    "personas.add": add_persona,
}


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4)


@pytest.mark.parametrize("act", ONCE.values(), ids=list(ONCE))
@pytest.mark.parametrize("first_commits", [True, False])
def test_what_two_write_at_once_is_written_once(
    store: Store, pool: ThreadPoolExecutor, act: Act, first_commits: bool
) -> None:
    def second() -> bool:
        with store.write() as connection:
            return act(connection)

    with store.engine.connect().execution_options(write=True) as connection:
        begun = connection.begin()
        assert act(connection)
        other = pool.submit(second)
        assert not wait([other], timeout=0.1).done  # it waits for what becomes of ours
        begun.commit() if first_commits else begun.rollback()
    assert other.result(10) is not first_commits


def test_a_writer_with_a_lost_hold_is_refused_after_waiting_for_the_new_one(
    store: Store, pool: ThreadPoolExecutor
) -> None:
    with store.write() as connection:
        productions.create(connection, P, "desk:1", PersonaId("x"), "ann", "a brief", {})
    with store.hold(P) as old:
        pass

    def zombie() -> None:
        with store.write(Hold(P, old.fence)) as connection:
            outbox.put(connection, "late", "desk:1", "say", {"text": "late"}, P)

    row = schema.productions.c
    with store.write() as connection:
        connection.execute(update(schema.productions).where(row.id == P).values(fence=row.fence + 1))
        other = pool.submit(zombie)
        assert not wait([other], timeout=0.2).done
    with pytest.raises(Fenced):
        other.result(10)


def test_two_agents_that_read_one_inbox_open_one_production(settings: Settings, floor: Floor) -> None:
    desks = [floor.desk, open_desk(settings)]
    for n in range(6):
        floor.write(f"Script: Sentence number {n} is about compilers.")
    both = threading.Barrier(2)

    def look(n: int) -> None:
        both.wait()
        asyncio.run(desks[n].look())

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(look, n) for n in range(2)]:
            done.result(60)
    with floor.store.read() as connection:
        assert len(productions.of_conversation(connection, floor.conversation)) == 1
        assert inbox.pending(connection) == []
        replies = connection.execute(select(func.count()).select_from(schema.replies)).scalar()
    assert replies == 5
    assert len(floor.messages("script")) >= 1
    desks[1].close()


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def test_a_lost_connection_is_a_sentence_and_the_next_one_works(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    end = text("select pg_terminate_backend(:pid)")

    def cut(connection: Connection) -> None:
        pid = connection.execute(text("select pg_backend_pid()")).scalar()
        with store.engine.connect() as other:
            other.execute(end, {"pid": pid})

    with pytest.raises(ProviderDown, match="does not answer"), store.write() as connection:
        cut(connection)
        outbox.put(connection, "k", "desk:1", "say", {})
    with store.write() as connection:
        assert outbox.put(connection, "k", "desk:1", "say", {})


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as reading:
        assert outbox.due(reading) == []
        with store.write() as connection:
            outbox.put(connection, "k", "desk:1", "say", {})
        assert outbox.due(reading) == []
    with store.read() as reading:
        assert len(outbox.due(reading)) == 1


def test_a_deadlock_is_a_sentence_and_may_be_tried_again(store: Store, pool: ThreadPoolExecutor) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time: no deadlock")
    keys, both = ("a", "b"), threading.Barrier(2)
    with store.write() as connection:
        for key in keys:
            outbox.put(connection, key, "desk:1", "say", {})
            outbox.claim(connection, key, 20.0)

    def mark(first: str, second: str) -> None:
        with store.write() as connection:
            outbox.mark(connection, first, 1, "done")
            both.wait()
            outbox.mark(connection, second, 1, "done")

    done = [pool.submit(mark, *keys), pool.submit(mark, *reversed(keys))]
    failed = [error for each in done if (error := each.exception(20)) is not None]
    assert [type(error) for error in failed] == [ProviderBusy]
