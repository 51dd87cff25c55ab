"""Lines joined: equally loud, no clicks, breaths kept, pauses by punctuation."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.material import HELD_VOICES, LEARNT_VOICES, short_lines, spoken
from studio.domain import Line, Tone
from studio.profiles import profile_named
from studio.timeline import Timeline, read_samples, read_timeline, write_voice
from tools.shots import pause_after
from workers.engines.mix.loudness import RATE, integrated
from workers.engines.mix.voices import _mix, _voice

pytestmark = pytest.mark.engine

SQUARE = profile_named("square")
LINES = list(zip(short_lines(3), ("af_heart", "am_michael", "bf_emma"), strict=True))


def voices(folder: Path, gains: tuple[float, ...] = (1.0, 0.1, 0.4)) -> dict[str, Path]:
    """Three lines in three voices, at very different levels."""
    found = {}
    for at, ((text, voice), gain) in enumerate(zip(LINES, gains, strict=True)):
        path = spoken(text, voice, 0)
        samples, rate = read_samples(path)
        found[f"voice{at}"] = folder / f"{at}.wav"
        write_voice(found[f"voice{at}"], samples * gain, rate, read_timeline(path))
    return found


def mixed(inputs: dict[str, Path]) -> tuple[NDArray[np.float32], list[float]]:
    """The mix, and where each line begins in it."""
    pauses = ((0.34,), (0.34,), (0.34,))
    request = {"fps": 25, "voices": (1, 1, 1), "leads": (0.1,) * 3, "pauses": pauses}
    sound = _mix(request, inputs, SQUARE)
    lengths = [
        np.ceil((0.1 + len(_voice(path, SQUARE)) / RATE + 0.34) * 25 - 1e-6) / 25 for path in inputs.values()
    ]
    return sound, [0.0, *np.cumsum(lengths)]


def test_lines_are_equally_loud(tmp_path: Path) -> None:
    sound, starts = mixed(voices(tmp_path))
    loudness = [integrated(sound[int(a * RATE) : int(b * RATE)]) for a, b in pairwise(starts)]
    assert max(loudness) - min(loudness) <= 1.0
    assert integrated(sound) == pytest.approx(-16, abs=1)


def test_no_click_where_lines_meet(tmp_path: Path) -> None:
    sound, starts = mixed(voices(tmp_path))
    for start in starts[1:-1]:
        join = sound[int((start - 0.3) * RATE) : int((start + 0.12) * RATE)]
        assert float(np.abs(np.diff(join)).max()) < 0.01
    rough = voices(tmp_path)
    samples, rate = read_samples(rough["voice1"])
    samples[:2000] += np.linspace(0.5, 0.0, 2000, dtype=np.float32)  # a voice that begins with a step
    write_voice(rough["voice1"], samples, rate, Timeline((), ()))
    first = _voice(rough["voice1"], SQUARE)[: int(0.002 * RATE)]
    assert float(np.abs(np.diff(first)).max()) < 0.05


def test_a_breath_before_the_words_keeps_its_place_beside_them(tmp_path: Path) -> None:
    samples, rate = read_samples(spoken(*LINES[0], 0))
    breath = 0.01 * np.random.default_rng(1).standard_normal(int(0.3 * rate)).astype(np.float32)
    write_voice(tmp_path / "breath.wav", np.concatenate([breath, samples * 0.2]), rate, Timeline((), ()))
    after = _voice(tmp_path / "breath.wav", SQUARE)
    kept = after[int(0.05 * RATE) : int(0.28 * RATE)]
    words = after[int(0.4 * RATE) :]
    before = np.std(breath) / np.std(samples * 0.2)
    assert np.std(kept) / np.std(words) == pytest.approx(before, rel=0.15)


def test_pauses_follow_punctuation_and_tone() -> None:
    def after(text: str, tone: Tone = Tone.NEUTRAL) -> float:
        return pause_after(Line("x", text, tone))

    assert after("Really?") > after("Yes.") > after("First, this:") > after("Then,") > after("and so")
    assert after("Once…", Tone.STORYTELLING) > after("Once…")
    assert after("He said “yes.”") == after("Yes.") == 0.34


def test_the_voices_of_limits_and_of_judgement_differ() -> None:
    assert not set(HELD_VOICES) & set(LEARNT_VOICES)
    assert not set(short_lines(20)) & set(short_lines(20, 20))
