"""Marks of delivery in a line: "[pause 0.5]" and "*emphasis*". They are heard, never said and never shown as words."""

from __future__ import annotations

import re
from dataclasses import dataclass

PAUSE = re.compile(
    r"\[\s*pause(?:\s+(?:of\s+)?(\d+(?:\.\d+)?|\.\d+)\s*(?:s|sec|seconds?)?)?\s*\]", re.IGNORECASE
)
EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,80}?)(?<=\S)\*(?![\w*])")
USUAL_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Marked:
    """`text` without marks; `pauses` index of the token a pause stands before → seconds; `stressed` tokens.

    A pause at the end stands before the index behind the last token.
    """

    text: str
    pauses: dict[int, float]
    stressed: frozenset[int]


def read_marks(line: str) -> Marked:
    """Take the marks out of a line; a pause lasts at most 5 s, and 0.5 s when no length is given."""
    pauses: dict[int, float] = {}
    stressed: set[int] = set()
    words: list[str] = []
    for at, part in enumerate(PAUSE.split(line)):
        if at % 2:
            seconds = min(LONGEST_PAUSE_S, float(part)) if part else USUAL_PAUSE_S
            pauses[len(words)] = min(LONGEST_PAUSE_S, pauses.get(len(words), 0.0) + seconds)
            continue
        first = len(words)
        tokens, marked = _stressed(part)
        stressed |= {first + each for each in marked}
        if tokens and words and not any(char.isalnum() for char in tokens[0]):
            words[-1] += tokens.pop(0)  # "now [pause], then": the stop belongs to its word
            stressed = {each - 1 if each > first else each for each in stressed}
        words += tokens
    return Marked(" ".join(words), pauses, frozenset(stressed))


def plain(line: str) -> str:
    """The line's words, without marks."""
    return read_marks(line).text if "[" in line or "*" in line else line


def _stressed(part: str) -> tuple[list[str], set[int]]:
    """Tokens of a text, and which of them stand between stars."""
    tokens: list[str] = []
    marked: set[int] = set()
    open_, close = "\ue000", "\ue001"
    inside = False
    for token in EMPHASIS.sub(rf"{open_}\1{close}", part).split():
        inside = inside or open_ in token
        bare = token.replace(open_, "").replace(close, "")
        if bare:
            if inside:
                marked.add(len(tokens))
            tokens.append(bare)
        inside = inside and close not in token
    return tokens, marked
