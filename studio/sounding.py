"""How far apart two wordings sound: edits of phones, each weighed by how easily an English one is heard wrongly.

The distance is Levenshtein's with costs by kind of phone, after Kondrak's ALINE ("A New Algorithm for the Alignment
of Phonetic Sequences", NAACL 2000) in its simplest form: what listeners and speakers of English mix up is cheap.
Pronunciations are gruut's American or French lexicon, and its guesser's where a word is not in it. French edits are not
weighed: what counts there is whether two wordings are said the same ("installé", "installée").
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path
from typing import Any

from studio.spoken import spoken_text

Phones = tuple[str, ...]

KNOWN = ("en", "fr")
"""Languages whose lexicon is at hand; the spelling of Spanish, Italian and Portuguese tells their sound well enough."""
SAYINGS, WORDS = 12, 6
"""Ways to say a wording that are tried, and words of one that are looked up at most."""
VOICING = tuple(
    map(
        set,
        (("p", "b"), ("t", "d"), ("k", "ɡ"), ("f", "v"), ("s", "z"), ("θ", "ð"), ("ʃ", "ʒ"), ("tʃ", "dʒ")),
    )
)
LAX, VOWELS = frozenset("əɪʊɛʌ"), frozenset("aeiouæɑɒəɛɪɔʊʌ")
WEAK = {"h": 0.3, "ə": 0.5, "ɹ": 0.6}
"""Phones that are swallowed in running speech ("acquired her", "a quieter"); any other costs 1."""
WEAK_FORMS = {"and": "ə n", "our": "ɑ ɹ"}
"""Unstressed ways to say a word that the lexicon lacks."""
_SAME = {
    "ɝ": "ə ɹ", "ɚ": "ə ɹ", "ɐ": "ə", "ɾ": "d", "r": "ɹ", "g": "ɡ", "ɔ": "ɑ", "l̩": "ə l", "n̩": "ə n",
    "m̩": "ə m",
}  # fmt: skip


def apart(approved: Sequence[str], heard: Sequence[str], language: str = "en") -> float:
    """Weighed edits between the nearest sayings of both, 0..1 a phone of the longer; 1.0 where one has no sound.

    `language` is one of KNOWN.
    """
    ours, theirs = _sayings(tuple(approved), language), _sayings(tuple(heard), language)
    return min((_distance(a, b) for a in ours for b in theirs), default=1.0)


@lru_cache(512)
def _sayings(words: tuple[str, ...], language: str) -> tuple[Phones, ...]:
    said = spoken_text(" ".join(words), language).split()
    if not said or len(said) > WORDS:
        return ()
    known = _pronounced(tuple(said), language)
    return tuple(
        tuple(phone for phones in each for phone in phones)
        for each in islice(product(*(known[word] for word in said)), SAYINGS)
    )


@lru_cache(512)
def _pronounced(words: tuple[str, ...], language: str) -> dict[str, list[Phones]]:
    """Each word's pronunciations. The lexicon has no index: one look through it (15 ms) finds all words."""
    folder = _folder(language)
    asked = {word: _letter(word) or word.lower().removesuffix("'s") for word in words}
    query = f"SELECT word, phonemes FROM word_phonemes WHERE word IN ({','.join('?' * len(asked))})"
    found: dict[str, list[Phones]] = {word: [] for word in asked.values()}
    with closing(sqlite3.connect(f"file:{folder / 'lexicon.db'}?mode=ro", uri=True)) as lexicon:
        for word, phones in lexicon.execute(query + " ORDER BY pron_order", list(asked.values())):
            found[word].append(_plain(phones.split(), language))
    for word, phones in found.items():
        phones[:] = dict.fromkeys(phones) or [_plain(_guesser(language)(word), language)]
    weak = {
        word: [tuple(WEAK_FORMS[word].split())] for word in WEAK_FORMS if word in asked and language == "en"
    }
    return {word: found[key] + weak.get(word, []) for word, key in asked.items()}


def _letter(word: str) -> str:
    return {"A": "ay"}.get(word, "") if word.isupper() else ""


def _plain(phones: Sequence[str], language: str) -> Phones:
    """Without stress and length, and without what American speakers do not all tell apart ("prince", "prints")."""
    bare = (re.sub("[ˈˌː͡]", "", phone) for phone in phones)
    if language != "en":
        return tuple(bare)
    plain = " ".join(_SAME.get(phone, phone) for phone in bare)
    return tuple(plain.replace("n t s", "n s").split())


@cache
def _guesser(language: str) -> Any:
    from gruut.g2p import GraphemesToPhonemes  # half a second of CPU, once, where a word is in no lexicon

    return GraphemesToPhonemes(_folder(language) / "g2p" / "model.crf")


@cache
def _folder(language: str) -> Path:
    found = find_spec(f"gruut_lang_{language}")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def _distance(ours: Phones, theirs: Phones) -> float:
    row = [0.0]
    for phone in theirs:
        row.append(row[-1] + _lost(phone))
    for one in ours:
        last, row = row, [row[0] + _lost(one)]
        for at, phone in enumerate(theirs):
            steps = last[at] + _taken(one, phone), last[at + 1] + _lost(one), row[at] + _lost(phone)
            row.append(min(steps))
    return row[-1] / max(1, len(ours), len(theirs))


def _lost(phone: str) -> float:
    return WEAK.get(phone, 1.0)


@cache
def _taken(phone: str, other: str) -> float:
    """What it costs to hear one phone as the other: nothing where they are one."""
    if phone == other:
        return 0.0
    if {phone, other} in VOICING:
        return 0.3
    if {phone, other} <= LAX:
        return 0.2
    return 0.7 if phone[0] in VOWELS and other[0] in VOWELS else 1.0
