"""How written English is said: every token of a line as plain words, so that engines and ears agree.

A spoken word is lower case ("forty"), a capital for a letter's name ("Q"), with "'s" for its plural ("I's"),
or a respelling given by the founder, marked by a leading "=".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from studio import numerals as n

OPENING, CLOSING, STOPS = "\"'“”‘’([{«", "\"'“”’)]}»*", ".!?…;:,—"
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
SCALE_LETTERS = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "t": "trillion",
}
SCALE_WORDS = ("thousand", "million", "billion", "trillion")
UNITS = {
    "km": "kilometers", "kg": "kilograms", "cm": "centimeters", "mm": "millimeters", "ms": "milliseconds",
    "gb": "gigabytes", "mb": "megabytes", "tb": "terabytes", "kb": "kilobytes", "mph": "miles per hour",
    "ghz": "gigahertz", "mhz": "megahertz", "kwh": "kilowatt hours", "hrs": "hours", "hr": "hour",
    "min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "ft": "feet", "lbs": "pounds",
    "°c": "degrees celsius", "°f": "degrees fahrenheit", "°": "degrees", "h": "hours",
}  # fmt: skip
ABBREVIATIONS = {
    "dr.": "doctor", "mr.": "mister", "mrs.": "missus", "ms.": "miz", "st.": "saint", "prof.": "professor",
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "vs": "versus",
    "no.": "number", "inc.": "incorporated", "ltd.": "limited", "corp.": "corporation", "co.": "company",
    "approx.": "approximately", "a.m.": "A M", "p.m.": "P M", "jr.": "junior", "sr.": "senior", "dept.": "department",
}  # fmt: skip
CLOSED = {"etc.", "inc.", "ltd.", "corp.", "co.", "a.m.", "p.m.", "jr.", "sr."}
WHOLE = {
    "24/7": "twenty four seven", "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "w/": "with",
    "w/o": "without", "c++": "C plus plus", "c#": "C sharp", "f#": "F sharp", "ok": "okay", "saas": "sass", "paas": "pass", "b2b": "B two B", "b2c": "B two C",
    "d2c": "D two C", "p2p": "P two P", "phd": "P H D", "json": "jason", "sql": "sequel", "ios": "I O S",
    "wi-fi": "why fie", "wifi": "why fie", "ai": "A I", "usd": "U S dollars", "devops": "dev ops", "m&a": "M and A",
    "r&d": "R and D", "q&a": "Q and A", "gdpr": "G D P R", "asap": "A sap", "covid": "covid", "faq": "F A Q",
    "½": "one half", "¼": "one quarter", "¾": "three quarters", "am": "am", "pm": "P M", "tv": "T V", "vc": "V C",
    "kpi": "K P I", "roi": "R O I", "ipo": "I P O", "llm": "L L M", "api": "A P I", "llc": "L L C", "aws": "A W S",
}  # fmt: skip
CAPITAL_WORDS = set(
    [
        "all",
        "an",
        "and",
        "any",
        "are",
        "as",
        "ask",
        "at",
        "be",
        "big",
        "bit",
        "but",
        "buy",
        "by",
        "can",
        "did",
        "do",
        "fee",
        "few",
        "for",
        "fun",
        "get",
        "go",
        "got",
        "had",
        "has",
        "he",
        "her",
        "him",
        "his",
        "how",
        "if",
        "in",
        "is",
        "its",
        "job",
        "key",
        "let",
        "lot",
        "me",
        "my",
        "new",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "old",
        "on",
        "one",
        "or",
        "our",
        "out",
        "own",
        "pay",
        "put",
        "run",
        "say",
        "see",
        "set",
        "she",
        "so",
        "ten",
        "the",
        "to",
        "too",
        "top",
        "try",
        "two",
        "up",
        "use",
        "via",
        "was",
        "way",
        "we",
        "who",
        "why",
        "win",
        "yes",
        "yet",
        "you",
        "your",
    ]
)
READ_AS_WORDS = {
    "NASA",
    "NATO",
    "RAM",
    "ROM",
    "LAN",
    "WAN",
    "SIM",
    "PIN",
    "GIF",
    "ZIP",
    "SOC",
    "OPEC",
    "UNICEF",
}
SPELLED = {"NYSE", "CISO", "IEEE", "ACLU", "USAF", "IOT", "UAE", "OECD"}
LETTER_AFTER = {"series", "plan", "grade", "class", "option", "type", "vitamin", "team", "group", "exhibit"}
TLDS = {
    "com",
    "org",
    "net",
    "edu",
    "gov",
    "app",
    "dev",
    "shop",
    "store",
    "tech",
    "info",
    "blog",
    "team",
    "me",
}

NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"
Say = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A written token, the words that are said for it (may be none), and the stop behind it ("" for none)."""

    text: str
    words: tuple[str, ...]
    stop: str


