"""What was heard against what was approved: word error rate, repeats, and words behind the script's end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache, partial

from studio.errors import LanguageUnsupported
from studio.foreign import SPACELESS, written_out
from studio.letters import unaccented
from studio.spoken import spoken, spoken_text


@dataclass(frozen=True, slots=True)
class Wording:
    """`rate` is errors per approved word (0..); words are normalised, in the order they were heard."""

    rate: float
    errors: int
    words: int
    repeated: tuple[str, ...]
    tail: tuple[str, ...]
    missing: tuple[str, ...]


@lru_cache(1024)
def _words(text: str, language: str) -> tuple[str, ...]:
    if language != "en":
        return tuple(_plainly(language)(_written(text, language)).split())
    words: str = _normaliser()(spoken_text(text).replace("'s ", "s ").lower())
    return tuple(words.split())


def normalised(text: str, language: str = "en") -> list[str]:
    """Words in one canonical spelling: "$2.5M" and "two point five million dollars" agree.

    Everything is first written as it is said, then goes through Whisper's normaliser: the English one, or the
    basic one, which knows no spellings and takes Chinese and Japanese by characters.
    """
    return list(_words(text, language))  # a line is compared a dozen times on its way


def _written(text: str, language: str) -> str:
    """With figures in words, where they can be said; a listener may have written what nobody could."""
    try:
        return written_out(text, language).lower()
    except LanguageUnsupported:
        return text.lower()


@cache
def _plainly(language: str) -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer

    made: Callable[[str], str] = BasicTextNormalizer(split_letters=language in SPACELESS)
    return made


@cache
def _normaliser() -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    made: Callable[[str], str] = EnglishTextNormalizer()  # compiles its spellings each time it is made
    return made


def word_error_rate(approved: str, heard: str, language: str = "en") -> Wording:
    """Compare by the fewest edits (Levenshtein on words); a compound written apart is no error."""
    return _compared(approved, heard, language, _spelt_alike)


def wording_heard(approved: str, heard: str, language: str = "en") -> Wording:
    """The same for judging a voice: in English and French, other letters for the same sound are no error either."""
    return _compared(approved, heard, language, partial(_sounds_alike, language=language))


def _spelt_alike(asked: Sequence[str], said: Sequence[str]) -> bool:
    return "".join(asked) == "".join(said)


def _parted_alike(asked: Sequence[str], said: Sequence[str]) -> bool:
    """Whether only the gaps moved, and accents with them: "éramos tres" and "era mostrés"; not "paso" and "pasó"."""
    ours, theirs = ([unaccented(word) for word in words] for words in (asked, said))
    return ours != theirs and "".join(ours) == "".join(theirs)


def _sounds_alike(asked: Sequence[str], said: Sequence[str], language: str) -> bool:
    """Whether a listener may have heard one for the other; numbers, negations and all French must sound the same."""
    if _spelt_alike(asked, said):
        return True
    from studio.sounding import KNOWN, apart

    if not asked or not said:
        return False
    if language not in KNOWN:
        return _parted_alike(asked, said)
    if language != "en":
        return apart(asked, said, language) == 0.0
    weighty = [sorted(word for word in words if _weighty(word)) for words in (asked, said)]
    return apart(asked, said) <= (NEAR if weighty[0] == weighty[1] else 0.0)


def _weighty(word: str) -> bool:
    return word in NEGATIONS or any(map(str.isdigit, word))


def _compared(
    approved: str, heard: str, language: str, alike: Callable[[Sequence[str], Sequence[str]], bool]
) -> Wording:
    import jiwer

    wanted, got = normalised(approved, language), normalised(heard, language)
    if not wanted or not got:
        errors = max(len(wanted), len(got))
        return Wording(float(errors > 0), errors, len(wanted), (), tuple(got), tuple(wanted))
    compared = jiwer.process_words(" ".join(wanted), " ".join(got))
    errors, repeated, tail, missing = 0, list[str](), list[str](), list[str]()
    for start, end, first, last in _differences(compared.alignments[0]):
        asked, said = wanted[start:end], got[first:last]
        if alike(asked, said):
            continue
        errors += max(len(asked), len(said))
        if not asked:
            around = wanted[max(0, start - len(said)) : start + len(said)]
            repeated += [word for word in said if word in around]
        if start == len(wanted):
            tail += said
        missing += asked[len(said) :]
    return Wording(errors / len(wanted), errors, len(wanted), tuple(repeated), tuple(tail), tuple(missing))


NEAR = 0.13
"""Weighed edits a phone up to which two wordings count as one sound (studio/sounding.py)."""
NEGATIONS = frozenset("no not never none nor neither nothing nobody nowhere without".split())


@dataclass(frozen=True, slots=True)
class Doubt:
    """A difference in written tokens: of what was heard, `first` to `last` should be `words` of the script."""

    first: int
    last: int
    words: tuple[str, ...]
    language: str = "en"

    def undone(self, heard: Sequence[str]) -> list[str]:
        """What would have been heard without the difference."""
        return [*heard[: self.first], *self.words, *heard[self.last :]]

    def sounds_alike(self, heard: Sequence[str]) -> bool:
        """Whether one may have been heard for the other; capitals may be a word ("SAS" for "SaaS")."""
        ours = normalised(" ".join(self.words), self.language)
        theirs = " ".join(heard[self.first : self.last])
        said = (normalised(text, self.language) for text in (theirs, theirs.lower()))
        return any(_sounds_alike(ours, words, self.language) for words in said)


def doubts(expected: str, heard: str, language: str = "en") -> list[Doubt]:
    """Where the two texts differ as they are said, widened to whole written tokens of both, in order."""
    wanted, got = _said(expected, language), _said(heard, language)
    matcher = SequenceMatcher(None, [word for word, _ in wanted], [word for word, _ in got], autojunk=False)
    codes = matcher.get_opcodes()
    twin = {c + at: a + at for kind, a, b, c, _ in codes if kind == "equal" for at in range(b - a)}
    found: list[tuple[int, int, int, int]] = []
    for kind, *span in codes:
        if kind != "equal":
            a, b, c, d = _whole(wanted, got, twin, *span)
            if found and (a < found[-1][1] or c < found[-1][3]):
                a, c = min(a, found[-1][0]), min(c, found[-1][2])
                found.pop()
            found.append((a, b, c, d))
    ours, ends = expected.split(), len(heard.split())
    return [
        Doubt(*_tokens(got, c, d, ends), tuple(ours[slice(*_tokens(wanted, a, b, len(ours)))]), language)
        for a, b, c, d in found
    ]


def _said(text: str, language: str) -> list[tuple[str, int]]:
    """Spoken words in small letters, each with the index of its written token."""
    try:
        tokens = [token.words for token in spoken(text, None, language)]
    except LanguageUnsupported:  # a listener may have written what nobody could say
        tokens = [(token,) for token in text.split()]
    if language == "en":
        return [(word.lower().removesuffix("'s"), at) for at, words in enumerate(tokens) for word in words]
    plain = _plainly(language)
    return [(word, at) for at, words in enumerate(tokens) for word in plain(" ".join(words)).split()]


def _whole(
    wanted: Sequence[tuple[str, int]], got: Sequence[tuple[str, int]], twin: dict[int, int], *span: int
) -> tuple[int, int, int, int]:
    """A difference of spoken words, widened until it cuts no written token of either text apart."""
    a, b, c, d = span
    back = {ours: theirs for theirs, ours in twin.items()}
    while True:
        c2, d2 = _edges(got, c, d)
        a2, b2 = _edges(wanted, a, b)
        pairs = [twin[at] for at in range(c2, d2) if at in twin]
        theirs = [back[at] for at in range(a2, b2) if at in back]
        grown = (min([a2, *pairs]), max([b2, *(at + 1 for at in pairs)]))
        heard = (min([c2, *theirs]), max([d2, *(at + 1 for at in theirs)]))
        if (*grown, *heard) == (a, b, c, d):
            return a, b, c, d
        (a, b), (c, d) = grown, heard


def _edges(words: Sequence[tuple[str, int]], first: int, last: int) -> tuple[int, int]:
    while 0 < first < len(words) and words[first - 1][1] == words[first][1] and first != last:
        first -= 1
    while 0 < last < len(words) and words[last - 1][1] == words[last][1]:
        last += 1
        first = min(first, last - 1)
        while first and words[first - 1][1] == words[first][1]:
            first -= 1
    return first, last


def _tokens(words: Sequence[tuple[str, int]], first: int, last: int, count: int) -> tuple[int, int]:
    """The written tokens that hold the spoken words first..last; an empty range stays where it is."""
    if first < last:
        return words[first][1], words[last - 1][1] + 1
    at = words[first][1] if first < len(words) else count
    return at, at


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
