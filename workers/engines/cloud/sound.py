"""Sound as a vendor sends it: PCM, WAV or MP3 in memory."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray

from studio.errors import VendorRefused

Samples = NDArray[np.float32]
FORMAT = re.compile(r"(?:pcm|wav)_\d{4,5}|mp3_\d{5}_\d{2,3}")
UNREADABLE = "The service sent a sound that cannot be read; say “try again” to buy another."
LEAD_S, TAIL_S, QUIET_DB = 0.06, 0.12, -42.0


def decoded(audio: bytes, written_as: str) -> tuple[Samples, int]:
    """Mono samples (-1..1) and their rate; `written_as` is the vendor's name of the format.

    Raises VendorRefused for what cannot be read: it is paid for, so a person says whether it is bought again.
    """
    if written_as.startswith("pcm_") and audio[:4] != b"RIFF":
        pcm = np.frombuffer(audio[: len(audio) // 2 * 2], "<i2")
        return _some(pcm.astype(np.float32) / 32768.0), int(written_as.removeprefix("pcm_"))
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(audio), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise VendorRefused(UNREADABLE) from error
    return _some(np.asarray(samples.mean(axis=1), np.float32)), int(rate)


def _some(samples: Samples) -> Samples:
    if not len(samples):
        raise VendorRefused(UNREADABLE)
    return samples


def bounds(samples: Samples, rate: int, first: float, last: float) -> tuple[int, int]:
    """The samples to keep: what is louder than silence, and never less than from `first` to `last` seconds."""
    width = max(1, rate // 100)
    level = np.sqrt(np.convolve(samples**2, np.ones(width) / width, "same") + 1e-12)
    loud = np.flatnonzero(level > level.max() * 10 ** (QUIET_DB / 20))
    begin = min(float(loud[0]), first * rate) - LEAD_S * rate
    end = max(float(loud[-1]), last * rate) + TAIL_S * rate
    return max(0, int(begin)), min(len(samples), int(end))
