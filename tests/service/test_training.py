"""Versions of a trained voice: made with consent and licence only, kept, used, gone back from, erased."""

from __future__ import annotations

import asyncio
import json
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from typer.testing import CliRunner

from studio.catalogue import Catalogue
from studio.domain import Line, Look, PersonaId, Script, TakeId
from studio.engine import Json, Speak, Train
from studio.errors import ConsentMissing, LicenceForbids, NeedsFounder, VoiceMissing, VoiceSampleUnusable
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas, takes, trainings, voices
from studio.store.check import faults
from studio.store.personas import Persona
from studio.weights import Weights
from tests.engines.heavy import interpreter, tiny
from tests.engines.voices import quiet
from tests.fakes.media_worker import media_worker
from tools.plan import plan
from workers.cli.training import app
from workers.comparing import compare
from workers.corpus import Corpus
from workers.engine_process import EngineProcess
from workers.engines import ENGINES, engine_spec
from workers.engines.voice.espeak import Espeak
from workers.onboarding import remove
from workers.supervisor import environment_of
from workers.training import ON_CPU, Training

pytestmark = pytest.mark.service
CONSENT = {"sha256": "c" * 64, "statement": "I agree.", "exemption": "", "expires_at": None}
CATALOGUE = Catalogue({name: engine_spec(name) for name in ENGINES}, {})
SAID = (
    "We built this company with our own hands.",
    "Today we serve a thousand customers.",
    "Our people are the best in the world.",
    "Thank you for listening to me.",
)
ASKED = Train(steps=6, batch=1, rate=2e-3, every=2)
FACTS: Json = {"before": 5.0, "best": 4.0, "steps": 10, "speech_s": 200.0, "samples": ["a"]}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sentences with a second of silence between them, 48 kHz."""
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
    clip = media.training(ann.id) / "clips" / "1.wav"
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
    small = Weights(made, tiny("xtts", "tests.engines.tiny.training"))
    small.pull(["xtts-v2", "xtts-v2-dvae"], pin=True)
    return made


@pytest.fixture
def training(settings: Settings, store: Store, media: MediaStore, cache: Path) -> Training:
    allowed = {"use": "personal", "accepted_licences": "CPML", "cache": cache}
    corpus = Corpus(media, least_s=5.0, shortest_s=0.8, longest_s=2.5)
    return Training(settings.model_copy(update=allowed), store, media, corpus)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whisper is tried in tests/engines/test_listen.py."""
    target = "tests.fakes.voices:Parrot"
    for name in ("transcribe", target):
        monkeypatch.setitem(ENGINES, name, target)


def order(training: Training, name: str = "Ann", asked: Train = ASKED) -> TakeId:
    return asyncio.run(training.order(name, "en", asked, ON_CPU, lambda _: None))


@pytest.mark.sqlite
def test_without_consent_or_licence_nothing_is_ordered(
    training: Training, store: Store, media: MediaStore, ann: Persona
) -> None:
    strict = training.settings.model_copy(update={"accepted_licences": ""})
    with pytest.raises(LicenceForbids, match="CPML"):
        order(Training(strict, store, media, training.corpus))
    with store.write() as connection:
        personas.remove(connection, ann)
        gone = Persona(PersonaId("b2"), "Ann", "A", {}, {}, ann.samples, {})
        personas.add(connection, gone, CONSENT | {"exemption": "sample"})
    with pytest.raises(ConsentMissing, match="sample"):
        order(training)
    with store.read() as connection:
        assert trainings.all_under_way(connection) == []


@pytest.mark.sqlite
def test_clips_are_cut_judged_and_split_the_same_way_every_time(media: MediaStore, ann: Persona) -> None:
    path, said = media.training(ann.id) / "manifest.json", list[str]()

    async def build(corpus: Corpus) -> Json:
        listener = EngineProcess("tests.fakes.voices:Parrot", {})
        try:
            return await corpus.build(ann, "en", listener, said.append)
        finally:
            await listener.close()

    manifest = asyncio.run(build(Corpus(media, 3.0, 0.8, 2.5)))
    before, clips = path.read_bytes(), manifest["clips"]
    assert len(clips) == 3 and sum(clip["held_out"] for clip in clips) == 2 and manifest["persona"] == ann.id
    assert all((path.parent / clip["file"]).is_file() and clip["sha256"] for clip in clips)
    assert len(said) == 1 and said[0].endswith("left out: its words could not be made out for certain.")
    path.unlink()
    asyncio.run(build(Corpus(media, 3.0, 0.8, 2.5)))
    assert path.read_bytes() == before
    with pytest.raises(VoiceSampleUnusable, match=r"\d+ seconds of usable speech .* at least 120"):
        asyncio.run(build(Corpus(media, 120.0, 0.8, 2.5)))


@pytest.mark.sqlite
def test_versions_are_spoken_side_by_side(
    settings: Settings, store: Store, media: MediaStore, ann: Persona, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, parrot: None,
) -> None:  # fmt: skip
    for name in ("xtts", "inspect-voice", judge := "tests.fakes.voices:Judge"):
        monkeypatch.setitem(ENGINES, name, ENGINES["transcribe"] if name == "xtts" else judge)
    (tmp_path / "weights").write_bytes(b"trained")
    added(store, ann, media.put(tmp_path / "weights"))
    trained, base = asyncio.run(compare(settings, store, media, "Ann", (1, 0), ["Thank you."], "en"))
    assert (trained.version, base.version) == (1, 0) and trained.path != base.path
    assert (trained.path.read_bytes(), base.path.read_bytes()) == (b"trained", b"base")
    assert trained.wer == 1.0 and (trained.likeness, trained.usual, trained.spread) == (0.9, 0.8, 0.1)


