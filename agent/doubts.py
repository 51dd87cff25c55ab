"""Words that may mean something costly or final, and wishes that nobody can fulfil: what is said to them instead."""

from __future__ import annotations

import re

from agent.asked import PROFILE_OF
from tools.context import Context

Pairs = tuple[tuple[str, str], ...]
MOST_WORDS = 16
_LEAD = (
    r"(?:(?:no|oh|please|actually|can you|could you|can we|let's|ok|okay|i want to|i'd like to|just|i think|and|"
    r"then) )*"
)
_TRAIL = r"(?: (?:please|then|now|again|instead|for me|thanks|from me))*"
_OVER = (
    r"(?:the )?same again|(?:start|begin|go)(?: (?:it|this|everything|all|the \w+))? (?:again|over|anew|afresh|"
    r"from scratch|from "
    r"(?:the )?"
    r"(?:start|beginning|zero))(?: (?:again|from scratch))?|restart(?: (?:it|everything|all|this))?|(?:from "
    r"scratch|new start)"
    r"|reset(?: (?:it|everything|all|this))?|(?:(?:write|make|do|give me|create|try|show me|i want) "
    r")?(?:me )?"
    r"(?:a |an )?(?:(?:completely |totally )?(?:new|another|different|other|fresh)|one more) (?:script|version|"
    r"draft|text|video|one|idea)"
    r"|(?:write|rewrite|redraft) (?:it|everything|all|the script|this)(?: all)?(?: again| anew| from scratch)?"
)
_END = (
    r"(?:(?:cancel|stop|abort) that|never ?mind|forget (?:it|this|about it|everything)|drop (?:it|this|"
    r"everything)|quit|(?:delete|remove|erase) "
    r"(?:it|everything|all|all of it|this|the video|it all|all lines|every line))(?: (?:it|this|that|please|now|"
    r"for now|all))*"
)
_SHOW = (
    r"(?:(?:re)?send|(?:re)?show|repeat|play|post|let me see|give|see)(?: me)? (?:it|this|that|(?:the |my "
    r")?(?:script|preview|"
    r"video|card|quote|lines|report|text|last one))(?: (?:to me|once more|one more time))*(?: again)?"
    r"|(?:re)?(?:send|show|read|play) (?:it|that|this|me)(?: to me)?(?: again| aloud)?|where is (?:the|my) "
    r"(?:script|card|quote)"
)
_OLD_YES = (
    r"(?:approve|accept|deliver|publish|send|render) (?:the )?(?:(?:version|script|preview|v|cut) ?\d+|(?:first|"
    r"second|"
    r"previous|last|old|older|original|earlier) (?:one|version|script|preview|cut))"
)
FORMAT = "|".join(PROFILE_OF.values())
_TOO = re.compile(
    rf"(?:.*\b(?:too|also|as well|additionally|in addition|both|another|second|extra|plus)\b.*\b(?:{FORMAT})\b.*|"
    rf".*\b(?:{FORMAT})\b.*\b(?:too|as well|also|version as)\b.*|(?:and )?(?:(?:do|make|give me|render) )?(?:the )?"
    rf"(?:exact )?same(?: thing| video| one| again)* (?:for|in|on|as)(?: a)? (?:{FORMAT})(?: \w+)?|(?:and "
    rf")?(?:now )?(?:a|one)(?: more)?(?: one)? (?:for|in) (?:{FORMAT}))"
)
_NOT_FORMATS = re.compile(
    r"\b(?:shots?|framing|angle|close\w*|line \d|portrait|photo|picture|captions?|say|add)\b"
)
_CANNOT: Pairs = (
    (r"\b(?:music|song|sound effects?|jingle|soundtrack)\b", "I add no music or sounds: the file has the voice "
        "alone."),
    (r"\b(?:logo|b-?roll|slides?|images?|pictures? of|website shown|charts?|gifs?|emojis?|animations?|effects?|"
        r"intro|outro|"
     r"transitions?)\b", "I show the person before a background and captions, nothing else."),
    (r"\b(?:smil\w+|gestur\w+|hands?|wave|nod\w*|blink\w*|eyes?|look(?:ing)? at|head|clothes|shirt|suit|hair|"
        r"glasses|dress\w*|"
     r"younger|older|wear\w*)\b", "Face, clothes and gestures come from the photo; “other portrait” takes "
     "another one."),
    (r"\b(?:(?:different|other|another|new|male|female|man's|woman's|deeper|higher|younger|older|better|nicer|"
        r"my) voice|"
     r"accents?|voice (?:is|sounds))\b", "The voice is the persona's. I change how it speaks: “warmer”, "
     "“slower”, another take with “again”."),
    (r"\b(?:call to action|jokes?|hashtags?|slogan)\b", "I write no words of my own: give me yours, such as "
        "“add at the end: …”."),
    (r"\b(?:loud\w*|quieter volume|volume)\b", "Loudness is set to what the format asks for, the same for all "
        "videos."),
    (r"\b(?:4k|hd|1080p?|720p?|resolution|higher quality|fps|60 ?fps)\b", "Size and quality belong to the "
        "format: social, "
     "square, wide, whatsapp or draft."),
    (r"\b(?:captions?|subtitles?|font)\b", "Captions come in three forms: “no captions”, “plain captions”, "
        "“captions word by word”."),
    (r"\b(?:merge|join|combine|connect|split|divide|cut in two|copy|duplicate|twice)\b", "I do not merge, split "
        "or copy lines. "
     "Write them: “change line 1 to …”, “add a line after 2: …”, “remove line 3”."),
    (r"\b(?:typos?|spell\w*|misspell\w*|mistake|wrong|incorrect|error|fix)\b|\bnot \d|\bit'?s .{1,30}\bnot\b",
     "Write what it should be: “replace four with five”, “change line 2 to …”; for the sound, “say Kadar as "
     "ka-DAR”."),
    (r"\b(?:boring|flat|dull|energy|energetic|lively|excit\w+|passion\w*|enthusias\w+|emotion\w*|robotic|"
        r"monoton\w+|natural)\b",
     "I can change the tone, of all or one line (“line 2 warmer”, “like a story”), the pace (“faster”), or take "
     "it “again”."),
    (r"\b(?:topic|make it about|instead about)\b", "Another topic is another video: say “cancel”, then write "
        "the new brief."),
    (r"\b(?:slow\w*|fast\w*)\b", "The pace is one for the whole video: “slower” alone changes it; a soft line "
        "is slower, too."),
    (r"\b(?:emphas\w+|stress)\b", "Emphasis stands in the words: “change line 2 to We are hiring *twelve* "
        "engineers.”"),
    (r"\bpauses?\b", "Say for example “pause 1 second after line 2”."),
    (r"\b(?:language|german|french|spanish|english|translat\w+)\b", "I do not translate. Another language is "
        "another video: say “cancel”, then send the whole script in it."),
)  # fmt: skip


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
    if re.fullmatch(
        r"(?:show|send|play|see|compare|what (?:was|is)) (?:me )?(?:the )?(?:version|script|"
        r"preview) \d.*",
        said,
    ):
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
            f"A video has one format. Approve this one first; then say “the same for {profile}” and I make that "
            f"one too. "
            f"To change this one instead, say “{profile} format”."
        )
    return ""


def another_format(plain: str) -> str:
    """The profile of a wish for the same video in one format more ("a square one too"), "" for any other text."""
    said = re.sub(rf"^{_LEAD}|{_TRAIL}$", "", plain)
    if not _TOO.fullmatch(said) or _NOT_FORMATS.search(said):
        return ""
    return next(name for name, words in PROFILE_OF.items() if re.search(rf"\b(?:{words})\b", said))


def cannot(plain: str) -> str:
    """Why a wish that no tool fulfils cannot be fulfilled, and what can; "" when that is not known."""
    return next((answer for pattern, answer in _CANNOT if re.search(pattern, plain)), "")
