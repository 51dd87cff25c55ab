"""The founder's recordings a cloning voice imitates: read, measured, and refused with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable, VoiceSampleUnusable
from studio.media import sha256_of

Samples = NDArray[np.float32]

LEAST_S = 6.0
FRAME_S, SILENT_DB, BELOW_PEAK_DB = 0.03, -50.0, 35.0


@dataclass(frozen=True, slots=True)
class Reference:
    """One recording: mono samples (-1..1) at the rate that was asked for, and the file's SHA-256."""

    samples: Samples
    sha256: str


def read_references(inputs: Mapping[str, Path], rate: int) -> list[Reference]:
    """The recordings `reference0`… in order.

    Raises VoiceSampleUnusable when there is none, when one is silent, or when all of them together hold less
    than six seconds of speech; MediaUnusable when one cannot be read.
    """
    paths = [inputs[f"reference{at}"] for at in range(len(inputs)) if f"reference{at}" in inputs]
    if not paths:
        raise VoiceSampleUnusable(
            "This persona has no recording of the founder's voice, and a cloning voice needs one; "
            f"add at least {LEAST_S:.0f} seconds of speech."
        )
    found = [Reference(_read(path, rate), sha256_of(path)) for path in paths]
    speech = [speech_seconds(one.samples, rate) for one in found]
    for at, seconds in enumerate(speech, 1):
        if not seconds:
            raise VoiceSampleUnusable(f"Recording {at} of this persona is silent; replace it.")
    if sum(speech) < LEAST_S:
        raise VoiceSampleUnusable(
            f"There are only {sum(speech):.1f} seconds of speech in this persona's recordings; "
            f"a cloning voice needs at least {LEAST_S:.0f}."
        )
    return found


def speech_seconds(samples: Samples, rate: int) -> float:
    """Seconds of frames that are no more than 35 dB below the loudest and not silent in themselves."""
    size = int(FRAME_S * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(frames):
        return 0.0
    level = 20 * np.log10(np.maximum(1e-9, np.sqrt((frames**2).mean(axis=1))))
    return float((level > max(SILENT_DB, float(level.max()) - BELOW_PEAK_DB)).sum() * FRAME_S)


def fingerprint(references: Sequence[Reference]) -> str:
    """Names a set of recordings by their content: beginnings of their hashes, in order."""
    return "-".join(one.sha256[:16] for one in references)


def _read(path: Path, rate: int) -> Samples:
    import soundfile
    from scipy.signal import resample_poly

    try:
        samples, found = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise MediaUnusable("A recording of this persona cannot be read.") from error
    mono = samples.mean(axis=1)
    factor = np.gcd(rate, found)
    return np.asarray(
        mono if found == rate else resample_poly(mono, rate // factor, found // factor), np.float32
    )
