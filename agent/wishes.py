"""Wishes without a text of their own: tone, pace, length, picture, captions, format, another take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.asked import DURATION, PROFILE_OF, seconds_in
from agent.references import lines_in, without_lines
from studio.domain import Edit, Framing, Script, Tone
from tools.context import Context
from tools.look_tools import PACE_HIGH, PACE_LOW
from tools.speech import script_seconds
from tools.trim import shorter_forms

_REPHRASED = (
    (r"\btoo (?:slow|sluggish)\b|\bspeed (?:it )?up\b|\bquicker\b|\bmore quickly\b", "faster"),
    (r"\b(?:a (?:bit|little|touch) )?too (?:fast|quick|rushed|hurried)\b|\bnot so fast\b|\bslow (?:it "
     r")?down\b|"
     r"\btake (?:your|more) time\b|\bslow\b(?! and)", "slower"),
    (r"\btoo (?:long|wordy)\b|\bcut it down\b|\btighten (?:it|this)(?: up)?\b|\btrim it\b|\bmore "
     r"concise\b", "shorter"),
    (r"\blower the (?:pace|speed)\b", "slower"),
    (r"(?:\b(?:make (?:it|this)|in|as)|^) portrait(?: mode| orientation)?(?= please$|$)", " portrait format"),
    (r"\btoo (?:close|tight|big)\b|\bzoom out\b|\bfurther (?:away|back)\b|\bstep back\b", "wider"),
    (r"\btoo (?:far|wide|small|distant)(?: away)?\b|\bzoom in\b|\btighter\b", "closer"),
    (r"\b(?:not|isn't|n't) (\w+) enough\b", r"more \1"),
    (r"\b(?:less|too|not so|not as) (?:warm|soft|friendly|emotional|dramatic|authoritative|serious|"
     r"formal|stiff)\b",
     "neutral tone"),
)  # fmt: skip
_TONES = (
    (Tone.SOFT, r"soft(?:er|ly)?|gentler?|gently|calm(?:er|ly)?|quiet(?:er|ly)?|tender(?:ly)?|more tender"),
    (Tone.WARM, r"warm(?:er|ly|th)?|friendl(?:y|ier)|kind(?:er|ly)|happ(?:y|ier)|heartfelt|cheerful|"
                r"more personal"),
    (Tone.AUTHORITATIVE, r"authoritative(?:ly)?|confident(?:ly)?|strong(?:er|ly)?|bold(?:er|ly)?|"
                         r"serious(?:ly)?|"
     r"professional|firm(?:er|ly)?|more (?:authority|power|conviction)|powerful|assertive|decisive"),
    (Tone.STORYTELLING, r"story ?telling|like a story|narrative|dramatic(?:ally)?|cinematic"),
    (Tone.NEUTRAL, r"neutral(?:ly)?|matter[- ]of[- ]fact|normal tone|plain(?:er)? tone|flat(?:ter)?"),
)  # fmt: skip
_NEGATED = re.compile(
    r"\b(?:don'?t|do not|doesn't|never|not|no need|isn't|leave|without chang\w+|as (?:it )?is|the same|"
    r"unchanged)\b"
)
_AGAIN = re.compile(
    r"\b(?:again|regenerate|retry|redo|re-?do|re-?render|re-?roll|re-?record|re-?shoot|"
    r"(?:another|new|fresh|different|one more) (?:take|try|version|attempt))\b"
)
_CAPTIONS = r"(?:captions?|subtitles?|subs)"
_SMALL, _LARGE = (
    r"\b(?:a (?:bit|little|touch|tad)|slightly|somewhat)\b",
    r"\b(?:much|a lot|way|far|considerably)\b",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One clause of a reply: in small letters with usual phrasings unified, and the lines it names."""

    text: str
    lines: list[int]
    script: Script
    context: Context

    def each(self, tool: str, **args: object) -> list[Edit]:
        """The edit for every named line, or one for all lines."""
        numbers: list[int | None] = list(self.lines)
        return [Edit(tool, {"line": number, **args}) for number in numbers or [None]]

    def has(self, pattern: str) -> bool:
        """Whether the clause says so."""
        return re.search(rf"\b(?:{pattern})\b", self.text) is not None


def edits_of(clause: str, script: Script, context: Context, inherited: list[int]) -> list[Edit]:
    """Edits that a clause wants; [] for none. `inherited` lines count if it names none."""
    text = clause.lower().replace("’", "'")
    for pattern, plain in _REPHRASED:
        text = re.sub(pattern, plain, text)
    lines = lines_in(text, len(script.lines)) or inherited
    wish = Wish(without_lines(text), lines, script, context)
    if found := _switched_off(wish) or _paused(wish):
        return found
    if _NEGATED.search(wish.text):
        return []
    found = [edit for rule in _RULES for edit in rule(wish)]
    return found or (wish.each("regenerate") if _AGAIN.search(text) else [])


