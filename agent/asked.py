"""Reading a brief: what is asked for (length, tone, destination, …), and what is left to be said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from agent.grammar import Shape, shape_of
from studio.domain import CaptionStyle, Tone

TONES = {
    Tone.WARM: "warm warmer warmly friendly heartfelt upbeat cheerful enthusiastic excited "
    "personal happy grateful",
    Tone.AUTHORITATIVE: "authoritative confident confidently bold serious professional strong firm assertive "
    "formal powerful executive decisive",
    Tone.SOFT: "soft softer softly gentle gently calm calmly quiet quietly intimate soothing empathetic "
    "tender",
    Tone.STORYTELLING: "storytelling narrative cinematic",
    Tone.NEUTRAL: "neutral plain factual matter-of-fact simple",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}
PROFILE_OF = {
    "social": "vertical|portrait format|9:16|9x16|tiktok|tik tok|instagram|insta|reels?|shorts|youtube "
    "shorts?|stories"
    "|snapchat|social media|social",
    "square": "square|1:1|1x1|linkedin|linked in|feed",
    "wide": "wide(?:screen)?|horizontal|landscape|16:9|16x9|youtube|website|the site|our site|our "
    "website|homepage",
    "whatsapp": "whatsapp|whats app",
    "draft": "draft|quick look",
}
BACKGROUND = r"office|studio|gradient|night|jet|villa"
_NUMBER = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60,
    "ninety": 90, "one": 1, "a": 1, "two": 2, "three": 3, "five": 5, "half a": 0.5,
}  # fmt: skip
_COUNT = "|".join(sorted(_NUMBER, key=len, reverse=True))
DURATION = re.compile(
    r"\b(?:(?P<clock>(?!9:16|16:9|4:5)\d{1,2}:[0-5]\d)(?: min(?:ute)?s?)?"
    r"|(?P<digits>\d+(?:\.\d+)?)[\s-]*(?P<unit>s|secs?|seconds?|m|mins?|minutes?)"
    rf"|(?P<word>{_COUNT})[\s-]+(?P<long>seconds?|minutes?))\b(?!\s*(?:ago|earlier|later|a day))",
    re.IGNORECASE,
)
_LENGTH = re.sub(r"\?P<\w+>", "?:", DURATION.pattern)
_FORMATS = "|".join(PROFILE_OF.values())
_TONES = "|".join(map(re.escape, TONE_OF))
_FILLER = (
    r"a|an|the|and|or|but|in|with|using|keep|make|it|tone|voice|style|mood|please|pls|very|quite|more|"
    r"bit|of|be|"
    r"about|around|max|maximum|under|at|most|up|to|less|than|roughly|approximately|approx|long|length|"
    r"duration|"
    r"format|video|clip|for|on|as|from|background|setting|kind|sound|feel|slightly|short|my|our|"
    r"delivery|manner|"
    r"something|post|ratio|aspect|size|version|thanks|thank you|near|inside"
)
# A line break or a bar ends a clause that has no mark yet; a bullet goes on with a list.
_BULLET = re.compile(r"(?<![.,;:!?…\s])\s*\n\s*[-•*–]\s+")
_NEW_LINE = re.compile(r"(?<![.,;:!?…\s])\s*(?:\n\s*(?:[-•*–]\s+)?|\s[|•·]\s)\s*")
_HEAD = re.compile(
    r"^(?:(?:hi|hey|hello|please|pls|ok|okay|so|can you|could you|would you|i need|i want|i'd like|i "
    r"would like|"
    r"we need|we want|let'?s|you to|to)\b[\s,!]*)*"
    r"(?:(?:make|create|write|draft|record|do|give|shoot|produce|prepare|generate|film|have|need|want|"
    r"put together)\b\s*"
    r"(?:me|us)?\s*)?",
    re.IGNORECASE,
)
_THING = re.compile(
    r"^(?:(?:a|an|the|some|one|another|quick|short|little|brief|new|nice|great|small|vertical|square|"
    r"wide|horizontal|"
    r"linkedin|instagram|tiktok|whatsapp|youtube|talking[- ]head|video|seconds?|secs?|s|min|minutes?|"
    r"founder|launch|"
    r"welcome|social|"
    r"max|or so|long|of me|\d+)\b[\s,-]*)*"
    r"\b(?:video|clip|reel|message|post|update|pitch|teaser|ad|short|script|piece|note|shout[- ]?out|"
    r"talk|one)s?\b\s*",
    re.IGNORECASE,
)
_OF_WHOM = re.compile(
    r"^(?:of|with|by|from|featuring|starring|as)\s+(me\b|[A-Z][\w'’]+(?:\s[A-Z][\w'’]+)?)\s*,?\s*"
)
_ABOUT = re.compile(
    r"^(?:where (?:i|we) (?:talk|speak) about|(?:that |which )?(?:talk|speak)(?:s|ing)? about|on the "
    r"topic of|on|about|"
    r"for(?=\s(?:our|my|the|an?)\s)(?!\s(?:[\w']+\s){1,3}?(?:customers?|users|clients|team|investors|"
    r"followers|employees|staff|"
    r"community|partners|members|students|people|website|site|page|channel|feed)\b)|regarding|covering|"
    r"explaining|describing|discussing|topic\s*:)\s+",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"^tell(?:ing|s)? (?:people |them |everyone )?(?:the|a|my|our) story (?:of|about)\s+", re.IGNORECASE
)
_SAYING = re.compile(
    r"^(?:(?P<where>where i say|in which i say)|(?:that |which )?(?:say|tell|announc|let|explain)(?:s|"
    r"ing|e|es)?)\s+"
    r"(?:(?:people|everyone|everybody|them|the world|the team|our (?:customers|users|team|followers)|"
    r"folks)\s+|"
    r"(?:[\w']+\s+){1,3}?(?=that\s))?(?:know\s+)?(?P<that>that\s+)?",
    re.IGNORECASE,
)
_FOR_WHOM = re.compile(
    r"^(?:for|to) (?:our|my|the|all|new) [\w ]{1,30}?\s(?=(?:explain|announc|saying|telling|about|on|"
    r"that|why|how)\w*\b)",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"^(?:for|to) (?:our |my |the |all |new )*[a-z]+s?(?: (?:team|members?))?$", re.IGNORECASE
)
_LABELS = re.compile(
    r"^(?:tone|style|length|duration|format|voice|background|destination|platform|setting|mood|persona)$",
    re.IGNORECASE,
)
_PERSONA = re.compile(
    r"^(?:as|starring|featuring|by|persona:?|with|use)\s+(?P<a>[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,2})$"
    r"|^in\s+(?P<b>[A-Z][\w-]+(?:\s[A-Z][\w-]+)?)['’]s?\s+voice$"
)
_LEADS = re.compile(
    r"^(?P<name>[A-Z][\w-]+(?:\s[A-Z][\w-]+)?)\s+(?=(?:(?:explain|talk|speak|announc|say|tell|thank|"
    r"invit)\w*|on|about)\b)"
    r"|^(?P<here>[A-Z][\w-]+) here\b[.,;:\s]*"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a brief asks for; `content` is what remains to be said, `topical` whether it names a topic."""

    seconds: float | None = None
    tone: Tone | None = None
    profile: str | None = None
    background: str | None = None
    captions: CaptionStyle | None = None
    persona: str | None = None
    topical: bool = False
    content: tuple[str, ...] = field(default=())


