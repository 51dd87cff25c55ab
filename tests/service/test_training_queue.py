"""A training in the queue: stopped and gone on with, watched, revoked, refused; by an engine that only counts."""

from __future__ import annotations

import asyncio
import fcntl
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import pytest
from redis import Redis

from studio.catalogue import Catalogue
from studio.domain import PersonaId, TakeId
from studio.engine import Train
from studio.errors import ConsentMissing, EngineDied, NeedsFounder
from studio.media import MediaStore
from studio.presence import Presence
from studio.queue import AGENT_QUEUE, Bell, Order, deserialize, lease_key
from studio.schedule import Rank
from studio.settings import Settings
from studio.store import Store, personas, takes, trainings, voices
from studio.store.personas import Persona
from tests.fakes.media_worker import media_worker, until
from tests.fakes.trainer import Counting
from workers import attempts
from workers.child import ROOT
from workers.cli.training import _agent_lives
from workers.corpus import Corpus
from workers.engines import ENGINES, engine_spec
from workers.handing import Dispatcher
from workers.onboarding import remove
from workers.overview import look_round
from workers.rendering import Renderer
from workers.supervisor import environment_of
from workers.training import ON_CPU, ON_GPU, Training

pytestmark = pytest.mark.service
ANN = Persona(PersonaId("a1"), "Ann", "Ann Lee", {}, {}, ("s" * 64,), {})
CONSENT = {"sha256": "c" * 64, "statement": "I agree.", "exemption": "", "expires_at": None}
CATALOGUE = Catalogue({"xtts": engine_spec("xtts"), ON_CPU: Counting.spec, ON_GPU: engine_spec(ON_GPU)}, {})
TAKE, OTHER = TakeId("t1"), TakeId("t2")
FACTS = {"best": 4.0, "before": 5.0}
WORKER = (
    "from workers.engines import ENGINES; from workers.media import main; from studio.settings import Settings;"
    f"ENGINES['{ON_CPU}'] = 'tests.fakes.trainer:Counting'; main(Settings())"
)


@pytest.fixture
def ann(store: Store, media: MediaStore) -> Persona:
    """A persona with a consent whose clips are prepared."""
    with store.write() as connection:
        personas.add(connection, ANN, CONSENT)
    media.training(ANN.id).mkdir(parents=True)
    (media.training(ANN.id) / "manifest.json").write_text('{"language": "en"}')
    return ANN


def order(
    store: Store, ann: Persona, take_id: TakeId = TAKE, engine: str = ON_CPU, steps: int = 1000
) -> None:
    body = Order(take_id, 1, engine, asdict(Train(steps=steps)), {}, 1, "", ann.id)
    with store.write() as connection:
        trainings.order(connection, ann, take_id, asdict(body))


def row(store: Store, take_id: TakeId = TAKE) -> Any:
    with store.read() as connection:
        return takes.find(connection, take_id)


def state(store: Store, take_id: TakeId = TAKE) -> tuple[str, int]:
    return row(store, take_id)["state"], row(store, take_id)["attempt"]


def with_bell(url: str, work: Callable[[Bell], Awaitable[None]]) -> None:
    async def play() -> None:
        bell = await Bell.connect(url)
        await work(bell)
        await bell.close()

    asyncio.run(play())


def done(media: MediaStore, take_id: TakeId, attempt: int = 1) -> dict[str, Any]:
    """What a media worker tells of a training that ended well."""
    path = media.root / "weights"
    path.write_bytes(b"trained by " + take_id.encode())
    facts = {"facts": {"training": FACTS}, "cost": {"wall_s": 1.0}}
    return {"take_id": take_id, "attempt": attempt, "ok": True, "artifact": media.put(path)} | facts


def numbers(store: Store) -> list[int]:
    with store.read() as connection:
        return [each.number for each in voices.of(connection, ANN.id, "xtts")]


def test_it_waits_behind_all_others_one_at_a_time_and_becomes_a_version_once(
    store: Store, media: MediaStore, ann: Persona
) -> None:
    order(store, ann)
    order(store, ann)
    assert (state(store), row(store)["rank"], row(store)["founder"]) == (("ordered", 1), Rank.BATCH, "")
    with pytest.raises(NeedsFounder, match="Another training"):
        order(store, ann, OTHER)
    for attempt in (2, 1, 1):  # one of later and one of before change nothing
        attempts.record(store, CATALOGUE, media, done(media, TAKE, attempt))
    assert (state(store), numbers(store)) == (("done", 1), [1])
    with store.read() as connection:
        assert personas.named(connection, "Ann").voices == {"xtts": row(store)["artifact"]}
        [made] = voices.of(connection, ann.id, "xtts")
    assert made.facts == FACTS


