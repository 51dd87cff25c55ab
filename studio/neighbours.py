"""English tokens whose reading hangs on the words around them: dates, units, money codes, numerals, phones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio import numerals as n
from studio.figures import MONTHS, NUMBER, SCALE_WORDS, UNITS, figure, unit_name

EDGES = "\"'“”‘’([{«)]}»*,.!?…;:"
SHORT_MONTHS = {month[:3]: month for month in MONTHS} | {"sept": "september"}
SHORT_DAYS = {
    "Mon": "monday", "Tue": "tuesday", "Tues": "tuesday", "Thu": "thursday", "Thur": "thursday",
    "Thurs": "thursday", "Fri": "friday",
}  # fmt: skip
CODES = {
    "USD": "U S dollar", "EUR": "euro", "GBP": "pound", "AED": "dirham", "INR": "rupee", "JPY": "yen",
    "CHF": "swiss franc", "CAD": "canadian dollar", "AUD": "australian dollar", "SAR": "saudi riyal",
    "SGD": "singapore dollar",
}  # fmt: skip
COUNTED = frozenset("war chapter part act volume phase type class level book section stage tier".split())
RULERS = frozenset(
    "henry louis elizabeth charles edward george william john paul pius benedict philip james richard".split()
)
VERSIONED = frozenset("python ios ipados macos android java node ubuntu php version release django".split())
SCREENS = frozenset("video videos resolution tv display screen camera quality footage monitor".split())
_PHONE = re.compile(
    r"(?<![\w$€£.,-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?(?:\d{1,4}[ .-]?){2,5}\d{2,4}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|(?:\d-)?\d{3}-\d{3}-\d{4}|\d{3}-\d{4})(?![\w%-])"
)


def phones_in(tokens: Sequence[str]) -> frozenset[int]:
    """The tokens that are part of a phone number, said digit by digit."""
    text, starts = " ".join(tokens), [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + 1)
    found = [match.span() for match in _PHONE.finditer(text)]
    return frozenset(
        at
        for at in range(len(tokens))
        for start, end in found
        if start <= starts[at] + len(tokens[at]) - 1 < end or starts[at] <= start < starts[at + 1]
    )


def among(bare: str, tokens: Sequence[str], at: int) -> str | None:
    """How a token is said because of its neighbours; None when they do not matter."""
    before = tokens[at - 1].strip(EDGES) if at else ""
    closed = tokens[at][-1:] in ",;:!?"
    after = tokens[at + 1].strip(EDGES) if at + 1 < len(tokens) and not closed else ""
    for rule in (_date, _coded, _measured, _roman, _versioned, _mixed):
        if (said := rule(bare, before, after)) is not None:
            return said
    return None


def _date(bare: str, before: str, after: str) -> str | None:
    month = SHORT_MONTHS.get(bare.lower()) if bare[:1].isupper() else None
    if month and (re.fullmatch(r"\d{1,4}(?:st|nd|rd|th)?", before + after) or after[:1].isdigit()):
        return month
    if re.fullmatch(r"\d\d?", bare) and 0 < int(bare) < 32:
        if SHORT_MONTHS.get(before.lower()) and before[:1].isupper():
            return n.ordinal(int(bare))
        if after[:1].isupper() and after.lower() in (*MONTHS, *SHORT_MONTHS):
            return f"the {n.ordinal(int(bare))} of"
    return SHORT_DAYS.get(bare)


def _coded(bare: str, before: str, after: str) -> str | None:
    """ "AED 100" and "100 AED": the name of the money comes behind the figure."""
    if bare in CODES and re.fullmatch(NUMBER, after):
        return ""
    if bare in CODES and (re.fullmatch(NUMBER, before) or before.lower() in SCALE_WORDS):
        return _money(CODES[bare], before)
    if before in CODES and re.fullmatch(NUMBER, bare) and after.lower() not in SCALE_WORDS:
        return f"{n.decimal(bare)} {_money(CODES[before], bare)}"
    return None


def _money(name: str, amount: str) -> str:
    return name if amount == "1" or name == "yen" else f"{name}s"


def _measured(bare: str, before: str, after: str) -> str | None:
    if not re.fullmatch(NUMBER, before):
        return "four K" if bare == "4K" and after.lower() in SCREENS else None
    if bare == "in" and not after:
        return "inches"
    if fast := re.fullmatch(r"(km|mi|m)/(h|s)", bare):
        way = {"km": "kilometers", "mi": "miles", "m": "meters"}[fast[1]]
        return f"{way} per {'hour' if fast[2] == 'h' else 'second'}"
    plain = bare.lower() in UNITS and (bare.islower() or not bare.isalpha() or len(bare) > 1)
    return unit_name(bare, before) if plain and bare not in ("MM", "H") else None


def _roman(bare: str, before: str, after: str) -> str | None:
    if not re.fullmatch("X{0,3}(?:IX|IV|V?I{0,3})", bare) or not bare:
        return None
    number = _value(bare)
    if before.lower() in COUNTED and before[:1].isupper():
        return n.cardinal(number)
    if before.lower() in RULERS and before[:1].isupper() and len(bare) > 1:
        return f"the {n.ordinal(number)}"
    return None


def _value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[sign] for sign in roman]
    following = [*values[1:], 0]
    return sum(-one if one < other else one for one, other in zip(values, following, strict=True))


def _versioned(bare: str, before: str, after: str) -> str | None:
    if before.lower() not in VERSIONED or not re.fullmatch(r"\d+\.\d+", bare):
        return None
    return " point ".join(n.cardinal(int(part)) for part in bare.split("."))


def _mixed(bare: str, before: str, after: str) -> str | None:
    """The fraction of "1 1/2"."""
    fits = re.fullmatch(r"\d{1,3}", before) and re.fullmatch(r"\d/\d", bare) and bare[0] < bare[2]
    return f"and {figure(bare)}" if fits else None
