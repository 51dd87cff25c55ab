"""From tokens to the text a vendor is sent, and from its times of characters to words and phones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.spoken import CLOSING, OPENING, STOPS, Spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.voice.g2p import split_phones

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Written:
    """The text that is sent; `spans` are the characters of each token in it, (0, 0) for none."""

    text: str
    spans: tuple[tuple[int, int], ...]


def written(tokens: Sequence[Spoken]) -> Written:
    """Tokens as they stand, but numbers, signs and initials in the words that are said for them.

    So the vendor reads what the script card promised, whatever its own reading of "3.5M" would be.
    """
    text, spans = "", list[tuple[int, int]]()
    for token in tokens:
        said = _said(token)
        if not said:
            spans.append((0, 0))
            continue
        text += " " if text else ""
        spans.append((len(text), len(text) + len(said)))
        text += said
    return Written(text, tuple(spans))


def _said(token: Spoken) -> str:
    if not token.words:
        return token.stop
    core = token.text.lstrip(OPENING).rstrip(CLOSING + STOPS)
    words = [word.removeprefix("=") for word in token.words]
    if any(word.startswith("/") for word in words):  # phones: this vendor reads letters only
        return token.text
    letters = len(words) > 1 and any(len(word) == 1 for word in words)
    respelled = any(word.startswith("=") for word in token.words)
    if not letters and not respelled and _bare("".join(words)) == _bare(core):
        return token.text
    return " ".join(words) + token.stop


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


@dataclass(frozen=True, slots=True)
class Clock:
    """When each character of a text begins and ends, seconds."""

    starts: Times
    ends: Times


def clock(text: str, alignment: Mapping[str, Any] | None) -> Clock | None:
    """The vendor's times for each character of `text`; what it left out lies between its neighbours.

    None when it sent none, or none of these characters.
    """
    if not alignment or not alignment.get("characters"):
        return None
    theirs = "".join(alignment["characters"])
    owner = [at for at, piece in enumerate(alignment["characters"]) for _ in piece]
    begin = np.asarray(alignment["character_start_times_seconds"], float)[owner]
    end = np.asarray(alignment["character_end_times_seconds"], float)[owner]
    if theirs == text:
        return Clock(begin, end)
    blocks = SequenceMatcher(None, text, theirs, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    if not pairs:
        return None
    ours, known = map(np.asarray, zip(*pairs, strict=True))
    every = np.arange(len(text))
    return Clock(np.interp(every, ours, begin[known]), np.interp(every, ours, end[known]))


def timeline(tokens: Sequence[Spoken], sent: Written, times: Clock, phones: Sequence[str]) -> Timeline:
    """Words from the vendor's times; `phones` of each token are spread over its characters' times."""
    words, found, last = [], list[Phone](), 0.0
    for token, (first, stop), sounds in zip(tokens, sent.spans, phones, strict=True):
        heard = [at for at in range(first, stop) if sent.text[at].isalnum()]
        if not heard:
            words.append(Word(token.text, last, last))
            continue
        inside = range(heard[0], heard[-1] + 1)
        edges = np.maximum.accumulate([last, *(times.starts[at] for at in inside), times.ends[heard[-1]]])
        edges = edges[1:]
        last = round(float(edges[-1]), 4)
        words.append(Word(token.text, round(float(edges[0]), 4), last))
        symbols = split_phones(sounds)
        share = np.linspace(0.0, len(inside), len(symbols) + 1)
        cuts = np.interp(share, np.arange(len(inside) + 1), edges)
        found += [
            Phone(symbol, round(float(cuts[at]), 4), round(float(cuts[at + 1]), 4))
            for at, symbol in enumerate(symbols)
        ]
    return Timeline(tuple(words), tuple(found))


def moved(line: Timeline, by: float, length: float) -> Timeline:
    """Everything `by` seconds earlier and inside 0..length."""

    def at(moment: float) -> float:
        return round(min(max(moment - by, 0.0), length), 4)

    return Timeline(
        tuple(Word(word.text, at(word.start), at(word.end)) for word in line.words),
        tuple(Phone(phone.symbol, at(phone.start), at(phone.end)) for phone in line.phones),
    )