def spoken(text: str, respellings: Mapping[str, str] | None = None) -> list[Spoken]:
    """One entry for each token of `text.split()`; `respellings` maps a written word to how it is said."""
    given = {word.lower(): said for word, said in (respellings or {}).items()}
    tokens = text.split()
    return [_token(tokens, at, given) for at in range(len(tokens))]


def spoken_text(text: str) -> str:
    """The words said for a text, as one string."""
    return " ".join(word for token in spoken(text) for word in token.words)


def _token(tokens: list[str], at: int, given: Mapping[str, str]) -> Spoken:
    text = tokens[at]
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
        return Spoken(text, (), "—")
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
        return f"={said.replace(' ', '-')}{tail}" if _is_respelling(said) else said + tail
    if not bare:
        return ""
    if bare.lower() in WHOLE and not (bare.lower() == "am" and before[-1:].isdigit()):
        return WHOLE[bare.lower()]
    if before.strip(",.$€£¥").replace(".", "").isdigit() and bare.lower() == "am":
        return "A M"
    if bare.lower() in SCALE_WORDS and before[:1] in CURRENCIES:
        return f"{bare.lower()} {CURRENCIES[before[0]]}s"
    if bare.isdigit() and before in MONTHS and int(bare) < 32:
        return n.ordinal(int(bare))
    if bare[:1] in CURRENCIES and after in SCALE_WORDS:
        return n.decimal(bare[1:]) if re.fullmatch(NUMBER, bare[1:]) else _by_pattern(bare, before)
    return _by_pattern(bare, before)


def _is_respelling(said: str) -> bool:
    return said.startswith("/") or ("-" in said and said != said.lower())


def _by_pattern(bare: str, before: str) -> str:
    for pattern, say in PATTERNS:
        found = pattern.fullmatch(bare)
        if found:
            return say(found)
    if len(parts := [part for part in re.split(r"[-–—/_+&]", bare) if part]) > 1:
        return " ".join(_said(part, before, "", {}) for part in parts)
    return _letters(bare, before)


def _letters(bare: str, before: str) -> str:
    """Words, acronyms and mixtures such as "OpenAI", "GPT4" or "APIs"."""
    clean = unicodedata.normalize("NFKD", bare.replace("’", "'"))
    clean = "".join(char for char in clean if char.isascii() and (char.isalnum() or char == "'")).strip("'")
    if len(clean) == 1 and clean.isalpha():
        article = clean.lower() == "a" and before not in LETTER_AFTER
        return clean.lower() if article or clean == "I" else clean.upper()
    if clean.isalpha() and (clean.islower() or clean.istitle()) and clean[1:] != clean[1:].upper():
        return clean.lower()
    acronym = re.fullmatch(r"([A-Z]{2,})('?s)?", clean)
    if acronym:
        return _acronym(acronym[1], bool(acronym[2]))
    if re.fullmatch(r"[A-Za-z]+'[A-Za-z]+", clean) or re.match(r"Ma?c[A-Z]", clean):
        return clean.lower()
    parts = re.findall(r"[A-Z]{2,}(?![a-z])s?|[A-Z]?[a-z']+|[A-Z]|\d+", clean)
    return " ".join(_part(part) for part in parts)


def _part(part: str) -> str:
    if part.isdigit():
        return n.cardinal(int(part)) if len(part) < 4 else n.digits(part)
    if len(part) == 1:
        return part.upper()
    return part.lower() if part[1:].islower() else _acronym(part.rstrip("s"), part.endswith("s"))


def _acronym(capitals: str, plural: bool) -> str:
    lower = capitals.lower()
    sayable = len(capitals) > 3 and capitals not in SPELLED and re.search("[AEIOUY]", capitals)
    if lower in CAPITAL_WORDS or capitals in READ_AS_WORDS or (sayable and lower not in WHOLE):
        return lower + ("s" if plural else "")
    if lower in WHOLE:
        return WHOLE[lower] + ("'s" if plural else "")
    return " ".join(capitals) + ("'s" if plural else "")