def seconds_in(text: str) -> float | None:
    """The first length named in a text, in seconds: "45s", "half a minute", "1:30"."""
    found = DURATION.search(text)
    if not found:
        return None
    if clock := found["clock"]:
        minutes, seconds = clock.split(":")
        return int(minutes) * 60.0 + int(seconds)
    value = float(found["digits"]) if found["digits"] else _NUMBER[found["word"].lower()]
    unit = found["unit"] or found["long"]
    return value * (60.0 if unit.lower().startswith("m") else 1.0)


def read_brief(text: str) -> Asked:
    """Take the asks out of a brief and keep the rest in clauses, in order."""
    asked, rest = _read_head(Asked(), " ".join(_NEW_LINE.sub("; ", _BULLET.sub(", ", text.strip())).split()))
    kept: list[str] = []
    for clause, separator in _clauses(rest):
        asked, remains = _read_clause(asked, clause, first=not kept)
        if remains:
            kept.append(remains + separator)
    return replace(asked, content=tuple(kept))


def is_filler(text: str) -> bool:
    """Whether a text asks for a video without saying what about ("please", "a short clip")."""
    return not re.sub(rf"\b(?:{_FILLER})\b|\W", "", text, flags=re.IGNORECASE)


def _clauses(text: str) -> list[tuple[str, str]]:
    """Pieces between commas, colons and sentence ends, each with the mark behind it."""
    parts = re.split(r"([,;:]\s+|\s+[-–—]+\s+|(?<=[\w)\"”’%])[.!?…]+(?:\s+|$))", text)
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=False)
    return [(clause.strip(), mark.strip()) for clause, mark in pairs if clause.strip()]


