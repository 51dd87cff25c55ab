"""Numbers, money, units and dates as words of a language other than English.

Whole numbers come from CLDR's spell-out rules (unicode-rbnf, MIT; the data Unicode-3.0), names of money, units
and months from CLDR through Babel (BSD). num2words was not taken: it is LGPL, and knows neither Chinese nor
Hindi. Written here by hand are only the small words between (`JOINTS`) and decimals, which those rules get
wrong in Polish and Russian.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.errors import LanguageUnsupported
from studio.languages import name_of


@dataclass(frozen=True, slots=True)
class Joints:
    """Small words of a language: `time` and `percent` are patterns; "" where a thing cannot be said well.

    `day` is how a day of the month is said: "cardinal", "ordinal" or "" for a case that CLDR has no rule for;
    `of` stands between a round million and its money.
    """

    point: str
    to: str
    dot: str
    at: str
    slash: str
    time: str
    percent: str = ""
    of: str = ""
    day: str = "cardinal"


JOINTS = {
    "es": Joints("coma", "a", "punto", "arroba", "barra", "{h} {m}", of="de"),
    "fr": Joints("virgule", "à", "point", "arobase", "slash", "{h} heures {m}", of="de"),
    "de": Joints("Komma", "bis", "Punkt", "ät", "Schrägstrich", "{h} Uhr {m}", day="ordinal"),
    "it": Joints("virgola", "a", "punto", "chiocciola", "barra", "{h} e {m}", of="di"),
    "pt": Joints("vírgula", "a", "ponto", "arroba", "barra", "{h} e {m}", of="de"),
    "pl": Joints("przecinek", "do", "kropka", "małpa", "ukośnik", "{h} {m}", day=""),
    "tr": Joints("virgül", "ila", "nokta", "et", "eğik çizgi", "{h} {m}"),
    "ru": Joints("запятая", "до", "точка", "собака", "слэш", "{h} {m}", day="ordinal"),
    "nl": Joints("komma", "tot", "punt", "apenstaartje", "slash", "{h} uur {m}"),
    "cs": Joints("čárka", "až", "tečka", "zavináč", "lomeno", "{h} {m}", day=""),
    "ar": Joints("فاصلة", "إلى", "نقطة", "آت", "شرطة مائلة", "{h} و {m} دقيقة", "{n} بالمئة"),
    "zh": Joints("点", "到", "点", "艾特", "斜杠", "{h}点{m}分", "百分之{n}"),
    "ja": Joints("点", "から", "ドット", "アットマーク", "スラッシュ", "{h}時{m}分"),
    "hu": Joints("egész", "", "pont", "kukac", "per", "{h} óra {m}", day=""),
    "ko": Joints("점", "에서", "점", "골뱅이", "슬래시", "", "{n} 퍼센트"),
    "hi": Joints("दशमलव", "से", "डॉट", "ऐट", "स्लैश", "{h} बजकर {m} मिनट"),
}
UNITS = {
    "km/h": "kilometer-per-hour", "км/ч": "kilometer-per-hour",
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "g": "gram",
    "h": "hour", "min": "minute", "s": "second", "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte",
    "°c": "celsius", "%": "percent", "км": "kilometer", "кг": "kilogram", "كم": "kilometer", "किमी": "kilometer",
}  # fmt: skip
PLUS = {
    "es": "más", "fr": "plus", "de": "plus", "it": "più", "pt": "mais", "pl": "plus", "tr": "artı", "ru": "плюс",
    "nl": "plus", "cs": "plus", "ar": "زائد", "zh": "加", "ja": "プラス", "hu": "plusz", "ko": "플러스",
    "hi": "प्लस",
}  # fmt: skip
FEMININE = {"hour": "es fr de it pt pl cs", "minute": "fr de pl cs ru", "second": "fr de pl cs ru"}
"""Languages in which a duration's name is feminine; the other units are masculine or neuter in all of them."""
DATES = {
    "es": "d 'de' MMMM 'de' y", "pt": "d 'de' MMMM 'de' y", "zh": "y年M月d日", "ja": "y年M月d日",
    "ko": "y년 M월 d일",
}  # fmt: skip
CODES = {
    "US$": "USD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "₽": "RUB",
    "₺": "TRY",
}


def language_of(language: str) -> str:
    """ "pt-BR" → "pt", "zh-cn" → "zh"."""
    return language.lower().replace("_", "-").partition("-")[0]


def joints(language: str, written: str) -> Joints:
    """The small words; raises LanguageUnsupported naming what should be written out instead."""
    if language not in JOINTS:
        raise unsayable(language, written)
    return JOINTS[language]


def unsayable(language: str, written: str) -> LanguageUnsupported:
    """The refusal of what would be said wrongly."""
    return LanguageUnsupported(f"I cannot say “{written}” in {name_of(language)}; write it out in words.")


@cache
def _engine(language: str) -> Any:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


def cardinal(number: int, language: str, counting: str = "") -> str:
    """A whole number; `counting` the gender of the noun behind it ("masculine": "un", "veintiún", "ein")."""
    found = _engine(language).format_number(number).text_by_ruleset
    gendered = found.get(f"spellout-cardinal-{counting}") if counting else None
    return str(gendered or found.get("spellout-numbering") or next(iter(found.values())))


def ordinal(number: int, language: str, written: str, dative: bool = False, form: str = "") -> str:
    """ "third", in the form that names a day or in `form`; raises LanguageUnsupported without a rule (pl, cs)."""
    from unicode_rbnf import FormatPurpose

    try:
        found = _engine(language).format_number(number, FormatPurpose.ORDINAL).text_by_ruleset
    except ValueError as error:
        raise unsayable(language, written) from error
    plain = ("spellout-ordinal-neuter-genitive", "spellout-ordinal-masculine", "spellout-ordinal")
    ranked = ("spellout-ordinal-n", *plain) if dative else (f"spellout-ordinal-{form}", *plain)
    return str(next((found[name] for name in ranked if name in found), next(iter(found.values()))))


