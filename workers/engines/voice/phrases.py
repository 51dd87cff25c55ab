"""Long lines in pieces a cloning model can hold, cut where a reader would breathe."""

from __future__ import annotations

import re

from studio.engine import Speak
from studio.errors import ScriptTooLong, TextUnspeakable

MOST_CHARACTERS = 1500
_SENTENCES = re.compile(r"(?<=[.!?…。！？؟।])\s*")
_CLAUSES = re.compile(r"(?<=[,;:،、，；—])\s*")


def line_text(speak: Speak) -> str:
    """The line as the model reads it: figures in words, for models say them wrongly; respelled words in.

    Raises TextUnspeakable when there is nothing to say, ScriptTooLong above 1500 characters, LanguageUnsupported
    for a figure that would be said wrongly in its language.
    """
    if not any(map(str.isalnum, speak.text)):
        raise TextUnspeakable
    if len(speak.text) > MOST_CHARACTERS:
        raise ScriptTooLong(
            f"This line has {len(speak.text)} characters; at most {MOST_CHARACTERS} can be said in one go. "
            "Make two lines of it."
        )
    return _english(speak) if speak.language.startswith("en") else _respelled(speak)


def phrases(text: str, most: int) -> list[str]:
    """Pieces of at most `most` characters: sentences joined while they fit, else clauses, else words."""
    return _joined(_SENTENCES.split(text), most)


def _joined(parts: list[str], most: int) -> list[str]:
    done: list[str] = []
    for part in filter(None, map(str.strip, parts)):
        fits = part if len(part) <= most else ""
        smaller = [fits] if fits else _smaller(part, most)
        for piece in smaller:
            if done and len(done[-1]) + 1 + len(piece) <= most:
                done[-1] += " " + piece
            else:
                done.append(piece)
    return done


def _smaller(part: str, most: int) -> list[str]:
    for cut in (_CLAUSES.split(part), part.split()):
        if len(cut) > 1:
            return _joined(cut, most)
    return [part[at : at + most] for at in range(0, len(part), most)]


def _english(speak: Speak) -> str:
    from studio.spoken import spoken

    said = []
    for token in spoken(speak.text, speak.pronunciations):
        words = " ".join(word.lstrip("=").replace("-", "") for word in token.words)
        said += [words + token.stop] if words else []
    return " ".join(said)


def _respelled(speak: Speak) -> str:
    from studio.foreign import written_out

    text = speak.text
    for word, say in speak.pronunciations.items():
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", say.replace("-", ""), text, flags=re.IGNORECASE)
    return written_out(text, speak.language)
