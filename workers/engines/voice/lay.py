"""From tokens to model input, and from frames back to a waveform with words and phones in time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.engine import Speak
from studio.errors import LanguageUnsupported, TextUnspeakable
from studio.languages import LANGUAGES, name_of
from studio.marks import plain
from studio.spoken import Spoken, spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.voice.placed import language_of
from workers.engines.voice.tones import Manner, coloured

Samples = NDArray[np.float32]
Frames = NDArray[np.int64]

MOST_IDS = 460
WISHED_IDS = 220
LEAD_S, TAIL_S, QUIET_DB = 0.06, 0.12, -42.0
STRESS, LASTING = "ˈˌ", "ː̃ʲʰ"
"""Signs before a phone, and signs behind it that are a part of it."""
LATIN = ("LATIN", "FULLWIDTH LATIN", "MODIFIER", "FEMININE", "MASCULINE")
# Sound comes two frames before the edge the durations name: measured on vowel onsets after silence.
EARLY_FRAMES = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of the model: vocabulary ids, and for each its symbol and its token in the line (-1: none)."""

    ids: tuple[int, ...]
    symbols: str
    owners: tuple[int, ...]


def code(language: str) -> str:
    """ "pt" of "pt-BR"."""
    return language.lower().split("-")[0]


def read_line(speak: Speak, voice: str, languages: Sequence[str] = ("en",)) -> list[Spoken]:
    """The line as spoken tokens, its marks taken out, for a voice of that name that speaks these languages.

    Raises LanguageUnsupported, also for letters that are not the language's, or TextUnspeakable.
    """
    language_of(speak.language, languages, voice)
    language = code(speak.language)
    letters = (*LATIN, *LANGUAGES[language].letters)
    foreign = [char for char in plain(speak.text) if char.isalpha() and not _is_of(char, letters)]
    if foreign:
        raise LanguageUnsupported(f"{voice} cannot say “{foreign[0]}” in {name_of(language)}.")
    tokens = spoken(plain(speak.text), speak.pronunciations, speak.language)
    if not any(token.words for token in tokens):
        raise TextUnspeakable
    return tokens


def _is_of(char: str, scripts: tuple[str, ...]) -> bool:
    return unicodedata.name(char, "").startswith(scripts)


def pieces(tokens: Sequence[Spoken], phones: Sequence[str], vocab: dict[str, int]) -> list[Piece]:
    """Cut the line at stops, so that every piece is long enough to sound natural and short enough to fit."""
    done: list[Piece] = []
    symbols, owners = "", list[int]()
    for at, (token, sounds) in enumerate(zip(tokens, phones, strict=True)):
        added = (" " if symbols and sounds else "") + "".join(
            sound for sound in sounds if sound in vocab or sound == " "
        )
        if len(added) > MOST_IDS:
            raise TextUnspeakable(f"“{token.text[:20]}…” is too long to be said as one word.")
        if symbols and len(symbols) + len(added) + 1 > MOST_IDS:
            done.append(_piece(symbols, owners, vocab))
            symbols, owners, added = "", [], added.lstrip()
        gap = len(added) - len(added.lstrip())
        owners += [-1] * gap + [at] * (len(added) - gap)
        symbols += added
        if token.stop and symbols and symbols[-1] not in ".!?…;:,—":
            symbols, owners = symbols + token.stop, [*owners, -1]
        room = MOST_IDS if not token.stop else WISHED_IDS if token.stop in ".!?…" else WISHED_IDS * 1.5
        if len(symbols) > room and at + 8 < len(tokens):
            done.append(_piece(symbols, owners, vocab))
            symbols, owners = "", []
    return [*done, _piece(symbols, owners, vocab)] if symbols else done


def _piece(symbols: str, owners: Sequence[int], vocab: dict[str, int]) -> Piece:
    if symbols[-1] not in ".!?…;:,—":
        symbols, owners = symbols + ".", [*owners, -1]
    return Piece(tuple(vocab[symbol] for symbol in symbols), symbols, tuple(owners))


@dataclass(slots=True)
class _Track:
    """Samples with the start and end sample of every symbol."""

    samples: Samples
    symbols: str
    owners: tuple[int, ...]
    edges: NDArray[np.int64]


