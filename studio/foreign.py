"""How a text in another language than English is said: its figures and addresses as words, the rest as written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from studio import counting
from studio import spelling as s

_NUMBER = r"\d{1,2}(?:,\d\d)+,\d{3}|\d{1,3}(?:[ \u202f\xa0.,]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_MONEY = r"US\$|R\$|[$€£¥₹₺₽]|zł"
_CODES = "EUR|USD|GBP|AED|SAR|INR|JPY|CNY|CHF|CAD|AUD|PLN|CZK|HUF|TRY|BRL|RUB|KRW"
_WORDS = r"लाख|करोड़|अरब|हज़ार|milliards?|millions?|millones|mil|milhões|milioni|Million(?:en)?|Milliarden?"
_PLAIN = str.maketrans("٫٬٪％＄￥", ".,%%$¥")
_POWERS = {
    "k": 3, "m": 6, "mio": 6, "mio.": 6, "mln": 6, "млн": 6, "b": 9, "bn": 9, "md": 9, "mrd": 9, "mrd.": 9, "mld": 9,
    "млрд": 9, "mi": 6, "bi": 9,
}  # fmt: skip
_SCALE = "|".join(sorted(map(re.escape, _POWERS.keys() - {"mi", "bi"}), key=len, reverse=True))
_UNIT = "|".join(  # a single capital is no unit: 5G, 5M
    re.escape(unit) if len(unit) == 1 else f"(?i:{re.escape(unit)})"
    for unit in sorted(s.UNITS, key=len, reverse=True)
)
_TLD = "com|org|net|io|ai|co|app|dev|de|fr|es|it|eu"
_ADDRESS = r"(?:https?://)?(?:www\.)?((?:[\w.+-]+@)?(?:[\w-]+\.)+(?:[a-z]{2,10})(?:/[\w/._-]*)?)(?:[?#]\S*)?"
_UNSAID = re.compile(r"\S*[\d$€£¥₹₺₽%]\S*")
_EDGES = "\"'“”‘’„«»()[]{}.,!?…;:。、，！？：；¿¡"
_FORMS = {"er": "masculine-adjective", "ª": "feminine", "ère": "feminine"}
"""What the letters behind an ordinal say of its form."""
_DATIVE = frozenset("am vom zum dem den beim ab seit".split())
Say = Callable[[re.Match[str], str], str]
SPACELESS = ("zh", "ja")


def said_tokens(text: str, language: str, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is said for each token of `text.split()`, and the signs at its end.

    Words of a figure over several tokens stand at its first.

    Raises LanguageUnsupported for a figure in a language, or of a kind, that would be said wrongly.
    """
    language, text = s.language_of(language), text.translate(_PLAIN)
    found = _figures(text, language)
    said, at = [], 0
    for token in text.split():
        start = text.index(token, at)
        at = start + len(token)
        words = _token(text, start, at, found, given)
        if _UNSAID.search(words):
            raise s.unsayable(language, token)
        inside = max((last for first, last, _ in found if first < at <= last), default=start)
        tail = re.search(r"\W*$", text[max(start, inside) : at])
        said.append((words, tail[0] if tail else ""))
    return said


def written_out(text: str, language: str) -> str:
    """The text with its figures and addresses as words, the rest and its stops as written.

    Raises LanguageUnsupported as `said_tokens` does.
    """
    language, text = s.language_of(language), text.translate(_PLAIN)
    space = "" if language in SPACELESS else " "
    said, at = "", 0
    for first, last, words in _figures(text, language):
        said += text[at:first] + space + words + space
        at = last
    said = re.sub(r"\s+([.,!?…;:؟،؛।]|$)", r"\1", re.sub(r"\s+", " ", said + text[at:]))
    if left := _UNSAID.search(said):
        raise s.unsayable(language, left[0])
    return said.strip()


def _figures(text: str, language: str) -> list[tuple[int, int, str]]:
    return _matches(text, language) if re.search(r"[\d@%]|\w\.\w", text) else []


def _token(
    text: str, start: int, end: int, found: list[tuple[int, int, str]], given: Mapping[str, str]
) -> str:
    pieces, at = [], start
    for first, last, words in found:
        if last <= start or first >= end:
            continue
        pieces.append(text[at : max(at, first)])
        pieces.append(f" {words} " if first >= start else "")
        at = min(end, last)
    rest = text[at:end]
    bare = rest.strip(_EDGES)
    pieces.append(rest.replace(bare, given[bare.lower()]) if bare.lower() in given else rest)
    said = "".join(pieces).split()
    return " ".join(filter(None, (word.strip(_EDGES + "-–") for word in said)))


