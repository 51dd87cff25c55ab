"""A founder's recordings: cleaned by what is measured and installed, their numbers told and kept."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import update

from studio.engine import Speak
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from studio.store.check import faults
from studio.store.personas import Persona
from studio.store.schema import personas as table
from studio.weights import Weights
from tests.engines.heavy import interpreter, tiny
from tests.engines.voices import quiet
from workers.engines.voice.espeak import Espeak
from workers.onboarding import Onboarding

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
SAID = "This is a recording of my own voice. I speak for a while, with a pause, so that everyone can hear me."


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speech over chords that never stop."""
    path = tmp_path_factory.mktemp("music") / "party.wav"
    Espeak().run(asdict(Speak(SAID, "am_michael")), {}, path, 0, quiet)
    samples, rate = soundfile.read(path)
    samples = np.pad(samples, rate)
    time = np.arange(len(samples)) / rate
    beat = np.exp(-(time % 0.5) * 1.5)
    chord = sum(
        share * np.sin(2 * np.pi * pitch * time) * beat for pitch, share in ((220.0, 1), (329.6, 0.6))
    )
    soundfile.write(path, 0.6 * (samples + 0.3 * samples.std() * chord), rate)
    return path


@pytest.fixture
def installed(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a cache of its own: our environments, and tiny separators put beside it by hand."""
    cache, folder = tmp_path / "cache", tmp_path / "by hand"
    cache.mkdir()
    (cache / "venvs").symlink_to(settings.cache / "venvs")
    for name, engine, kind in (("htdemucs", "demucs", "demucs"), ("uvr-mdx", "audio-separator", "uvr")):
        interpreter(engine)
        found = tiny(engine, "tests.engines.tiny.separators", kind)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(found)
    return settings.model_copy(update={"cache": cache, "weights_folder": folder})


def added(
    settings: Settings, store: Store, media: MediaStore, tmp_path: Path, *samples: Path
) -> tuple[Persona, str]:
    """A persona with these recordings, and what was told while they were added."""
    consent, told = tmp_path / "consent.txt", list[str]()
    consent.write_text("I agree.")
    adding = Onboarding(settings, store, media).add("Ann", "Ann", [], samples, consent, told.append)
    return asyncio.run(adding), "\n".join(told)


def check_that_facts_come_back(store: Store, media: MediaStore, ann: Persona) -> None:
    """From the store; and a persona of older days, whose row has hashes alone, has none."""
    with store.read() as connection:
        assert personas.named(connection, "Ann") == ann and ann.clips
        assert ann.references("soft", 6) == ann.samples
    assert not faults(store, media)
    with store.write() as connection:
        connection.execute(update(table).values(samples=list(ann.samples)))
    with store.read() as connection:
        old = personas.named(connection, "Ann")
    assert (old.samples, old.clips, old.references("soft", 6)) == (ann.samples, (), ann.samples)


def test_a_recording_given_twice_is_kept_once_with_its_tone(
    settings: Settings, store: Store, media: MediaStore, tmp_path: Path
) -> None:
    wav, copy, consent = tmp_path / "a.wav", tmp_path / "copy.wav", tmp_path / "consent.txt"
    Espeak().run(asdict(Speak(SAID, "am_michael")), {}, wav, 0, quiet)
    copy.write_bytes(wav.read_bytes())
    consent.write_text("I agree.")
    onboarding, told = Onboarding(settings, store, media), list[str]()
    adding = onboarding.add("Ann", "Ann", [], [wav, copy, wav], consent, told.append, {wav: "soft"})
    assert [clip.label for clip in asyncio.run(adding).clips] == ["soft"]
    assert len(told) == 2


def test_without_a_separator_the_command_that_installs_one_is_told(
    settings: Settings, store: Store, media: MediaStore, music: Path, tmp_path: Path
) -> None:
    bare = settings.model_copy(update={"cache": tmp_path / "cache"})
    ann, told = added(bare, store, media, tmp_path, music)
    assert "party.wav: There is music" in told and "DeepFilterNet does what it can" in told
    assert "`aiclone weights pull htdemucs --pin && aiclone engines install demucs` installs one" in told
    assert "noise " in told and " → " in told and "speech " in told
    [clip] = ann.clips
    assert clip.facts["speech_s"] > 3 and ann.samples == (clip.sha256,)
    check_that_facts_come_back(store, media, ann)


def test_a_separator_that_is_ready_and_permitted_takes_the_voice_out_of_music(
    installed: Settings, store: Store, media: MediaStore, music: Path, tmp_path: Path
) -> None:
    Weights(installed.cache, installed.weights_folder).pull(["uvr-mdx"], pin=True)
    mine = installed.model_copy(update={"use": "personal"})
    ann, told = added(mine, store, media, tmp_path, music)
    assert "audio-separator takes the voice out of it" in told
    assert ann.clips[0].facts["music"] > 0.3  # the tiny model takes half of everything


def test_when_a_separator_loses_the_voice_noise_reduction_steps_in_and_says_so(
    installed: Settings, store: Store, media: MediaStore, music: Path, tmp_path: Path
) -> None:
    Weights(installed.cache, installed.weights_folder).pull(["htdemucs"], pin=True)
    ann, told = added(installed, store, media, tmp_path, music)  # random weights leave no speech
    assert "demucs left too little of the voice itself; DeepFilterNet" in told
    assert ann.clips[0].facts["speech_s"] > 3
