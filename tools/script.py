"""Scripts as text: splitting a finished text into lines, building lines, and their limits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence

from studio.domain import Framing, Line, Script, Tone
from studio.errors import EditInvalid, ScriptTooLong
from studio.marks import plain
from studio.spoken import spoken
from tools.language import speakable
from tools.speech import script_seconds

MAX_LINE = 300
MAX_LINES = 60
MAX_SECONDS = 600.0
MAX_WORDS = 22
SHORT = 5
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Za-z]|mr|mrs|ms|dr|prof|st|vs|etc|inc|ltd|co|corp|no|approx|fig|e\.g|i\.e|"
    r"[A-Z](?:\.[A-Z])+)\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…؟।]+[\"”'’)\]»]*\s+(?=\S)(?![a-zß-öø-ÿа-яё_])|[。！？]+[”」]*\s*")
_BREAKS = (
    re.compile(r"[,;:—–](?:[\"”'’)]*)\s"),
    re.compile(r"\s(?=(?:and|but|because|so|which|that|when|while|where|to|for|with|in|of)\s)"),
    re.compile(r"\s"),
)


def split_sentences(text: str) -> list[str]:
    """Sentences of running text; every word is kept. A new paragraph or bullet starts a new sentence."""
    paragraphs = re.split(r"\n\s*\n|\n\s*(?=[A-Z0-9\"“•*\-–—])", text)
    return [sentence for part in paragraphs for sentence in _sentences(" ".join(part.split()))]


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for end in _END.finditer(text):
        if _ABBREVIATION.search(text[start : end.end()].rstrip()):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    return [*found, text[start:]] if text[start:] else found


def split_lines(text: str) -> list[str]:
    """Cut a finished text into speakable pieces of about 22 words; " ".join gives back its words exactly.

    Long sentences part at punctuation, else before a conjunction; very short ones join a neighbour, since a
    shot of a few words would flicker.
    """
    pieces = [piece for sentence in split_sentences(text) for piece in _shorten(sentence)]
    return _join_short(pieces)


def _shorten(sentence: str) -> list[str]:
    words = len(sentence.split())
    if (words <= MAX_WORDS and len(sentence) <= MAX_LINE) or words < 2:
        return [sentence]
    for pattern in _BREAKS:
        cuts = [found.end() for found in pattern.finditer(sentence)]
        good = [cut for cut in cuts if _room(sentence, cut)] or (cuts if pattern is _BREAKS[-1] else [])
        if good:
            cut = min(good, key=lambda at: abs(at - len(sentence) / 2))
            return _shorten(sentence[:cut].strip()) + _shorten(sentence[cut:].strip())
    return [sentence]


def _room(sentence: str, cut: int) -> bool:
    return min(len(sentence[:cut].split()), len(sentence[cut:].split())) >= SHORT


def _join_short(pieces: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and _belongs(lines[-1], piece):
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    if len(lines) > 1 and not any(character.isalnum() for character in plain(lines[0])):
        lines[:2] = [" ".join(lines[:2])]
    return lines


def _belongs(before: str, piece: str) -> bool:
    a, b = len(before.split()), len(piece.split())
    silent = not any(character.isalnum() for character in plain(piece))
    fits = a + b <= MAX_WORDS - 6 and len(before) + len(piece) < MAX_LINE
    return silent or (fits and (a < SHORT or b < SHORT - 1))


def new_line_id(text: str, taken: Collection[str] = ()) -> str:
    """An id for a new line, the same for the same text and script."""
    for salt in range(len(taken) + 1):
        line_id = hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()[:8]
        if line_id not in taken:
            return line_id
    raise AssertionError("more ids than salts")


def build_lines(texts: Iterable[str], tone: Tone = Tone.NEUTRAL) -> tuple[Line, ...]:
    """Lines of one tone whose framing alternates, so that neighbouring shots differ."""
    lines: list[Line] = []
    for index, text in enumerate(texts):
        framing = Framing.CLOSE if index % 2 else Framing.MEDIUM
        line_id = new_line_id(text, {line.id for line in lines})
        lines.append(Line(line_id, text, tone, framing))
    return tuple(lines)


def clean_text(text: str, languages: Sequence[str] = ("en",)) -> str:
    """A line's words with single spaces; `languages` are those that the voice speaks.

    Raises EditInvalid above 300 characters, TextUnspeakable and LanguageUnsupported.
    """
    tidy = " ".join(text.split())
    if len(tidy) > MAX_LINE:
        raise EditInvalid(
            f"A line may have {MAX_LINE} characters; this one has {len(tidy)}. Make it two lines."
        )
    speakable(tidy, languages)
    return tidy


def check_script(script: Script) -> Script:
    """The script itself if it is within the limits.

    Raises ScriptTooLong, EditInvalid, or LanguageUnsupported for a figure that its language has no words for here.
    """
    if not script.lines:
        raise EditInvalid("A script needs at least one line.")
    if len(script.lines) > MAX_LINES:
        raise ScriptTooLong(f"A video has at most {MAX_LINES} lines; this script has {len(script.lines)}.")
    if (seconds := script_seconds(script)) > MAX_SECONDS:
        raise ScriptTooLong(
            f"A video lasts at most {MAX_SECONDS / 60:.0f} minutes; this takes about {seconds / 60:.0f}."
        )
    for line in script.lines if script.look.language != "en" else ():
        spoken(plain(line.text), script.look.pronunciations, script.look.language)
    return script
