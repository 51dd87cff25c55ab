"""Times for a voice whose model does not tell any: aligned by ear in English, estimated in other languages."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.engine import Align, Speak
from studio.errors import MediaUnusable
from studio.timeline import Timeline, Word, write_voice

if TYPE_CHECKING:
    from workers.engines.listen.sphinx import Sphinx

Samples = NDArray[np.float32]

HOP_S, BELOW_PEAK_DB = 0.01, 30.0


def write_placed(out: Path, samples: Samples, rate: int, speak: Speak) -> None:
    """Write mono samples with the times of the line's words.

    PocketSphinx finds them in English (right to about 0.06 s). In other languages, or when the words cannot be
    found, they are laid over the loud parts by their length: good enough for captions, without phones.
    """
    if speak.language.startswith("en"):
        try:
            _aligned(out, samples, rate, speak)
        except MediaUnusable:
            pass
        else:
            return
    write_voice(out, samples, rate, spread(speak.text, samples, rate))


def spread(text: str, samples: Samples, rate: int) -> Timeline:
    """Words over the loud parts of the sound, each as long as it has letters; no phones."""
    hop = max(1, int(HOP_S * rate))
    power = np.pad(samples, (0, -len(samples) % hop)).reshape(-1, hop).astype(np.float64) ** 2
    level = 10 * np.log10(np.maximum(1e-12, power.mean(axis=1)))
    loud = (level > level.max() - BELOW_PEAK_DB).astype(np.float64)
    heard = np.concatenate([[0.0], np.cumsum(loud)])
    tokens = text.split()
    letters = np.array([max(1, sum(map(str.isalnum, token))) for token in tokens], np.float64)
    edges = np.concatenate([[0.0], np.cumsum(letters)]) / letters.sum() * heard[-1]
    length = len(samples) / rate
    starts = [min(length, float(np.searchsorted(heard, edge, "right") - 1) * HOP_S) for edge in edges[:-1]]
    ends = [min(length, float(np.searchsorted(heard, edge, "left")) * HOP_S) for edge in edges[1:]]
    limits = [*starts[1:], length]
    words = [
        Word(token, round(start, 4), round(max(start, min(end, limit)), 4))
        for token, start, end, limit in zip(tokens, starts, ends, limits, strict=True)
    ]
    return Timeline(tuple(words), ())


def _aligned(out: Path, samples: Samples, rate: int, speak: Speak) -> None:
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        soundfile.write(spoken, samples, rate, subtype="FLOAT")
        request = asdict(Align(speak.text, speak.language))
        _aligner().run(request, {"audio": spoken}, out, 0, lambda _share: None)


@cache
def _aligner() -> Sphinx:
    """One for the life of the process, for it builds a phonemizer when it meets a strange word."""
    from workers.engines.listen.sphinx import Sphinx

    aligner = Sphinx()
    aligner.load({})
    return aligner