def _switched_off(wish: Wish) -> list[Edit]:
    off = (
        r"no|cancel|without|remove|hide|drop|off|delete|lose|kill|don't want|take away|get rid of|"
        r"turn off|disable"
    )
    if wish.has(_CAPTIONS) and wish.has(off) and not wish.has("back|don't remove|don't hide"):
        return [Edit("set_captions", {"style": "off"})]
    if wish.has("label|watermark|disclosure") and wish.has(off):
        return [Edit("set_label", {"shown": False})]
    own = r"(?:no|own|original|real|photo'?s?(?: own)?|remove(?: the)?|without (?:the|a)|my own) background"
    if wish.has(own) or wish.has("background (?:off|of the photo|from the photo)"):
        return [Edit("change_background", {"background": "photo"})]
    taken_out = (
        r"(?:please |just |also |maybe |you can |can you |could you )*(?:remove|delete|drop|"
        r"cut|take out|skip|lose|kill|without|omit|scrap)\b"
    )
    if (
        wish.lines
        and re.match(taken_out, wish.text)
        and not re.search(r"\bto \d|\d+ ?s|[\"“]|\bfrom$", wish.text)
    ):
        return [Edit("remove_line", {"line": number}) for number in wish.lines]
    return []


def _paused(wish: Wish) -> list[Edit]:
    """A pause behind a line, one second unless told, as a mark in its words."""
    at = wish.lines[0] - bool(re.search(r"\bbefore\b", wish.text)) if wish.lines else 0
    if (
        not wish.has("pause|break|silence")
        or wish.has("no|less|shorter|without")
        or not 1 <= at <= len(wish.script.lines)
    ):
        return []
    text = wish.script.lines[at - 1].text
    return [Edit("rewrite_line", {"line": at, "text": f"{text} [pause {seconds_in(wish.text) or 1.0:g}]"})]


def _tone(wish: Wish) -> list[Edit]:
    for tone, words in _TONES:
        if wish.has(words):
            return wish.each("set_tone", tone=str(tone))
    return []


def _pace(wish: Wish) -> list[Edit]:
    """The pace is one for the whole video: a wish for one line is none."""
    now = wish.script.look.pace
    step = 0.04 if wish.has(_SMALL) else 0.16 if wish.has(_LARGE) else 0.08
    if wish.has("normal (?:speed|pace)"):
        wanted = 1.0
    elif exact := re.search(r"\b(?:pace|speed)\D{0,8}(\d(?:\.\d+)?)", wish.text):
        wanted = float(exact[1])
    elif wish.has("slower|more slowly"):
        wanted = max(PACE_LOW, now - step)
    elif wish.has("faster"):
        wanted = min(PACE_HIGH, now + step)
    else:
        return []
    return [] if wish.lines else [Edit("set_pace", {"pace": round(wanted, 2)})]


def _length(wish: Wish) -> list[Edit]:
    now = script_seconds(wish.script)
    by = re.search(rf"(?:shorter by|lose|cut|remove|take off)\s+(?:{DURATION.pattern})", wish.text)
    less = re.search(rf"(?:{DURATION.pattern})\s+shorter", wish.text)
    if found := by or less:
        return _trimmed(now - (seconds_in(found.group()) or 0.0))
    if seconds := seconds_in(wish.text):
        return _trimmed(seconds)
    bare = re.search(r"\b(?:cut|trim|shorten|reduce) (?:it |this )?(?:down )?to (\d+)\b", wish.text)
    if bare:
        return _trimmed(float(bare[1]))
    if not wish.has("shorter|shorten|half as long|half the length"):
        return []
    if wish.lines:
        return [_shorter_line(wish.script, number) for number in wish.lines]
    share = 0.5 if wish.has("half") else 0.88 if wish.has(_SMALL) else 0.6 if wish.has(_LARGE) else 0.8
    return _trimmed(now * share)


def _trimmed(seconds: float) -> list[Edit]:
    return [Edit("trim_to_length", {"seconds": round(seconds, 1)})]


def _shorter_line(script: Script, number: int) -> Edit:
    """A line's own words with a part left out; a line with nothing to leave out is refused as empty."""
    text = script.lines[number - 1].text if 1 <= number <= len(script.lines) else ""
    forms = sorted((form for form in shorter_forms(text) if len(form) < len(text)), key=len)
    return Edit("rewrite_line", {"line": number, "text": forms[-1] if forms else text})


