"""The embedded reader: what a reply means, as a verdict and typed edits, by rules.

An approval is never guessed: it takes a reply that consists of nothing but words of consent. A wish in the
same reply makes it a revision, and a word that no rule knows makes it unclear.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Literal

from agent.answers import answer, examples
from agent.doubts import asked_back, drastic
from agent.foreign import in_english, is_foreign
from agent.going_back import back_in
from agent.impossible import cannot
from agent.moves import moves_in
from agent.references import by_words, lines_in, without_lines
from agent.wishes import edits_of
from agent.wordings import wordings_in
from studio.domain import Edit, Reading, Script, Verdict
from studio.errors import NeedsFounder
from tools.context import Context
from tools.describe import describe_edit
from tools.edits import one_by_one

Stage = Literal["script", "cut"]
_UP: dict[Stage, str] = {"script": "the script", "cut": "the preview"}
_HELP = ("help", "help me", "options", "commands", "examples")
_NOTHING_MADE = "Nothing is recorded yet, so there is nothing to do again; what should be different?"
MAX_REPLY = 4000
_CONSENT = (
    r"approved?|i approve(?: (?:it|this))?|yes|yep|yeah|yup|ok|okay|okey|sure|looks? (?:good|great|"
    r"perfect|fine)|"
    r"(?:it|this|that)(?:'?s| is| looks) (?:good|great|perfect|fine|ok|okay|approved)|all good|good to go|ship "
    r"it|lgtm|go|"
    r"go ahead|go for it|perfect|sounds good|let's go|do it|absolutely|of course"
)
_AT_STAGE = {
    "script": r"render (?:it|this)|make it|shoot it|film it",
    "cut": r"(?:send|deliver|publish|post|release) (?:it|this)",
}
_PRAISE = (
    r"great|nice|thanks|thank you|thx|love (?:it|this)|i (?:really )?(?:like|love) it|cool|"
    r"awesome|good|fine|wow|excellent|super|amazing|beautiful|brilliant"
)
_FILLER = (
    r"please|now|then|so much|so|and|very much|really|very|well|it|all|for me|to me|from my side|by me|"
    r"guys|team|everyone|!|just|pls|absolutely"
)
PRAISE = re.compile(rf"(?:(?:{_PRAISE}|{_FILLER})\s*)+")
"""Kind words that are no yes, small and without marks."""
_COURTESY = (
    r"can|could|would|will|you|we|i|i'd|like|want|need|to|make|have|be|is|the|a|also|maybe|for|of|in|"
    r"on|this|that|"
    r"hi|hey|hello|(?:the )?same(?: as before)?|not that|ahead|made|mistakes?|wrong|lines?|from|but|do|with|"
    r"everywhere|no|wait|actually|"
    r"sorry|oops|typo"
)
_YES_SIGNS = "👍✅👌🆗✔☑"
_GLAD_SIGNS = frozenset(_YES_SIGNS + "🚀🎉🙏❤💯🔥😀😃😄😊🙂😍🥰👏🙌💪✨🎬")
_CANCEL = re.compile(
    r"(?:please |ok(?:ay)?,? |no,? )*(?:cancel|stop|abort|scrap (?:it|this)|"
    r"discard(?: (?:it|this))?|kill (?:it|this)|throw it away|don't make (?:it|this)|we don't "
    r"need (?:it|this)(?: anymore)?)"
    r"(?: (?:it|this|that|the video|the whole thing|everything|production|please|now|for now|all))*"
)
_ASKS = re.compile(
    r"^(?:and |so |but |ok(?:ay)?,? |hi,? |hey,? )*(?:what|how|why|when|who|where|which|whose|is|are|"
    r"does|do|did|will|should|am|was|has|have|(?:can|may|could) (?:i|we)(?! (?:have|get|see|hear|make|change|"
    r"add|go|undo)))\b"
)
_SUGGESTS = re.compile(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:how about|what about|what if (?:we|you|it|line)|why (?:don't|"
    r"not)|do you mind|will you|"
    r"is it possible to|are you able to)\b"
)
_SPLIT = re.compile(r"\s*(?:[,;\n]|[.!?]+(?=\s|$)|\s(?:and|but|then|also|plus|yet)\s)\s*", re.IGNORECASE)
_LIST = re.compile(
    r"(\blines?\s+\w+)((?:\s*(?:,|and|&)\s*(?:\d+|one|two|three|four|five|six)\b)+)", re.IGNORECASE
)
_NTH = r"(?:first|second|third|fourth|fifth|sixth|last)"
_NTH_LIST = re.compile(rf"\b(the {_NTH}) and ((?:the )?{_NTH} (?:lines?|sentences?))\b", re.IGNORECASE)
_WANTS = re.compile(
    r"\b(?:don'?t|not|no|make|change|can|could|would|should|add|remove|more|less|line|shot|want|need|"
    r"like|hate|wrong|too|"
    r"bit|try|use|but|wait|until|instead|fix|\w+er)\b"
)
_DOUBT = re.compile(
    r"\b(?:never|nobody|none|cannot|can't|won't|isn't|if|unless|except|however|though|although|maybe|"
    r"perhaps|almost|nearly|"
    r"later|before|after|when|once|hold|system|instructions?|ignore|rules?)\b|n't\b"
)
_CONTENT = re.compile(
    r"(?:no(?: more)? changes?|nothing(?: (?:else|more))?(?: to change)?|don't change (?:anything|a thing)|"
    r"keep it(?: (?:as (?:it )?is|like (?:this|that)))?)"
    r"(?: (?:please|thanks|needed|from me|it's (?:perfect|fine|great)))*"
)
_WAIT = re.compile(
    r"(?:(?:no|please|just|oh|ok|oops|sorry|actually) )*(?:wait|hold on|hang on|(?:a|one|give me a) "
    r"(?:moment|minute|min|sec|second))(?: (?:please|a moment|a minute|a sec|a second))*"
)
_MANNER = re.compile(
    r"\b(?:funn(?:y|ier)|jokes?|wittier|(?:less|more) (?:corporate|human|fun|engaging|punchy|natural|casual))\b"
)


def read(reply: str, script: Script, stage: Stage, context: Context) -> Reading:
    """What a reply to a shown script or cut means. Any text is readable; edits are checked."""
    text = reply.strip()[:MAX_REPLY]
    plain = _plain(text)
    if ask := doubted(text, stage, context):
        return Reading(Verdict.UNCLEAR, (), ask)
    if _is_question(plain, text) or plain in _HELP:
        return Reading(Verdict.QUESTION, (), answer(plain, script, stage, context))
    edits, unknown = _wanted(text, script, stage, context)
    if stage == "script" and edits and all(edit.tool == "regenerate" for edit in edits):
        return Reading(Verdict.UNCLEAR, (), f"{_NOTHING_MADE} Say for example {examples(script, context)}.")
    if edits:
        return _checked(edits, unknown, script, context)
    if _CANCEL.fullmatch(plain):
        return Reading(Verdict.CANCEL)
    if consents(reply, stage):
        return Reading(Verdict.APPROVE)
    if text.endswith("?") and consents(text.rstrip("? "), stage):
        return Reading(
            Verdict.UNCLEAR, (), "Is that a yes? Say “approve” without the question mark and I go on."
        )
    if text.endswith("?"):
        return Reading(Verdict.QUESTION, (), answer(plain, script, stage, context))
    return Reading(Verdict.UNCLEAR, (), _ask_back(text, script, stage, context))


def consents(reply: str, stage: Stage) -> bool:
    """Whether a reply is consent and nothing else: short, every word of it known, no question."""
    plain = _plain(reply)
    signed = any(sign in reply for sign in _YES_SIGNS)
    signs_used = {sign for sign in reply if unicodedata.category(sign) == "So"}
    if re.search(r"\?|\.\.|…", reply) or len(plain) > 120 or not signs_used <= _GLAD_SIGNS:
        return False
    rest, said = re.subn(rf"\b(?:{_CONSENT}|{_AT_STAGE[stage]})(?!\w|')", " ", plain)
    rest = re.sub(rf"\b(?:{_PRAISE}|{_FILLER})(?!\w|')", " ", rest)
    return bool(said or (signed and not rest.strip())) and not re.search(r"\w", rest)


def may_decide(reply: str) -> bool:
    """Whether a language model's yes or stop may count: a short reply, no question, doubt or condition.

    A model reads more words of consent than the rules know, and can be talked into things: so it decides only
    where a person would see nothing but a plain answer.
    """
    doubts = (
        re.search(r"\?|\.\.|…|\n", reply.strip())
        or _WANTS.search(plain := _plain(reply))
        or _DOUBT.search(plain)
        or is_foreign(reply)
    )
    return not doubts and 0 < len(reply.split()) <= 12


def doubted(reply: str, stage: Stage, context: Context) -> str:
    """What doubtful words that may cost or end something are answered with, "" for any other reply."""
    if said := asked_back(_plain(reply), stage, context):
        return said
    clauses = [] if re.search(r"[\"“:]", reply) else _SPLIT.split(reply[:MAX_REPLY])
    return next(filter(None, (drastic(_plain(clause), stage, context) for clause in clauses)), "")


def _plain(text: str) -> str:
    """Small letters, straight quotes, no emoji and no marks."""
    low = text.lower().replace("’", "'")
    return " ".join(re.sub(r"[^\w\s']|_", " ", low).split())


def _is_question(plain: str, text: str) -> bool:
    asks = _ASKS.match(plain) and not _SUGGESTS.match(plain)
    return bool(
        asks and ("?" in text or re.match(r"(?:what|how|why|when|who|where|which|can i|can we|may) ", plain))
    )


def _wanted(text: str, script: Script, stage: Stage, context: Context) -> tuple[list[Edit], list[str]]:
    """The edits a reply wants, and the clauses in which nothing was understood."""
    back, text = back_in(text, script, stage, context)
    if back is not None and back.args["line"] is None:  # the rest is meant of what comes back
        script = context.versions.get(str(back.args["version"]), script)
    text = by_words(text, script)
    moves, text = moves_in(text, len(script.lines))
    worded = wordings_in(text, script)
    edits, unknown = [*filter(None, (back,)), *moves, *worded.edits], []
    listed = _NTH_LIST.sub(r"\1 & \2", worded.rest)
    rest = _LIST.sub(lambda found: found[1] + re.sub(r"\s*(?:,|and|&)\s*", "+", found[2], flags=re.I), listed)
    lines: list[int] = []
    for clause in filter(None, (part.strip() for part in _SPLIT.split(rest))):
        named = lines_in(clause, len(script.lines))
        found = edits_of(clause, script, context, [] if named else lines)
        lines = named or (lines if len(clause.split()) <= 3 else [])
        edits += found
        if not found and _says_something(clause):
            unknown.append(clause)
    return list({_subject(edit): edit for edit in edits}.values()), unknown


def _says_something(clause: str) -> bool:
    """Whether a clause without an edit holds more than courtesy, praise, consent or the name of a line."""
    plain = _plain(without_lines(clause))
    return bool(
        re.search(r"\w", re.sub(rf"\b(?:{_CONSENT}|{_PRAISE}|{_FILLER}|{_COURTESY})(?!\w|')", " ", plain))
    )


def _subject(edit: Edit) -> tuple[object, ...]:
    """What an edit decides: of two edits with the same subject the later one counts."""
    several = ("text", "after") if edit.tool == "add_line" else ("line", "word")
    return (edit.tool, *(edit.args.get(name) for name in several))


def _checked(edits: list[Edit], unknown: list[str], script: Script, context: Context) -> Reading:
    """Keep the edits that can be made; say which cannot, and why."""
    before, kept, refused = script, [], []
    for edit, after in one_by_one(script, edits, context):
        if isinstance(after, NeedsFounder):
            refused.append(after.say)
        elif after == before:
            refused.append(f"Already so: {describe_edit(edit, script)}.")
        else:
            before = after
            kept.append(edit)
    notes = [*refused, *(cannot(_plain(each)) or f"I did not understand “{each[:80]}”." for each in unknown)]
    notes = list(dict.fromkeys(notes))
    if not kept:
        return Reading(Verdict.UNCLEAR, (), " ".join(notes))
    return Reading(Verdict.REVISE, tuple(kept), " ".join(notes))


def _ask_back(text: str, script: Script, stage: Stage, context: Context) -> str:
    plain, what = _plain(text), _UP[stage]
    such_as, undo = examples(script, context), "; “undo” goes back a version" if context.trail else ""
    if PRAISE.fullmatch(plain):
        return f"Glad to hear it! Is that a yes to {what}? Say “approve”, or tell me what to change."
    if get_close_matches(plain, ("approve", "approved"), cutoff=0.85) or _CONTENT.fullmatch(plain):
        return f"Is that a yes to {what}? Say “approve”, and I go on."
    if _WAIT.fullmatch(plain):
        return "No hurry: nothing is delivered without your “approve”."
    if is_foreign(text):
        return in_english(text, what, such_as.partition(",")[0])
    if _MANNER.search(plain):
        return "I write no words of my own: give me yours (“change line 2 to …”), or a tone (“warmer”)."
    if re.search(r"\blonger\b", plain):
        return "I add no words of my own: tell me what to say, such as “add a line after 2: …”."
    if said := cannot(plain):
        return said
    if any(sign in text for sign in "👎❌") or re.match(
        r"(?:i )?(?:no|nope|not|don't|bad|disapprove)\b", plain
    ):
        return f"Understood, not yet. What should change? Say for example {such_as}{undo}."
    return f"I did not get that. Say for example {such_as}{undo}. When {what} is right, say “approve”."