def test_one_that_was_stopped_does_not_become_the_version_in_use_when_it_ends_after_a_newer_one(
    store: Store, media: MediaStore, ann: Persona
) -> None:
    order(store, ann)
    with store.write() as connection:
        assert trainings.stop(connection, ann.id) and not trainings.stop(connection, ann.id)
    order(store, ann, OTHER)
    for take_id in (OTHER, TAKE):
        attempts.record(store, CATALOGUE, media, done(media, take_id))
    assert (state(store), numbers(store)) == (("cancelled", 1), [1])
    order(store, ann)
    assert state(store) == ("ordered", 2)
    attempts.record(store, CATALOGUE, media, done(media, TAKE, 2))
    assert numbers(store) == [1, 2]


def test_what_was_trained_for_a_persona_that_is_gone_is_erased(
    store: Store, media: MediaStore, ann: Persona, settings: Settings
) -> None:
    order(store, ann)
    outcome = done(media, TAKE)
    remove(store, media, "Ann", settings.cache / "weights")
    attempts.record(store, CATALOGUE, media, outcome)
    assert (row(store)["state"], row(store)["reason"]) == ("failed", ConsentMissing.__name__)
    assert not media.has(outcome["artifact"]) and numbers(store) == []


def test_one_that_ended_while_it_was_stopped_goes_with_its_persona(
    store: Store, media: MediaStore, ann: Persona, settings: Settings
) -> None:
    order(store, ann)
    outcome = done(media, TAKE)
    media.write_receipt(TAKE, outcome)
    with store.write() as connection:
        assert trainings.stop(connection, ann.id)
    attempts.record(store, CATALOGUE, media, outcome)
    assert media.has(outcome["artifact"]) and numbers(store) == []
    remove(store, media, "Ann", settings.cache / "weights")
    assert not media.has(outcome["artifact"])


@pytest.mark.sqlite
def test_a_training_is_stopped_gone_on_with_and_ended_when_its_persona_goes(
    store: Store, media: MediaStore, settings: Settings, redis: str, ann: Persona
) -> None:
    dispatcher, work = Dispatcher(store, CATALOGUE), media.training(ann.id)

    def at() -> int:
        path = work / "last.ckpt"
        return int(path.read_text()) if path.is_file() else 0

    order(store, ann, steps=1_000_000)
    with media_worker(settings, WORKER), Redis.from_url(redis) as queue:
        with_bell(redis, dispatcher.hand_out)
        until(lambda: at() > 3)
        with store.write() as connection:
            assert trainings.stop(connection, ann.id)
        with_bell(redis, dispatcher.call_off)
        until(lambda: not queue.exists(lease_key(TAKE, 1)))
        kept = at()
        order(store, ann, steps=1_000_000)
        assert state(store) == ("ordered", 2)
        with_bell(redis, dispatcher.hand_out)
        until(lambda: at() > kept > 3)
        assert queue.zcard(AGENT_QUEUE) == 0
        remove(store, media, "Ann", settings.cache / "weights")
        until(lambda: queue.zcard(AGENT_QUEUE) == 1)
        [name] = queue.zrange(AGENT_QUEUE, 0, -1)  # type: ignore[misc]
        outcome = deserialize(queue.get(b"arq:job:" + name))["a"][0]  # type: ignore[arg-type, operator]
    attempts.record(store, CATALOGUE, media, outcome)
    assert (row(store)["state"], row(store)["reason"]) == ("failed", ConsentMissing.__name__)
    assert not work.exists()


@pytest.mark.sqlite
def test_after_its_last_attempt_the_command_that_goes_on_is_named(
    store: Store, media: MediaStore, settings: Settings, ann: Persona
) -> None:
    order(store, ann)
    died = {"take_id": TAKE, "ok": False, "reason": "EngineDied", "retry_after": 0.0}
    for attempt in (1, 2, 3):
        say = "The process died; it will be tried again."
        attempts.record(store, CATALOGUE, media, {**died, "attempt": attempt, "say": say})
    training = Training(settings, store, media, Corpus(media))
    with pytest.raises(EngineDied, match=r"died; attempt 3 was the last. The same command goes on"):
        training.watch(TAKE, print, print)
    order(store, ann)
    assert state(store) == ("ordered", 4)


