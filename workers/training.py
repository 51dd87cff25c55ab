"""Training a persona's voice: consent and licence, then clips, then the engine's child, then a version that is kept.

Like workers/onboarding.py this writes nothing but personas. What was interrupted, however, goes on at the last
checkpoint when it is asked for again with the same recordings and settings.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.engine import Json, Train
from studio.errors import (
    ConsentMissing,
    EngineDied,
    EngineTimedOut,
    NeedsFounder,
    PersonaUnknown,
    VoiceSampleUnusable,
)
from studio.licences import check_licence
from studio.media import MediaStore, sha256_of
from studio.settings import Settings
from studio.store import Store, voices
from studio.store.personas import Persona
from studio.store.voices import Version
from studio.weights import Weights
from workers.cloning import consenting
from workers.corpus import Corpus, training_folder
from workers.engine_process import EngineProcess, engine_process
from workers.engines import ENGINES, engine_spec

ENGINE = "xtts"
CHECKPOINTS = ("last.ckpt", "best.safetensors")
SEED = 1


@dataclass(frozen=True, slots=True)
class Training:
    """What training needs; `threads` of an engine on the CPU, 0: up to four."""

    settings: Settings
    store: Store
    media: MediaStore
    corpus: Corpus
    threads: int = 0

    async def train(
        self,
        name: str,
        language: str,
        asked: Train,
        resume: bool,
        tell: Callable[[str], None],
        now: Callable[[Json], None],
    ) -> Version:
        """Train a persona's voice and use it. `tell` hears sentences, `now` what the engine notes at every step.

        Raises ConsentMissing, LicenceForbids, WeightsMissing, VoiceSampleUnusable, NeedsFounder when it is
        being trained already, and what the engines raise. Cancelled, it ends at once and can go on later.
        """
        persona = consenting(self.store, name)
        trainer = engine_spec(engine_spec(ENGINE).trainer)
        check_licence(trainer, self.settings, map(engine_spec, ENGINES))
        if not persona.samples:
            raise VoiceSampleUnusable(f"{persona.name} has no voice samples to train on.")
        work = training_folder(self.media, persona.id)
        with _alone(work, persona):
            async with child(
                self.settings, trainer.name, self.threads
            ) as engine:  # its weights are asked for first
                manifest = await self._material(persona, language, tell)
                if not resume:
                    for left in CHECKPOINTS:
                        (work / left).unlink(missing_ok=True)
                sha = await self._run(persona, engine, asked, work, now)
            return self._keep(persona, sha, manifest, work)

    async def _material(self, persona: Persona, language: str, tell: Callable[[str], None]) -> Json:
        async with child(self.settings, listener_for(language)) as listener:
            manifest = await self.corpus.build(persona, language, listener, tell)
        held = sum(clip["held_out"] for clip in manifest["clips"])
        tell(
            f"{manifest['speech_s']:.0f} s of speech in {len(manifest['clips'])} clips, {held} of them held out; "
            f"{len(manifest['dropped'])} left out."
        )
        return manifest

    async def _run(
        self, persona: Persona, engine: EngineProcess, asked: Train, work: Path, now: Callable[[Json], None]
    ) -> str:
        def heard(_: float) -> None:
            if self.media.is_revoked(persona.id):
                raise ConsentMissing(f"The consent for {persona.name} was revoked; the training has ended.")
            now(json.loads((work / "now.json").read_bytes()))

        with self.media.workspace() as folder:
            out = Path(folder) / "out.safetensors"
            spec = engine_spec(engine.name)
            try:
                await engine.run(asdict(asked), {"work": work}, out, SEED, spec.limit_s, heard)
            except (EngineDied, EngineTimedOut) as error:
                error.say = f"{error.say.partition(';')[0]}; the same command goes on at its last checkpoint."
                raise
            return self.media.put(out)

    def _keep(self, persona: Persona, sha: str, manifest: Json, work: Path) -> Version:
        facts: Json = json.loads((work / "result.json").read_bytes())
        facts |= {name: manifest[name] for name in ("language", "samples", "speech_s")}
        facts["manifest"] = sha256_of(work / "manifest.json")
        facts["base"] = sha256_of(Weights(self.settings.cache).root / "xtts-v2" / "model.pth")
        try:
            with self.store.write() as connection:
                version = voices.add(connection, persona, ENGINE, sha, facts)
        except (ConsentMissing, PersonaUnknown):
            self.media.erase(sha)
            shutil.rmtree(work, ignore_errors=True)
            raise
        for left in CHECKPOINTS:
            (work / left).unlink(missing_ok=True)
        return version


@asynccontextmanager
async def child(settings: Settings, name: str, threads: int = 0) -> AsyncIterator[EngineProcess]:
    """An engine's process until the end of the block; raises WeightsMissing."""
    weights = Weights(settings.cache, settings.weights_folder)
    engine = engine_process(
        name, {each: weights.folder(each) for each in engine_spec(name).weights}, settings
    )
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


@contextmanager
def _alone(work: Path, persona: Persona) -> Iterator[None]:
    """One training of a persona at a time, also of several processes; the lock goes with the process."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NeedsFounder(f"The voice of {persona.name} is being trained already.") from None
        yield
