"""Groups a shot's words into caption phrases: short, broken where speech breaks, never one lone word.

Within a breath (up to a sentence's end or an audible pause) the cheapest of all segmentations is found by
dynamic programming, as TeX breaks lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.timeline import Word

MOST_WORDS = 5
MOST_CHARACTERS = 28
PAUSE_S = 0.45
HOLD_S = 0.35
"""How long a phrase stays when nothing follows at once."""

_LEANING = (
    " a an the of to in into on at by for from with and or but as is are was were be our your my his her its "
    " their that this these those who which if than not no i we you they he she it i'm we're "
)
"""Words that belong to what follows them: no phrase should end with one."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words shown together from `start` to `end` (seconds); each word's own end is when the next begins."""

    words: tuple[Word, ...]
    start: float
    end: float


def group_phrases(words: Sequence[Word], end: float) -> tuple[Phrase, ...]:
    """Phrases of a shot that ends at `end`; `words` in time order on the shot's own clock."""
    groups = [group for breath in _breaths(words) for group in _segment(breath)]
    phrases = []
    for index, group in enumerate(groups):
        limit = groups[index + 1][0].start if index + 1 < len(groups) else end
        phrases.append(_timed(group, limit))
    return tuple(phrases)


def _timed(group: Sequence[Word], limit: float) -> Phrase:
    stop = limit if limit - group[-1].end < 2 * HOLD_S else group[-1].end + HOLD_S
    ends = [word.start for word in group[1:]] + [max(group[-1].end, min(stop, limit))]
    words = tuple(Word(word.text, word.start, stop) for word, stop in zip(group, ends, strict=True))
    return Phrase(words, group[0].start, ends[-1])


def _breaths(words: Sequence[Word]) -> list[list[Word]]:
    breaths: list[list[Word]] = []
    for word in words:
        last = breaths[-1][-1] if breaths else None
        if last is None or _ends_sentence(last.text) or word.start - last.end > PAUSE_S:
            breaths.append([])
        breaths[-1].append(word)
    return breaths


def _segment(words: list[Word]) -> list[list[Word]]:
    """The cheapest split; best[i] is the cost of the first i words and where their last phrase begins."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, len(words) + 1):
        best.append(
            min(
                (best[start][0] + _cost(words[start:stop], words[stop:], len(words)), start)
                for start in range(max(0, stop - MOST_WORDS), stop)
            )
        )
    groups, stop = [], len(words)
    while stop:
        groups.append(words[best[stop][1] : stop])
        stop = best[stop][1]
    return groups[::-1]


def _cost(group: list[Word], rest: list[Word], total: int) -> float:
    length = sum(len(word.text) + 1 for word in group) - 1
    cost = 10.0 + 0.6 * abs(len(group) - 3.5) ** 2
    cost += 100.0 * max(0, length - MOST_CHARACTERS) if len(group) > 1 else 0.0
    cost += 25.0 if len(group) == 1 and total > 1 else 0.0
    if rest:
        tail = group[-1].text
        cost -= 8.0 if tail[-1] in ",;:–—" else 0.0
        cost += 6.0 if _leans(tail) else 0.0
        cost -= 4.0 if _leans(rest[0].text) else 0.0
    cost += 9.0 * sum(word.text[-1] in ",;:–—" for word in group[:-1])
    return cost


def _ends_sentence(text: str) -> bool:
    return text.rstrip("\"'”’)")[-1:] in (".", "!", "?", "…")


def _leans(text: str) -> bool:
    return f" {text.lower()} " in _LEANING
