"""How written English is said: every token of a line as plain words, so that engines and ears agree.

A spoken word is lower case ("forty"), a capital for a letter's name ("Q"), with "'s" for its plural ("I's"),
or a respelling given by the founder, marked by a leading "=".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from studio import numerals as n
from studio.figures import MONTHS, figure
from studio.foreign import said_tokens
from studio.letters import WHOLE, letters
from studio.neighbours import among, phones_in

OPENING, CLOSING, STOPS = "\"'“”‘’([{«", "\"'“”’)]}»*", ".!?…;:,—"
ABBREVIATIONS = {
    "dr.": "doctor", "mr.": "mister", "mrs.": "missus", "ms.": "miz", "st.": "saint", "prof.": "professor",
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "vs": "versus",
    "no.": "number", "inc.": "incorporated", "ltd.": "limited", "corp.": "corporation", "co.": "company",
    "approx.": "approximately", "a.m.": "A M", "p.m.": "P M", "jr.": "junior", "sr.": "senior",
    "dept.": "department", "p.": "page", "pp.": "pages", "fig.": "figure", "vol.": "volume", "§": "section",
    "→": "to", "ph.d.": "P H D",
}  # fmt: skip
CLOSED = {"etc.", "inc.", "ltd.", "corp.", "co.", "a.m.", "p.m.", "jr.", "sr."}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A written token, the words that are said for it (may be none), and the stop behind it ("" for none)."""

    text: str
    words: tuple[str, ...]
    stop: str


def spoken(text: str, respellings: Mapping[str, str] | None = None, language: str = "en") -> list[Spoken]:
    """One entry for each token of `text.split()`; `respellings` maps a written word to how it is said.

    In languages other than English the words stay as they are written, and figures become words; raises
    LanguageUnsupported for what would be said wrongly.
    """
    given = {word.lower(): said for word, said in (respellings or {}).items()}
    tokens = text.split()
    if not language.lower().startswith("en"):
        given = {word: _marked(said) if _is_respelling(said) else said for word, said in given.items()}
        said = said_tokens(text, language, given)
        return [
            Spoken(token, tuple(word for word in words.split() if not _is_picture(word)), _stop(tail))
            for token, (words, tail) in zip(tokens, said, strict=True)
        ]
    phones = phones_in(tokens)
    return [_token(tokens, at, given, phones) for at in range(len(tokens))]


def spoken_text(text: str, language: str = "en") -> str:
    """The words said for a text, as one string."""
    return " ".join(word for token in spoken(text, None, language) for word in token.words)


def _token(tokens: list[str], at: int, given: Mapping[str, str], phones: frozenset[int]) -> Spoken:
    text = tokens[at]
    if at in phones:
        plus = "plus " if "+" in text else ""
        return Spoken(text, tuple((plus + n.digits(re.sub(r"\D", "", text))).split()), _stop(text))
    core = text.lstrip(OPENING)
    whole = core.rstrip(CLOSING + STOPS.replace(".", ""))
    if whole.lower() in ABBREVIATIONS and whole.lower() not in given:
        last = at + 1 == len(tokens) or (whole.lower() in CLOSED and tokens[at + 1][:1].isupper())
        stop = _stop(core[len(whole) :]) or ("." if last and whole.endswith(".") else "")
        return Spoken(text, tuple(ABBREVIATIONS[whole.lower()].split()), stop)
    if re.fullmatch(r"(?:[A-Za-z]\.){2,}", whole):
        last = at + 1 == len(tokens)
        return Spoken(text, tuple(whole.upper().split(".")[:-1]), _stop(core[len(whole) :]) or "." * last)
    bare = core.rstrip(CLOSING + STOPS)
    stop = _stop(core[len(bare) :])
    if bare and not bare.strip("-–—−"):
        figures = 0 < at < len(tokens) - 1 and figure(tokens[at - 1]) and figure(tokens[at + 1].rstrip(STOPS))
        return Spoken(text, ("to",) if figures else (), "" if figures else "—")
    if bare.lower() not in given and (said := among(bare, tokens, at)) is not None:
        return Spoken(text, tuple(said.split()), "" if text.endswith(".") and at + 1 < len(tokens) else stop)
    before = tokens[at - 1].lower().strip(OPENING + CLOSING + STOPS) if at else ""
    after = (
        tokens[at + 1].lower().strip(OPENING + CLOSING + STOPS) if at + 1 < len(tokens) and not stop else ""
    )
    return Spoken(text, tuple(_said(bare, before, after, given).split()), stop)


def _stop(tail: str) -> str:
    """The strongest sign of a tail of punctuation."""
    if "..." in tail or "…" in tail:
        return "…"
    return next((sign for sign in "?!.;:—," if sign in tail), "")


def _said(bare: str, before: str, after: str, given: Mapping[str, str]) -> str:
    possessive = re.fullmatch(r"(.+)['’]s", bare)
    stem, tail = (possessive[1], "'s") if possessive else (bare, "")
    if stem.lower() in given:
        said = given[stem.lower()]
        return (_marked(said) if _is_respelling(said) else said) + tail
    if not bare:
        return ""
    if bare == "AM" and before != "i":
        return "A M"
    if bare.lower() in WHOLE and not (bare.lower() == "am" and before[-1:].isdigit()):
        return WHOLE[bare.lower()]
    if before.strip(",.$€£¥").replace(".", "").replace(":", "").isdigit() and bare.lower() == "am":
        return "A M"
    if re.fullmatch("[0-9]{1,2}", bare) and before in MONTHS and int(bare) < 32:
        return n.ordinal(int(bare))
    return _by_pattern(bare, before)


def _is_respelling(said: str) -> bool:
    return said.startswith("/") or ("-" in said and said != said.lower())


def _is_picture(word: str) -> bool:
    return not any(unicodedata.category(char)[0] in "LN" or char in "&+=" for char in word)


def _marked(said: str) -> str:
    return "=" + said.replace(" ", "-")


def _by_pattern(bare: str, before: str) -> str:
    said = figure(bare)
    if said is not None:
        return said
    if re.fullmatch(r"[A-Za-z][\w-]*(?:\.[a-z]\w*)+", bare):
        return " dot ".join(_said(part, "", "", {}) for part in bare.split("."))
    if "→" in bare:
        return " to ".join(_said(part, "", "", {}) for part in bare.split("→"))
    if len(parts := [part for part in re.split(r"[-–—/_+&]", bare) if part]) > 1:
        return " ".join(
            part
            if len(part) == 1 and part.isascii() and part.isupper() and "-" not in bare
            else _said(part, before, "", {})
            for part in parts
        )
    return letters(bare, before)
