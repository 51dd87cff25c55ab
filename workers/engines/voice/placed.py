"""What every cloning voice does around its model: find the language, join pieces, level them, say when words are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engine import Speak
from studio.errors import LanguageUnsupported
from studio.languages import listed, name_of
from studio.timeline import write_voice
from workers.engines.listen.timings import timeline_for

Samples = NDArray[np.float32]

PAUSE_S, LEVEL = 0.25, 0.7


def language_of(asked: str, known: Iterable[str], voice: str) -> str:
    """The model's own name of a language ("zh-cn" for "zh"); raises LanguageUnsupported naming those it speaks."""
    names = {name.split("-")[0]: name for name in known}
    wanted = asked.lower().split("-")[0]
    if wanted not in names:
        raise LanguageUnsupported(f"{voice} does not speak {name_of(wanted)}; it speaks {listed(names)}.")
    return names[wanted]


def write_placed(out: Path, pieces: Sequence[Samples], rate: int, speak: Speak) -> None:
    """Write the pieces of a line as one sound, a breath between them, with the times of its words."""
    samples = levelled(joined(pieces, rate))
    write_voice(out, samples, rate, timeline_for(samples, rate, speak))


def joined(pieces: Sequence[Samples], rate: int) -> Samples:
    """The pieces of a line, a breath between them."""
    gap = np.zeros(int(PAUSE_S * rate), np.float32)
    return np.concatenate([each for piece in pieces for each in (gap, piece)][1:])


def levelled(samples: Samples) -> Samples:
    """Brought to the peak that all cloning voices have."""
    return samples * np.float32(LEVEL / max(1e-6, float(np.abs(samples).max(initial=0.0))))