def _money(found: re.Match[str]) -> str:
    unit, amount, scale = CURRENCIES[found[1]], found[2].replace(",", ""), (found[3] or "").lower()
    more = " plus" if found[4] else ""
    if scale:
        return f"{n.decimal(amount)} {SCALE_LETTERS[scale]} {unit}s{more}"
    whole, _, cents = amount.partition(".")
    if unit == "yen" or (cents and len(cents) != 2):
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
    if not low and not high and float(found[2].replace(",", "")) > float(found[3].replace(",", "")):
        return f"{n.decimal(found[2])} {n.decimal(found[3])}"
    ends = f"{low}{found[2]}{high if low else ''}", f"{low}{found[3]}{high}"
    if not low and high:
        return f"{n.decimal(found[2])} to {_by_pattern(ends[1], '')}"
    if not low and all(re.fullmatch("(?:19|20)[0-9]{2}", found[part]) for part in (2, 3)):
        return f"{n.year(int(found[2]))} to {n.year(int(found[3]))}"
    if low and high:
        return f"{n.decimal(found[2])} to {_by_pattern(ends[1], '')}"
    return f"{_by_pattern(ends[0], '')} to {_by_pattern(ends[1], '')}"


def _address(found: re.Match[str]) -> str:
    said: list[str] = []
    for piece in re.findall(r"[A-Za-z]+|\d+|[.@/_-]", found[1].rstrip("/")):
        sign = {".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore"}.get(piece)
        tld = len(piece) < 3 and said[-1:] == ["dot"] and piece not in TLDS
        said.append(
            sign
            or (" ".join(piece.upper()) if tld else _letters(piece, "") if piece.isalpha() else _part(piece))
        )
    return " ".join(said)


def _plain(text: str) -> str:
    number = text.replace(",", "")
    if "," not in text and re.fullmatch("1[1-9][0-9]{2}|20[0-9]{2}", number):
        return n.year(int(number))
    if number.isdigit() and len(number) > 1 and number.startswith("0"):
        return n.digits(number)
    return n.decimal(text)


def _unit(found: re.Match[str]) -> str:
    return f"{n.decimal(found[1])} {UNITS[found[2].lower()]}"


_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_SCALE = "[kK]|mn|[mM]|[bB]n?|[tT]"
_DOMAIN = (
    r"(?:[\w-]+\.)+(?:com|org|net|io|ai|co|app|dev|edu|gov|me|us|uk|de|eu|in|ae|tech|shop|store|info|xyz|so)"
)
PATTERNS: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"(?:https?://)?(?:www\.)?((?:[\w.+-]+@)?" + _DOMAIN + r"(?:/[\w/._-]*)?)", _address),
        (rf"([$€£¥])({NUMBER})({_SCALE})?(\+)?", _money),
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
        (rf"([$€£¥])?({NUMBER})[-–—]({NUMBER})((?:{_SCALE})?\+?|%)", _range),
        (rf"({NUMBER})({_UNIT})", _unit),
        (rf"({NUMBER})([kK]|[mM]n?|[bB]n?)(\+)?", lambda m: f"{n.decimal(m[1])} {SCALE_LETTERS[m[2].lower()]}" + (" plus" if m[3] else "")),
        (rf"({NUMBER})[xX×]", lambda m: f"{n.decimal(m[1])} X"),
        (rf"({NUMBER})\+", lambda m: f"{n.decimal(m[1])} plus"),
        (rf"#({NUMBER})", lambda m: f"number {n.decimal(m[1])}"),
        (rf"[-−]({NUMBER})", lambda m: f"minus {n.decimal(m[1])}"),
        (rf"\+({NUMBER})(%?)", lambda m: f"plus {n.decimal(m[1])}" + (" percent" if m[2] else "")),
        (r"(\d+)((?:\.\d+){2,})", lambda m: " point ".join(map(n.cardinal, map(int, m[0].split("."))))),
        (rf"([A-Za-z]+)-?({NUMBER})", lambda m: f"{'version' if m[1] == 'v' else _letters(m[1], '') } {_plain(m[2])}"),
        (r"((?:[A-Za-z]\.)+[A-Za-z])", lambda m: " ".join(m[1].replace(".", "").upper())),
        (rf"{NUMBER}", lambda m: _plain(m[0])),
        (rf"({NUMBER})([A-Z]{{1,3}})", lambda m: f"{n.decimal(m[1])} {' '.join(m[2])}"),
    )
)  # fmt: skip
