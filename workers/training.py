"""Training a persona's voice, as it is asked for and watched: consent and licence, then clips, then an order.

What is ordered is a take without a production: a media worker makes it, the agent makes a version of it.
"""

from __future__ import annotations

import fcntl
import json
import shlex
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy import RowMapping

from studio.domain import TakeId
from studio.engine import EngineSpec, Json, Train
from studio.errors import NeedsFounder, NotNow, StudioError, VoiceSampleUnusable, from_reason
from studio.health import Health
from studio.licences import check_licence
from studio.media import MediaStore, sha256_of
from studio.queue import Order, progress_key
from studio.settings import Settings
from studio.store import Store, personas, takes, trainings, voices
from studio.store.personas import Persona
from studio.store.voices import Version
from studio.weights import Weights
from workers.catalogue import catalogue_of
from workers.cloning import consenting
from workers.corpus import Corpus
from workers.engine_process import EngineProcess, engine_process
from workers.engines import ENGINES, engine_spec

ENGINE = "xtts"
ON_GPU, ON_CPU = engine_spec(ENGINE).trainers
SEED = 1
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Training:
    """What training needs."""

    settings: Settings
    store: Store
    media: MediaStore
    corpus: Corpus

    async def order(
        self, name: str, language: str, asked: Train, trainer: str, tell: Callable[[str], None]
    ) -> TakeId:
        """Order a training; the take that is under way when it is the same. `tell` hears of the clips.

        Raises ConsentMissing, LicenceForbids, WeightsMissing, VoiceSampleUnusable, NeedsFounder when another one of
        this persona is under way, and what transcription raises.
        """
        persona, spec = consenting(self.store, name), engine_spec(trainer)
        check_licence(spec, self.settings, map(engine_spec, ENGINES))
        with self.store.read() as connection:
            running = trainings.under_way(connection, persona.id)
        if running is not None:
            known = _asked(self.media, running["order"])
            if known == (trainer, language, asked):
                return TakeId(running["id"])
            raise NeedsFounder(
                f"{persona.name}'s voice is being trained with other settings ({_told(*known)}); "
                f"`aiclone voice stop {persona.name}` ends that."
            )
        if not persona.samples:
            raise VoiceSampleUnusable(f"{persona.name} has no voice samples to train on.")
        weights = Weights(self.settings.cache, self.settings.weights_folder)
        for each in spec.weights:
            weights.folder(each)
        with _alone(self.media.training(persona.id), persona):
            await self._material(persona, language, tell)
            return self._order(persona, asked, spec)

    def stop(self, name: str) -> bool:
        """Call the training of a persona off, so that it can go on later; False when there is none."""
        with self.store.write() as connection:
            return trainings.stop(connection, personas.named(connection, name).id)

    def watch(self, take_id: TakeId, tell: Callable[[str], None], now: Callable[[Json], None]) -> Version:
        """Its version, once there is one. `tell` hears sentences, `now` what the engine notes at its steps.

        Raises what the training ended with, and NeedsFounder when it was stopped.
        """
        health, told = Health(self.settings, self.store), ""
        try:
            while True:
                with self.store.read() as connection:
                    take = takes.find(connection, take_id)
                    assert take is not None
                    known = voices.of(connection, take["order"]["persona"], ENGINE)
                match take["state"]:
                    case "done":
                        return next(each for each in known if each.sha256 == take["artifact"])
                    case "failed":
                        raise ended(take)
                    case "cancelled":
                        raise NeedsFounder("The training was stopped; the same command goes on with it.")
                missing, command = waits_for(health, take["engine"], take_id)
                said = f"It waits: {missing}; `{command}` starts one." if missing else _before(take)
                if said != told:
                    told = said
                    tell(said)
                note = self.media.training(take["order"]["persona"]) / "now.json"
                if note.is_file():
                    now(json.loads(note.read_bytes()))
                time.sleep(LOOK_EVERY_S)
        finally:
            health.close()

    async def _material(self, persona: Persona, language: str, tell: Callable[[str], None]) -> None:
        async with child(self.settings, listener_for(language)) as listener:
            manifest = await self.corpus.build(persona, language, listener, tell)
        held = sum(clip["held_out"] for clip in manifest["clips"])
        tell(
            f"{manifest['speech_s']:.0f} s of speech in {len(manifest['clips'])} clips, {held} of them held out; "
            f"{len(manifest['dropped'])} left out."
        )

    def _order(self, persona: Persona, asked: Train, spec: EngineSpec) -> TakeId:
        work = self.media.training(persona.id)
        request = asdict(replace(asked, manifest=sha256_of(work / "manifest.json")))
        catalogue = catalogue_of(Weights(self.settings.cache, self.settings.weights_folder))
        take_id = catalogue.identify(spec.name, request, {}, SEED)
        (work / "now.json").unlink(missing_ok=True)
        body = Order(take_id, 1, spec.name, request, {}, SEED, "", persona.id)
        with self.store.write() as connection:
            trainings.order(connection, persona, take_id, asdict(body))
        return take_id


