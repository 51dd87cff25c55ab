"""Which lines a reply means: "line 2", "the second line", "lines 2-4", "the ending", "everything"."""

from __future__ import annotations

import re

from studio.domain import Script

_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
}
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_ONE = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_NTH = rf"(?:{'|'.join(_ORDINALS)}|last|final|\d{{1,2}}(?:st|nd|rd|th))"
_MANY = rf"{_ONE}(?:\s*(?:,|and|&|\+|-|–|to|through)\s*{_ONE})*"
REFERENCE = (
    rf"(?:(?:the )?lines? ?#?(?:number |no\.? )?(?P<numbers>{_MANY})\b"
    rf"|(?:the )?(?P<nth>{_NTH}(?: (?:and|&) (?:the )?{_NTH})?) (?:lines?|sentences?|one)\b"
    r"|(?:the )?(?P<end>ending|outro|closing line|close of it|end line)\b"
    r"|(?:the )?(?P<start>opening|hook|intro|beginning)\b"
    rf"|(?:the )?(?P<side>first|last) (?P<count>{_ONE}) lines\b"
    r"|^(?:make |and )?#?(?P<bare>\d{1,2}) (?=softer|warmer|closer|wider|stronger|bolder|again|more|"
    r"less|shorter|should)"
    r"|(?:(?<=delete )|(?<=remove )|(?<=drop ))#?(?P<out>\d{1,2})$"
    r"|\bl(?P<short>\d{1,2})\b)"
)
_BY_WORDS = re.compile(
    r"\bthe (?:(?P<topic>[\w'’$€-]{3,}) (?:line|part|sentence|bit)|(?:line|part|sentence|bit|one) (?:about|with|"
    r"on|mentioning|where "
    r"i (?:say|mention|talk about)|that (?:says|mentions))(?: the| our| my)? "
    r"[\"“]?(?P<about>[\w'’$€-]{3,})[\"”]?)(?!\w)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(REFERENCE, re.IGNORECASE)


def lines_in(text: str, count: int) -> list[int]:
    """Numbers of the lines a text names, in order, [] for none; they may lie outside 1..count."""
    found = _REFERENCE.search(text)
    if not found:
        return []
    if found["end"] or found["start"]:
        return [count if found["end"] else 1]
    if nth := found["nth"]:
        return [_nth(word, count) for word in re.findall(_NTH, nth.lower())]
    if found["side"]:
        wanted = min(count, _value(found["count"].lower()))
        return list(
            range(1, wanted + 1) if found["side"].lower() == "first" else range(count - wanted + 1, count + 1)
        )
    return _numbers((found["numbers"] or found["bare"] or found["out"] or found["short"]).lower())


def by_words(text: str, script: Script) -> str:
    """The text with lines named by a word of theirs ("the hiring line", "the part about Acme") named by number."""

    def numbered(found: re.Match[str]) -> str:
        word = (found["topic"] or found["about"]).lower()
        stem = word[: max(4, len(word) - 3)]
        lines = [
            at
            for at, line in enumerate(script.lines, 1)
            if re.search(rf"\b{re.escape(stem)}", line.text.lower())
        ]
        return f"line {lines[0]}" if len(lines) == 1 and not re.fullmatch(_NTH, word) else found.group()

    return _BY_WORDS.sub(numbered, text)


def number_of(text: str, count: int) -> int:
    """The number in what names one line by a number or a place in the row: "line 2", "the last one", "3"."""
    word = re.findall(rf"\d{{1,3}}|{_NTH}|{'|'.join(_NUMBERS)}", text.lower())[0]
    return _nth(word, count) if re.fullmatch(_NTH, word) else _value(word)


def without_lines(text: str) -> str:
    """The text without what names its lines."""
    return " ".join(_REFERENCE.sub(" ", text, count=1).split())


def _nth(word: str, count: int) -> int:
    if word in ("last", "final"):
        return count
    return _ORDINALS.get(word) or int(re.sub(r"\D", "", word))


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for low, high in re.findall(rf"({_ONE})(?:\s*(?:-|–|to|through)\s*({_ONE}))?", text):
        first, last = _value(low), _value(high) if high else _value(low)
        found += range(first, min(last, first + 60) + 1)
    return list(dict.fromkeys(found))


def _value(word: str) -> int:
    return _NUMBERS.get(word) or int(word)
