"""A voice looked over and listened to twice; a recording's condition. Real engines on short cached lines."""

from __future__ import annotations

import io
import json
import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from bench.broken import Material, dropped_word, holes, hum, repeated_word, stutter, tail_babble
from bench.faults import Jury
from bench.material import spoken
from studio.engine import Json
from studio.picking import faults_of
from studio.timeline import read_samples, read_timeline, write_voice
from workers.engines.inspect.condition import condition_of
from workers.engines.inspect.sound import measure
from workers.engines.inspect.speaker import read_tensors

pytestmark = pytest.mark.engine

TEXT, OTHER = (
    "The CEO of a bank told me this would never work.",
    "Our SaaS platform replaces three tools with one.",
)
VOICE, STRANGER = "am_puck", "bf_emma"


@cache
def jury() -> Jury:
    return Jury()


def material() -> Material:
    path = spoken(TEXT, VOICE)
    samples, rate = read_samples(path)
    return Material(samples, rate, read_timeline(path), [spoken(OTHER, VOICE)], spoken(TEXT, STRANGER))


def blamed(path: Path, text: str = TEXT) -> set[str]:
    heard, facts = jury().facts(path, text, [spoken(OTHER, VOICE)])
    return {fault.name for fault in faults_of(text, heard, facts)}


def test_clean_takes_are_not_blamed() -> None:
    assert blamed(spoken(TEXT, VOICE)) == set()


def test_a_name_the_listener_spells_otherwise_is_no_fault() -> None:
    heard, _ = jury().facts(spoken(OTHER, VOICE), OTHER, [])
    assert heard["agreed"].split()[:3] == ["Our", "SaaS", heard["agreed"].split()[2]]


@pytest.mark.parametrize(
    ("kind", "name"),
    [(dropped_word, "words"), (repeated_word, "echo words"), (tail_babble, "tail_s"), (stutter, "stutter"),
     (holes, "holes"), (hum, "floor_db")],
)  # fmt: skip
def test_seeded_faults_are_named(kind: object, name: str, tmp_path: Path) -> None:
    found = material()
    assert callable(kind)
    write_voice(tmp_path / "x.wav", kind(found, np.random.default_rng(3)), found.rate, found.timeline)
    assert blamed(tmp_path / "x.wav") & set(name.split())


def test_a_stranger_s_voice_is_told_from_the_speaker_s() -> None:
    _, own = jury().facts(spoken(TEXT, VOICE), TEXT, [spoken(OTHER, VOICE)])
    _, other = jury().facts(spoken(TEXT, STRANGER), TEXT, [spoken(OTHER, VOICE)])
    assert own["likeness"] > 0.85 > 0.75 > other["likeness"]


def test_a_checkpoint_that_holds_code_is_refused() -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (print, ("executed",))

    body = b"".join(pickle.dumps(part, 2) for part in (1, 2, 3, Evil()))
    with pytest.raises(pickle.UnpicklingError, match="is no tensor"):
        read_tensors(io.BytesIO(body))


def test_silence_and_noise_are_measured_without_complaint() -> None:
    for sound in (np.zeros(8000, np.float32), np.full(3, 0.1, np.float32)):
        json.dumps(measure(sound, 16_000))


def recording() -> NDArray[np.float32]:
    parts = [read_samples(spoken(text, VOICE))[0] for text in (TEXT, OTHER)]
    return np.concatenate([*parts, *parts])


def condition(sound: NDArray[np.float32]) -> Json:
    return condition_of((sound / np.abs(sound).max() * 0.7).astype(np.float32)[: len(sound) // 3 * 3], 24_000)


def test_a_recording_s_noise_music_and_echo() -> None:
    voice, chance = recording(), np.random.default_rng(0)
    level, times = float(np.std(voice)), np.arange(len(voice)) / 24_000
    beat = np.exp(-(times % 0.5) * 1.5)
    chord = sum(np.sin(2 * np.pi * hertz * times) * beat for hertz in (220.0, 329.6, 440.0))
    tail = chance.standard_normal(24_000) * 10 ** (-3 * np.arange(24_000) / 24_000 / 0.9) * 0.06
    tail[:100], tail[0] = 0.0, 1.0
    clear, hiss = condition(voice), condition(voice + 0.1 * level * chance.standard_normal(len(voice)))
    assert clear["snr_db"] > 45 > 33 > hiss["snr_db"]
    assert condition(voice + 0.2 * level * chord)["music"] > 0.55 > clear["music"]
    assert condition(fftconvolve(voice, tail)[: len(voice)])["echo_s"] > 0.5 > clear["echo_s"]
    assert 90 < clear["pitch"] < 160 and 3 < clear["pace"] < 8
