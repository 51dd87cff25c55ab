"""Spoken words to the phones that Kokoro was trained on: IPA, one symbol a phone, diphthongs A I W Y O.

The lexicon, the part-of-speech tagger (for "read", "use", "lead" …) and the guesser for unknown words are
gruut's. Weak forms follow the way Kokoro's own training text was written (misaki).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from studio.spoken import Spoken

VOWELS = "AIOWYaeiouæɑɐɒəɚɛɜɪɔʊʌᵊᵻ"
_TO_KOKORO = (
    ("t͡ʃ", "ʧ"), ("d͡ʒ", "ʤ"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("aʊ", "W"),
    ("ɔɪ", "Y"), ("oʊ", "O"), ("əʊ", "O"), ("ˈɚ", "ˈɜɹ"), ("ˌɚ", "ˌɜɹ"), ("ɝ", "ɜɹ"), ("ɚ", "əɹ"),
    ("r", "ɹ"), ("g", "ɡ"), ("l̩", "əl"), ("n̩", "ən"), ("m̩", "əm"), ("͡", ""), ("'", "ˈ"), (".", ""),
    ("ː", ""),
)  # fmt: skip
_LETTERS = {
    "A": "ˈA", "B": "bˈi", "C": "sˈi", "D": "dˈi", "E": "ˈi", "F": "ˈɛf", "G": "ʤˈi", "H": "ˈAʧ", "I": "ˈI",
    "J": "ʤˈA", "K": "kˈA", "L": "ˈɛl", "M": "ˈɛm", "N": "ˈɛn", "O": "ˈO", "P": "pˈi", "Q": "kjˈu",
    "R": "ˈɑɹ", "S": "ˈɛs", "T": "tˈi", "U": "jˈu", "V": "vˈi", "W": "dˈʌbᵊlju", "X": "ˈɛks", "Y": "wˈI",
    "Z": "zˈi",
}  # fmt: skip
_FIXED = {
    "a": "ɐ", "an": "ɐn", "the": "ðə", "and": "ænd", "of": "ʌv", "to": "tə", "for": "fɔɹ", "in": "ɪn",
    "on": "ˌɔn", "at": "æt", "as": "æz", "is": "ɪz", "it": "ɪt", "or": "ɔɹ", "i": "ˌI", "you": "ju",
    "we": "wˌi", "he": "hˌi", "she": "ʃˌi", "they": "ðˌA", "that": "ðæt", "our": "ˌWəɹ", "your": "jʊɹ",
    "my": "mI", "are": "ɑɹ", "was": "wʌz", "were": "wɜɹ", "be": "bi", "been": "bɪn", "with": "wɪð",
    "from": "fɹʌm", "by": "bI", "can": "kæn", "will": "wɪl", "have": "hæv", "has": "hæz", "had": "hæd",
    "but": "bʌt", "if": "ɪf", "its": "ɪts", "their": "ðɛɹ", "his": "hɪz", "her": "hɜɹ", "them": "ðɛm",
    "us": "ˌʌs", "me": "mˌi", "would": "wʊd", "i'm": "ˌIm", "we're": "wɪɹ", "it's": "ɪts", "sass": "sˈæs",
    "ceo": "sˌiˌiˈO", "startup": "stˈɑɹtˌʌp", "startups": "stˈɑɹtˌʌps", "onboarding": "ˈɔnbˌɔɹdɪŋ",
    "runway": "ɹˈʌnwˌA", "kubernetes": "kˌubəɹnˈɛtiz", "fie": "fˈI",
}  # fmt: skip
_LIVE_AFTER = {
    "go", "goes", "going", "went", "gone", "is", "are", "we're", "it's", "they're", "now", "was", "were",
    "be", "a", "the", "our", "you're", "i'm", "not", "officially", "finally",
}  # fmt: skip
_VERB_AFTER = {
    "we",
    "you",
    "they",
    "i",
    "to",
    "will",
    "can",
    "they'll",
    "we'll",
    "i'll",
    "and",
    "must",
    "should",
}
_SYLLABLE = {
    "eigh": "A", "igh": "I", "eye": "I", "air": "ɛɹ", "ear": "ɪɹ", "ay": "A", "ai": "A",
    "ey": "A", "ie": "I", "ee": "i", "ea": "i", "oo": "u", "ew": "u", "oh": "O", "oa": "O", "ow": "W",
    "ou": "W", "oy": "Y", "oi": "Y", "aw": "ɔ", "au": "ɔ", "ah": "ɑ", "aa": "ɑ", "uh": "ʌ", "eh": "ɛ",
    "ih": "ɪ", "ar": "ɑɹ", "er": "ɜɹ", "ur": "ɜɹ", "ir": "ɪɹ", "or": "ɔɹ", "ch": "ʧ", "sh": "ʃ", "th": "θ",
    "dh": "ð", "zh": "ʒ", "ng": "ŋ", "ck": "k", "kh": "k", "ph": "f", "gh": "ɡ", "qu": "kw", "a": "æ",
    "e": "ɛ", "i": "ɪ", "o": "ɑ", "u": "ʌ", "y": "j", "c": "k", "q": "k", "x": "ks", "j": "ʤ", "g": "ɡ",
    "r": "ɹ",
}  # fmt: skip
_OPEN = {"a": "ɑ", "e": "A", "i": "i", "o": "O", "u": "u", "y": "i"}


def kokoro_phones(ipa: str) -> str:
    """IPA as gruut or a person writes it, in Kokoro's symbols, stress marks kept."""
    for old, new in _TO_KOKORO:
        ipa = ipa.replace(old, new)
    return ipa


