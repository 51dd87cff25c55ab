"""Whether a word is said twice: a listener writes it down once, so it is asked how likely twice would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Likelihoods = Callable[[Sequence[str]], Sequence[float]]
"""The log-likelihood of each word of a text."""

NO_ECHO = -99.0
APART, TRIED = 4, 2
"""At first every fourth word is doubled at once, judged by its neighbours; then the best two, each alone."""


def echo(words: Sequence[str], likelihoods: Likelihoods) -> float:
    """By how much a text becomes likelier when its best word is doubled, in nats; NO_ECHO without words.

    About -10 when every word was said once, more than -7 when one was said twice.
    """
    once = likelihoods(words)
    spoken = [at for at, word in enumerate(words) if word.strip(".,!?").isalpha()]
    gains: dict[int, float] = {}
    for first in range(APART):
        doubled = [at for at in spoken if at % APART == first]
        if doubled:
            gains |= _gains(words, doubled, once, likelihoods)
    tried = sorted(gains, key=lambda at: -gains[at])[:TRIED]
    alone = (sum(likelihoods(_with_doubled(words, [at]))) - sum(once) for at in tried)
    return round(max(alone, default=NO_ECHO), 2)


def _gains(
    words: Sequence[str], doubled: Sequence[int], once: Sequence[float], likelihoods: Likelihoods
) -> dict[int, float]:
    """Of each doubled word: its second saying, and what changes for its first and for the word that follows."""
    twice, gains = likelihoods(_with_doubled(words, doubled)), {}
    for before, at in enumerate(doubled):
        here = at + before  # each doubling so far moved it by one
        after = twice[here + 2] - once[at + 1] if at + 1 < len(words) else 0.0
        gains[at] = twice[here] - once[at] + twice[here + 1] + after
    return gains


def _with_doubled(words: Sequence[str], doubled: Sequence[int]) -> list[str]:
    return [each for at, word in enumerate(words) for each in [word] * (2 if at in doubled else 1)]
