"""English tokens whose reading hangs on the words around them: dates, units, money codes, numerals, phones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio import numerals as n
from studio.figures import (
    CURRENCIES,
    MONTHS,
    NUMBER,
    SCALE_LETTERS,
    SCALE_WORDS,
    UNITS,
    figure,
    money_name,
    unit_name,
)

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
_SIGNS = "".join(CURRENCIES)
_SCALES = frozenset({*SCALE_WORDS, *SCALE_LETTERS})
_AMOUNT = rf"(?:{NUMBER})(?:[kKmMbB]|bn|mn)?"
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
    if short := re.match("['’](\\d\\d)", tokens[at]):
        return n.year(2000 + int(short[1])) if before[:3].lower() in SHORT_MONTHS else None
    if code := _code_before(bare, tokens, at):
        return f"{SCALE_LETTERS.get(bare.lower(), bare.lower())} {money_name(CODES[code], '')}"
    for rule in (_named_span, _grouped, _date, _paid, _coded, _measured, _roman, _versioned, _mixed):
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


def _code_before(bare: str, tokens: Sequence[str], at: int) -> str:
    """The code two tokens before a scale: "EUR" for the "million" of "EUR 3.2 million"; else ""."""
    code, amount = (tokens[at - back].strip(EDGES) if at > 1 else "" for back in (2, 1))
    return code if code in CODES and re.fullmatch(NUMBER, amount) and bare.lower() in _SCALES else ""


def _coded(bare: str, before: str, after: str) -> str | None:
    """ "AED 100" and "100 AED": the name of the money comes behind the figure."""
    if bare in CODES and re.fullmatch(_AMOUNT, after):
        return ""
    if bare in CODES and (re.fullmatch(_AMOUNT, before) or before.lower() in SCALE_WORDS):
        return money_name(CODES[bare], before)
    if before in CODES and re.fullmatch(_AMOUNT, bare):
        scaled = after.lower() in _SCALES  # then the money's name comes behind the scale
        return figure(bare) if scaled else f"{figure(bare)} {money_name(CODES[before], bare)}"
    return None


def _paid(bare: str, before: str, after: str) -> str | None:
    """ "$3 bn", "₹5 crore", "3 bn": the scale stands alone; "5 €": the sign does."""
    amount = re.fullmatch(rf"{NUMBER}|\d+,\d\d?", before.lstrip(_SIGNS))
    scale = SCALE_LETTERS.get(bare.lower(), bare.lower() if bare.lower() in SCALE_WORDS else "")
    if amount and before[:1] in CURRENCIES and scale:
        return f"{scale} {money_name(CURRENCIES[before[0]], '')}"
    if amount and bare in ("bn", "mn", "M"):
        return scale
    if bare[:1] in CURRENCIES and after.lower() in _SCALES and re.fullmatch(NUMBER, bare[1:]):
        return n.decimal(bare[1:])
    if bare in CURRENCIES and (amount or before.lower() in SCALE_WORDS):
        return money_name(CURRENCIES[bare], before)
    return None


def _grouped(bare: str, before: str, after: str) -> str | None:
    """ "10 000": a space that groups."""
    if after == "000" and re.fullmatch("[1-9][0-9]{0,2}", bare):
        return n.cardinal(int(bare) * 1000)
    return "" if bare == "000" and re.fullmatch("[1-9][0-9]{0,2}", before) else None


def _named_span(bare: str, before: str, after: str) -> str | None:
    """ "Mon-Fri", "Jan–Mar"."""
    for names in (
        SHORT_DAYS | {"Wed": "wednesday", "Sat": "saturday", "Sun": "sunday"},
        {name.title(): full for name, full in SHORT_MONTHS.items()},
    ):
        found = [names.get(end, "") for end in re.split("[-–]", bare)]
        if len(found) == 2 and all(found):
            return " to ".join(found)
    return None


def _measured(bare: str, before: str, after: str) -> str | None:
    if not re.fullmatch(rf"(?:(?:{NUMBER})[-–])?(?:{NUMBER})", before):
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