def respelled(said: str) -> str:
    """ "ka-DAR" (syllables by hyphens, the stressed one in capitals) or "/kəˈdɑɹ/" as Kokoro's phones."""
    if said.startswith("/"):
        return kokoro_phones(said.strip("/"))
    syllables = said.split("-")
    lone = len(syllables) == 1
    return "".join(_syllable(syllable, lone or syllable.isupper()) for syllable in syllables)


def _syllable(written: str, stressed: bool) -> str:
    text, phones = written.lower(), ""
    while text:
        size = next((size for size in (4, 3, 2, 1) if text[:size] in _SYLLABLE), 0)
        piece, text = text[: size or 1], text[size or 1 :]
        open_end = piece in _OPEN and not text and not (piece == "y" and not phones)
        sound = _OPEN[piece] if open_end else _SYLLABLE.get(piece, piece)
        if not stressed:
            sound = {"ʌ": "ə", "ɜɹ": "əɹ"}.get(sound, "ə" if open_end and piece == "a" else sound)
        if sound[0] in VOWELS and not any(vowel in phones for vowel in VOWELS):
            sound = ("ˈ" if stressed else "") + sound
        phones += sound
    return phones


class Phonemizer:
    """gruut's American English with Kokoro's weak forms; building it takes about 3 s of CPU."""

    def __init__(self) -> None:
        from gruut import sentences

        self._sentences: Any = sentences
        self._lookup(["ready"])

    def phones(self, tokens: Sequence[Spoken]) -> list[str]:
        """Kokoro's phones of each token, its words parted by spaces; "" where nothing is said."""
        words = [word for token in tokens for word in token.words]
        stops = [
            token.stop if at + 1 == len(token.words) else ""
            for token in tokens
            for at in range(len(token.words))
        ]
        found = self._read(words, stops)
        out, at = [], 0
        for token in tokens:
            out.append(" ".join(filter(None, found[at : at + len(token.words)])))
            at += len(token.words)
        return out

    def _read(self, words: list[str], stops: list[str]) -> list[str]:
        plain = [word if word[:1].islower() else "thing" for word in words]
        looked_up = self._lookup(
            [word + (stop if stop in set(",.?!") else "") for word, stop in zip(plain, stops, strict=True)]
        )
        if len(looked_up) != len(words):
            looked_up = ["".join(self._lookup([word])) for word in plain]
        found = []
        for at, word in enumerate(words):
            after = words[at + 1] if at + 1 < len(words) and not stops[at] else ""
            found.append(self._one(word, looked_up[at], words[at - 1] if at else "", after))
        return [
            _before_vowel(word, phones, found[at + 1 : at + 2])
            for at, (word, phones) in enumerate(zip(words, found, strict=True))
        ]

    def _one(self, word: str, looked_up: str, before: str, after: str) -> str:
        if word.startswith("="):
            stem, tail = (word[1:-2], "z") if word.endswith("'s") else (word[1:], "")
            return respelled(stem) + tail
        if word[:1].isupper():
            return _LETTERS[word[0]] + ("z" if word.endswith("'s") else "")
        if word == "live" and before in _LIVE_AFTER:
            return "lˈIv"
        if word == "close" and before in _VERB_AFTER:
            return "klˈOz"
        if word in _FIXED and (after or word not in {"to", "for", "of", "the", "a"}):
            return _FIXED[word]
        return kokoro_phones(looked_up)

    def _lookup(self, words: Sequence[str]) -> list[str]:
        return [
            "".join(word.phonemes)
            for sentence in self._sentences(" ".join(words), lang="en-us")
            for word in sentence
            if word.phonemes and not (word.is_major_break or word.is_minor_break)
        ]


def _before_vowel(word: str, phones: str, following: list[str]) -> str:
    vowel = bool(following) and following[0].lstrip("ˈˌ")[:1] in VOWELS and following[0] != ""
    if vowel and word in ("the", "to"):
        return {"the": "ði", "to": "tʊ"}[word]
    return phones


def split_phones(phones: str) -> list[str]:
    """Phones of a token one by one, without stress marks and spaces."""
    return re.findall(r"[^\sˈˌ]", phones)
