"""When each word of a voice is spoken, whoever made it: one function, so that captions and lips agree.

What a model or a vendor tells is best; then the known words are found in the sound: in English by PocketSphinx, in
other languages that espeak-ng reads by warping its voice to the take's. Where neither can, they are laid over the
stretches of speech by their length, without phones.

How far off, against Kokoro's exact times; median and 90th percentile in ms of word starts, and of phones' middles:

           spread     PocketSphinx      warped
    en     135, 643   23, 124; 13, 34   25,  78; 21, 85   16 lines, 8 voices and tones
    es      85, 576                     22,  65; 15, 35   12
    fr     160, 657                     28, 111; 15, 60   15
    it     134, 587                     27,  77; 15, 46   10
    pt     130, 805                     24,  60; 13, 33   10

Kokoro learnt to speak from espeak-ng's phones in all but English; another voice may say a word otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from studio.engine import Speak
from studio.errors import LanguageUnsupported, MediaUnusable, Misconfigured
from studio.marks import plain
from studio.spoken import Spoken, spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.listen.sphinx import Sphinx
from workers.engines.listen.warping import warp
from workers.engines.voice.espeak import PITCH, VOICES, WORDS_A_MINUTE
from workers.engines.voice.espeak_line import uttered
from workers.engines.voice.timed import timeline

FRAME_S, SPEECH_DB, LEAST_PAUSE_S = 0.01, -35.0, 0.15
Samples = NDArray[np.float32]


def timeline_for(samples: Samples, rate: int, speak: Speak, told: Timeline | None = None) -> Timeline:
    """The timeline of mono sound, one word for each token of the line without marks.

    `told` is what the model or its vendor knows: taken as it is when it has these words; phones are found in the
    sound where it has none. Estimated times have no phones.
    """
    tokens = plain(speak.text).split()
    if told is not None and [word.text for word in told.words] != tokens:
        told = None
    if told is not None and told.phones:
        return told
    try:
        found = _found(samples, rate, spoken(" ".join(tokens), speak.pronunciations, speak.language), speak)
    except (MediaUnusable, LanguageUnsupported, Misconfigured):
        return told or Timeline(_spread(samples, rate, tokens), ())
    return _within(found, told) if told is not None else found


def _found(samples: Samples, rate: int, tokens: Sequence[Spoken], speak: Speak) -> Timeline:
    """Raises MediaUnusable when the words are not there.

    LanguageUnsupported and Misconfigured when nobody here knows how they sound.
    """
    language = speak.language.lower().split("-")[0]
    if language == "en":
        return _aligner().timeline(samples, rate, tokens)
    if language not in VOICES or not any(t.words for t in tokens):
        raise LanguageUnsupported
    pattern = uttered(tokens, VOICES[language], WORDS_A_MINUTE, PITCH)
    return warp(samples, rate, pattern.samples, pattern.rate, timeline(tokens, pattern.sounds))


@cache
def _aligner() -> Sphinx:
    """One for the life of the process, for it builds a phonemizer when it meets a strange word."""
    aligner = Sphinx()
    aligner.load({})
    return aligner


def _within(aligned: Timeline, told: Timeline) -> Timeline:
    """The words as told with the aligned phones moved into them."""
    phones = list[Phone]()
    for word, theirs in zip(aligned.words, told.words, strict=True):
        scale = (theirs.end - theirs.start) / max(1e-3, word.end - word.start)
        for phone in aligned.phones:
            if word.start - 1e-6 <= phone.start < word.end - 1e-6:
                first, last = (
                    theirs.start + (time - word.start) * scale for time in (phone.start, phone.end)
                )
                phones.append(Phone(phone.symbol, round(first, 4), round(last, 4)))
    return Timeline(told.words, tuple(phones))


def _spread(samples: Samples, rate: int, tokens: Sequence[str]) -> tuple[Word, ...]:
    """Words laid over the voiced seconds by their length; a word at a pause stays on its side."""
    size = max(1, int(FRAME_S * rate))
    padded = np.pad(samples, (0, -len(samples) % size)) if len(samples) else np.zeros(size)
    power = (padded.reshape(-1, size).astype(np.float64) ** 2).mean(1)
    level = 10 * np.log10(power + 1e-12)
    passed = np.concatenate([[0], np.cumsum(_bridged(level > level.max() + SPEECH_DB))]) * FRAME_S
    places = np.minimum(np.arange(len(passed)) * FRAME_S, len(samples) / rate)
    weights = np.cumsum([0, *(1 + sum(map(str.isalnum, token)) for token in tokens)])
    at = weights / weights[-1] * passed[-1]
    middles, length = np.interp((at[1:] + at[:-1]) / 2, passed, places), np.diff(at)
    starts = np.maximum(np.interp(at[:-1] + 1e-4, passed, places), middles - length)
    ends = np.minimum(np.interp(at[1:] - 1e-4, passed, places), middles + length)
    return tuple(
        Word(token, round(float(start), 4), round(float(max(start, end)), 4))
        for token, start, end in zip(tokens, starts, ends, strict=True)
    )


def _bridged(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Speech with its short gaps closed."""
    from scipy.ndimage import binary_closing

    wide = int(LEAST_PAUSE_S / FRAME_S)
    padded = np.pad(voiced, wide)
    return np.asarray(binary_closing(padded, np.ones(wide, np.bool_))[wide:-wide] | voiced)
