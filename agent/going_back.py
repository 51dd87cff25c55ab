"""Words that want an earlier version back: "undo", "back to version 1", "I preferred the first one"."""

from __future__ import annotations

import re

from agent.references import lines_in, without_lines
from studio.domain import Edit, Script
from tools.context import Context

_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "twice": 2}
_NTH = {"first": 1, "original": 1, "initial": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_N = rf"(?:\d{{1,2}}|{'|'.join(_COUNTS)})"
_KIND = r"(?:version|script|preview|cut|draft|video|edit)"
_NUMBERED = rf"(?:the )?(?:{_KIND}|v) ?(?:number |no )?{_N}"
_OLDER = r"(?:the |my |our )?(?:previous|prior|old|older|earlier|former)"
_PLAINLY = (
    rf"(?:{_NUMBERED}|the (?:very )?(?:{'|'.join(_NTH)}|last) {_KIND}(?: before)?|the original|{_OLDER} "
    rf"(?:{_KIND}|one)"
    rf"|(?:the )?(?:{_KIND}|one) (?:before|i had|we had|from before))"
)
_THAT = (
    rf"(?:{_PLAINLY}|the (?:very )?(?:{'|'.join(_NTH)}|last)(?: one)?|(?:what|how) (?:it was|we had|i had)(?: "
    rf"before)?)"
)
_CHANGE = r"(?:(?:the|that|this|my|your|these|those|all)(?: the)?(?: last| latest)? (?:changes?|edits?|one))"
_WAS = (
    r"(?:(?:as|how|like|the way|to (?:how|what|as|the way)) (?:it|they|that|everything) (?:was|were)(?: before)?"
    r"|(?:as|like) before)"
)
_GO = (
    r"(?:go|step|roll|turn|move|get|switch|jump|change|set|take|put|bring|make|leave)"
    r"(?: (?:it|that|this|me|us|everything|all))?"
)
_LEAD = (
    r"(?:(?:no|oh|oops|sorry|please|actually|(?:can|could|would) you|ok|okay|wait|hm+|well|yes|yeah|let's|i want to|"
    r"i'd like to|we should|just|maybe|i think|not that|and|so|but|then|also|plus|yet) )*"
)
_TRAIL = r"(?: (?:please|instead|again|now|then|first|thanks|after all|for me))*"
_UNDO = re.compile(
    rf"(?:undo|revert)(?: (?:it|this|that|everything|all|{_CHANGE}|what (?:you|i|we)(?: just)? (?:did|changed)))?"
    rf"(?: (?P<times>twice|{_N} (?:times|steps|changes|versions)))?(?: undo)*"
    rf"|(?:{_GO} )?back(?: (?P<steps>{_N})(?: (?:steps?|versions?|times))?)?"
    rf"|(?:(?:{_GO}|i want it|it was better) )?(?:back )?{_WAS}|(?:that|it) was (?:much )?better(?: before)"
    rf"|(?:forget|cancel|scratch|discard|drop|remove|never ?mind|take back) {_CHANGE}|scratch (?:that|this)"
    r"|(?:that|this|the last|my last|your last) change (?:was|is) (?:a mistake|wrong|bad|worse|no good|not good)"
)
_TO = re.compile(
    rf"(?:(?:{_GO} |undo )?back to|(?:return|revert|reset|undo) to|(?:{_GO} |i want it )?(?:like|as in)|restore|"
    rf"bring back|give me(?: back)?|use|"
    rf"take|keep|"
    rf"choose|pick|go (?:back )?with|(?:i|we)(?:'d| would)? (?:really |much |still )?(?:want|prefer(?:red)?|"
    rf"liked?|loved?|"
    rf"choose|take)) {_THAT}(?: (?:better|more|best|back|a lot|much))*"
    rf"|{_THAT} (?:was|were|looked|sounded|felt) (?:(?:much|a lot|way|far|really|so|clearly) )*"
    rf"(?:better|nicer|best|stronger|prettier|clearer)|{_PLAINLY}"
)
_LATEST = re.compile(
    r"(?:keep|use|take|choose|pick|go with|(?:i|we) (?:want|like|love|choose|take)) the "
    r"(?:very )?last\b"
)
"""The last one is the one before where it "was better", and the present one where somebody likes it."""
_ONE_LINE = re.compile(
    rf"(?:undo|revert|restore|reset)(?: {_CHANGE})?(?: (?:in|to|of|on))?|(?:bring|put|take|give me) back"
    rf"|(?:keep|use|take|bring|put|want|restore)?(?: back)? ?(?:{_WAS}|back|(?:back to|from|of|as in|like in|in|"
    rf"as|like) "
    rf"{_THAT})"
)
_CLAUSE = re.compile(r"[^,;\n.!?]+?(?=[,;\n.!?]|\s(?:and|but|then|also|plus|yet)\s|$)", re.IGNORECASE)


def back_in(text: str, script: Script, stage: str, context: Context) -> tuple[Edit | None, str]:
    """The going back that a reply asks for, and the reply without those words."""
    for clause in _CLAUSE.finditer(text):
        if re.search(r"[\"“:]", text[: clause.end()]):
            break  # words to be spoken
        low = " ".join(re.sub(r"[^\w\s']", " ", clause.group().lower().replace("’", "'")).split())
        words = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", low)
        if (edit := _read(words, script, stage, context)) is not None:
            return edit, f"{text[: clause.start()]} {text[clause.end() :]}".strip(" ,;.!")
    return None, text


def _read(words: str, script: Script, stage: str, context: Context) -> Edit | None:
    if undo := _UNDO.fullmatch(words):
        said = (undo["times"] or undo["steps"] or "one").split()[0]
        steps = _count(said) + words.count(" undo")
        name = context.trail[min(steps, len(context.trail)) - 1] if context.trail else None
        return Edit("go_back", {"version": name, "line": None})
    if _TO.fullmatch(words) and not _LATEST.match(words):
        return Edit("go_back", {"version": _named(words, script, stage, context), "line": None})
    lines = lines_in(words, len(script.lines))
    if len(lines) == 1 and _ONE_LINE.fullmatch(without_lines(words)):
        name = _named(without_lines(words), script, stage, context)
        return Edit("go_back", {"version": name, "line": lines[0]})
    return None


def _named(words: str, script: Script, stage: str, context: Context) -> str | None:
    """The version meant: of a number alone the preview where previews are shown, else the script; None: the last."""
    numbered = re.search(rf"\b(?P<kind>{_KIND}|v) ?(?:number |no )?(?P<n>{_N})\b", words)
    nth = re.search(rf"\b(?P<n>{'|'.join(_NTH)})\b(?: (?P<kind>{_KIND}))?", words)
    found = numbered or nth
    if found is None:
        return None
    number = _count(found["n"]) if numbered else _NTH[found["n"]]
    names = [f"preview {number}", f"script {number}"]
    if found["kind"] in ("script", "preview", "cut", "video"):
        return names[found["kind"] == "script"]
    names = names if stage == "cut" and "preview 1" in context.versions else names[1:]
    there = [name for name in names if name in context.versions]
    return next((name for name in there if context.versions[name] != script), (there or names)[0])


def _count(word: str) -> int:
    return max(1, _COUNTS.get(word) or int(word))
