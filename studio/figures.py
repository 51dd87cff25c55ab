"""Figures to words: money, shares, times, dates, ranges, fractions, units, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from studio import numerals as n
from studio.letters import letters, part

_MONTHS = "january february march april may june july august september october november december"
MONTHS = _MONTHS.split()
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee"}
DOLLARS = {"US": "U S", "C": "canadian", "CA": "canadian", "A": "australian", "AU": "australian"}
SCALE_LETTERS = {
    "k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "t": "trillion",
}  # fmt: skip
SCALE_WORDS = ("thousand", "million", "billion", "trillion")
UNITS = {
    "km": "kilometers", "kg": "kilograms", "cm": "centimeters", "mm": "millimeters", "ms": "milliseconds",
    "gb": "gigabytes", "mb": "megabytes", "tb": "terabytes", "kb": "kilobytes", "mph": "miles per hour",
    "ghz": "gigahertz", "mhz": "megahertz", "kwh": "kilowatt hours", "hrs": "hours", "hr": "hour",
    "min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "ft": "feet", "lbs": "pounds",
    "°c": "degrees celsius", "°f": "degrees fahrenheit", "°": "degrees", "h": "hours", "lb": "pounds",
    "oz": "ounces", "fps": "frames per second", "bps": "basis points", "mi": "miles",
}  # fmt: skip
PER = {
    "month": "month", "mo": "month", "yr": "year", "year": "year", "wk": "week", "week": "week", "day": "day",
    "h": "hour", "hr": "hour", "hour": "hour", "min": "minute", "minute": "minute", "s": "second",
    "sec": "second", "second": "second", "user": "user", "seat": "seat", "person": "person", "kg": "kilogram",
    "km": "kilometer",
}  # fmt: skip
SIGNS = {
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "~": "about", "≈": "about",
    "±": "plus or minus",
}  # fmt: skip
_TLDS = """
app blog co com dev edu gov info me net org shop store team tech
"""
TLDS = frozenset(_TLDS.split())

NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"
LONGEST = 80
Say = Callable[[re.Match[str]], str]


def figure(text: str) -> str | None:
    """How a token with figures or an address is said; None when it is neither, or beyond LONGEST."""
    if len(text) > LONGEST:
        return None
    for pattern, say in PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return say(found)
    return None


def _money(found: re.Match[str]) -> str:
    unit, amount, scale = CURRENCIES[found[1][-1]], found[2].replace(",", ""), (found[3] or "").lower()
    unit = f"{DOLLARS.get(found[1][:-1], '')} {unit}".strip()
    more = " plus" if found[4] else ""
    if scale:
        return f"{n.decimal(amount)} {SCALE_LETTERS[scale]} {unit}s{more}"
    whole, _, cents = amount.partition(".")
    if unit in ("yen", "rupee") or (cents and len(cents) != 2):
        return f"{n.decimal(amount)} {unit}s{more}"
    said = (
        [f"{n.cardinal(int(whole))} {unit}{'' if int(whole) == 1 else 's'}"]
        if int(whole or 0) or not cents
        else []
    )
    if int(cents or 0):
        coin = "pence" if unit == "pound" else "cent" if int(cents) == 1 else "cents"
        said.append(f"{n.cardinal(int(cents))} {coin}")
    return " and ".join(said) + more


def _time(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), found[2], (found[3] or "").replace(".", "").upper()
    if minute is None or minute == "00":
        said = n.cardinal(hour) + ("" if half or hour > 12 else " o'clock")
        said += " hundred" if hour > 12 and not half else ""
    else:
        said = f"{n.cardinal(hour)} {'oh ' if minute[0] == '0' else ''}{n.cardinal(int(minute))}"
    return f"{said} {' '.join(half)}".strip()


def _date(year: str, month: str, day: str) -> str:
    if not (0 < int(month) < 13 and 0 < int(day) < 32):
        return " ".join(n.cardinal(int(part)) for part in (month, day, year))
    return f"{MONTHS[int(month) - 1]} {n.ordinal(int(day))} {n.year(int(year))}"


def _fraction(found: re.Match[str]) -> str:
    top, bottom = int(found[1]), int(found[2])
    if top >= bottom or bottom > 10:
        return f"{n.cardinal(top)} {n.cardinal(bottom)}"
    name = {2: "half", 4: "quarter"}.get(bottom) or n.ordinal(bottom)
    return f"{n.cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else name + 's'}"


def _range(found: re.Match[str]) -> str:
    low, high = found[1] or "", found[4] or ""
    if (
        not low
        and not high
        and "–" not in found[0]
        and float(found[2].replace(",", "")) > float(found[3].replace(",", ""))
    ):
        return f"{n.decimal(found[2])} {n.decimal(found[3])}"
    ends = f"{low}{found[2]}{high if low else ''}", f"{low}{found[3]}{high}"
    if not low and high:
        return f"{n.decimal(found[2])} to {figure(ends[1])}"
    if not low and all(re.fullmatch("(?:19|20)[0-9]{2}", found[part]) for part in (2, 3)):
        return f"{n.year(int(found[2]))} to {n.year(int(found[3]))}"
    if low and high:
        return f"{n.decimal(found[2])} to {figure(ends[1])}"
    return f"{figure(ends[0])} to {figure(ends[1])}"


def _address(found: re.Match[str]) -> str:
    said: list[str] = []
    for piece in re.findall(r"[A-Za-z]+|\d+|[.@/_-]", found[1].rstrip("/")):
        sign = {".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore"}.get(piece)
        tld = len(piece) < 3 and said[-1:] == ["dot"] and piece not in TLDS
        said.append(
            sign or (" ".join(piece.upper()) if tld else letters(piece) if piece.isalpha() else part(piece))
        )
    return " ".join(said)


def _plain(text: str) -> str:
    number = text.replace(",", "")
    if "," not in text and re.fullmatch("1[1-9][0-9]{2}|20[0-9]{2}", number):
        return n.year(int(number))
    if number.isdigit() and len(number) > 1 and number.startswith("0"):
        return n.digits(number)
    return n.decimal(text)


def unit_name(name: str, amount: str) -> str:
    """ "km" → "kilometers", behind "1" "kilometer"."""
    first, _, rest = UNITS[name.lower()].partition(" ")
    single = {"feet": "foot", "gigahertz": "gigahertz", "megahertz": "megahertz", "basis": "basis"}
    return f"{single.get(first, first.removesuffix('s')) if amount == '1' else first} {rest}".strip()


def _unit(found: re.Match[str]) -> str:
    minus = "minus " if found[1] else ""
    return f"{minus}{n.decimal(found[2])} {unit_name(found[3], found[2])}"


def _per(found: re.Match[str]) -> str:
    return f"{figure(found[1])} per {PER[found[2].lower()]}"


def _span(found: re.Match[str]) -> str:
    return f"{figure(found[1])} to {figure(found[2])}"


def _height(text: str) -> str:
    """ "1080" → "ten eighty"."""
    head, rest = divmod(int(text), 100)
    return f"{n.cardinal(head)} {n.cardinal(rest) if rest else 'hundred'}"


def _count(found: re.Match[str]) -> str:
    return f"{n.decimal(found[1])} {SCALE_LETTERS[found[2].lower()]}" + (" plus" if found[3] else "")


def _named(found: re.Match[str]) -> str:
    return f"{'version' if found[1] == 'v' else letters(found[1])} {_plain(found[2])}"


_CASED = {"mm": "mm", "h": "h"}  # MM are millions to a banker
_NAMES = sorted(map(re.escape, UNITS), key=len, reverse=True)
_UNIT = "|".join(name if name in _CASED else f"(?i:{name})" for name in _NAMES)
_END = r"[$€£¥]?\d[\d:.,]*(?:[ap]\.?m|[xKMB])?|[QH]\d"
_SCALE = "[kK]|mn|[mM]|[bB]n?|[tT]"
_DOMAIN = (
    r"(?:[\w-]+\.)+(?:com|org|net|io|ai|co|app|dev|edu|gov|me|us|uk|de|eu|in|ae|tech|shop|store|info|xyz|so)"
)
PATTERNS: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"(?:https?://)?(?:www\.)?((?:[\w.+-]+@)?" + _DOMAIN + r"(?:/[\w/._-]*)?)(?:[?#]\S*)?", _address),
        (rf"((?:US|CA?|AU?)?[$€£¥₹])({NUMBER})({_SCALE})?(\+)?", _money),
        (rf"({NUMBER})¢", lambda m: f"{n.decimal(m[1])} {'cent' if m[1] == '1' else 'cents'}"),
        (r"([<>≤≥~≈±])([\d$€£¥₹.].*)", lambda m: f"{SIGNS[m[1]]} {figure(m[2]) or letters(m[2])}"),
        (rf"(.*\d.*)/({'|'.join(PER)})", _per),
        (r"(\d)['’′](\d\d?)", lambda m: f"{n.cardinal(int(m[1]))} foot {n.cardinal(int(m[2]))}"),
        (rf"({NUMBER})%\+", lambda m: n.decimal(m[1]) + " percent plus"),
        (r"(\d{3,4})p", lambda m: f"{_height(m[1])} P"),
        (r"(\d+)\^(\d+)", lambda m: f"{n.cardinal(int(m[1]))} to the {n.cardinal(int(m[2]))}"),
        (r"(\d+)½", lambda m: f"{n.cardinal(int(m[1]))} and a half"),
        (r"(\d\d):(\d)", lambda m: f"{n.cardinal(int(m[1]))} by {n.cardinal(int(m[2]))}"),
        (r"([A-Z]+)(\d+)['’](\d\d)", lambda m: f"{letters(m[1])} {_plain(m[2])} {_plain(m[3])}"),
        (r"@([A-Za-z]\w*)", lambda m: f"at {letters(m[1])}"),
        (r"#([A-Za-z]\w*)", lambda m: f"hashtag {letters(m[1])}"),
        (r"([A-Z]{1,3})&([A-Z]{1,3})", lambda m: f"{' '.join(m[1])} and {' '.join(m[2])}"),
        (r"v((?:\d+\.)+\d+)", lambda m: "version " + " point ".join(map(_plain, m[1].split(".")))),
        (rf"({NUMBER})%", lambda m: n.decimal(m[1]) + " percent"),
        (r"(\d):(\d)", lambda m: f"{n.cardinal(int(m[1]))} to {n.cardinal(int(m[2]))}"),
        (r"(\d{1,2}):(\d\d)([ap]\.?m\.?)?", _time),
        (r"(\d{1,2})()([apAP]\.?[mM]\.?)", lambda m: f"{n.cardinal(int(m[1]))} {m[3][0].upper()} M"),
        (r"(\d{4})-(\d\d?)-(\d\d?)", lambda m: _date(m[1], m[2], m[3])),
        (r"(\d\d?)/(\d\d?)/(\d{4})", lambda m: _date(m[3], m[1], m[2])),
        (r"(\d[\d,]*)(?:st|nd|rd|th)", lambda m: n.ordinal(int(m[1].replace(",", "")))),
        (r"((?:1[0-9]|20)[0-9]0)['’]?s", lambda m: n.plural(n.year(int(m[1])))),
        (r"['’]?([2-9]0)['’]?s", lambda m: n.plural(n.cardinal(int(m[1])))),
        (r"(\d+)/(\d+)", _fraction),
        (rf"([$€£¥₹])?({NUMBER})[-–—]({NUMBER})((?:{_SCALE})?\+?|%)", _range),
        (rf"(?=\S*[:apmxQHKMB$€£¥]|\d+–)({_END})[-–—]({_END})", _span),
        (rf"([-−])?({NUMBER})({_UNIT})", _unit),
        (rf"({NUMBER})([kK]|[mM]n?|[bB]n?)(\+)?", _count),
        (rf"({NUMBER})[xX×]", lambda m: f"{n.decimal(m[1])} X"),
        (rf"({NUMBER})\+", lambda m: f"{n.decimal(m[1])} plus"),
        (rf"#({NUMBER})", lambda m: f"number {n.decimal(m[1])}"),
        (rf"[-−]({NUMBER})", lambda m: f"minus {n.decimal(m[1])}"),
        (rf"\+({NUMBER})(%?)", lambda m: f"plus {n.decimal(m[1])}" + (" percent" if m[2] else "")),
        (r"(\d+)((?:\.\d+){2,})", lambda m: " point ".join(map(n.cardinal, map(int, m[0].split("."))))),
        (rf"([A-Za-z]+)-?({NUMBER})", _named),
        (r"((?:[A-Za-z]\.)+[A-Za-z])", lambda m: " ".join(m[1].replace(".", "").upper())),
        (rf"{NUMBER}", lambda m: _plain(m[0])),
        (rf"({NUMBER})([A-Z]{{1,3}})", lambda m: f"{n.decimal(m[1])} {' '.join(m[2])}"),
    )
)  # fmt: skip
