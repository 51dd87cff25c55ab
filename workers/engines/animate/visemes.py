"""Phones to mouth shapes, and how shapes flow into each other.

Shapes are hand-set after the usual viseme classes; coarticulation is a Gaussian blur in time (30 ms, sharper
for closures); the picture leads the sound by 25 ms, as people expect it.
"""

from __future__ import annotations

import numpy as np

from studio.timeline import Phone
from workers.engines.faces.shapes import Array

SHAPE = ("jaw", "wide", "pucker", "press", "raise", "drop", "tuck", "tongue")
RATE = 200
LEAD = 0.025
SMOOTH, SHARP = 0.030, 0.020
CLOSED_FOR = 0.075

VISEMES: dict[str, tuple[float, ...]] = {
    "rest": (0, 0, 0, 0, 0, 0, 0, 0),
    "pbm": (0, 0, 0, 1, 0, 0, 0, 0),
    "fv": (0.05, 0.10, 0, 0, 0.62, 0, 1, 0),
    "tdnl": (0.20, 0.15, 0, 0, 0.20, 0.30, 0, 0.8),
    "sz": (0.06, 0.35, 0, 0, 0.30, 0.60, 0, 0.1),
    "sh": (0.08, -0.30, 0.55, 0, 0.40, 0.55, 0, 0),
    "kg": (0.26, 0.10, 0, 0, 0.12, 0.25, 0, 0),
    "r": (0.17, -0.30, 0.50, 0, 0.15, 0.25, 0, 0),
    "w": (0.10, -0.60, 0.95, 0, 0, 0.05, 0, 0),
    "o": (0.46, -0.45, 0.62, 0, 0.05, 0.05, 0, 0),
    "uh": (0.30, -0.12, 0.22, 0, 0.05, 0.12, 0, 0),
    "aa": (0.85, -0.05, 0, 0, 0.18, 0.10, 0, 0),
    "ae": (0.66, 0.35, 0, 0, 0.32, 0.18, 0, 0),
    "eh": (0.46, 0.30, 0, 0, 0.22, 0.22, 0, 0),
    "iy": (0.15, 0.70, 0, 0, 0.28, 0.45, 0, 0),
    "ax": (0.32, 0, 0, 0, 0.10, 0.15, 0, 0),
    "th": (0.16, 0.10, 0, 0, 0.22, 0.38, 0, 1.0),
    "h": (0.28, 0, 0, 0, 0.10, 0.12, 0, 0),
}
CLASSES = {
    "pbm": "pbmβɸ",
    "fv": "fvʋɱ",
    "tdnl": "tdnlɾɫɲɬʎɳɖʈɽɭɟ",
    "sz": "szcʦʣS",
    "sh": "ʃʒʤʧɕʑʂʨʥꭧ",
    "kg": "kɡgŋxɣqχħʕçʝɰɴ",
    "r": "ɹrɝɚɜʁɻ",
    "w": "wuʍyʉɥʏ",
    "uh": "ʊʌɵɤɯ",
    "o": "ɔoɒ",
    "aa": "ɑaɐ",
    "ae": "æ",
    "eh": "ɛeœø",
    "iy": "iɪjɨ",
    "ax": "əᵻᵊɘ",
    "th": "θð",
    "h": "hɦʔ",
}
OF_SYMBOL = {symbol: name for name, symbols in CLASSES.items() for symbol in symbols}
DIPHTHONGS = {"A": ("eh", "iy"), "I": ("aa", "iy"), "W": ("aa", "w"), "Y": ("o", "iy"), "O": ("o", "w")}
DIPHTHONGS["Q"] = ("ax", "w")
MARKS = "ˈˌːˑ"


def shapes_of(symbol: str) -> tuple[str, ...]:
    """The viseme, or the two of a diphthong; "rest" for anything that is no phone."""
    bare = symbol.strip(MARKS)[:1]
    if bare in DIPHTHONGS:
        return DIPHTHONGS[bare]
    return (OF_SYMBOL.get(bare, "ax" if bare.isalpha() else "rest"),)


def is_vowel(symbol: str) -> bool:
    """Whether a phone is carried by an open mouth."""
    return any(VISEMES[name][0] >= 0.3 or name == "iy" for name in shapes_of(symbol))


def mouth_track(phones: list[Phone], seconds: float) -> Array:
    """(n, len(SHAPE)) float32 at RATE over `seconds`, smooth, closures reaching 1."""
    count = int(np.ceil(seconds * RATE)) + RATE
    raw = np.zeros((count, len(SHAPE)), np.float32)
    for phone in _voiced(phones):
        names = shapes_of(phone.symbol)
        cut = np.linspace(phone.start, phone.end, len(names) + 1)
        if len(names) == 2:
            cut[1] = phone.start + 0.55 * (phone.end - phone.start)
        for name, a, b in zip(names, cut[:-1], cut[1:], strict=True):
            raw[_tick(a) : _tick(b) + 1] = VISEMES[name]
    smooth = np.stack([_blur(raw[:, k], SMOOTH) for k in range(len(SHAPE))], 1)
    closed = _closures(phones, count)
    smooth *= (1 - closed)[:, None]
    smooth[:, SHAPE.index("press")] = closed
    return smooth.astype(np.float32)


def _tick(second: float) -> int:
    return max(0, round((second - LEAD) * RATE))


def _voiced(phones: list[Phone]) -> list[Phone]:
    """Phones in order; marks and short silences give their time to the phone that follows."""
    kept: list[Phone] = []
    start: float | None = None
    for phone in phones:
        silent = shapes_of(phone.symbol) == ("rest",)
        if silent and (phone.symbol in MARKS or phone.end - phone.start < 0.12):
            start = phone.start if start is None else start
            continue
        begins = phone.start if start is None or silent else start
        kept.append(Phone(phone.symbol, begins, phone.end))
        start = None
    return kept


def _closures(phones: list[Phone], count: int) -> Array:
    """0..1, 1 in the middle of every p, b, m for at least CLOSED_FOR seconds."""
    closed = np.zeros(count, np.float32)
    for phone in phones:
        if shapes_of(phone.symbol) == ("pbm",):
            middle = (phone.start + phone.end) / 2
            half = max(CLOSED_FOR, phone.end - phone.start) / 2
            closed[_tick(middle - half) : _tick(middle + half) + 1] = 1
    return np.clip(_blur(closed, SHARP) * 1.45 - 0.12, 0, 1)


def _blur(track: Array, seconds: float) -> Array:
    sigma = seconds * RATE
    reach = int(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(track, kernel / kernel.sum(), "same")
