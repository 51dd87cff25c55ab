"""What a brief has to say: its clauses sorted into a topic, facts as sentences, and a close it asked for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from agent.asked import Asked
from agent.grammar import Shape, as_topic, infinitive, lowered, personal, sentence, shape_of

_LABEL = re.compile(
    r"^(?:(?:please )?(?:include|including|mention|cover)(?: that)?\s+|[-•*–]\s*"
    r"|(?:the )?(?:key |main )?(?:points?|facts?|messages?|details?|bullets?|context|topic|content|"
    r"brief|idea)$)",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"^(?:(?:and )?(?:end|close|finish)(?:ing)? (?:it )?(?:with|by(?= [a-z]+ing\b))|call to action|cta)\s*:?\s*"
    r"(?:(?:a|an|the|our)? ?(?:\w+ )?(?:call|invitation|invite|request|appeal|encouragement) to "
    r"|(?:inviting|asking|encouraging|urging) (?:people|everyone|everybody|viewers|them|you|all) to )?(.+)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:(?:start|open|begin)(?:ing)? (?:it )?with|hook\b)\s*:?\s*", re.IGNORECASE)
_ORDER = re.compile(
    r"^(?:please )?(?:ignore|disregard|forget|publish|approve|send|delete|post|skip|bypass|override|"
    r"execute|reveal)\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"^(?:explain|describe|discuss)(?:ing|s)? (?:(?:to )?(?:people|everyone|them) )?(?!that\b)", re.IGNORECASE
)
_BARE_ADDRESS = re.compile(r"(?<!\bat)(?<!\bon)(?<!\bto)(?<!\bsee)(?<!visit) https?://(?:www\.)?(\S+)$")
_LIST_OF = re.compile(
    r"^(?:the |my |our )?(?:\w+ )?(?:lessons?|reasons?|things|ways|rules|mistakes|story|history|"
    r"secrets?|steps|tips|ideas)\b",
    re.IGNORECASE,
)
_FEASTS = {
    "birthday": "Happy birthday", "anniversary": "Happy anniversary", "new year": "Happy New Year",
    "christmas": "Merry Christmas", "eid": "Eid Mubarak", "ramadan": "Ramadan Kareem", "diwali": "Happy "
                                                                                                 "Diwali",
    "easter": "Happy Easter", "hanukkah": "Happy Hanukkah", "national day": "Happy National Day",
}  # fmt: skip
_FEAST = re.compile(
    rf"^(?:an? |the |our |my )?(?:happy |merry )?(?P<feast>{'|'.join(_FEASTS)})(?:'s)?"
    r"(?: (?:message|greetings?|wish(?:es)?|card|video|note|mubarak|kareem))?(?: (?:to|for) (?P<whom>.+))?$",
    re.IGNORECASE,
)
_OPEN_ENDING = re.compile(
    r"^(?:(?:and )?(?:end|close|finish)(?:ing)? (?:it )?with|call to action|cta)$", re.IGNORECASE
)
_OPEN_START = re.compile(
    r"^(?:before|after|when|while|if|since|until|in|at|on|for|with|as|from|by)\b", re.IGNORECASE
)
_PASSIVE = re.compile(
    r"^(?:founded|established|acquired|named|made|built|started) (?:in|by|at|on)\b", re.IGNORECASE
)
_BEING = re.compile(r"^(?:a team of|team of|now (?:in|at|on|with|part of)|open source\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matter:
    """`topic` is a phrase of that shape; facts are sentences in order; `close` is "" unless asked."""

    topic: str = ""
    shape: Shape = Shape.PHRASE
    facts: tuple[str, ...] = ()
    close: str = ""


def matter_of(asked: Asked) -> Matter:
    """Sort what a brief says. Orders to the machine are nothing to speak of and are left out when alone."""
    matter = Matter()
    pieces = _pieces(asked.content)
    for at, piece in enumerate(pieces):
        if ending := _ENDING.match(piece):
            matter = replace(matter, close=sentence(personal(ending[1].strip("\"'“”‘’ "))))
            continue
        piece = _OPENING.sub("", _LABEL.sub("", piece)).strip(' :"“”')
        if not re.search(r"\w", piece) or (_ORDER.match(piece) and len(pieces) == 1):
            continue
        shape = shape_of(piece)
        before = piece
        if (bare := _EXPLAIN.sub("", piece)) != piece:
            piece, shape = bare, shape_of(bare)
        if greeting := _greeting(piece):
            matter = replace(matter, facts=(*matter.facts, greeting))
        elif at == 0 and _is_topic(piece, shape, asked.topical or bare != before):
            matter = replace(matter, topic=piece.rstrip("!?."), shape=shape)
        else:
            matter = replace(matter, facts=(*matter.facts, _stated(piece, shape)))
    return matter


def _greeting(piece: str) -> str:
    """ "a birthday message for my mother" → "Happy birthday to my mother."; "" for anything else."""
    found = _FEAST.match(piece)
    if not found:
        return ""
    return sentence(_FEASTS[found["feast"].lower()] + (f" to {found['whom']}" if found["whom"] else ""))


def _is_topic(piece: str, shape: Shape, topical: bool) -> bool:
    if _LIST_OF.match(piece):
        return True
    if shape is Shape.PHRASE:
        return topical or "," not in piece
    return shape in (Shape.INDIRECT, Shape.QUESTION) or (
        topical and shape in (Shape.DOING, Shape.TAIL, Shape.DEED)
    )


def _pieces(content: tuple[str, ...]) -> list[str]:
    """Join the clauses that cannot stand alone to the one before them."""
    groups: list[list[str]] = []
    ended = True
    for raw in content:
        mark = re.search(r"[,;:.!?…–—-]*$", raw)
        end = mark.group() if mark else ""
        clause = _speakable_part(raw.removesuffix(end)) + (end if end[:1] in ("?", "!") else "")
        last = groups[-1] if groups else []
        if last and _OPEN_ENDING.match(last[-1]):
            last[-1] += f" {clause}"
        elif (
            last
            and not ended
            and (_hangs(clause, last[0]) or (len(last) == 1 and _OPEN_START.match(last[0])))
        ):
            last.append(clause)
        else:
            groups.append([clause])
        ended = end[:1] in (".", "!", "?", "…", ":", ";", "–", "—", "-")
    return [piece for piece in map(_joined, groups) if re.search(r"\w", piece)]


def _joined(group: list[str]) -> str:
    """Clauses of one sentence; a list of deeds gets its "and"."""
    if len(group) > 1 and re.search(r"\b(?:hiring|launching|opening|seeking|recruiting|offering)$", group[0]):
        *first, last = (re.sub(r"^and ", "", clause) for clause in group[1:])
        return f"{group[0]} {', '.join(first)}{' and ' if first else ''}{last}"
    tail = group[1:]
    verb = r"^(?:[a-z]+s|keep|talk|hire|listen|read|ask|write|build|make|take|give|work|stay|start|stop)\b"
    if len(tail) > 1 and all(re.match(verb, clause) for clause in tail):
        group = [*group[:-1], f"and {group[-1]}"]
    return re.sub(r"^and ", "", ", ".join(group))


def _hangs(clause: str, before: str) -> bool:
    if _ENDING.match(clause) or _LABEL.match(clause) or _BEING.match(clause):
        return False
    shape = shape_of(re.sub(r"^and ", "", clause))
    if shape is Shape.PHRASE:
        return shape_of(before) is not Shape.INDIRECT
    return shape in (Shape.TAIL, Shape.INDIRECT)


def _speakable_part(text: str) -> str:
    """The text without emoji, and addresses without their scheme."""
    plain = "".join(mark for mark in text if unicodedata.category(mark) not in ("So", "Sk", "Cf", "Cs", "Co"))
    plain = _BARE_ADDRESS.sub(r". See \1", " ".join(plain.split()))
    return " ".join(re.sub(r"https?://(?:www\.)?", "", plain).split())


def _stated(piece: str, shape: Shape) -> str:
    """One piece as a sentence that the founder can speak."""
    if _BEING.match(piece):
        return sentence("we are " + re.sub(r"^team", "a team", lowered(piece)))
    if shape is Shape.DEED:
        deed = re.sub(r"^(?:now|just|recently) ", "", lowered(piece))
        return sentence(f"we {'were ' if _PASSIVE.match(deed) else ''}{deed[0].lower()}{deed[1:]}")
    if shape is Shape.DOING:
        return sentence("we are " + piece[0].lower() + piece[1:])
    if shape is Shape.ASK:
        return _asked(piece)
    return sentence(piece, "?" if shape is Shape.QUESTION else ".")


def _asked(piece: str) -> str:
    """ "thank the team for X" as something said: "I want to thank the team for X." """
    if piece.lower().startswith("thank you"):
        return sentence(piece.rstrip("?"))
    piece = piece.rstrip("?")
    words = re.sub(r"^to ", "", piece, flags=re.IGNORECASE).split(" ", 1)
    verb = infinitive(words[0])
    rest = personal(f"{verb} {words[1]}").split(" ", 1)[1] if len(words) > 1 else ""
    if verb in ("share", "announce", "present", "introduce", "promote", "celebrate"):
        rest = as_topic(rest)
    lead = {"introduce": "Let me introduce", "announce": "I'm here to announce", "remind": "Let me remind"}
    return sentence(f"{lead.get(verb, f'I want to {verb}')} {rest}".strip())
