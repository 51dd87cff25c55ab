"""How long a text takes to say, judged from its syllables before any voice has spoken it.

The rates are fitted to Kokoro (af_heart) on 12 renders: neutral, warm and authoritative came out within 7 %;
those of soft and storytelling were then set by two lines each.
"""

from __future__ import annotations

import re

from studio.domain import Line, Look, Script, Tone
from studio.languages import LANGUAGES
from studio.marks import read_marks

SYLLABLES_PER_SECOND = 4.6
SENTENCE_PAUSE, COMMA_PAUSE = 0.42, 0.16
TONE_RATE = {
    Tone.NEUTRAL: 1.0,
    Tone.WARM: 0.97,
    Tone.AUTHORITATIVE: 0.98,
    Tone.SOFT: 0.76,
    Tone.STORYTELLING: 0.9,
}
_NUMERALS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen - - twenty thirty forty fifty sixty seventy eighty ninety
"""
_ONES, _TENS = _NUMERALS.split()[:20], _NUMERALS.split()[20:]
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_SUFFIX = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "x": "times"}
_SIGNS = {"$": "dollars", "€": "euros", "£": "pounds", "%": "percent", "&": "and", "+": "plus", "@": "at"}
_NUMBER = re.compile(r"(\d+(?:,\d{3})*)((?:\.\d+)?)(k|m|bn|b|x)?(?![a-z])", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouy]+")


def seconds_of(text: str, tone: Tone = Tone.NEUTRAL, pace: float = 1.0, language: str = "en") -> float:
    """Estimated seconds of speech and of pauses asked for; numbers, money and initials count as they are spoken.

    In other languages than English only roughly, by letters.
    """
    marked = read_marks(text)
    text = marked.text
    sentences = len(re.findall(r"[.!?…؟।]+(?=\s|$|[\"”'’)])|[。！？]", text.strip()))
    commas = len(re.findall(r"[,;:—–،](?=\s|$)|[，、]", text))
    pauses = sentences * SENTENCE_PAUSE + commas * COMMA_PAUSE
    spoken_s = _fluent_s(text, language) / TONE_RATE[tone]
    return (spoken_s + pauses) / pace + sum(marked.pauses.values())


def _fluent_s(text: str, language: str) -> float:
    if language == "en":
        return sum(_syllables(word) for word in spoken_words(text)) / SYLLABLES_PER_SECOND
    written = re.sub(r"\d", " five ", text)  # a figure takes about as long as a short word
    return sum(map(str.isalpha, written)) / LANGUAGES[language].rate


def line_seconds(line: Line, look: Look) -> float:
    """Estimated seconds of one line at the pace and in the language of its look."""
    return seconds_of(line.text, line.tone, look.pace, look.language)


def script_seconds(script: Script) -> float:
    """Estimated seconds of the whole script at its look's pace."""
    return sum(line_seconds(line, script.look) for line in script.lines)


def spoken_words(text: str) -> list[str]:
    """Lower-case words as a voice says them: "$4M" → four million dollars, "AI" → a i."""
    return [word for token in text.split() for word in _spoken(token)]


def _spoken(token: str) -> list[str]:
    bare = token.strip(".,;:!?…\"'“”‘’()[]")
    if re.fullmatch(r"[A-Z]{2,4}s?", bare):
        return list(bare.lower().rstrip("s"))
    signs = [name for sign, name in _SIGNS.items() if sign in token]
    words = _NUMBER.sub(lambda found: f" {_number(found)} ", bare)
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", words.lower()) + signs


def _number(found: re.Match[str]) -> str:
    whole, fraction, suffix = found.groups()
    value = int(whole.replace(",", "")[:12])
    year = len(whole) == 4 and not fraction and not suffix and 1100 <= value < 2100 and value % 1000 >= 10
    words = f"{cardinal(value // 100)} {cardinal(value % 100)}" if year else cardinal(value)
    if fraction:
        words += " point " + " ".join(_ONES[int(digit)] for digit in fraction[1:])
    return f"{words} {_SUFFIX.get((suffix or '').lower(), '')}"


def cardinal(value: int) -> str:
    """A whole number from 0 up, in English words."""
    for scale, name in _SCALES:
        if value >= scale:
            rest = value % scale
            return f"{cardinal(value // scale)} {name}" + (f" {cardinal(rest)}" if rest else "")
    if value < 20:
        return _ONES[value]
    return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")


def _syllables(word: str) -> int:
    """Vowel groups, without a silent final e: right within a tenth on running text."""
    groups = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith("le") and groups > 1:
        groups -= 1
    if re.search(r"[^td]ed$", word) and groups > 1:
        groups -= 1
    return max(1, groups)