def worker_that_dies(at: float) -> str:
    """A media worker that is killed the moment its engine says that it is so far."""
    return WORKER.format(
        "beat = media.Heartbeat.progress\n"
        "def progress(self, order, fraction):\n"
        "    beat(self, order, fraction)\n"
        f"    if fraction >= {at}: os.kill(os.getpid(), 9)\n"
        "media.Heartbeat.progress = progress\n"
    )


WORKER = (
    "import os\nfrom dataclasses import replace\n"
    "from studio.settings import Settings\nfrom workers import media\nfrom workers.arq_loop import run\n"
    "from workers.engines.train.xtts import XttsTrainingOnCpu\n"
    "XttsTrainingOnCpu.spec = replace(XttsTrainingOnCpu.spec, threads=1)\n{}"
    "run(media.work(Settings(), 'here-0', lease_ttl_s=3))"
)
AGENT = (
    "from studio.settings import Settings\nfrom workers import agent\nfrom workers.arq_loop import run\n"
    "from workers.desk import open_desk\n"
    "def opened(settings):\n    desk = open_desk(settings)\n    desk.silent_s = 1.0\n    return desk\n"
    "agent.SWEEP_SECONDS = set(range(60))\nrun(agent.work(Settings(), opened))"
)


@pytest.mark.sqlite
@pytest.mark.timeout(300)
def test_the_whole_way_with_a_worker_killed_in_the_middle_and_nobody_typing_anything_again(
    training: Training, store: Store, media: MediaStore, ann: Persona, redis: str, parrot: None
) -> None:
    """Two founders; the same recordings, so that the training that was killed can be held against one that was not."""
    bob = replace(ann, id=PersonaId("b2"), name="Bob")
    with store.write() as connection:
        personas.add(connection, bob, CONSENT)
    with media_worker(training.settings, AGENT):
        first, second = order(training), order(training, "Bob")
        assert order(training) == first != second
        with pytest.raises(NeedsFounder, match=r"other settings .--steps 6 .*aiclone voice stop Ann"):
            order(training, asked=replace(ASKED, steps=7))
        with media_worker(training.settings, worker_that_dies(at=0.5)) as worker:
            worker.wait(240)
        assert worker.returncode == -9
        with media_worker(training.settings, WORKER.format("")):
            made = [training.watch(each, quiet_words, quiet_words) for each in (first, second)]
            still = order(training, asked=replace(ASKED, rate=0.0, every=1, patience=2))
            with pytest.raises(NeedsFounder, match="2 steps did not make the held-out clips any better"):
                training.watch(still, quiet_words, quiet_words)
    with store.read() as connection:
        attempts = [takes.find(connection, each)["attempt"] for each in (first, second)]  # type: ignore[index]
    assert max(attempts) > 1
    same_but_for_the_kill(made, media)
    said = commands(training.settings)
    assert re.search(r"1 +│ yes", said[0]) and "XTTSv2's own weights" in said[1]
    assert training.watch(first, quiet_words, quiet_words).number == 1
    assert named(store).voices.get("xtts", "") == ""
    remove(store, media, "Ann", training.settings.cache / "weights")
    assert not media.has(made[0].sha256) and not media.training(ann.id).exists()


def same_but_for_the_kill(made: list[voices.Version], media: MediaStore) -> None:
    """One of them was resumed; steps, curve and weights are those of the other."""
    ours, theirs = (each.facts for each in made)
    assert bool(ours["resumed"]) != bool(theirs["resumed"]) and ours["best"] < ours["before"] - 0.1
    assert (ours["steps"], ours["best_step"]) == (theirs["steps"], theirs["best_step"]) and ours["steps"] == 6
    assert np.allclose([row[2] for row in ours["curve"]], [row[2] for row in theirs["curve"]], atol=1e-4)
    trained, other = (tensors(media.fetch(each.sha256)) for each in made)
    assert set(trained) == set(other) and len(trained) > 50
    assert max(float(np.abs(trained[name] - other[name]).max()) for name in trained) < 1e-4
    assert [each.number for each in made] == [1, 1] and len(ours["base"]) == len(ours["manifest"]) == 64


def tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """A safetensors file of 32-bit floats."""
    body = path.read_bytes()
    (size,) = struct.unpack("<Q", body[:8])
    head = json.loads(body[8 : 8 + size])
    return {
        name: np.frombuffer(body[8 + size :][slice(*at["data_offsets"])], np.float32)
        for name, at in head.items()
        if name != "__metadata__" and at["dtype"] == "F32"
    }


def quiet_words(_: object) -> None:
    """Nobody looks."""


def commands(settings: Settings) -> list[str]:
    """What the commands print that start no engine."""
    environment = environment_of(settings) | {"COLUMNS": "200"}
    words = (("versions", "Ann"), ("revert", "Ann", "0"))
    found = [CliRunner().invoke(app, each, env=environment) for each in words]
    assert [each.exit_code for each in found] == [0, 0]
    return [each.stdout for each in found]
