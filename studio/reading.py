"""Where the spoken form of a line differs from its written one, for the script card: nothing surprises."""

from __future__ import annotations

from collections.abc import Mapping

from studio.letters import unaccented
from studio.marks import plain
from studio.spoken import Spoken, spoken


def surprises(
    text: str, respellings: Mapping[str, str] | None = None, language: str = "en"
) -> list[list[str]]:
    """[written, said] of each run of words that are said in another way than a reader would expect.

    Marks of delivery are no words. Raises LanguageUnsupported for what cannot be said in that language.
    """
    found: list[list[str]] = []
    joins = False
    for token in spoken(plain(text), respellings, language):
        differs = _differs(token)
        if differs and joins:
            found[-1] = [f"{found[-1][0]} {token.text}", f"{found[-1][1]} {_shown(token)}".strip()]
        elif differs:
            found.append([token.text, _shown(token)])
        joins = differs and not token.stop
    return [[written.strip(' ,;:.!?…"“”()'), said] for written, said in found]


def _shown(token: Spoken) -> str:
    return " ".join(word.removeprefix("=") for word in token.words)


def _differs(token: Spoken) -> bool:
    spelled = len(token.text) > 1 and any(
        len(word.removesuffix("'s")) == 1 and word.isupper() for word in token.words
    )
    respelled = any(word.startswith("=") for word in token.words)
    return (
        (spelled and len(token.words) > 1)
        or respelled
        or unaccented(token.text) != unaccented("".join(token.words))
    )
