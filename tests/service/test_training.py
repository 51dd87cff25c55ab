"""Versions of a trained voice: made with consent and licence only, kept, used, gone back from, erased."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.catalogue import Catalogue
from studio.domain import Line, Look, PersonaId, Script, TakeId
from studio.engine import Json, Speak, Train
from studio.errors import ConsentMissing, LicenceForbids, NeedsFounder, VoiceMissing, VoiceSampleUnusable
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas, voices
from studio.store.check import faults
from studio.store.personas import Persona
from studio.weights import Weights
from tests.engines.heavy import interpreter, tiny
from tests.engines.voices import quiet
from tools.plan import plan
from workers.child import ROOT
from workers.comparing import compare
from workers.corpus import Corpus, training_folder
from workers.engines import ENGINES, engine_spec
from workers.engines.voice.espeak import Espeak
from workers.onboarding import remove
from workers.supervisor import environment_of
from workers.training import Training, child

pytestmark = pytest.mark.service
CONSENT = {"sha256": "c" * 64, "statement": "I agree.", "exemption": "", "expires_at": None}
CATALOGUE = Catalogue({name: engine_spec(name) for name in ENGINES}, {})
SAID = (
    "We built this company with our own hands.",
    "Today we serve a thousand customers.",
    "Our people are the best in the world.",
    "Thank you for listening to me.",
    "Tomorrow we begin something new.",
    "I look forward to hearing from you.",
)
ASKED = Train(steps=4, batch=1, rate=2e-3, every=2)
FACTS: Json = {"before": 5.0, "best": 4.0, "steps": 10, "speech_s": 200.0, "samples": ["a"]}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six sentences with a second of silence between them, 48 kHz."""
    folder = tmp_path_factory.mktemp("recording")
    parts = []
    for text in SAID:
        Espeak().run(asdict(Speak(text, "am_michael")), {}, folder / "said.wav", 0, quiet)
        samples, rate = soundfile.read(folder / "said.wav", dtype="float32")
        parts += [samples, np.zeros(rate, np.float32)]
    soundfile.write(folder / "ann.wav", np.concatenate(parts), rate)
    return folder / "ann.wav"


@pytest.fixture
def ann(store: Store, media: MediaStore, recording: Path) -> Persona:
    """A persona with a sample and a consent."""
    sample = media.put(recording)
    made = Persona(PersonaId("a1"), "Ann", "Ann Lee", {"p": "p" * 64}, {"kokoro": "af_heart"}, (sample,), {})
    with store.write() as connection:
        personas.add(connection, made, CONSENT)
    return made


def named(store: Store, name: str = "Ann") -> Persona:
    with store.read() as connection:
        return personas.named(connection, name)


def added(store: Store, persona: Persona, sha: str) -> int:
    with store.write() as connection:
        return voices.add(connection, persona, "xtts", sha, FACTS).number


def voice_take(store: Store) -> tuple[TakeId, dict[str, str]]:
    """What a line spoken by XTTSv2 is named just now, and its inputs."""
    script = Script((Line("l1", "Hello there."),), Look(recipe="own-xtts"))
    take = plan(script, named(store), CATALOGUE, {}, lambda _: None, "").takes[0]
    return take.take_id, take.inputs


def test_a_version_changes_what_a_take_is_named_and_going_back_finds_the_old_one(
    store: Store, ann: Persona
) -> None:
    base, inputs = voice_take(store)
    assert set(inputs) == {"reference0"}
    assert (added(store, ann, "1" * 64), added(store, ann, "2" * 64), added(store, ann, "1" * 64)) == (
        1,
        2,
        1,
    )
    first, inputs = voice_take(store)
    assert inputs["checkpoint"] == "1" * 64
    for number, expected in ((2, None), (1, first), (0, base)):
        with store.write() as connection:
            voices.use(connection, ann, "xtts", number)
        found = voice_take(store)[0]
        assert found == expected if expected else found not in (first, base)
    with pytest.raises(VoiceMissing, match=r"no version 7 .* there is 0, 1, 2"), store.write() as connection:
        voices.use(connection, ann, "xtts", 7)


def test_two_trainings_that_end_at_once_are_two_versions(store: Store, ann: Persona) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(lambda at: added(store, ann, str(at) * 64), range(4)))
    assert numbers == [1, 2, 3, 4]
    assert named(store).voices["kokoro"] == "af_heart"


@pytest.mark.sqlite
def test_a_persona_that_goes_takes_its_versions_along(
    store: Store, media: MediaStore, ann: Persona, tmp_path: Path
) -> None:
    (tmp_path / "weights").write_bytes(b"trained")
    sha = media.put(tmp_path / "weights")
    added(store, ann, sha)
    clip = training_folder(media, ann.id) / "clips" / "1.wav"
    clip.parent.mkdir(parents=True)
    clip.touch()
    remove(store, media, "Ann", tmp_path)
    assert not media.has(sha) and not clip.parent.parent.exists()
    with store.read() as connection:
        assert voices.of(connection, ann.id, "xtts") == []
    with pytest.raises(ConsentMissing):
        added(store, ann, sha)