def decimal(written: str, language: str, counting: str = "") -> str:
    """ "4,2" → "cuatro coma dos": the part behind the point digit by digit."""
    whole, part = split_number(written, language)
    said = cardinal(int(whole), language, "" if part else counting)
    if not part:
        return said
    digits = [cardinal(int(digit), language) for digit in part]
    return glue([said, joints(language, written).point, *digits], language)


def minus(written: str, language: str) -> str:
    """ "-5" with the language's word for minus."""
    return glue([minus_word(language), decimal(written, language)], language)


def minus_word(language: str) -> str:
    """What is said for the sign."""
    said = str(_engine(language).format_number(-1).text)
    return said.removesuffix(cardinal(1, language)).strip()


def glue(words: list[str], language: str) -> str:
    """Words joined as the script of the language joins them."""
    return ("" if language in ("zh", "ja") else " ").join(filter(None, words))


def split_number(written: str, language: str) -> tuple[str, str]:
    """The digits before and behind the decimal sign; the other sign groups, as a space does."""
    from babel import numbers

    sign = "," if numbers.get_decimal_symbol(language) == "," else "."
    tidy = written.replace(" ", "").replace("\u202f", "").replace("\xa0", "")
    other = "." if sign == "," else ","
    if other in tidy and sign not in tidy and len(tidy.rpartition(other)[2]) != 3:
        sign, other = other, sign  # "4.2" where a comma is usual
    whole, _, part = tidy.replace(other, "").partition(sign)
    return whole or "0", part


def scaled(written: str, power: int, language: str) -> int | None:
    """ "4,2" millions as a whole number; None when it is none."""
    whole, part = split_number(written, language)
    return int(whole + part.ljust(power, "0")) if len(part) <= power else None


def money(written: str, power: int, sign: str, language: str) -> str:
    """ "4,2", 6, "€" → "cuatro millones doscientos mil euros"."""
    number = scaled(written, power, language) if power else None
    amount = (
        decimal(written, language, "masculine") if number is None else cardinal(number, language, "masculine")
    )
    whole, part = split_number(written, language)
    count = number if number is not None else 2 if part else int(whole)
    name = money_name(sign, count, language)
    between = joints(language, sign).of if count >= 10**6 and count % 10**6 == 0 else ""
    return glue([amount, between, name], language)


def money_name(sign: str, count: int, language: str) -> str:
    """ "€" → "euros"; in Chinese "¥" is the yuan. Raises LanguageUnsupported where CLDR has no name."""
    from babel import numbers

    code = "CNY" if (sign, language) == ("¥", "zh") else CODES.get(sign, sign)
    name = numbers.get_currency_name(code, count, locale=language)
    if not name or name == sign:
        raise unsayable(language, sign)
    return name.removesuffix(" brasileiros").removesuffix(" brasileiro").lower() if code == "BRL" else name


def measure(written: str, unit: str, language: str) -> str:
    """ "5", "km" → "cinco kilómetros"; raises LanguageUnsupported where CLDR does not name the unit."""
    from babel import units

    feminine = language in FEMININE.get(UNITS[unit.lower()], "").split()
    said = decimal(written, language, "feminine" if feminine else "masculine")
    if unit == "%" and joints(language, unit).percent:
        return joints(language, unit).percent.format(n=said)
    number = float(".".join(split_number(written, language)).rstrip("."))
    name = UNITS[unit.lower()]
    known = units.format_unit(number, name, "long", locale=language)
    shown = next((run for run in known.split() if run[:1].isdigit()), "")
    # Babel falls back to the unit's English key; durations are nowhere called by it, distances in Dutch are.
    if not shown or language == "zh" or known.endswith((" hour", " minute", " second", "percent")):
        raise unsayable(language, f"{written} {unit}")
    return known.replace(shown, said)


def day_and_month(day: int, month: int, year: str, language: str, dative: bool = False) -> str:
    """ "4 de marzo de 2025" with its figures as words; `year` may be "", `dative` is German's "am vierten"."""
    from babel import dates

    how, written = joints(language, "date").day, f"{day}.{month}."
    if not how or not (0 < day < 32 and 0 < month < 13):
        raise unsayable(language, written)
    said = ordinal(day, language, written, dative) if how == "ordinal" else cardinal(day, language)
    if (language, day) == ("fr", 1):
        said = "premier"
    with_year = DATES.get(language, "d MMMM y")
    pattern = with_year if year else re.sub(r"( 'de')?[年년 ]* ?y년? ?年?", "", with_year).strip()
    shown = dates.format_date(datetime.date(2024, month, 28), pattern, locale=language)
    words = {"2024": year_said(year, language, in_date=True) if year else "", "28": said}
    return re.sub(r"\d+", lambda found: words.get(found[0]) or cardinal(int(found[0]), language), shown)


def year_said(year: str, language: str, in_date: bool = False) -> str:
    """A year; Chinese digit by digit, German and Dutch in hundreds before 2000, the others as a number.

    A Russian date has its year in the genitive.
    """
    from unicode_rbnf import FormatPurpose

    if language == "zh":
        return "".join(cardinal(int(digit), language) if digit != "0" else "零" for digit in year)
    if language in ("de", "nl") or (language == "ru" and in_date):
        said = str(_engine(language).format_number(int(year), FormatPurpose.YEAR).text)
        return f"{said} года" if language == "ru" else said
    return cardinal(int(year), language)
