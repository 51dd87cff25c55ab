"""Languages that a voice may speak: their names, letters, and how much of them is said in a second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """`letters`: first words of their Unicode names; `rate`: letters a second of fluent speech, roughly.

    `captioned`: whether the caption font has its letters and words stand apart in it.
    """

    name: str
    letters: frozenset[str]
    rate: float = 15.0
    captioned: bool = True


def _language(name: str, letters: str = "LATIN", rate: float = 15.0, captioned: bool = True) -> Language:
    return Language(name, frozenset(letters.split()), rate, captioned)


LANGUAGES = {
    "en": _language("English"),
    "es": _language("Spanish"),
    "fr": _language("French"),
    "de": _language("German", rate=14.0),
    "it": _language("Italian"),
    "pt": _language("Portuguese"),
    "pl": _language("Polish", rate=14.0),
    "tr": _language("Turkish", rate=14.0),
    "ru": _language("Russian", "CYRILLIC", 13.0),
    "nl": _language("Dutch"),
    "cs": _language("Czech", rate=13.0),
    "hu": _language("Hungarian", rate=14.0),
    "ar": _language("Arabic", "ARABIC", 10.0, captioned=False),
    "hi": _language("Hindi", "DEVANAGARI", 9.0, captioned=False),
    "zh": _language("Chinese", "CJK", 4.5, captioned=False),
    "ja": _language("Japanese", "CJK IDEOGRAPHIC HIRAGANA KATAKANA KATAKANA-HIRAGANA", 6.0, captioned=False),
    "ko": _language("Korean", "HANGUL", 5.0, captioned=False),
}
"""By ISO 639-1 code, in the order in which they are listed."""


def name_of(language: str) -> str:
    """ "es" → "Spanish"; a language that is not in the table goes by its code."""
    return LANGUAGES[language].name if language in LANGUAGES else f"“{language}”"


def listed(languages: Iterable[str]) -> str:
    """ "English, French and Portuguese"; "English only" for one."""
    names = [name_of(language) for language in languages]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else f"{names[0]} only"


def speaks(languages: tuple[str, ...], language: str) -> bool:
    """Whether an engine of these languages (`EngineSpec.languages`; none: any) does that one."""
    return not languages or language in languages