@pytest.mark.sqlite
def test_a_version_whose_weights_are_lost_is_found(store: Store, media: MediaStore, ann: Persona) -> None:
    added(store, ann, "1" * 64)
    assert any("version 1 of a voice" in fault.what for fault in faults(store, media))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, weights_ready: None) -> Path:
    """The cache of this machine with tiny weights of XTTSv2 in it."""
    interpreter("xtts")
    ours, made = Settings().cache, tmp_path_factory.mktemp("cache")
    (made / "weights").mkdir()
    (made / "venvs").symlink_to(ours / "venvs")
    for name in ("whisper-tiny-en", "speaker-encoder"):
        (made / "weights" / name).symlink_to(ours / "weights" / name)
    small = Weights(made, tiny("xtts", "tests.engines.tiny.training"))
    small.pull(["xtts-v2", "xtts-v2-dvae"], pin=True)
    return made


@pytest.fixture
def training(settings: Settings, store: Store, media: MediaStore, cache: Path) -> Training:
    allowed = {"use": "personal", "accepted_licences": "CPML", "cache": cache}
    corpus = Corpus(media, least_s=5.0, shortest_s=0.8, longest_s=2.5)
    return Training(settings.model_copy(update=allowed), store, media, corpus, threads=1)


def train(training: Training, now: Callable[[Json], None] = lambda _: None) -> voices.Version:
    return asyncio.run(training.train("Ann", "en", ASKED, True, lambda _: None, now))


@pytest.mark.sqlite
def test_clips_are_cut_transcribed_and_split_the_same_way_every_time(
    training: Training, media: MediaStore, ann: Persona
) -> None:
    async def build(corpus: Corpus) -> tuple[Json, list[str]]:
        told: list[str] = []
        async with child(training.settings, "transcribe") as listener:
            return await corpus.build(ann, "en", listener, told.append), told

    manifest, _ = asyncio.run(build(training.corpus))
    path = training_folder(media, ann.id) / "manifest.json"
    before, clips = path.read_bytes(), manifest["clips"]
    assert len(clips) >= 4 and sum(clip["held_out"] for clip in clips) == 2
    words = set(re.findall(r"\w+", " ".join(clip["text"] for clip in clips).lower()))
    assert {"company", "customers", "world", "listening"} & words
    assert all((path.parent / clip["file"]).is_file() and clip["sha256"] for clip in clips)
    path.unlink()
    asyncio.run(build(training.corpus))
    assert path.read_bytes() == before
    with pytest.raises(VoiceSampleUnusable, match=r"\d+ seconds of usable speech .* at least 120"):
        asyncio.run(build(Corpus(media)))


@pytest.mark.sqlite
def test_without_consent_or_licence_nothing_begins(
    training: Training, store: Store, media: MediaStore, ann: Persona
) -> None:
    strict = training.settings.model_copy(update={"accepted_licences": ""})
    with pytest.raises(LicenceForbids, match="CPML"):
        train(Training(strict, store, media, training.corpus))
    with store.write() as connection:
        personas.remove(connection, ann)
        gone = Persona(PersonaId("b2"), "Ann", "A", {}, {}, ann.samples, {})
        personas.add(connection, gone, CONSENT | {"exemption": "sample"})
    with pytest.raises(ConsentMissing, match="sample"):
        train(training)
    assert not (media.root / "training").exists()


@pytest.mark.sqlite
def test_trained_stopped_by_a_revocation_resumed_compared_and_erased(
    training: Training, store: Store, media: MediaStore, ann: Persona
) -> None:
    """One founder's whole way; the revocation is taken back by hand, which no command does."""
    noted: list[Json] = []

    def revoke(at: Json) -> None:
        noted.append(at)
        if at["step"] >= 2:
            media.revoke(ann.id)

    with pytest.raises(ConsentMissing, match="the training has ended"):
        train(training, revoke)
    assert {"step", "steps", "loss", "held_out", "best", "seconds_left"} <= set(noted[0])
    (media.root / "revoked" / ann.id).unlink()
    version = train(training)
    assert (version.number, named(store).voices["xtts"]) == (1, version.sha256)
    assert version.facts["best"] < version.facts["before"] and version.facts["resumed"]
    assert media.has(version.sha256) and len(version.facts["base"]) == 64
    work = training_folder(media, ann.id)
    assert not (work / "last.ckpt").exists() and (work / "manifest.json").exists()

    given = (training.settings, store, media, "Ann", (0, 1), ["Thank you."], "en", 1)
    base, trained = asyncio.run(compare(*given))
    assert (base.version, trained.version) == (0, 1) and base.path != trained.path
    assert base.path.read_bytes() != trained.path.read_bytes()
    assert -1 <= trained.likeness <= 1 and trained.wer >= 0
    said = commands(training.settings)
    assert re.search(r"1 +│ yes", said[0]) and "XTTSv2's own weights" in said[1]
    remove(store, media, "Ann", training.settings.cache / "weights")
    assert not media.has(version.sha256) and not work.exists()


def commands(settings: Settings) -> list[str]:
    """What the commands print that start no engine."""
    environment = {**environment_of(settings), "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    return [
        subprocess.run(
            [sys.executable, "-m", "workers.cli", "voice", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300,
        ).stdout
        for words in (("versions", "Ann"), ("revert", "Ann", "0"))
    ]  # fmt: skip


@pytest.mark.sqlite
def test_one_training_of_a_persona_at_a_time(training: Training, media: MediaStore, ann: Persona) -> None:
    import fcntl

    folder = training_folder(media, ann.id)
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(NeedsFounder, match="being trained already"):
            train(training)
    assert [path.name for path in folder.iterdir()] == [".lock"]