def _read_head(asked: Asked, text: str) -> tuple[Asked, str]:
    """Strip "please make me a warm 30-second LinkedIn video of Grace about …"."""
    start = _HEAD.match(text)
    rest = text[start.end() :] if start else text
    for _ in range(8):
        before = rest = rest.lstrip(" ,;:.")
        asked, rest = _lead_words(asked, rest)
        if thing := _THING.match(rest):
            asked = _directives(asked, thing.group())
            rest = rest[thing.end() :]
        if whom := _OF_WHOM.match(rest):
            asked = replace(asked, persona=None if whom[1] == "me" else whom[1].removesuffix("'s"))
            rest = rest[whom.end() :]
        if rest == before:
            break
    if leads := _LEADS.match(rest):
        asked, rest = replace(asked, persona=leads["name"] or leads["here"]), rest[leads.end() :]
        if not re.search(r"\b(?:she|he)\b", rest):
            rest = re.sub(r"\b(?:her|his)\b", "my", rest)
        if leads["here"]:
            return _read_head(asked, rest)
    rest = _FOR_WHOM.sub("", rest)
    if (saying := _SAYING.match(rest)) and (
        saying["that"] or saying["where"] or _states(rest[saying.end() :])
    ):
        return asked, rest[saying.end() :]
    if story := _STORY.match(rest):
        return replace(asked, topical=True, tone=asked.tone or Tone.STORYTELLING), rest[story.end() :]
    if about := _ABOUT.match(rest):
        return replace(asked, topical=True), rest[about.end() :]
    return asked, rest


def _states(text: str) -> bool:
    return shape_of(re.split(r"[,;:.!?]", text)[0]) is Shape.CLAUSE


_LEAD = re.compile(
    rf"(?:(?:a|an|about|around|max|under|in)\s+)?(?:{_LENGTH})[\s,:.-]*(?:long\b|max\b)?[\s,]*"
    rf"|(?:a\s+)?(?:(?:for\s+)?(?:{_FORMATS})|{_TONES})\b(?:\s+(?:tone|format|and))?(?:[\s,:]+|$)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"(?:\s+(?:(?:for|on|as a|to post on)\s+(?:{_FORMATS})|(?:from|in|at)\s+(?:the|a|my|"
    rf"our)\s+(?:{BACKGROUND})|"
    rf"in a \w+ (?:tone|voice|style)|in (?:about |under )?{_LENGTH}|"
    r"(?<!is )(?<!are )(?<!was )(?<!be )(?<!and )(?<!very )(?<!so )(?<!a )(?:warm|authoritative|"
    r"storytelling|soft)))+$",
    re.IGNORECASE,
)


def _lead_words(asked: Asked, rest: str) -> tuple[Asked, str]:
    """A length, a tone or a format standing at the very start."""
    if found := _LEAD.match(rest):
        return _directives(asked, found.group()), rest[found.end() :]
    return asked, rest


def _read_clause(asked: Asked, clause: str, first: bool) -> tuple[Asked, str]:
    """Consume a clause made of asks only; from the first clause take trailing asks such as "for LinkedIn"."""
    if persona := _PERSONA.match(clause):
        name = persona["a"] or persona["b"]
        if not re.fullmatch(_FORMATS, name, re.IGNORECASE):
            return replace(asked, persona=name), ""
    if _LABELS.match(clause):
        return asked, ""
    if first and (about := _ABOUT.match(clause)):
        asked, clause = replace(asked, topical=True), clause[about.end() :]
    if first and _AUDIENCE.match(clause):
        return asked, ""
    if not _only_asks(clause):
        tail = _TAIL.search(clause) if first else None
        if tail and (shape_of(clause) is not Shape.CLAUSE or tail.group().strip().lower() in TONE_OF):
            return _directives(asked, tail.group()), clause[: tail.start()].strip()
        return asked, clause
    return _directives(asked, clause), ""


def _only_asks(clause: str) -> bool:
    rest = DURATION.sub(" ", clause.lower())
    rest = re.sub(r"\b(?:no|without|with|plain) (?:captions?|subtitles?)\b", " ", rest)
    rest = re.sub(rf"\b(?:{_FORMATS}|{BACKGROUND})\b", " ", rest)
    rest = re.sub(rf"\b(?:{_TONES})\b", " ", rest)
    if rest == clause.lower():
        return False
    return not re.sub(rf"\b(?:{_FILLER})\b", " ", rest).strip(" .,!-–—:;()")


def _directives(asked: Asked, text: str) -> Asked:
    """Note every ask in a text that consists of asks."""
    low = text.lower()
    tone = next((TONE_OF[word] for word in re.findall(r"[a-z-]+", low) if word in TONE_OF), None)
    profile = next((name for name, words in PROFILE_OF.items() if re.search(rf"\b(?:{words})\b", low)), None)
    background = re.search(rf"\b({BACKGROUND})\b", low)
    captions = None
    if re.search(r"\b(?:captions?|subtitles?)\b", low):
        captions = CaptionStyle.OFF if re.search(r"\b(?:no|without)\b", low) else CaptionStyle.HIGHLIGHT
    return replace(
        asked,
        seconds=asked.seconds or seconds_in(text),
        tone=asked.tone or tone,
        profile=asked.profile or profile,
        background=asked.background or (background[1] if background else None),
        captions=asked.captions or captions,
    )
