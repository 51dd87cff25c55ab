"""A timeline from timed IPA characters, for voices that name their phones in IPA. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.spoken import Spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.voice.g2p import kokoro_phones

PAIRS = ("eɪ", "aɪ", "aʊ", "ɔɪ", "oʊ", "əʊ", "tʃ", "dʒ")
STRESS, LASTING = "ˈˌ'", "ːʲʰ"
"""Signs before a phone, and signs behind it that are a part of it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """IPA characters of the token `owner` (its index in the line); seconds."""

    owner: int
    ipa: str
    start: float
    end: float


def timeline(tokens: Sequence[Spoken], sounds: Iterable[Sound]) -> Timeline:
    """Words and phones; diphthongs and affricates become one symbol, a long mark lengthens a phone."""
    phones: list[Phone] = []
    spans: dict[int, tuple[float, float]] = {}
    waiting = -1.0
    for sound in _paired(sounds):
        spans[sound.owner] = (spans.get(sound.owner, (sound.start, 0.0))[0], sound.end)
        symbols = [
            symbol
            for symbol in kokoro_phones(sound.ipa)
            if symbol not in STRESS + LASTING and symbol.isalpha()
        ]
        if not symbols and any(sign in sound.ipa for sign in LASTING) and phones:
            phones[-1] = Phone(phones[-1].symbol, phones[-1].start, round(sound.end, 4))
        elif not symbols:
            waiting = sound.start if waiting < 0 else waiting
        else:
            phones += _even(symbols, sound.start if waiting < 0 else waiting, sound.end)
            waiting = -1.0
    return Timeline(_words(tokens, spans), tuple(phones))


def _paired(sounds: Iterable[Sound]) -> list[Sound]:
    joined: list[Sound] = []
    for sound in sounds:
        last = joined[-1] if joined else None
        if last and last.owner == sound.owner and last.ipa + sound.ipa in PAIRS:
            joined[-1] = Sound(last.owner, last.ipa + sound.ipa, last.start, sound.end)
        else:
            joined.append(sound)
    return joined


def _even(symbols: Sequence[str], start: float, end: float) -> list[Phone]:
    step = (end - start) / len(symbols)
    return [
        Phone(symbol, round(start + step * at, 4), round(start + step * (at + 1), 4))
        for at, symbol in enumerate(symbols)
    ]


def _words(tokens: Sequence[Spoken], spans: dict[int, tuple[float, float]]) -> tuple[Word, ...]:
    words, last = [], 0.0
    for at, token in enumerate(tokens):
        start, last = spans.get(at, (last, last))
        words.append(Word(token.text, round(start, 4), round(last, 4)))
    return tuple(words)