def _matches(text: str, language: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for pattern, say in _patterns(language):
        for match in pattern.finditer(text):
            if all(match.end() <= first or match.start() >= last for first, last, _ in found):
                s.joints(language, match[0])
                found.append((match.start(), match.end(), say(match, language)))
    return sorted(found)


@cache
def _months(language: str) -> dict[str, int]:
    from babel import Locale

    forms = Locale.parse(language).months
    return {
        name.lower().rstrip("."): month
        for kind in forms.values()
        for width in ("wide", "abbreviated")
        for month, name in kind[width].items()
        if not name[0].isdigit()
    }


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], Say], ...]:
    if language not in s.JOINTS:
        return ((re.compile(r"\S*\d\S*"), lambda m, _: m[0]),)
    scale = rf"{_SCALE}|mi|bi" if language == "pt" else _SCALE
    months = "|".join(sorted(map(re.escape, _months(language)), key=len, reverse=True)) or "(?!)"
    edge, end = r"(?<![\w.,])", r"(?!\w|[.,]\d)"
    if language in (*SPACELESS, "ko", "hi", "ar"):
        edge, end = r"(?<![\d.,A-Za-z])", r"(?![\dA-Za-z]|[.,]\d)"
    table: tuple[tuple[str, Say], ...] = (
        (rf"(?<![\w@])(?=[\w.:/+-]*(?:@|www\.|://|\.(?:{_TLD})\b)){_ADDRESS}", _address),
        (rf"[#~≈±<>=§] ?(?:{_MONEY})?\d\S*", _refused),
        (rf"{edge}(\d{{4}})-(\d\d)-(\d\d){end}", lambda m, lang: s.day_and_month(int(m[3]), int(m[2]), m[1], lang)),
        (rf"{edge}(\d{{4}})年(\d\d?)月(\d\d?)日", lambda m, lang: s.day_and_month(int(m[3]), int(m[2]), m[1], lang)),
        (rf"{edge}(\d\d?)(?:\.|er)? (?:de )?({months})\b\.?(?:(?: de)? (\d{{4}}))?", _dated),
        (rf"{edge}\d\d?[./]\d\d?[./]\d{{2,4}}{end}", _refused),
        (rf"{edge}([01]?\d|2[0-3])[:hH時点]([0-5]\d)(?: Uhr| uur|分)?{end}", _time),
        (rf"{edge}\+\d[\d ().-]{{7,}}\d", _phone),
        (rf"({_MONEY}) ?({_NUMBER}) ({_WORDS}){end}", _paid_in_words),
        (rf"{edge}({_NUMBER}) ({_WORDS})(?: de| di)? ?({_MONEY}|{_CODES})", _worded_behind),
        (rf"(?:{edge}|(?<=\s))([-−])?({_MONEY}|{_CODES}) ?({_NUMBER})(?: ?((?i:{scale}))\b\.?)?{end}", _paid_before),
        (rf"{edge}([-−])?({_NUMBER})(?: ?((?i:{scale})))? ?({_MONEY}|{_CODES})", _paid_behind),
        (rf"{edge}({_NUMBER}) ?[-–] ?({_NUMBER}) ?({_UNIT}){end}", _range),
        (rf"{edge}([-−])?({_NUMBER}) ?({_UNIT}){end}", _measured),
        (rf"{edge}%({_NUMBER}){end}", lambda m, lang: s.measure(m[1], "%", lang)),
        (rf"{edge}\d{{4}} (?:год\w*|г\.)", _refused),
        (rf"{edge}({_NUMBER}) ?[-–] ?({_NUMBER})(){end}", _range),
        (rf"{edge}24/7{end}", lambda m, lang: s.glue([s.cardinal(24, lang), s.cardinal(7, lang)], lang)),
        (r"(?<!\S)\+(?=\d)|(?<=[\d%])\+(?!\w)", lambda m, lang: s.PLUS[lang]),
        (rf"{edge}v(\d+(?:\.\d+)+){end}", _version),
        (rf"{edge}(\d+)(er|e|ère|\.?º|\.?ª|\.er){end}", _ordinal),
        (rf"{edge}(\d\d?)\.(?= \w)", _maybe_ordinal),
        (rf"{edge}({_NUMBER})((?i:k|mln|mio|mrd|млн|млрд)){end}", lambda m, lang: _scaled(m[1], m[2], lang)),
        (rf"{edge}((?:19|20)\d\d){end}", lambda m, lang: s.year_said(m[1], lang)),
        (rf"{edge}[-−]({_NUMBER}){end}", lambda m, lang: s.minus(m[1], lang)),
        (rf"{edge}({_NUMBER})(?= ({_WORDS})\b)", _before_scale),
        (rf"{edge}\d+/\d+\S*", _refused),
        (rf"{edge}({_NUMBER}){end}", lambda m, lang: counting.counted(m[1], m.string[m.end() :], lang)),
        (r"\S*\d\S*", _mixed),
    )  # fmt: skip
    return tuple(
        (re.compile(pattern, re.IGNORECASE if "de )?(" in pattern else 0), say) for pattern, say in table
    )


def _address(found: re.Match[str], language: str) -> str:
    joints = s.joints(language, found[0])
    signs = {".": joints.dot, "@": joints.at, "/": joints.slash, "-": "-", "_": "_"}
    pieces = re.findall(r"[^\W\d_]+|\d+|[.@/_-]", found[1].rstrip("/"))
    return " ".join(
        signs.get(piece) or (s.decimal(piece, language) if piece.isdigit() else piece) for piece in pieces
    )