def _background(wish: Wish) -> list[Edit]:
    names = "|".join(map(re.escape, wish.context.backgrounds)) or "(?!)"
    place = re.search(
        rf"\b(?:(?P<a>{names})\s+(?:background|backdrop|setting|scene)|background\W+(?:to |is |should "
        rf"be )?(?:the |an? )?(?P<b>{names})|"
        rf"(?:from|in|inside|at|to) (?:the |a |an |my )?(?P<c>{names})|^(?:the |an? "
        rf")?(?P<d>{names})(?: one)?(?: please)?$)",
        wish.text,
    )
    if place:
        return [Edit("change_background", {"background": next(name for name in place.groups() if name)})]
    if wish.has("(?:another|other|different|new|change the) background"):
        names_, now = wish.context.backgrounds, wish.script.look.background
        after = names_[(names_.index(now) + 1) % len(names_)] if now in names_ else (*names_, "photo")[0]
        return [Edit("change_background", {"background": after})]
    unknown = re.search(
        r"\b(?!the\b|my\b|a\b|change\b)(\w+) background$|\bbackground (?:to|of|:) ?(?:the |an? )?(\w+)",
        wish.text,
    )
    return [Edit("change_background", {"background": unknown[1] or unknown[2]})] if unknown else []


def _framing(wish: Wish) -> list[Edit]:
    if wish.has(r"closer|close[- ]?up|close shot|close framing"):
        return wish.each("reframe", framing="close")
    if wish.has("medium(?: shot| framing)?"):
        return wish.each("reframe", framing="medium")
    if wish.has("wide (?:shot|framing|angle)"):
        return wish.each("reframe", framing="wide")
    if not wish.has("wider"):
        return []
    shots = wish.script.lines
    numbers = wish.lines or range(1, len(shots) + 1)
    close = all(shots[n - 1].framing is Framing.CLOSE for n in numbers if 1 <= n <= len(shots))
    return wish.each("reframe", framing="medium" if close else "wide")


def _captions(wish: Wish) -> list[Edit]:
    if not wish.has(_CAPTIONS):
        return []
    if wish.has("plain|simple|without highlight"):
        return [Edit("set_captions", {"style": "plain"})]
    shown = r"back|on|add|with|show|restore|want|highlight\w*|word by word|turn on|enable|yes|need|bring|include|put"
    alone = re.fullmatch(rf"{_CAPTIONS}", wish.text.strip(" .!"))
    return [Edit("set_captions", {"style": "highlight"})] if alone or wish.has(shown) else []


def _label(wish: Wish) -> list[Edit]:
    shown = wish.has("label|disclosure") and wish.has("show|add|back|on|with")
    return [Edit("set_label", {"shown": True})] if shown else []


def _profile(wish: Wish) -> list[Edit]:
    if wish.has("wider|wide (?:shot|framing|angle)|close"):
        return []
    for name, words in PROFILE_OF.items():
        if wish.has(words) and not wish.has(r"feed (?:the|them)"):
            return [Edit("set_profile", {"profile": name})]
    return []


def _portrait(wish: Wish) -> list[Edit]:
    if not wish.has("portrait|photo|picture|headshot") or wish.has("portrait format|background"):
        return []
    names, now = wish.context.portraits, wish.script.look.portrait
    named = next((name for name in names if wish.has(re.escape(name.lower()))), None)
    if named is None and wish.has("other|another|different|next|change|switch|swap") and names:
        named = names[(names.index(now) + 1) % len(names)] if now in names else names[-1]
    if named is None:
        unknown = re.search(r"(\w+) (?:portrait|photo)|(?:portrait|photo) (\w+)", wish.text)
        named = (unknown[1] or unknown[2]) if unknown else "?"
    return [Edit("choose_portrait", {"portrait": named})]


def _takes(wish: Wish) -> list[Edit]:
    """ "three takes", "take 2", "the second take"; the best again."""
    if found := re.search(rf"\b({_COUNTED}) takes\b", wish.text):
        return wish.each("set_takes", takes=_counted(found[1]))
    nth = re.search(
        rf"\btake (?:number |no\.? ?|#)?({_COUNTED})\b|\b(first|second|third|fourth|fifth) take\b", wish.text
    )
    number = 0 if wish.has("best take") else _counted(nth[1] or nth[2]) if nth else -1
    return [Edit("choose_take", {"line": line, "take": number}) for line in wish.lines] if number >= 0 else []


_COUNTED = r"\d|two|three|four|five|one"


def _counted(word: str) -> int:
    words = {"one": 1, "first": 1, "two": 2, "second": 2, "three": 3, "third": 3, "four": 4, "fourth": 4}
    return words.get(word, 5) if word.isalpha() else int(word)


_RULES: tuple[Callable[[Wish], list[Edit]], ...] = (
    _takes, _tone, _pace, _length, _background, _framing, _captions, _label, _profile, _portrait,
)  # fmt: skip
