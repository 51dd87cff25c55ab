"""Which language a text is in, and whether a voice can say it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from studio.errors import LanguageUnsupported, TextUnspeakable
from studio.languages import LANGUAGES, listed, name_of
from studio.marks import plain

_WORD = re.compile(r"[^\W\d_]+")
_TOLERATED = frozenset(("LATIN", "GREEK", "MICRO", "FEMININE", "MASCULINE", "MODIFIER"))
_OWN_LETTERS = {"ARABIC": "ar", "CYRILLIC": "ru", "DEVANAGARI": "hi", "HANGUL": "ko", "CJK": "zh"}
_COMMON = {
    "en": "the and of to a in is that it for we our you with on are this was as have be at by not or i my",
    "fr": "le la les de et à un des une est nous vous pour dans que qui sur avec pas ce cette notre au du je d l",
    "de": "der die das und ist nicht wir ein eine mit für auf zu von den dem sich auch ich sind im in es haben",
    "es": "el la en de los las una es y a para que con por nuestro del se lo como más está pero nosotros hemos",
    "it": "il lo di la un gli una è e a per che con nostro della del non sono questo noi come più abbiamo siamo",
    "pt": "o a os de em um as uma é e para que com por nosso da do na no não como mais nós estamos você eu",
    "nl": "de het een en is van voor met niet wij we ons dat die op zijn ik ook naar maar hebben te zoeken",
    "tr": "ve bir bu için ile çok biz ama daha gibi olarak ne var yok olan değil her şey ben",
    "pl": "i w na z że się nie jest to dla jak do nasz nasza są co od przez po tym jesteśmy",
    "cs": "a v na je že se s pro z to jsou jsme jako ale náš naše k o co do když nebo jsem",
    "hu": "a az és hogy nem egy is mi van ez meg csak de vagy már mint nagyon minden vagyunk ezt",
}
_STOPWORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def reads_like(text: str) -> str:
    """The language of a text by its letters, else by its most frequent words; "" when neither tells."""
    words = [word.lower() for word in _WORD.findall(text)]
    letters = Counter(_letters_of(letter) for word in words for letter in word if letter.isalpha())
    most = max(letters, key=lambda name: letters[name], default="")
    if most in ("HIRAGANA", "KATAKANA") or (most == "CJK" and letters["HIRAGANA"]):
        return "ja"
    return _OWN_LETTERS.get(most) or _by_frequent_words(words)


def speakable(text: str, languages: Sequence[str] = ("en",)) -> None:
    """Pass if a voice of these languages can say `text`; emoji and addresses are tolerated, they stay silent.

    Raises TextUnspeakable when there is nothing to say and LanguageUnsupported when the text reads like another
    language, or has words in letters of none of these.
    """
    text = plain(text)
    if not any(character.isalnum() for character in text):
        raise TextUnspeakable
    written_in(text, languages)
    if (found := reads_like(text)) and found not in languages:
        raise LanguageUnsupported(
            f"The chosen voice speaks {listed(languages)}, and this reads like {name_of(found)}."
        )


def written_in(text: str, languages: Sequence[str]) -> None:
    """Raises LanguageUnsupported for a word in letters of none of these languages."""
    known = _TOLERATED.union(*(LANGUAGES[each].letters for each in languages if each in LANGUAGES))
    for word in _WORD.findall(text):
        if not all(_letters_of(letter) in known for letter in word if letter.isalpha()):
            raise LanguageUnsupported(
                f"The chosen voice speaks {listed(languages)}; it cannot say “{word[:40]}”."
            )


def has_letters_of(text: str, language: str) -> bool:
    """Whether any letter is one of that language."""
    return any(letter.isalpha() and _letters_of(letter) in LANGUAGES[language].letters for letter in text)


def _letters_of(letter: str) -> str:
    """ "LATIN", "CYRILLIC"…: the first word of its Unicode name."""
    compatible = unicodedata.normalize("NFKC", letter)[:1]
    return unicodedata.name(compatible, "").split(" ", 1)[0]


def _by_frequent_words(words: Sequence[str]) -> str:
    """The language whose frequent words are there; another than English must clearly outnumber it."""
    counts = {language: sum(word in common for word in words) for language, common in _STOPWORDS.items()}
    english = counts.pop("en")
    best = max(counts, key=lambda language: counts[language])
    if counts[best] >= 3 and counts[best] > 2 * english:
        return best
    return "en" if english > counts[best] else ""