@pytest.mark.sqlite
def test_a_worker_that_stops_does_not_wait_for_a_training(
    media: MediaStore, settings: Settings, ann: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINES, ON_CPU, "tests.fakes.trainer:Counting")
    body = Order(TAKE, 1, ON_CPU, asdict(Train(steps=1_000_000)), {}, 1, "", ann.id)

    async def play() -> set[str]:
        renderer = Renderer(settings, media)
        task = asyncio.create_task(renderer.attempt(body, lambda _: None))
        while not (media.training(ann.id) / "last.ckpt").is_file():
            await asyncio.sleep(0.02)
        found = set(renderer.at_work)
        task.cancel()
        await asyncio.wait({task})
        await renderer.close()
        return found

    assert asyncio.run(play()) == set()


def test_one_that_failed_is_stuck_with_the_command_that_goes_on_until_somebody_does_something(
    store: Store, media: MediaStore, settings: Settings, ann: Persona
) -> None:
    order(store, ann, steps=7)
    died = {"take_id": TAKE, "attempt": 1, "ok": False, "reason": "EngineDied", "say": "It died."}
    died |= {"retry_after": None}
    attempts.record(store, CATALOGUE, media, died)
    [stuck] = look_round(settings, store).stuck
    assert stuck["what"].startswith("Ann: the voice's training failed: It died; attempt 1 was the last.")
    assert stuck["next"] == "aiclone voice train Ann --steps 7 --language en --device cpu"
    with store.write() as connection:
        assert trainings.stop(connection, ann.id)
    assert look_round(settings, store).stuck == []
    order(store, ann)
    attempts.record(store, CATALOGUE, media, died | {"attempt": 2})
    assert len(look_round(settings, store).stuck) == 1
    order(store, ann, OTHER)
    attempts.record(store, CATALOGUE, media, done(media, OTHER))
    assert look_round(settings, store).stuck == []


@pytest.mark.sqlite
def test_an_agent_elsewhere_is_enough(store: Store, settings: Settings, redis: str) -> None:
    assert not _agent_lives(settings, store)
    agent = Presence(redis, "agent")
    until(lambda: _agent_lives(settings, store))
    agent.stop()


@pytest.mark.sqlite
def test_the_terminal_says_what_is_missing_leaves_it_running_and_stops_it(
    store: Store, media: MediaStore, settings: Settings, redis: str, ann: Persona
) -> None:
    order(store, ann, engine=ON_GPU)
    allowed = {"AICLONE_USE": "personal", "AICLONE_ACCEPTED_LICENCES": "CPML", "PYTHONPATH": str(ROOT)}
    # a Ctrl-C is heard wherever this suite was started from
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program = f"{heard}from workers.cli import main\nmain()"
    command, environment = [sys.executable, "-c", program], environment_of(settings) | allowed
    with (settings.home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(
            [*command, "voice", "train", "Ann"], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        ) as watching:
            assert watching.stdout
            first = watching.stdout.readline().decode()
            watching.send_signal(signal.SIGINT)
            rest = watching.communicate(timeout=60)[0].decode()
    assert "no media worker with a GPU is there; `aiclone media --gpu` starts one" in first
    assert "It goes on without this command" in rest and "`aiclone voice stop Ann` ends it" in rest
    assert watching.returncode == 130 and state(store) == ("ordered", 1)
    found = look_round(settings, store)
    assert (found.rendering, found.waiting_takes) == ([], 1)
    waits = "Ann: the voice's training waits: no media worker with a GPU is there"
    assert found.stuck == [{"what": waits, "next": "aiclone media --gpu"}]
    with Redis.from_url(redis) as queue:
        queue.set(f"aiclone:progress:{TAKE}", "0.25")
    found = look_round(settings, store)
    [shown] = found.rendering
    assert found.stuck == []
    assert (shown["production_id"], shown["role"], shown["fraction"]) == ("Ann", "train", 0.25)
    training = Training(settings, store, media, Corpus(media))
    assert training.stop("Ann") and not training.stop("Ann")
    with pytest.raises(NeedsFounder, match="stopped; the same command goes on"):
        training.watch(TAKE, print, print)
