"""The embedded writer: puts a brief's own facts into hook, body and close, and invents nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from agent import beats
from agent.asked import Asked, is_filler, read_brief
from agent.beats import pick
from agent.grammar import Shape, as_topic, lowered, sentence
from agent.matter import Matter, matter_of
from agent.verbatim import finished_script
from studio.domain import CaptionStyle, Look, Script, Tone
from studio.errors import BriefTooVague, EditInvalid, LanguageUnsupported, ScriptTooLong
from studio.languages import name_of
from tools.language import reads_like, speakable
from tools.look_tools import in_language
from tools.script import build_lines, check_script, split_lines
from tools.speech import script_seconds, seconds_of
from tools.trim import trim

WHO_I_AM = (
    "I'm the built-in writer: I only rearrange what you told me. With an OpenAI key, GPT-4.1 drafts instead."
)
MAX_BRIEF_WORDS = 1600
_GRAVE = re.compile(
    r"\b(?:lay(?:ing)? ?offs?|laid off|sorry|apolog\w+|outage|breach\w*|delay\w*|shut(?:ting)? down|"
    r"recall\w*|died|"
    r"passed away|death|bankrupt\w*|mistake|failed|failure|let (?:\w+ ){1,3}go|leaving|stepping down|"
    r"incident|"
    r"bad news|lost (?:a|our|my))\b",
    re.IGNORECASE,
)
_HIRING = re.compile(r"\b(?:hiring|recruiting|open (?:roles?|positions?))\b", re.IGNORECASE)
_EVENT = re.compile(
    r"\b(?:invit\w+|event|webinar|meet-?up|demo day|conference|open (?:day|house)|party|keynote|"
    r"workshop|booth)\b",
    re.IGNORECASE,
)
_LAUNCH = re.compile(
    r"\b(?:launch\w*|releas\w+|new (?:app|product|feature|version|website|tool|api)|(?:now |is |are "
    r")(?:live|available|"
    r"free|open))\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(?:thank\w*|grateful|gratitude)\b", re.IGNORECASE)
_CHEER = re.compile(
    r"\b(?:congratulat\w+|wish(?:ing)? you|happy (?!to)|merry|mubarak|kareem|say hello|welcome)\b",
    re.IGNORECASE,
)
_KINDS = (
    (_THANKS, beats.CLOSE_THANKS),
    (_HIRING, beats.CLOSE_HIRING),
    (_EVENT, beats.CLOSE_EVENT),
    (_LAUNCH, beats.CLOSE_LAUNCH),
    (_CHEER, beats.CLOSE_CHEER),
)
# A fact that is an invitation already needs no other close; one that addresses people needs no hook.
_CALLS = re.compile(
    r"(?:join|come|register|try|visit|sign up|call|write|see|book|apply|subscribe|thank|follow|buy|"
    r"download|vote|donate|"
    r"meet|find|check|have a|let me know)\b",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    r"I want to|Let me|I'm |Happy|Merry|Eid|Ramadan|Hello|Thank|Hi\b|Good (?:morning|evening)|Dear"
)
_WORDED = ("zero", "one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class Draft:
    """A script, what to say about it to the founder, and the persona that the brief named."""

    script: Script
    note: str
    wants_persona: str | None = None


def check_brief(brief: str, languages: Sequence[str] = ("en",)) -> None:
    """Raises BriefTooVague, ScriptTooLong or LanguageUnsupported for a brief nobody can work with."""
    if not any(character.isalnum() for character in brief):
        raise BriefTooVague
    if (words := len(brief.split())) > MAX_BRIEF_WORDS:
        raise ScriptTooLong(f"A brief of {words} words is more than one video can say; send the heart of it.")
    speakable(brief, languages)


def write(brief: str, *, default_look: Look, languages: Sequence[str] = ("en",)) -> Draft:
    """A draft out of a brief; the same brief gives the same draft.

    A text that is a finished script already is taken word for word, in any of the voice's `languages`.

    Raises BriefTooVague, ScriptTooLong, LanguageUnsupported.
    """
    check_brief(brief, languages)
    if finished := finished_script(brief):
        return _spoken_as_given(*finished, default_look)
    if (found := reads_like(brief)) not in ("", "en"):
        raise LanguageUnsupported(
            f"I write English only. Send me the finished text in {name_of(found)}, after “Script:”, and it is spoken "
            "word for word."
        )
    asked = read_brief(brief)
    matter = matter_of(asked)
    if is_filler(" ".join((matter.topic, *matter.facts))):
        raise BriefTooVague
    tone = asked.tone or Tone.NEUTRAL
    texts, optional = _compose(matter, tone, seed=" ".join(brief.split()).lower())
    script = check_script(_fit(texts, optional, asked, _look(asked, default_look)))
    return Draft(script, _note(script, asked, matter), asked.persona)


def _spoken_as_given(head: str, text: str, default_look: Look) -> Draft:
    asked = read_brief(head) if head else Asked()
    lines = build_lines(split_lines(text), asked.tone or Tone.NEUTRAL)
    look = in_language(_look(asked, default_look), reads_like(text) or "en")
    script = check_script(Script(lines, look, asked.seconds))
    where = "" if look.language == "en" else f", in {name_of(look.language)}"
    note = f"I took your text as the script, word for word{where}."
    length = script_seconds(script)
    if asked.seconds and not 0.85 <= length / asked.seconds <= 1.15:
        note += f" It takes about {length:.0f} seconds; you asked for {asked.seconds:.0f}."
        if length > asked.seconds:
            note += f" Say “{asked.seconds:.0f} seconds” and I cut it."
    return Draft(script, note, asked.persona)


def _look(asked: Asked, default: Look) -> Look:
    captions: CaptionStyle = asked.captions or default.captions
    return replace(
        default,
        profile=asked.profile or default.profile,
        background=asked.background if asked.background is not None else default.background,
        captions=captions,
    )


def _compose(matter: Matter, tone: Tone, seed: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The necessary beats in order, and optional ones with the index before which they may stand."""
    said = " ".join((matter.topic, *matter.facts, matter.close))
    grave = bool(_GRAVE.search(said))
    hook = _hook(matter, tone, seed, grave)
    calls = bool(matter.facts) and _CALLS.match(matter.facts[-1]) is not None
    close = "" if calls and not matter.close else matter.close or _close(matter, said, tone, seed, grave)
    if not matter.facts:
        asks = matter.shape in (Shape.INDIRECT, Shape.QUESTION)
        table = beats.OPEN_QUESTION if asks else beats.OPEN_TOPIC
        return [*hook, *([] if grave else [pick(table[tone], seed)]), close], []
    facts = list(matter.facts)
    if len(facts) > 2 and re.match(r"(?:We|Our|It|They|The|I|You|My)\b(?!['’])", facts[-1]):
        facts[-1] = f"And {lowered(facts[-1])}"
    optional = []
    count = len(facts) - calls
    if hook and 3 <= count < len(_WORDED) and not grave:
        number = _WORDED[count]
        bridge = pick(beats.BRIDGE[tone], seed)
        optional.append((len(hook), bridge.replace("{n^}", number.capitalize()).replace("{n}", number)))
    if not grave and not matter.close and any(kind.search(said) for kind in (_HIRING, _EVENT, _LAUNCH)):
        optional.append((len(hook) + len(facts) + 1, pick(beats.ENCORE[tone], seed)))
    return [*hook, *facts, *filter(None, [close])], optional


