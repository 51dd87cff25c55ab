"""Numbers as English words."""

from __future__ import annotations

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LARGEST = 10**18 - 1


def cardinal(number: int) -> str:
    """1250 → "one thousand two hundred fifty"; beyond LARGEST digit by digit."""
    if number > LARGEST:
        return digits(str(number))
    if number < 1000:
        return _hundreds(number)
    words, scale = [], 0
    while number:
        number, rest = divmod(number, 1000)
        if rest:
            words.append(f"{_hundreds(rest)} {SCALES[scale]}".strip())
        scale += 1
    return " ".join(reversed(words))


def _hundreds(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return TENS[tens] + (f" {ONES[rest]}" if rest else "")
    hundreds, rest = divmod(number, 100)
    return f"{ONES[hundreds]} hundred" + (f" {_hundreds(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """22 → "twenty second"."""
    *head, last = cardinal(number).split()
    last = ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*head, last])


def digits(text: str) -> str:
    """ "407" → "four zero seven"."""
    return " ".join(ONES[int(digit)] for digit in text)


def decimal(text: str) -> str:
    """ "1,250.5" → "one thousand two hundred fifty point five"."""
    whole, _, part = text.replace(",", "").partition(".")
    words = cardinal(int(whole or "0"))
    return f"{words} point {digits(part)}" if part else words


def year(number: int) -> str:
    """2025 → "twenty twenty five", 1905 → "nineteen oh five", 2007 → "two thousand seven"."""
    century, rest = divmod(number, 100)
    if number % 1000 < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def plural(words: str) -> str:
    """The last word in the plural: "nineteen ninety" → "nineteen nineties"."""
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")