def _dated(found: re.Match[str], language: str) -> str:
    before = found.string[: found.start()].lower().split()[-1:]
    month, dative = (
        _months(language)[found[2].lower()],
        language == "de" and {*before} <= _DATIVE and bool(before),
    )
    return s.day_and_month(int(found[1]), month, found[3] or "", language, dative)


def _time(found: re.Match[str], language: str) -> str:
    pattern = s.joints(language, found[0]).time
    if not pattern:
        raise s.unsayable(language, found[0])
    if found[2] == "00":
        pattern = pattern.partition("{m}")[0].removesuffix(" e ").removesuffix(" و ").removesuffix(
            " बजकर "
        ) + (" बजे" if language == "hi" else "")
    hour, minute = (s.cardinal(int(found[at]), language) for at in (1, 2))
    hour = {"fr": "une", "de": "ein"}.get(language, hour) if found[1].lstrip("0") == "1" else hour
    return pattern.format(h=hour, m=minute).strip()


def _phone(found: re.Match[str], language: str) -> str:
    return " ".join(s.cardinal(int(digit), language) for digit in re.sub(r"\D", "", found[0]))


def _paid_before(found: re.Match[str], language: str) -> str:
    return _signed(
        found[1], s.money(found[3], _POWERS.get((found[4] or "").lower(), 0), found[2], language), language
    )


def _paid_behind(found: re.Match[str], language: str) -> str:
    return _signed(
        found[1], s.money(found[2], _POWERS.get((found[3] or "").lower(), 0), found[4], language), language
    )


def _paid_in_words(found: re.Match[str], language: str) -> str:
    """ "₹5 करोड़": the money is named behind the scale."""
    return _worded(found[2], found[3], found[1], language)


def _worded_behind(found: re.Match[str], language: str) -> str:
    return _worded(found[1], found[2], found[3], language)


def _worded(number: str, scale: str, sign: str, language: str) -> str:
    of = "" if scale in ("mil", "हज़ार") else s.joints(language, sign).of
    of = "d'" if of == "de" and language == "fr" and s.money_name(sign, 2, language)[0] in "aeiou" else of
    name = s.money_name(sign, 2, language)
    said = s.decimal(number, language, "masculine")
    return s.glue([said, scale, of + name if of == "d'" else s.glue([of, name], language)], language)


def _signed(sign: str | None, said: str, language: str) -> str:
    return s.glue([s.minus_word(language), said], language) if sign else said


def _scaled(number: str, scale: str, language: str) -> str:
    whole = s.scaled(number, _POWERS[scale.lower()], language)
    return s.cardinal(whole, language) if whole is not None else s.decimal(number, language)


def _measured(found: re.Match[str], language: str) -> str:
    return _signed(found[1], s.measure(found[2], found[3], language), language)


def _range(found: re.Match[str], language: str) -> str:
    to = s.joints(language, found[0]).to
    if not to:
        raise s.unsayable(language, found[0])
    if found[3] == "%" and (percent := s.joints(language, to).percent):
        return percent.format(
            n=s.glue([s.decimal(found[1], language), to, s.decimal(found[2], language)], language)
        )
    years = not found[3] and all(re.fullmatch(r"(?:19|20)\d\d", found[at]) for at in (1, 2))
    say = s.year_said if years else s.decimal
    last = s.measure(found[2], found[3], language) if found[3] else say(found[2], language)
    return s.glue([say(found[1], language), to, last], language)


def _version(found: re.Match[str], language: str) -> str:
    dot = f" {s.joints(language, found[0]).dot} "
    return "v " + dot.join(s.cardinal(int(part), language) for part in found[1].split("."))


def _ordinal(found: re.Match[str], language: str) -> str:
    if language not in ("es", "fr", "it", "pt", "nl"):
        raise s.unsayable(language, found[0])
    return s.ordinal(int(found[1]), language, found[0], form=_FORMS.get(found[2].lstrip("."), ""))


def _before_scale(found: re.Match[str], language: str) -> str:
    """ "200 mil empresas" agrees with what is counted, "1 millón" with the million."""
    if found[2] == counting.SCALES.get(language):
        return counting.counted(found[1], found.string[found.end() :], language)
    return s.decimal(found[1], language, counting.FEMININE if language == "de" else counting.MASCULINE)


def _maybe_ordinal(found: re.Match[str], language: str) -> str:
    """ "3." before a word is an ordinal or the end of a sentence in these languages; nobody can tell."""
    if language in ("de", "pl", "cs", "tr", "hu"):
        raise s.unsayable(language, found[0])
    return s.decimal(found[1], language)


def _refused(found: re.Match[str], language: str) -> str:
    raise s.unsayable(language, found[0])


def _mixed(found: re.Match[str], language: str) -> str:
    """Letters and figures in one word ("3D", "GPT-5"): the figures as numbers."""
    parts = re.findall(r"\d+|[^\d]+", found[0])
    return " ".join(s.cardinal(int(part), language) if part.isdigit() else part.strip("-") for part in parts)