def _hook(matter: Matter, tone: Tone, seed: str, grave: bool) -> list[str]:
    if not matter.topic:
        if grave:
            return [pick(beats.GRAVE_HOOK, seed)]
        speaks = matter.facts and _SPEAKS.match(matter.facts[0])
        return [] if speaks or not matter.facts else [pick(beats.NEWS_HOOK[tone], seed)]
    if matter.shape is Shape.QUESTION:
        return [sentence(matter.topic, "?")]
    if matter.shape is Shape.INDIRECT:
        asks_why = matter.topic.lower().startswith("why")
        fitting = [hook for hook in beats.WHY_HOOK[tone] if asks_why or "question" not in hook]
        return [sentence(pick(fitting, seed).format(t=lowered(matter.topic)))]
    table = beats.TOPIC_HOOK[Tone.NEUTRAL if grave or "story" in matter.topic.lower() else tone]
    return [sentence(pick(table, seed).format(t=as_topic(matter.topic)))]


def _close(matter: Matter, said: str, tone: Tone, seed: str, grave: bool) -> str:
    if grave:
        return pick(beats.GRAVE_CLOSE, seed)
    if matter.shape is Shape.INDIRECT and matter.facts:
        return sentence(f"that is {lowered(matter.topic)}")
    if not matter.facts:
        return pick(beats.CLOSE_OPEN[tone], seed)
    return next(
        (pick(table[tone], seed) for kind, table in _KINDS if kind.search(said)),
        pick(beats.CLOSE[tone], seed),
    )


def _fit(texts: list[str], optional: list[tuple[int, str]], asked: Asked, look: Look) -> Script:
    """Add the optional beats that the asked length has room for, or shorten to it."""
    tone = asked.tone or Tone.NEUTRAL
    room = (asked.seconds or 0.0) * 1.08 - sum(seconds_of(text, tone, look.pace) for text in texts)
    for at, text in sorted(optional, reverse=True):
        if (cost := seconds_of(text, tone, look.pace)) <= room:
            texts = [*texts[:at], text, *texts[at:]]
            room -= cost
    script = Script(build_lines(_lines(texts), tone), look, asked.seconds)
    if asked.seconds and script_seconds(script) > asked.seconds * 1.1:
        with suppress(EditInvalid):
            return trim(script, asked.seconds)
    return script


def _lines(texts: list[str]) -> list[str]:
    """A line for each beat, long ones parted; a beat of a few words goes with its neighbour."""
    lines: list[str] = []
    for text in texts:
        joins = lines and min(len(text.split()), len(lines[-1].split())) < 4
        if joins and len(f"{lines[-1]} {text}".split()) <= 16:
            lines[-1] += f" {text}"
        else:
            lines += split_lines(text)
    return lines


def _note(script: Script, asked: Asked, matter: Matter) -> str:
    length = script_seconds(script)
    note = WHO_I_AM
    if asked.seconds and length < asked.seconds * 0.85:
        note += (
            f" That fills about {length:.0f} of your {asked.seconds:.0f} seconds: tell me two or three "
            f"things to say"
            " (what happened, for whom, what people should do) and I'll use them."
        )
    elif asked.seconds and length > asked.seconds * 1.15:
        note += f" Everything you told me takes about {length:.0f} seconds; tell me what to leave out."
    elif not matter.facts:
        note += " You gave me a topic and no facts about it, so I ask more than I tell."
    return note
