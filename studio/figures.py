"""Figures to words: money, shares, times, dates, ranges, fractions, units, addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

from studio import numerals as n
from studio.letters import letters, part

_MONTHS = "january february march april may june july august september october november december"
MONTHS = _MONTHS.split()
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee"}
DOLLARS = {"US": "U S", "C": "canadian", "CA": "canadian", "A": "australian", "AU": "australian"}
SCALE_LETTERS = {
    "k": "thousand", "m": "million", "mn": "million", "mm": "million", "b": "billion", "bn": "billion", "t": "trillion",
}  # fmt: skip
SCALE_WORDS = ("thousand", "million", "billion", "trillion", "lakh", "crore")
UNITS = {
    "km": "kilometers", "kg": "kilograms", "cm": "centimeters", "mm": "millimeters", "ms": "milliseconds",
    "gb": "gigabytes", "mb": "megabytes", "tb": "terabytes", "kb": "kilobytes", "mph": "miles per hour",
    "ghz": "gigahertz", "mhz": "megahertz", "kwh": "kilowatt hours", "hrs": "hours", "hr": "hours",
    "min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "ft": "feet", "lbs": "pounds",
    "°c": "degrees celsius", "°f": "degrees fahrenheit", "°": "degrees", "h": "hours", "lb": "pounds",
    "oz": "ounces", "fps": "frames per second", "bps": "basis points", "mi": "miles",
    "mg": "milligrams", "g": "grams", "ml": "milliliters", "kw": "kilowatts", "mw": "megawatts", "gw": "gigawatts",
    "mbps": "megabits per second", "gbps": "gigabits per second", "m²": "square meters",
    "km²": "square kilometers", "gb/s": "gigabytes per second", "mb/s": "megabytes per second",
}  # fmt: skip
PER = {
    "month": "month", "mo": "month", "yr": "year", "year": "year", "wk": "week", "week": "week", "day": "day",
    "h": "hour", "hr": "hour", "hour": "hour", "min": "minute", "minute": "minute", "s": "second",
    "sec": "second", "second": "second", "user": "user", "seat": "seat", "person": "person", "kg": "kilogram",
    "km": "kilometer", "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte", "token": "token",
}  # fmt: skip
NUMBERED = {"no": "number", "p": "page", "pp": "pages", "fig": "figure", "vol": "volume", "v": "version"}
SIGNS = {
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "~": "about", "≈": "about",
    "±": "plus or minus",
}  # fmt: skip
_TLDS = """
app blog co com dev edu gov info me net org shop store team tech
"""
TLDS = frozenset(_TLDS.split())

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d\d)+,\d{3}|\d+(?:\.\d+)?|\.\d+"
LONGEST = 80
MINUS = ("-", "−")
Say = Callable[[re.Match[str]], str]


def figure(text: str) -> str | None:
    """How a token with figures or an address is said; None when it is neither, or beyond LONGEST."""
    if len(text) > LONGEST:
        return None
    if text[:1] in MINUS and (said := figure(text[1:])) is not None:
        return f"minus {said}"
    if signed := re.fullmatch("([$€£¥₹])[-−](.+)", text):
        return figure(f"-{signed[1]}{signed[2]}")
    text = re.sub(r"(?<![\d,.])(\d+),(\d\d?)(?![\d,.])", r"\1.\2", text)  # a comma that cannot group
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
        return f"{n.decimal(amount)} {money_name(unit, amount)}{more}"
    said = (
        [f"{n.cardinal(int(whole))} {unit}{'' if int(whole) == 1 else 's'}"]
        if int(whole or 0) or not cents
        else []
    )
    if int(cents or 0):
        coin = "pence" if unit == "pound" else "cent" if int(cents) == 1 else "cents"
        said.append(f"{n.cardinal(int(cents))} {coin}")
    return " and ".join(said) + more


def money_name(name: str, amount: str) -> str:
    """ "dollar" behind "1", "dollars" behind others; yen have no plural."""
    return name if amount == "1" or name == "yen" else f"{name}s"


def _paid_behind(found: re.Match[str]) -> str:
    return str(figure(found[3] + found[1] + (found[2] or "")))


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


def _vulgar(found: re.Match[str]) -> str:
    """ "3¾" → "three and three quarters"."""
    part = Fraction(unicodedata.numeric(found[2])).limit_denominator(100)
    said = str(figure(f"{part.numerator}/{part.denominator}"))
    half = "a half" if part.denominator == 2 else said
    return f"{n.cardinal(int(found[1]))} and {half}" if found[1] else said


def _day_first(found: re.Match[str]) -> str:
    """ "10.5.2026": with full stops the day is always first."""
    day, month = int(found[1]), int(found[2])
    if not (0 < month < 13 and 0 < day < 32):
        return " point ".join(n.cardinal(int(piece)) for piece in found.groups())
    return f"the {n.ordinal(day)} of {MONTHS[month - 1]} {n.year(int(found[3]))}"


def _sum(found: re.Match[str]) -> str:
    names = {"+": "plus", "=": "equals"}
    return " ".join(names.get(piece) or n.decimal(piece) for piece in re.split(r"([+=])", found[0]))


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


def _years(found: re.Match[str]) -> str:
    """ "2024/25" → "twenty twenty four twenty five"; with a dash between, a span when the end is later."""
    first, last = n.year(int(found[1])), n.cardinal(int(found[2]))
    if "/" in found[0]:
        return f"{first} {last}"
    if int(found[1][2:]) < int(found[2]):
        return f"{first} to {last}"
    return f"{first} {'oh ' * (int(found[2]) < 10)}{last}"


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
    return f"{n.decimal(found[1])} {unit_name(found[2], found[1])}"


def _per(found: re.Match[str]) -> str:
    return f"{figure(found[1])} per {PER[found[2].lower()]}"


def _span(found: re.Match[str]) -> str:
    low, high = found[1], found[2]
    if low[0] in CURRENCIES and high[0].isdigit():
        return f"{figure(low[1:])} to {figure(low[0] + high)}"  # "$1bn-2bn"
    return f"{figure(low)} to {figure(high)}"


def _height(text: str) -> str:
    """ "1080" → "ten eighty"."""
    head, rest = divmod(int(text), 100)
    return f"{n.cardinal(head)} {n.cardinal(rest) if rest else 'hundred'}"


def _count(found: re.Match[str]) -> str:
    return f"{n.decimal(found[1])} {SCALE_LETTERS[found[2].lower()]}" + (" plus" if found[3] else "")


def _named(found: re.Match[str]) -> str:
    return f"{'version' if found[1] == 'v' else letters(found[1])} {_plain(found[2])}"


_CASED = {"mm": "mm", "h": "h", "g": "g", "min": "min"}  # MM are millions to a banker, 5G is no weight
_NAMES = sorted(map(re.escape, UNITS), key=len, reverse=True)
_UNIT = "|".join(name if name in _CASED else f"(?i:{name})" for name in _NAMES)
_END = r"[$€£¥₹]?\d[\d:.,]*(?:[ap]\.?m|bn|mn|[xkmbKMB%])?|[QH]\d"
_SCALE = "[kK]|mn|mm|MM|[mM]|[bB]n?|[tT]"
_SIGN = "[$€£¥₹]"
_DOMAIN = (
    r"(?:[\w-]+\.)+(?:com|org|net|io|ai|co|app|dev|edu|gov|me|us|uk|de|eu|in|ae|tech|shop|store|info|xyz|so)"
)
PATTERNS: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"(?:https?://)?(?:www\.)?((?:[\w.+-]+@)?" + _DOMAIN + r"(?:/[\w/._-]*)?)(?:[?#]\S*)?", _address),
        (rf"((?:US|CA?|AU?)?[$€£¥₹])({NUMBER})({_SCALE})?(\+)?", _money),
        (rf"({NUMBER})({_SCALE})?({_SIGN})", _paid_behind),
        (rf"({NUMBER})¢", lambda m: f"{n.decimal(m[1])} {'cent' if m[1] == '1' else 'cents'}"),
        (r"([<>≤≥~≈±])([\d$€£¥₹.].*)", lambda m: f"{SIGNS[m[1]]} {figure(m[2]) or letters(m[2])}"),
        (rf"(.*\d.*)/(?i:({'|'.join(PER)}))", _per),
        (r"(\d)['’′](\d\d?)", lambda m: f"{n.cardinal(int(m[1]))} foot {n.cardinal(int(m[2]))}"),
        (rf"({NUMBER})%\+", lambda m: n.decimal(m[1]) + " percent plus"),
        (r"(\d{3,4})p", lambda m: f"{_height(m[1])} P"),
        (r"(\d+)\^(-?)(\d+)",
         lambda m: f"{n.cardinal(int(m[1]))} to the {'minus ' * bool(m[2])}{n.cardinal(int(m[3]))}"),
        (r"(\d*)([¼-¾⅐-⅞])", _vulgar),
        (r"(\d+)[x×](\d+)", lambda m: f"{n.cardinal(int(m[1]))} by {n.cardinal(int(m[2]))}"),
        (rf"(?:{NUMBER})(?:[+=](?:{NUMBER}))+", _sum),
        (r"(\d\d?)\.(\d\d?)\.((?:19|20)\d\d)", _day_first),
        (r"\d{1,3}(?:\.\d{3}){2,}", lambda m: n.cardinal(int(m[0].replace(".", "")))),
        (r"(?i:(no|p|pp|fig|vol|v))\.(\d+)", lambda m: f"{NUMBERED[m[1].lower()]} {_plain(m[2])}"),
        (r"((?:19|20)\d\d)-([QH]\d)", lambda m: f"{_plain(m[1])} {figure(m[2])}"),
        (r"((?:19|20)\d\d)[-–/](\d\d)", _years),
        (r"(\d*[1-8]|\d*\.\d+)s", lambda m: f"{n.decimal(m[1])} {'second' if m[1] == '1' else 'seconds'}"),
        (r"(\d\d):(\d)", lambda m: f"{n.cardinal(int(m[1]))} by {n.cardinal(int(m[2]))}"),
        (r"([A-Z]+)(\d+)['’](\d\d)", lambda m: f"{letters(m[1])} {_plain(m[2])} {_plain(m[3])}"),
        (r"@([A-Za-z]\w*)", lambda m: "at " + " ".join(map(letters, filter(None, m[1].split("_"))))),
        (r"#([A-Za-z]\w*)", lambda m: f"hashtag {letters(m[1])}"),
        (r"([A-Z]{1,3})&([A-Z]{1,3})", lambda m: f"{' '.join(m[1])} and {' '.join(m[2])}"),
        (r"v((?:\d+\.)+\d+)", lambda m: "version " + " point ".join(map(_plain, m[1].split(".")))),
        (rf"({NUMBER})%", lambda m: n.decimal(m[1]) + " percent"),
        (r"(\d):(\d)", lambda m: f"{n.cardinal(int(m[1]))} to {n.cardinal(int(m[2]))}"),
        (r"(\d{1,2}):(\d\d)([ap]\.?m\.?)?", _time),
        (r"(\d{1,2})()([apAP]\.?[mM]\.?)", lambda m: f"{n.cardinal(int(m[1]))} {m[3][0].upper()} M"),
        (r"(\d{4})-(\d\d?)-(\d\d?)", lambda m: _date(m[1], m[2], m[3])),
        (r"(\d\d?)/(\d\d?)/(\d{4})", lambda m: _date(m[3], m[1], m[2])),
        (r"(\d\d?)/(\d\d?)/(\d\d)", lambda m: _date(f"20{m[3]}", m[1], m[2])),
        (r"(\d[\d,]*)(?:st|nd|rd|th)", lambda m: n.ordinal(int(m[1].replace(",", "")))),
        (r"((?:1[0-9]|20)[0-9]0)['’]?s", lambda m: n.plural(n.year(int(m[1])))),
        (r"['’]?([2-9]0)['’]?s", lambda m: n.plural(n.cardinal(int(m[1])))),
        (r"(\d+)/(\d+)", _fraction),
        (rf"([$€£¥₹])?({NUMBER})[-–—]({NUMBER})((?:{_SCALE})?\+?|%|{_UNIT})", _range),
        (rf"(?=\S*[:apmxkbnQHKMB%$€£¥₹]|\d+–)({_END})[-–—]({_END})", _span),
        (rf"({NUMBER})({_UNIT})", _unit),
        (rf"({NUMBER})([kK]|[mM][mMn]?|[bB]n?)(\+)?", _count),
        (rf"({NUMBER})[xX×]", lambda m: f"{n.decimal(m[1])} X"),
        (rf"({NUMBER})\+", lambda m: f"{n.decimal(m[1])} plus"),
        (rf"#({NUMBER})", lambda m: f"number {n.decimal(m[1])}"),
        (rf"\+({NUMBER})(%?)", lambda m: f"plus {n.decimal(m[1])}" + (" percent" if m[2] else "")),
        (r"(\d+)((?:\.\d+){2,})", lambda m: " point ".join(map(n.cardinal, map(int, m[0].split("."))))),
        (rf"([A-Za-z]+)-?({NUMBER})", _named),
        (r"((?:[A-Za-z]\.)+[A-Za-z])", lambda m: " ".join(m[1].replace(".", "").upper())),
        (rf"{NUMBER}", lambda m: _plain(m[0])),
        (r"\d+(?:[,;]\d+)+", lambda m: " ".join(map(_plain, re.split("[,;]", m[0])))),
        (rf"({NUMBER})([A-Z]{{1,3}})", lambda m: f"{n.decimal(m[1])} {' '.join(m[2])}"),
    )
)  # fmt: skip
