"""Whether an English voice can say a text."""

from __future__ import annotations

import re
import unicodedata

from studio.errors import LanguageUnsupported, TextUnspeakable
from studio.marks import plain

_WORD = re.compile(r"[^\W\d_]+")
_SPOKEN_SCRIPTS = ("LATIN", "GREEK", "MICRO", "FEMININE", "MASCULINE", "MODIFIER")
_COMMON = {
    "en": "the and of to a in is that it for we our you with on are this was as have be at by not or i my",
    "fr": "le la les des une est nous vous et pour dans que qui sur avec pas ce cette notre au du je",
    "de": "der die das und ist nicht wir ein eine mit für auf zu von den dem sich auch ich sind",
    "es": "el los las una es y para que con por nuestro del se lo como más está pero nosotros estamos",
    "it": "il lo gli una è e per che con di nostro della non sono questo noi come più abbiamo siamo",
    "pt": "o os as uma é e para que com por nosso da do não como mais nós estamos você em",
    "nl": "de het een en is van voor met niet wij ons dat die op zijn ik we ook naar maar",
    "tr": "ve bir bu için ile çok biz ama daha gibi olarak ne var yok olan değil her şey",
}
_STOPWORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def speakable(text: str, language: str = "en") -> None:
    """Pass if a voice of `language` can say `text`; emoji and addresses are tolerated, they stay silent.

    Raises TextUnspeakable when there is nothing to say and LanguageUnsupported when words are in another
    script, or in another language by its most frequent words. Voices other than English are not judged.
    """
    text = plain(text)
    if not any(character.isalnum() for character in text):
        raise TextUnspeakable
    if language != "en":
        return
    words = _WORD.findall(text)
    for word in words:
        if not all(_pronounceable(letter) for letter in word if letter.isalpha()):
            raise LanguageUnsupported(f"The chosen voice speaks English only; it cannot say “{word[:40]}”.")
    if foreign := _other_language([word.lower() for word in words]):
        raise LanguageUnsupported(f"The chosen voice speaks English only, and this reads like “{foreign}”.")


def _pronounceable(character: str) -> bool:
    compatible = unicodedata.normalize("NFKC", character)[:1]
    return unicodedata.name(compatible, "").split(" ", 1)[0] in _SPOKEN_SCRIPTS


def _other_language(words: list[str]) -> str:
    """The language whose frequent words clearly outnumber the English ones, or ""."""
    counts = {language: sum(word in common for word in words) for language, common in _STOPWORDS.items()}
    english = counts.pop("en")
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= 3 and counts[best] > 2 * english else ""
