"""Written words to spoken ones: plain words, acronyms, and mixtures of both."""

from __future__ import annotations

import re
import unicodedata

from studio import numerals as n

WHOLE = {
    "24/7": "twenty four seven", "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent",
    "w/": "with", "w/o": "without", "c++": "C plus plus", "c#": "C sharp", "f#": "F sharp", "ok": "okay",
    "saas": "sass", "paas": "pass", "b2b": "B two B", "b2c": "B two C", "d2c": "D two C", "p2p": "P two P",
    "phd": "P H D", "json": "jason", "sql": "sequel", "ios": "I O S", "wi-fi": "why fie", "wifi": "why fie",
    "ai": "A I", "usd": "U S dollars", "devops": "dev ops", "m&a": "M and A", "r&d": "R and D",
    "q&a": "Q and A", "gdpr": "G D P R", "asap": "A sap", "covid": "covid", "faq": "F A Q", "½": "one half",
    "¼": "one quarter", "¾": "three quarters", "am": "am", "pm": "P M", "tv": "T V", "vc": "V C",
    "kpi": "K P I", "roi": "R O I", "ipo": "I P O", "llm": "L L M", "api": "A P I", "llc": "L L C",
    "aws": "A W S", "wwii": "world war two", "wwi": "world war one", "node.js": "node dot J S",
    "ipv4": "I P version four", "ipv6": "I P version six",
    ".net": "dot net", "next.js": "next dot J S", "vue.js": "view dot J S", "nan": "nan",
}  # fmt: skip
_CAPITAL_WORDS = """
all an and any are as ask at be big bit but buy by can did do fee few for fun get go got had
has he her him his how if in is its job key let lot me my new no nor not now of off old on one
or our out own pay put run say see set she so ten the to too top try two up use via was way we
who why win yes yet you your
"""
CAPITAL_WORDS = frozenset(_CAPITAL_WORDS.split())
_READ_AS_WORDS = """
GIF LAN NASA NATO OPEC PIN RAM ROM SIM SOC UNICEF WAN ZIP
"""
READ_AS_WORDS = frozenset(_READ_AS_WORDS.split())
_SPELLED = """
ACLU CAGR CISO IEEE IOT NYSE OECD UAE USAF USDC USDT
"""
SPELLED = frozenset(_SPELLED.split())
OVER = {
    "YoY": "year over year", "QoQ": "quarter over quarter", "MoM": "month over month", "WoW": "week over week",
}  # fmt: skip
_LETTER_AFTER = """
class exhibit grade group option plan series team type vitamin
"""
LETTER_AFTER = frozenset(_LETTER_AFTER.split())


_SILENT = str.maketrans("", "", "™®©℠")


def letters(bare: str, before: str = "") -> str:
    """A token without figures as it is said: "OpenAI" → "open A I"; `before` is the word before it."""
    if bare in OVER:
        return OVER[bare]
    clean = unicodedata.normalize("NFKD", bare.translate(_SILENT).replace("’", "'"))
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
    return " ".join(map(part, parts))


def unaccented(text: str) -> str:
    """Letters and digits alone, small and without accents: what two spellings have in common."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in flat if char.isalnum() and not unicodedata.combining(char))


def part(text: str) -> str:
    """One run of letters or digits of a mixed word."""
    if text.isdigit():
        return n.cardinal(int(text)) if len(text) < 4 else n.digits(text)
    if len(text) == 1:
        return text.upper()
    return text.lower() if text[1:].islower() else _acronym(text.rstrip("s"), text.endswith("s"))


def _acronym(capitals: str, plural: bool) -> str:
    lower = capitals.lower()
    sayable = len(capitals) > 3 and capitals not in SPELLED and re.search("[AEIOUY]", capitals)
    if lower in CAPITAL_WORDS or capitals in READ_AS_WORDS or (sayable and lower not in WHOLE):
        return lower + ("s" if plural else "")
    if lower in WHOLE:
        return WHOLE[lower] + ("'s" if plural else "")
    return " ".join(capitals) + ("'s" if plural else "")