def lay(
    tokens: Sequence[Spoken],
    parts: Sequence[Piece],
    rendered: Sequence[tuple[Samples, Frames]],
    manner: Manner,
    rate: int,
    frame: int,
) -> tuple[Samples, Timeline]:
    """Join the rendered pieces, lengthen pauses as the manner asks, trim, colour; times stay exact."""
    tracks = []
    for piece, (samples, frames) in zip(parts, rendered, strict=True):
        edges = np.cumsum(frames)[: len(piece.symbols) + 1] - EARLY_FRAMES
        edges = np.maximum(edges, 0) * frame
        tracks.append(_Track(samples, piece.symbols, piece.owners, edges))
    track = _joined([_paused(track, manner, rate) for track in tracks])
    start, end = _bounds(track, rate)
    samples = coloured(track.samples[start:end], manner, rate)
    fade = np.linspace(0.0, 1.0, rate // 200, dtype=np.float32)
    samples[: len(fade)] *= fade
    samples[-len(fade) :] *= fade[::-1]
    peak = float(np.abs(samples).max())
    samples *= min(1.0, 0.97 / peak) if peak > 0 else 1.0
    seconds = np.clip(track.edges - start, 0, end - start) / rate
    return samples, _timeline(tokens, track, seconds, (end - start) / rate)


def _paused(track: _Track, manner: Manner, rate: int) -> _Track:
    """Put silence into the quietest spot of each pause."""
    samples, edges = track.samples, track.edges.copy()
    for at, symbol in enumerate(track.symbols):
        extra = manner.comma if symbol in ",:;—" else manner.stop if symbol in ".!?…" else 0.0
        if extra <= 0 or at + 1 == len(track.symbols):
            continue
        last = min(at + 2, len(edges) - 1)
        spot = _quietest(samples, int(edges[at]), int(edges[last]), rate)
        added = int(extra * rate)
        samples = np.concatenate([samples[:spot], np.zeros(added, np.float32), samples[spot:]])
        edges[edges > spot] += added
    return _Track(samples, track.symbols, track.owners, edges)


def _quietest(samples: Samples, start: int, end: int, rate: int) -> int:
    width = rate // 100
    if end - start <= width:
        return (start + end) // 2
    energy = np.convolve(samples[start:end] ** 2, np.ones(width), "valid")
    return start + int(np.argmin(energy)) + width // 2


def _joined(tracks: Sequence[_Track]) -> _Track:
    """Lay pieces one behind the other, each from its first phone to a pause after its last."""
    samples, edges, symbols, owners, offset = [], [], "", [], 0
    for track in tracks:
        samples.append(track.samples)
        edges.append(track.edges[:-1] + offset)
        symbols, offset = symbols + track.symbols, offset + len(track.samples)
        owners += list(track.owners)
    edges.append(np.array([tracks[-1].edges[-1] + offset - len(tracks[-1].samples)]))
    return _Track(np.concatenate(samples), symbols, tuple(owners), np.concatenate(edges))


def _bounds(track: _Track, rate: int) -> tuple[int, int]:
    """Where sound begins and ends, with a small margin; never inside a phone."""
    width = rate // 100
    level = np.sqrt(np.convolve(track.samples**2, np.ones(width) / width, "same") + 1e-12)
    loud = np.flatnonzero(level > level.max() * 10 ** (QUIET_DB / 20))
    said = [at for at, owner in enumerate(track.owners) if owner >= 0]
    start = min(int(loud[0]), int(track.edges[said[0]])) - int(LEAD_S * rate)
    end = max(int(loud[-1]), int(track.edges[said[-1] + 1])) + int(TAIL_S * rate)
    return max(0, start), min(len(track.samples), end)


def _timeline(tokens: Sequence[Spoken], track: _Track, edges: NDArray[np.float64], length: float) -> Timeline:
    phones: list[Phone] = []
    spans: dict[int, list[float]] = {}
    since = -1.0
    for at, (symbol, owner) in enumerate(zip(track.symbols, track.owners, strict=True)):
        start, end = float(edges[at]), float(edges[at + 1])
        if symbol == " " and at and track.owners[at - 1] >= 0:
            start = end = (start + end) / 2
            _stretch(phones, spans, track.owners[at - 1], start)
            since = start
            continue
        if owner < 0:
            since = -1.0
            continue
        spans.setdefault(owner, [start if since < 0 else since, end])[1] = end
        if symbol in STRESS:
            since = start if since < 0 else since
            continue
        if symbol in LASTING and phones:
            phones[-1] = Phone(phones[-1].symbol, phones[-1].start, round(end, 4))
            continue
        phones.append(Phone(symbol, round(start if since < 0 else since, 4), round(end, 4)))
        since = -1.0
    return Timeline(_words(tokens, spans, length), tuple(phones))


def _stretch(phones: list[Phone], spans: dict[int, list[float]], owner: int, end: float) -> None:
    """Let the last phone reach to the middle of the space behind it."""
    if phones:
        phones[-1] = Phone(phones[-1].symbol, phones[-1].start, round(end, 4))
        spans[owner][1] = end


def _words(tokens: Sequence[Spoken], spans: dict[int, list[float]], length: float) -> tuple[Word, ...]:
    words, last = [], 0.0
    for at, token in enumerate(tokens):
        start, last = spans.get(at, (last, last))
        words.append(Word(token.text, round(start, 4), round(min(last, length), 4)))
    return tuple(words)
