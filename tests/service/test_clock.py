"""A clock that jumps by an hour: delays, never a second effect or a lost one; and an event that breaks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from studio.domain import PersonaId, ProductionId, TakeId
from studio.queue import Bell, Order, media_queue
from studio.store import Held, Store, inbox, outbox, productions, reviews, schema, takes
from studio.store.inbox import Inbound
from tests.chaos.trial import TALK, Trial, template

pytestmark = pytest.mark.service
P = ProductionId("p1")
HOUR = 3600.0


@pytest.fixture(autouse=True)
def production(store: Store) -> None:
    with store.write() as connection:
        productions.create(connection, P, "desk:1", PersonaId("x"), "ann", "a brief", {})


def put(connection: Connection, **values: object) -> None:
    connection.execute(update(schema.productions).values(**values))


def test_a_lease_from_before_the_clock_went_back_is_not_waited_for(store: Store) -> None:
    with store.write() as connection:
        put(connection, lease_until=time.time() + HOUR)
        assert productions.to_visit(connection) == [P]
    with store.hold(P):
        pass
    with store.write() as connection:
        put(connection, lease_until=time.time() + 10)
    with pytest.raises(Held), store.hold(P):
        pass


def test_a_message_and_a_take_are_not_kept_waiting_by_an_hour(store: Store) -> None:
    with store.write() as connection:
        outbox.put(connection, "k", "desk:1", "say", {"text": "hello"}, P)
        assert outbox.claim(connection, "k", 20.0)
        later = time.time() + HOUR
        connection.execute(update(schema.outbox).values(lease_until=later, not_before=later))
        assert [row["key"] for row in outbox.due(connection)] == ["k"]
        takes.order(connection, TakeId("t"), "voice", "kokoro", {})
        takes.use(connection, P, TakeId("t"), "voice:l1", reused=False)
        connection.execute(update(schema.takes).values(not_before=later))
        assert len(takes.to_ring(connection)) == 1
        connection.execute(update(schema.takes).values(rung_at=later))
        assert len(takes.rung_before(connection, time.time() - 20)) == 1


@pytest.mark.sqlite
def test_a_job_that_is_due_in_an_hour_is_not_believed_to_wait(redis: str) -> None:
    async def play() -> list[bool]:
        bell = await Bell.connect(redis)
        await bell.ring_take(Order("t", 1, "hum", {}, {}, 0, "p", "grace"), gpu=False)
        found = [await bell.is_waiting("t", 1, gpu=False)]
        await bell.redis.zadd(media_queue(False), {"t-a1": (time.time() + HOUR) * 1000})
        found.append(await bell.is_waiting("t", 1, gpu=False))
        await bell.close()
        return found

    assert asyncio.run(play()) == [True, False]


def test_words_keep_their_order_when_the_clock_goes_back(store: Store) -> None:
    def words(event_id: str) -> Inbound:
        return Inbound("desk", event_id, "desk:1", "ann", "text", {"text": event_id})

    with store.write() as connection:
        inbox.append(connection, words("first"))
        connection.execute(update(schema.inbox).values(received_at=time.time() + HOUR))
        outbox.put(connection, "second", "desk:1", "say", {"text": "second"}, P)
        inbox.append(connection, words("third"))
        first, third = inbox.pending(connection)
        second = outbox.row(connection, "second")
        assert second is not None
        assert first["received_at"] < second["created_at"] < third["received_at"]
        for row in (third, first):
            reviews.add_reply(
                connection, row["event_id"], P, subject="", person="ann", text="", at=row["received_at"]
            )
        found = reviews.unsettled(connection, P)
    assert found is not None
    assert found["id"] == "first"


@pytest.mark.sqlite
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_the_video_comes_once_over_a_jump(tmp_path: Path, jump: float) -> None:
    """All that was written before the jump is an hour off, in the middle of everything."""
    trial = Trial(tmp_path / "trial", template(tmp_path / "trial"))
    for _ in range(3):
        trial.step()
        with trial.store.write() as connection:
            for table in schema.metadata.sorted_tables:
                moments = [
                    c for c in table.c if c.name.endswith(("_at", "_until", "not_before")) or c.name == "at"
                ]
                for column in moments:
                    shifted = update(table).where(column > 1.0).values({column.name: column - jump})
                    connection.execute(shifted)
    assert trial.drive() == []


@pytest.mark.sqlite
def test_an_event_that_breaks_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trial = Trial(tmp_path / "trial", template(tmp_path / "trial"))
    with trial.store.write() as connection:
        for name, body in (
            ("bad", {"text": {"not": "words"}, "options": 7}),
            ("good", {"text": "Script: Hello."}),
        ):
            inbox.append(connection, Inbound("desk", name, f"{TALK}-{name}", "ann", "text", body))
    with caplog.at_level("CRITICAL"):
        asyncio.run(trial.desk.look())
    with trial.store.read() as connection:
        assert productions.of_conversation(connection, f"{TALK}-good")
        assert [row["event_id"] for row in inbox.pending(connection)] == ["bad"]
