"""Wishes for another order of lines: "swap line 2 and 3", "move line 4 to the top", "start with line 3"."""

from __future__ import annotations

import re

from agent.references import number_of
from studio.domain import Edit

_NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine)"
_NTH = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|last|final)"
_X = rf"(?:(?:the )?line (?:number |no )?#?{_NUMBER}|(?:the )?{_NTH}(?: (?:line|one|sentence))?|#?{_NUMBER})"
_PUT = r"(?:move|put|bring|shift|place|push|pull|drag|take|set|have|want|make|let|shift|use)"
_BE = (
    r"(?:should|must|needs to|has to|to|shall|could|can|will)? ?(?:be|come|comes|go|goes|move|stand|follow)?"
)
_EDGE = (
    r"(?:(?:up|down|back|right|all the way)? ?(?:to|at|in|as) )?(?:the )?(?:very )?"
    r"(?P<edge>end|bottom|start|top|beginning|front|first|last|opening|ending)(?: (?:position|place|line|one))?"
)
_BESIDE = (
    rf"(?:directly |right |just |to )?(?P<rel>before|after|in front of|behind|above|below|under|ahead of) "
    rf"(?P<y>{_X})"
)
_AT = rf"(?:to|into|in|at|as|to be) (?:the )?(?:(?:position|place|number|slot|line)(?: number)? )?#?(?P<at>{_NUMBER})"
_STEP = r"(?:one (?:line |place |step )?)?(?P<way>up|down)(?: (?:one|a|by one)(?: (?:line|place|step|position))?)?"
_FORMS = (
    re.compile(
        rf"(?:swap|switch|exchange|interchange|flip|change(?= the order))(?: around)?(?: the order of| the "
        rf"positions of)?(?: "
        rf"the)?(?: lines?)? "
        rf"(?P<a>{_X})(?: (?:and|with|for)(?: the)?(?: lines?)? | ?& ?)(?P<b>{_X})(?: lines?| around)*"
    ),
    re.compile(
        rf"(?:the )?lines? (?P<a>{_NUMBER}) and (?P<b>{_NUMBER}) (?:should be |must be |to be )?"
        rf"(?:swapped|switched|exchanged|the other way (?:a?round)|in the other order)"
    ),
    re.compile(rf"(?:{_PUT} )?(?P<x>{_X}) (?:{_BE} )?(?:{_EDGE}|{_BESIDE}|{_AT}|{_STEP})"),
    re.compile(
        rf"(?:{_PUT} )?(?P<x>{_X}) (?:{_BE} )?(?P<rel>between) (?:the )?(?:lines? )?{_X} and (?P<y>{_X})"
    ),
    re.compile(
        rf"(?P<verb>start|begin|open|lead|end|close|finish)(?: it| the video)? (?:with|on) (?P<x>{_X})"
    ),
)
_WHOLE = re.compile(
    r"\b(?:re-?order|order|sort|arrange|sequence)\b(?: (?:the )?lines| it| them)?(?: (?:as|like|to|into|in|this|"
    r"the|order|way))*"
    r" ?:? *(?P<all>\d{1,2}(?:[\s,;>-]+\d{1,2})+)",
    re.IGNORECASE,
)
_REVERSED = re.compile(r"reverse (?:the )?(?:order|lines)(?: of (?:the )?lines)?|(?:the )?other way a?round")
_LEAD = (
    r"(?:(?:no|oh|please|actually|(?:can|could|would) you|ok|okay|yes|let's|i want to|i'd like to|just|maybe|"
    r"and|then|also|but|now) )*"
)
_TRAIL = r"(?: (?:please|instead|now|then|thanks|first of all))*"
_JOINT = re.compile(
    r"([,;\n]+\s*|[.!?]+(?:\s+|$)|\s+(?:and|but|then|also|plus)\s+(?=(?:then |also |please )*(?:swap|switch|"
    r"move|put|bring|"
    r"start|begin|open|end|close|finish|make|change|remove|delete|drop|no|line|lines|the|add|shorter|use|say|"
    r"set|give|undo|"
    r"keep|\w+er)\b))",
    re.IGNORECASE,
)


def moves_in(text: str, count: int) -> tuple[list[Edit], str]:
    """The order of lines that a reply asks for, as one edit, and the reply without those words."""
    if found := _WHOLE.search(text):
        order = [int(digits) for digits in re.findall(r"\d+", found["all"])]
        return [Edit("reorder_lines", {"order": order})], f"{text[: found.start()]} {text[found.end() :]}"
    order, parts, moved = list(range(1, count + 1)), _JOINT.split(text), False
    for at in range(0, len(parts), 2):
        if re.search(r"[\"“:]", "".join(parts[: at + 1])):
            break  # words to be spoken
        for end in (at + 1, at + 3):  # "the first and the last line" was cut in two
            after = _moved(order, "".join(parts[at:end]), count)
            if after is not None:
                order, parts[at:end], moved = after, [""] * (end - at), True
                break
    return ([Edit("reorder_lines", {"order": order})] if moved else []), "".join(parts)


def _moved(order: list[int], clause: str, count: int) -> list[int] | None:
    """The order after what one clause wants, None for a clause that wants none."""
    low = " ".join(re.sub(r"[^\w\s#&'-]", " ", clause.lower().replace("’", "'")).split())
    words = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", low)
    if _REVERSED.fullmatch(words):
        return order[::-1]
    for form, follow in zip(_FORMS, (_swapped, _swapped, _put, _between, _framed), strict=True):
        if found := form.fullmatch(words):
            named = [
                number_of(found[name], count) for name in ("a", "b", "x", "y") if found.groupdict().get(name)
            ]
            unknown = [number for number in named if number not in order]
            return unknown or follow(order, found, named)
    return None


def _swapped(order: list[int], found: re.Match[str], named: list[int]) -> list[int]:
    one, other = named
    return [{one: other, other: one}.get(number, number) for number in order]


def _put(order: list[int], found: re.Match[str], named: list[int]) -> list[int]:
    line, at = named[0], order.index(named[0])
    rest = [number for number in order if number != line]
    if found["edge"]:
        to = len(rest) if found["edge"] in ("end", "bottom", "last", "ending") else 0
    elif found["rel"]:
        beside = rest.index(named[1]) if named[1] in rest else at
        to = beside + (found["rel"] in ("after", "behind", "below", "under"))
    elif found["at"]:
        to = number_of(found["at"], len(order)) - 1
    else:
        to = max(0, at + (1 if found["way"] == "down" else -1))
    return [*rest[:to], line, *rest[to:]]


def _between(order: list[int], found: re.Match[str], named: list[int]) -> list[int]:
    rest = [number for number in order if number != named[0]]
    at = rest.index(named[1]) if named[1] in rest else order.index(named[0])
    return [*rest[:at], named[0], *rest[at:]]


def _framed(order: list[int], found: re.Match[str], named: list[int]) -> list[int]:
    rest = [number for number in order if number != named[0]]
    return [named[0], *rest] if found["verb"] in ("start", "begin", "open", "lead") else [*rest, named[0]]
