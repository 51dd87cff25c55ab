"""What a tone changes, in numbers that can be checked: tempo, pitch, pauses, energy, brightness, manner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Manner:
    """`speed` and `pitch` are factors; `comma` and `stop` seconds added to a pause; `gain` in dB.

    `bright` is the gain in dB above about 2 kHz. `colour` is the share of another voice's manner of speaking
    (melody and rhythm, not timbre) blended in: `women` and `men` name it. `contour` is loudness in dB at the
    start, middle and end of each sentence.
    """

    speed: float = 1.0
    pitch: float = 1.0
    comma: float = 0.0
    stop: float = 0.08
    gain: float = 0.0
    bright: float = 0.0
    colour: float = 0.0
    women: str = ""
    men: str = ""
    contour: tuple[float, float, float] = (0.0, 0.0, 0.0)


MANNERS = {
    "neutral": Manner(),
    "warm": Manner(0.93, 0.985, 0.03, 0.12, 0.0, -2.0, 0.2, "af_heart", "am_puck", (0.0, 0.5, -1.0)),
    "authoritative": Manner(0.97, 0.91, 0.03, 0.2, 1.5, 1.0, contour=(0.5, 0.0, 1.0)),
    "soft": Manner(0.87, 0.98, 0.07, 0.22, -5.0, -5.0, 0.3, "af_nicole", "am_michael", (-0.5, 0.0, -3.0)),
    "storytelling": Manner(
        0.92, 1.01, 0.16, 0.34, -0.5, -1.0, 0.5, "af_bella", "bm_george", (-2.0, 1.5, -2.0)
    ),
}


def coloured(samples: Samples, manner: Manner, rate: int) -> Samples:
    """Apply energy and brightness: a gain, and a first-order high shelf around 2 kHz."""
    from scipy.signal import butter, lfilter

    high = lfilter(*butter(1, 2000.0, "high", fs=rate), samples)
    shelf = samples + (10 ** (manner.bright / 20) - 1.0) * high
    louder = shelf * 10 ** (manner.gain / 20)
    return np.asarray(louder, np.float32)
