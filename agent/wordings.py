"""Wishes that carry a text: new words for a line, a new line, another word, a sound, a title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.references import REFERENCE, lines_in
from studio.domain import Edit, Script

_REF = re.sub(r"\?P<\w+>", "?:", REFERENCE)
_TEXT = r"(?:[\"“](?P<quoted>[^\"”]+)[\"”]|(?P<plain>[^\n]+))"
_SAYS = r"(?:\s*(?::|->|=>|→|=)\s*|\s+(?:should|must|to|needs to|shall) (?:say|read|be)\s*:?\s+)"
_REWRITE = re.compile(
    rf"(?:\b(?:change|rewrite|replace|set|make|edit|rephrase|reword)\s+(?P<ref>{_REF})"
    rf"(?:\s*(?:to|with|as|into|so it says|:)\s*:?\s*|\s+(?=[\"“]))|(?P<ref2>{_REF}){_SAYS}){_TEXT}",
    re.IGNORECASE,
)
_ADD = re.compile(
    rf"\b(?:add|insert|put)\b(?:\s+(?:a|another|one more|this|the|new|line|sentence|as|it)\b)*\s*"
    rf"(?P<where>(?:after|before)\s+(?:{_REF}|\d+)|(?:at|to) the (?:very )?(?:end|start|beginning|"
    rf"top)|(?:as|in) the (?:first|last) line)?\s*"
    rf"(?:(?:that (?:says|reads)|saying)\s*)?(?::|,)?\s*{_TEXT}",
    re.IGNORECASE,
)
_MOVES = re.compile(rf"(?:add|insert|put) (?:{_REF})", re.IGNORECASE)
_AFTERWARDS = re.compile(
    rf"^\s*(?P<where>(?:after|before)\s+{_REF}|at the (?:end|start|beginning))", re.IGNORECASE
)
_ENDS = re.compile(
    rf"^(?:please )?(?P<which>end|close|finish|start|open|begin) (?:it )?with\s*:?\s*{_TEXT}", re.IGNORECASE
)
_WORD = r"[\"“']?(?P<{0}>[^\"“”,;\n]{{1,80}}?)[\"”']?"
_OLD, _NEW = _WORD.format("old"), _WORD.format("new")
_STOP = r"(?=\s*(?:[,;\n?!]|\.\s|\.?$|\s(?:and|then|everywhere|throughout|in (?:the )?lines?)\b))"
_SWAPS = (
    re.compile(
        rf"\b(?:remove|delete|drop|cut|take out|omit|lose)\s+(?:the words? )?[\"“](?P<old>[^\"”]+)[\"”]"
        rf"(?:\s+(?:from|in)\s+{_REF})?",
        re.IGNORECASE,
    ),
    re.compile(rf"\breplace\s+{_OLD}\s+(?:with|by)\s+{_NEW}{_STOP}", re.IGNORECASE),
    re.compile(rf"\b(?:change|swap)\s+(?:the word )?{_OLD}\s+(?:to|into|for)\s+{_NEW}{_STOP}", re.IGNORECASE),
    re.compile(rf"\b(?:use|say|write|put)\s+{_NEW}\s+instead of\s+{_OLD}{_STOP}", re.IGNORECASE),
    re.compile(rf"\binstead of\s+{_OLD},?\s+(?:use|say|write)\s+{_NEW}{_STOP}", re.IGNORECASE),
)
_SOUNDS = (
    re.compile(rf"\b(?:say|pronounce|read)\s+(?:the (?:name|word) "
               rf")?[\"“']?(?P<word>[\w'’-]+)[\"”']?\s+(?:as|like)\s+{_NEW}{_STOP}", re.IGNORECASE),
    re.compile(rf"[\"“']?\b(?P<word>[\w’-]+)[\"”']?\s+(?:is|should be) (?:pronounced|said)\s+(?:as |"
               rf"like )?{_NEW}{_STOP}", re.IGNORECASE),
    re.compile(rf"[\"“']?\b(?P<word>[\w’-]+)[\"”']?\s+sounds like\s+{_NEW}{_STOP}", re.IGNORECASE),
    re.compile(rf"\bpronounce\s+[\"“']?(?P<word>[\w'’-]+)[\"”']?[:,]?\s+{_NEW}{_STOP}", re.IGNORECASE),
)  # fmt: skip
_ALWAYS = re.compile(
    r",?\s*\b(?:always|from now on|in every video|every time|for good)\b,?\s*", re.IGNORECASE
)
_TITLE = re.compile(
    rf"(?:\b(?:call|name|title) (?:it|this|the video)|^title(?: it)?)\s*:?\s*{_TEXT}", re.IGNORECASE
)
_SETTING = re.compile(
    r"\b(?:the |a )?(?:background|backdrop|tone|voice|captions?|subtitles?|pace|speed|format|portrait|"
    r"photo|framing|shot|"
    r"length|label|it|this|everything)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wordings:
    """Edits found, and the rest of the reply without them."""

    edits: tuple[Edit, ...]
    rest: str


def wordings_in(reply: str, script: Script) -> Wordings:
    """Take the wishes with a text out of a reply.

    An unquoted text reaches to the end of its line of the reply, a quoted one to its closing quote.
    """
    edits: list[Edit] = []
    kept: list[str] = []
    for part in reply.splitlines():
        rest = _swapped(_sounds(part, edits), script, edits)
        for take in (_rewritten, _added, _framed, _titled):
            rest = take(rest, script, edits)
        kept.append(rest)
    return Wordings(tuple(edits), "\n".join(kept))


def _text_of(found: re.Match[str]) -> str:
    return (found["quoted"] or found["plain"]).strip()


def _without(part: str, found: re.Match[str]) -> str:
    return part[: found.start()] + " ; " + part[found.end() :]


def _rewritten(part: str, script: Script, edits: list[Edit]) -> str:
    found = _REWRITE.search(part)
    if not found or not (found["quoted"] or _is_wording(found["plain"])):
        return part
    numbers = lines_in(found["ref"] or found["ref2"], len(script.lines))
    edits += [Edit("rewrite_line", {"line": number, "text": _text_of(found)}) for number in numbers[:1]]
    return _without(part, found)


def _is_wording(text: str) -> bool:
    """Whether an unquoted text is a line to speak, not a wish such as "softer" or "a bit slower"."""
    return len(text.split()) > 3 or (text[:1].isupper() and text.rstrip()[-1:] in ".!?")


def _added(part: str, script: Script, edits: list[Edit]) -> str:
    found = _ADD.search(part)
    if not found or re.match(
        r"(?:the )?(?:captions?|subtitles?|label|background|some|more)\b", _text_of(found), re.IGNORECASE
    ):
        return part
    if not found["quoted"] and ":" not in found.group() and _MOVES.match(part[found.start() :]):
        return part  # a line that is there already
    marked = (
        found["quoted"]
        or found["where"]
        or re.search(r"\b(?:line|sentence)\b|:", found.group(), re.IGNORECASE)
    )
    if not marked:
        return part
    where, end = found["where"], found.end()
    if found["quoted"] and not where and (behind := _AFTERWARDS.match(part[end:])):
        where, end = behind["where"], end + behind.end()
    edits.append(Edit("add_line", {"after": _after(where or "", len(script.lines)), "text": _text_of(found)}))
    return part[: found.start()] + " ; " + part[end:]


def _after(where: str, count: int) -> int | None:
    low = where.lower()
    if low.startswith(("after", "before")):
        numbers = lines_in(low, count) or [int(digits) for digits in re.findall(r"\d+", low)]
        return numbers[0] - low.startswith("before")
    return 0 if re.search(r"start|beginning|top|first", low) else None


def _framed(part: str, script: Script, edits: list[Edit]) -> str:
    found = _ENDS.search(part)
    if not found or not (found["quoted"] or _is_wording(found["plain"])):
        return part
    at_start = found["which"].lower() in ("start", "open", "begin")
    edits.append(Edit("add_line", {"after": 0 if at_start else None, "text": _text_of(found)}))
    return _without(part, found)


def _titled(part: str, script: Script, edits: list[Edit]) -> str:
    found = _TITLE.search(part)
    if not found:
        return part
    edits.append(Edit("set_title", {"title": _text_of(found).strip("\"'“”.")}))
    return _without(part, found)


def _sounds(part: str, edits: list[Edit]) -> str:
    kept = {"always": True} if _ALWAYS.search(part) else {}
    bare = _ALWAYS.sub(" ", part) if kept else part
    if kept and any(pattern.search(bare) for pattern in _SOUNDS):
        part = bare
    for pattern in _SOUNDS:
        while found := pattern.search(part):
            if found["word"].lower() in ("it", "this", "that", "line"):
                break
            said = {"word": found["word"], "say": found["new"].strip("\"'“” .,")}
            edits.append(Edit("add_pronunciation", said | kept))
            part = _without(part, found)
    return part


def _swapped(part: str, script: Script, edits: list[Edit]) -> str:
    """One word for another, in every line that has it; settings ("the tone to warm") are left alone."""
    for pattern in _SWAPS:
        while found := pattern.search(part):
            old, new = found["old"].strip(), found.groupdict().get("new", "").strip()
            if _SETTING.search(old) or lines_in(old, len(script.lines)):
                break
            wanted = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
            now = _texts(script, edits)
            after = {at: _replaced(wanted, new, text) for at, text in now.items()}
            changed = [at for at in now if after[at] != now[at]]
            if not changed:
                break
            edits += [Edit("rewrite_line", {"line": at, "text": after[at]}) for at in changed]
            part = _without(part, found)
    return part


def _texts(script: Script, edits: list[Edit]) -> dict[int, str]:
    """The words of each line by its number, as the edits so far leave them."""
    texts = {at: line.text for at, line in enumerate(script.lines, 1)}
    rewritten = (edit.args for edit in edits if edit.tool == "rewrite_line")
    return texts | {int(str(args["line"])): str(args["text"]) for args in rewritten}


def _replaced(wanted: re.Pattern[str], new: str, text: str) -> str:
    """The text with a word replaced, or taken out with the space and the comma that it leaves behind."""
    changed = wanted.sub(lambda _: new, text)
    if changed == text or new:
        return changed
    tidy = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(changed.split()))
    tidy = re.sub(r"^[,;:]\s*|,(?=[.!?])", "", tidy)
    return tidy[:1].upper() + tidy[1:]
