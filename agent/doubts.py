"""Words that may mean something costly or final: the question that is asked back."""

from __future__ import annotations

import re

from agent.asked import PROFILE_OF
from tools.context import Context

MOST_WORDS = 16
_LEAD = (
    r"(?:(?:no|oh|please|actually|can you|could you|can we|let's|ok|okay|i want to|i'd like to|just|i think|and|"
    r"then) )*"
)
_TRAIL = r"(?: (?:please|then|now|again|instead|for me|thanks|from me))*"
_AFRESH = r"(?:again|over|anew|afresh|from scratch|from (?:the )?(?:start|beginning|zero))"
_OTHER = r"(?:(?:completely |totally )?(?:new|another|different|other|fresh)|one more)"
_OVER = (
    rf"(?:the )?same again|(?:start|begin|go)(?: (?:it|this|everything|all|the \w+))? {_AFRESH}"
    r"(?: (?:again|from scratch))?"
    r"|from scratch|new start|(?:restart|reset)(?: (?:it|everything|all|this))?"
    rf"|(?:(?:write|make|do|give me|create|try|show me|i want) )?(?:me )?(?:a |an )?{_OTHER}"
    r" (?:script|version|draft|text|video|one|idea)"
    r"|(?:write|rewrite|redraft) (?:it|everything|all|the script|this)(?: all)?(?: again| anew| from scratch)?"
)
_ALL_OF_IT = r"(?:it|everything|all|all of it|this|the video|it all|all lines|every line)"
_END = (
    r"(?:(?:cancel|stop|abort) that|never ?mind|forget (?:it|this|about it|everything)|drop (?:it|this|everything)|quit"
    rf"|(?:delete|remove|erase) {_ALL_OF_IT})(?: (?:it|this|that|please|now|for now|all))*"
)
_CARD = r"(?:script|preview|video|card|quote|lines|report|text|last one)"
_SHOW = (
    rf"(?:(?:re)?send|(?:re)?show|repeat|play|post|let me see|give|see)(?: me)? (?:it|this|that|(?:the |my )?{_CARD})"
    r"(?: (?:to me|once more|one more time))*(?: again)?"
    r"|(?:re)?(?:send|show|read|play) (?:it|that|this|me)(?: to me)?(?: again| aloud)?"
    r"|where is (?:the|my) (?:script|card|quote)"
)
_OLD_YES = (
    r"(?:approve|accept|deliver|publish|send|render) (?:the )?(?:(?:version|script|preview|v|cut) ?\d+"
    r"|(?:first|second|previous|last|old|older|original|earlier) (?:one|version|script|preview|cut))"
)
_EARLIER = r"(?:show|send|play|see|compare|what (?:was|is)) (?:me )?(?:the )?(?:version|script|preview) \d.*"
FORMAT = "|".join(PROFILE_OF.values())
_TOO = re.compile(
    rf".*\b(?:too|also|as well|additionally|in addition|both|another|second|extra|plus)\b.*\b(?:{FORMAT})\b.*"
    rf"|.*\b(?:{FORMAT})\b.*\b(?:too|as well|also|version as)\b.*"
    r"|(?:and )?(?:(?:do|make|give me|render) )?(?:the )?(?:exact )?same(?: thing| video| one| again)*"
    rf" (?:for|in|on|as)(?: a)? (?:{FORMAT})(?: \w+)?"
    rf"|(?:and )?(?:now )?(?:a|one)(?: more)?(?: one)? (?:for|in) (?:{FORMAT})"
)
_NOT_FORMATS = re.compile(
    r"\b(?:shots?|framing|angle|close\w*|line \d|portrait|photo|picture|captions?|say|add)\b"
)


def drastic(plain: str, stage: str, context: Context) -> str:
    """The question back to words that would do everything anew or end the video; "" for all others."""
    said = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", plain)
    if any(re.fullmatch(_OVER, each) for each in (plain, said)):
        again = "“again” records every line anew, " if stage == "cut" else ""
        undo = "“undo” brings back the version before, " if context.trail else ""
        return (
            f"I start nothing over by myself: {again}{undo}“change line 1 to …” gives other words. "
            "For another video say “cancel”, then write the new brief."
        )
    if re.fullmatch(_END, said):
        back = "; “undo” goes back" if context.trail else ""
        return f"Shall I stop this video for good? Then say “cancel”. If not, tell me what to change{back}."
    return ""


def asked_back(plain: str, stage: str, context: Context) -> str:
    """The question or the answer to doubtful words, small and without marks; "" for all others.

    `stage` is "script" or "cut": which of them is up for review.
    """
    if len(plain.split()) > MOST_WORDS:
        return ""
    if ask := drastic(plain, stage, context):
        return ask
    said = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", plain)
    name = {"script": "the script", "cut": "the preview"}[stage]
    if re.fullmatch(_EARLIER, said):
        return "Earlier versions stand above; “back to version 1”, for example, brings one back."
    if any(re.fullmatch(_SHOW, each) for each in (plain, said)):
        return (
            "The script is the last card above; what I change I show again by itself."
            if stage == "script"
            else "The preview comes here by itself; where it is above, it is the last card."
        )
    if re.fullmatch(_OLD_YES, said):
        return f"Only {name} shown last can be approved; “back to version 1” would bring back an earlier one first."
    if profile := another_format(plain):
        return (
            f"A video has one format. Approve this one first; then say “the same for {profile}” and I make that one "
            f"too. To change this one instead, say “{profile} format”."
        )
    return ""


def another_format(plain: str) -> str:
    """The profile of a wish for the same video in one format more ("a square one too"), "" for any other text."""
    said = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", plain)
    if not _TOO.fullmatch(said) or _NOT_FORMATS.search(said):
        return ""
    return next(name for name, words in PROFILE_OF.items() if re.search(rf"\b(?:{words})\b", said))
