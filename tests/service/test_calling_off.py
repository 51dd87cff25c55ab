"""Takes that no open production wants are not rendered on; what another one wants goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from studio.catalogue import Catalogue
from studio.domain import PersonaId, ProductionId, Status, TakeId
from studio.failpoints import watch
from studio.media import MediaStore
from studio.queue import AGENT_QUEUE, Bell, Order, deserialize, job_of, lease_key, media_queue
from studio.settings import Settings
from studio.store import Store, productions, takes, unwanted
from tests.fakes.media_worker import media_worker, until
from tests.fakes.studio import Floor
from tests.fakes.takes import Hum, PersonalHum
from workers.handing import Dispatcher

pytestmark = pytest.mark.service
CATALOGUE = Catalogue({"hum": Hum.spec, "other": PersonalHum.spec}, {})
BRIEF = "Script: We build compilers. They are fast."
ONE, TWO, TAKE = ProductionId("p1"), ProductionId("p2"), TakeId("t1")


@pytest.fixture
def floor(settings: Settings) -> Floor:
    """A founder and a real agent; nothing is rendered until asked."""
    return Floor(settings)


def rendering(floor: Floor, conversation: str) -> None:
    """A production of the same words in a conversation of its own, up to its ordered takes."""
    floor.conversation = conversation
    floor.write(BRIEF)
    asyncio.run(floor.desk.look())
    floor.press(floor.last("script")["subject"])
    asyncio.run(floor.desk.look())


def cancel(floor: Floor, conversation: str) -> None:
    floor.conversation = conversation
    floor.write("cancel")
    asyncio.run(floor.desk.look())


def states(floor: Floor) -> Counter[tuple[str, int]]:
    with floor.store.read() as connection:
        rows = connection.exec_driver_sql("select state, attempt from takes").all()
    return Counter((state, attempt) for state, attempt in rows)


def test_what_an_open_production_shares_goes_on_and_the_rest_is_cancelled(floor: Floor) -> None:
    rendering(floor, "desk:1")
    ordered = states(floor)["ordered", 1]
    rendering(floor, "desk:2")
    assert states(floor) == {("ordered", 1): ordered}  # the same takes
    cancel(floor, "desk:1")
    assert states(floor) == {("ordered", 1): ordered}
    cancel(floor, "desk:2")
    assert states(floor) == {("cancelled", 1): ordered}
    rendering(floor, "desk:3")
    assert states(floor) == {("ordered", 2): ordered}
    assert not any(row["reused"] for row in floor.takes())
    floor.render()
    assert floor.last("preview")


def test_a_sweep_finds_what_a_crash_left_and_a_late_outcome_changes_nothing(floor: Floor) -> None:
    rendering(floor, "desk:1")
    late = [floor.outcome(row) for row in floor.ordered()]
    with floor.store.write() as connection:  # as if the agent had died right after
        productions.set_status(connection, ProductionId(floor.production()["id"]), Status.CANCELLED)
    asyncio.run(floor.desk.sweep())
    asyncio.run(floor.desk.take_finished(late[0]))
    assert states(floor) == {("cancelled", 1): len(late)}


def test_a_recording_that_is_being_heard_is_nobodys_production(store: Store) -> None:
    with store.write() as connection:
        takes.order(connection, TAKE, "listen", "whisper", {})
        assert unwanted.find(connection) == []


def test_who_orders_a_take_while_it_is_cancelled_gets_it(store: Store) -> None:
    begin(store, ONE, {})
    with store.write() as connection:
        productions.set_status(connection, ONE, Status.CANCELLED)

    def sweep() -> None:
        other = Store(store.url)
        with other.write() as connection:
            unwanted.cancel(connection, [TAKE])
        other.close()

    sweeping = threading.Thread(target=sweep)
    with store.write() as connection:
        productions.create(connection, TWO, "desk:2", PersonaId("x"), "ann", "a brief", {})
        assert not takes.order(connection, TAKE, "voice", "hum", {})
        sweeping.start()
        sweeping.join(0.3)  # SQLite lets it wait, PostgreSQL lets it see nothing of ours
        takes.use(connection, TWO, TAKE, "voice:l1", True)
    sweeping.join()
    assert state(store) == ("ordered", 1)


def test_a_queued_attempt_is_withdrawn_and_a_late_ring_begins_nothing(
    store: Store, settings: Settings, redis: str, tmp_path: Path
) -> None:
    begin(store, ONE, {"log": str(tmp_path / "log")})
    dispatcher = Dispatcher(store, CATALOGUE)
    with_bell(redis, dispatcher.hand_out)
    with store.write() as connection:
        productions.set_status(connection, ONE, Status.CANCELLED)
    asyncio.run(dispatcher.call_off(None))  # Redis is away
    with Redis.from_url(redis) as queue:
        assert queue.zscore(media_queue(False), job_of(TAKE, 1)) is not None
        with_bell(redis, dispatcher.call_off)  # and is back
        assert queue.zscore(media_queue(False), job_of(TAKE, 1)) is None
        with store.read() as connection:
            assert unwanted.untold(connection) == []
        order = Order(TAKE, 1, "hum", {"log": str(tmp_path / "log")}, {}, 0, ONE, "grace")
        with media_worker(settings):
            with_bell(redis, lambda bell: bell.ring_take(order, False))
            until(lambda: queue.zcard(media_queue(False)) == 0)
            until(lambda: not queue.exists(f"arq:job:{job_of(TAKE, 1)}"))
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("place", ["before cancel", "after cancel"])
def test_who_dies_while_telling_a_worker_leaves_it_to_the_next_one(
    store: Store, redis: str, tmp_path: Path, place: str
) -> None:
    begin(store, ONE, {"log": str(tmp_path / "log")})
    dispatcher = Dispatcher(store, CATALOGUE)
    with_bell(redis, dispatcher.hand_out)
    with store.write() as connection:
        productions.set_status(connection, ONE, Status.CANCELLED)

    def die(name: str) -> None:
        if name == place:
            raise RuntimeError(place)

    async def dying(bell: Bell) -> None:
        with pytest.raises(RuntimeError, match=place):
            await dispatcher.call_off(bell)

    watch(die)
    try:
        with_bell(redis, dying)
    finally:
        watch(None)
    with store.read() as connection:
        assert [row["id"] for row in unwanted.untold(connection)] == [TAKE]
    with_bell(redis, Dispatcher(store, CATALOGUE).call_off)
    with Redis.from_url(redis) as queue, store.read() as connection:
        assert queue.zscore(media_queue(False), job_of(TAKE, 1)) is None
        assert unwanted.untold(connection) == []


def test_a_cancelled_render_frees_its_worker_which_renders_it_for_the_next_one(
    store: Store, media: MediaStore, settings: Settings, redis: str, tmp_path: Path
) -> None:
    log, dispatcher = tmp_path / "log", Dispatcher(store, CATALOGUE)
    begin(store, ONE, {"log": str(log), "sleep": 60.0})
    with media_worker(settings), Redis.from_url(redis) as queue:
        with_bell(redis, dispatcher.hand_out)
        until(log.exists)
        with store.write() as connection:
            productions.set_status(connection, ONE, Status.CANCELLED)
        with_bell(redis, dispatcher.call_off)
        until(lambda: not queue.exists(lease_key(TAKE, 1)), 40.0)
        assert state(store) == ("cancelled", 1)
        begin(store, TWO, {"log": str(log)})  # the same identity: the same engine, whose child must be free
        with_bell(redis, dispatcher.hand_out)
        until(lambda: media.receipt(TAKE) is not None)
        until(lambda: queue.zcard(AGENT_QUEUE) == 1)
        [outcome] = outcomes(queue)
    assert (outcome["attempt"], outcome["ok"]) == (2, True)
    assert log.read_text().splitlines() == ["run", "run"]


@pytest.mark.parametrize("told", [True, False])
def test_a_paid_take_that_a_worker_was_told_of_is_made_and_one_that_nobody_knows_is_not(
    store: Store, redis: str, told: bool
) -> None:
    dispatcher = Dispatcher(store, Catalogue({"hum": replace(Hum.spec, paid=True)}, {}))
    begin(store, ONE, {})
    if told:
        with_bell(redis, dispatcher.hand_out)
    with store.write() as connection:
        productions.set_status(connection, ONE, Status.CANCELLED)
    with_bell(redis, dispatcher.call_off)
    assert state(store) == (("ordered" if told else "cancelled"), 1)
    if told:
        with Redis.from_url(redis) as queue:
            assert queue.zscore(media_queue(False), job_of(TAKE, 1)) is not None
        with store.write() as connection:  # the vendor was busy: nobody has it, and nobody wants it
            assert takes.try_again(connection, TAKE, 1, "busy", retry_after=0.0)
        with_bell(redis, dispatcher.call_off)
        assert state(store) == ("cancelled", 2)


def test_a_revoked_consent_ends_the_render_under_way(
    store: Store, media: MediaStore, settings: Settings, redis: str, tmp_path: Path
) -> None:
    log, dispatcher = tmp_path / "log", Dispatcher(store, CATALOGUE)
    begin(store, ONE, {"log": str(log), "sleep": 60.0})
    with media_worker(settings), Redis.from_url(redis) as queue:
        with_bell(redis, dispatcher.hand_out)
        until(log.exists)
        begun = time.monotonic()
        media.revoke("grace")
        until(lambda: queue.zcard(AGENT_QUEUE) == 1, 40.0)
        assert time.monotonic() - begun < 40.0  # it would have rendered for a minute
        [outcome] = outcomes(queue)
    assert outcome["reason"] == "ConsentMissing"
    assert media.receipt(TAKE) is None


def begin(store: Store, production: ProductionId, request: dict[str, Any]) -> None:
    """A production that ordered TAKE."""
    body = asdict(Order(TAKE, 1, "hum", request, {}, 0, production, "grace"))
    with store.write() as connection:
        productions.create(connection, production, "desk:1", PersonaId("x"), "ann", "a brief", {})
        takes.order(connection, TAKE, "voice", "hum", body)
        takes.use(connection, production, TAKE, "voice:l1", False)


def with_bell(url: str, work: Callable[[Bell], Awaitable[None]]) -> None:
    async def play() -> None:
        bell = await Bell.connect(url)
        await work(bell)
        await bell.close()

    asyncio.run(play())


def outcomes(queue: Redis) -> list[dict[str, Any]]:
    """What the agent was told."""
    names: Any = queue.zrange(AGENT_QUEUE, 0, -1)
    bodies: list[Any] = [queue.get(b"arq:job:" + name) for name in names]
    return [deserialize(body)["a"][0] for body in bodies]


def state(store: Store) -> tuple[str, int]:
    with store.read() as connection:
        row = takes.find(connection, TAKE)
    assert row is not None
    return row["state"], row["attempt"]