def same_command(media: MediaStore, name: str, order: Json) -> str:
    """What a person types to go on with an order; without its options where its clips are not at hand."""
    known = ""
    with suppress(FileNotFoundError):
        known = " " + _told(*_asked(media, order))
    return f"aiclone voice train {shlex.quote(name)}{known}"


def _asked(media: MediaStore, order: Json) -> tuple[str, str, Train]:
    """What was asked for with an order: trainer, language, the rest."""
    manifest = json.loads((media.training(order["persona"]) / "manifest.json").read_bytes())
    return order["engine"], manifest["language"], replace(Train(**order["request"]), manifest="")


@asynccontextmanager
async def child(settings: Settings, name: str, threads: int = 0) -> AsyncIterator[EngineProcess]:
    """An engine's process until the end of the block; raises WeightsMissing."""
    weights = Weights(settings.cache, settings.weights_folder)
    folders = {each: weights.folder(each) for each in engine_spec(name).weights}
    engine = engine_process(name, folders, settings, threads)
    try:
        yield engine
    finally:
        await engine.close()


def listener_for(language: str) -> str:
    """The engine that writes down what is said in a language."""
    return "transcribe" if language.split("-")[0].lower() == "en" else "transcribe-any"


def made_on(version: Version) -> str:
    """When a version was made, for people."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(version.made_at))


def waits_for(health: Health, engine: str, take_id: TakeId) -> tuple[str, str]:
    """What is missing for a training to begin and the command for it; "" when it is being made or will be soon."""
    with suppress(RedisError, OSError):
        if not health.redis.exists(progress_key(take_id)):
            return health.no_worker(engine_spec(engine).needs_gpu)
    return "", ""


def ended(take: RowMapping) -> StudioError:
    """Why a training failed; what is tried again by itself was so often enough."""
    trouble = from_reason(take["reason"], take["say"])
    if not isinstance(trouble, NotNow):
        return trouble
    why = trouble.say.partition(";")[0].rstrip(".")
    return type(trouble)(
        f"{why}; attempt {take['attempt']} was the last. The same command goes on at its last checkpoint."
    )


def _before(take: RowMapping) -> str:
    """Why this is not its first attempt."""
    return f"Attempt {take['attempt']}; the one before: {take['say']}" if take["say"] else ""


def _told(trainer: str, language: str, asked: Train) -> str:
    return f"--steps {asked.steps} --language {language} --device {'cpu' if trainer == ON_CPU else 'gpu'}"


@contextmanager
def _alone(work: Path, persona: Persona) -> Iterator[None]:
    """Nobody else prepares clips, nor trains on them; the lock goes with its process."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NeedsFounder(
                f"Clips of {persona.name} are being prepared, or a training of theirs is just ending; "
                "try again in a moment."
            ) from None
        yield
