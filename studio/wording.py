"""What was heard against what was approved: word error rate, repeats, and words behind the script's end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from studio.spoken import spoken_text


@dataclass(frozen=True, slots=True)
class Wording:
    """`rate` is errors per approved word (0..); words are normalised, in the order they were heard."""

    rate: float
    errors: int
    words: int
    repeated: tuple[str, ...]
    tail: tuple[str, ...]
    missing: tuple[str, ...]


def normalised(text: str) -> list[str]:
    """Words in one canonical spelling: "$2.5M" and "two point five million dollars" agree.

    Everything is first written as it is said, then goes through Whisper's English normaliser.
    """
    words: str = _normaliser()(spoken_text(text).replace("'s ", "s ").lower())
    return words.split()


@cache
def _normaliser() -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    made: Callable[[str], str] = EnglishTextNormalizer()  # compiles its spellings each time it is made
    return made


def word_error_rate(approved: str, heard: str) -> Wording:
    """Compare by the fewest edits (Levenshtein on words); a compound written apart is no error."""
    import jiwer

    wanted, got = normalised(approved), normalised(heard)
    if not wanted or not got:
        errors = max(len(wanted), len(got))
        return Wording(float(errors > 0), errors, len(wanted), (), tuple(got), tuple(wanted))
    compared = jiwer.process_words(" ".join(wanted), " ".join(got))
    errors, repeated, tail, missing = 0, list[str](), list[str](), list[str]()
    for start, end, first, last in _differences(compared.alignments[0]):
        asked, said = wanted[start:end], got[first:last]
        if "".join(asked) == "".join(said):
            continue
        errors += max(len(asked), len(said))
        if not asked:
            around = wanted[max(0, start - len(said)) : start + len(said)]
            repeated += [word for word in said if word in around]
        if start == len(wanted):
            tail += said
        missing += asked[len(said) :]
    return Wording(errors / len(wanted), errors, len(wanted), tuple(repeated), tuple(tail), tuple(missing))


def _differences(chunks: Sequence[object]) -> list[tuple[int, int, int, int]]:
    """Neighbouring edits as one: (start, end) in the approved words, (start, end) in those heard."""
    found: list[tuple[int, int, int, int]] = []
    for chunk in chunks:
        kind, a, b, c, d = (
            getattr(chunk, name)
            for name in ("type", "ref_start_idx", "ref_end_idx", "hyp_start_idx", "hyp_end_idx")
        )
        if kind == "equal":
            continue
        if found and found[-1][1] == a and found[-1][3] == c:
            found[-1] = (found[-1][0], b, found[-1][2], d)
        else:
            found.append((a, b, c, d))
    return found
