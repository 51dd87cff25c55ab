"""When each word of a voice is spoken, whoever made it: one function, so that captions and lips agree.

A voice's own times are best; then those a vendor sends; then PocketSphinx finds the known words in the sound
(English); in other languages words are laid over the stretches of speech by their length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable
from studio.marks import plain
from studio.spoken import spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.listen.sphinx import Sphinx

FRAME_S, SPEECH_DB, LEAST_PAUSE_S = 0.01, -35.0, 0.15
Samples = NDArray[np.float32]


def timeline_for(
    samples: Samples,
    rate: int,
    text: str,
    language: str = "en",
    own: Timeline | None = None,
    vendor: Sequence[tuple[str, float, float]] = (),
) -> Timeline:
    """The timeline of mono sound, one word for each token of the text without marks.

    `vendor` has (word, start, end) for each token. Raises MediaUnusable when the words are not in the sound.
    """
    tokens = plain(text).split()
    if own is not None and [word.text for word in own.words] == tokens:
        return own
    if language.startswith("en"):
        aligned = _aligned(samples, rate, text)
        return _within(aligned, vendor) if len(vendor) == len(tokens) else aligned
    if len(vendor) == len(tokens):
        return Timeline(
            tuple(Word(text_, start, end) for text_, (_, start, end) in zip(tokens, vendor, strict=True)), ()
        )
    return Timeline(_spread(samples, rate, tokens), ())


def _aligned(samples: Samples, rate: int, text: str) -> Timeline:
    sphinx = Sphinx()
    sphinx.load({})
    return sphinx.timeline(samples, rate, spoken(plain(text)))


def _within(aligned: Timeline, vendor: Sequence[tuple[str, float, float]]) -> Timeline:
    """The vendor's words with the aligned phones moved into them."""
    words, phones = [], list[Phone]()
    for word, (_, start, end) in zip(aligned.words, vendor, strict=True):
        words.append(Word(word.text, start, end))
        scale = (end - start) / max(1e-3, word.end - word.start)
        for phone in aligned.phones:
            if word.start - 1e-6 <= phone.start < word.end - 1e-6:
                first, last = (start + (time - word.start) * scale for time in (phone.start, phone.end))
                phones.append(Phone(phone.symbol, round(first, 4), round(last, 4)))
    return Timeline(tuple(words), tuple(phones))


def _spread(samples: Samples, rate: int, tokens: Sequence[str]) -> tuple[Word, ...]:
    """Words laid over the voiced seconds by their length; a word at a pause stays on its side."""
    size = max(1, int(FRAME_S * rate))
    power = (samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64) ** 2).mean(1)
    level = 10 * np.log10(power + 1e-12)
    voiced = level > (level.max() if len(level) else 0.0) + SPEECH_DB
    if not voiced.any():
        raise MediaUnusable("There is no speech in this sound.")
    passed = np.concatenate([[0], np.cumsum(_bridged(voiced))]) * FRAME_S
    places = np.arange(len(passed)) * FRAME_S
    weights = np.cumsum([0, *(len(token) + 1 for token in tokens)])
    at = weights / weights[-1] * passed[-1]
    middles, length = np.interp((at[1:] + at[:-1]) / 2, passed, places), np.diff(at)
    starts = np.maximum(np.interp(at[:-1] + 1e-4, passed, places), middles - length)
    ends = np.minimum(np.interp(at[1:] - 1e-4, passed, places), middles + length)
    return tuple(
        Word(token, round(float(start), 4), round(float(end), 4))
        for token, start, end in zip(tokens, starts, ends, strict=True)
    )


def _bridged(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Speech with its short gaps closed."""
    from scipy.ndimage import binary_closing

    wide = int(LEAST_PAUSE_S / FRAME_S)
    padded = np.pad(voiced, wide)
    return np.asarray(binary_closing(padded, np.ones(wide, np.bool_))[wide:-wide] | voiced)
