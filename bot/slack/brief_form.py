"""The form of a brief: what, how long, in which shape and tone, who speaks, where it goes, not before when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.blocks import Block, context, modal, moment_input, select, text_input
from bot.slack.modals import BRIEF, RESTART
from studio import dates
from studio.destinations import FOLDER, THREAD
from studio.domain import Tone
from studio.profiles import PROFILES

LENGTHS = {
    "15": "15 seconds",
    "30": "30 seconds",
    "45": "45 seconds",
    "60": "1 minute",
    "90": "a minute and a half",
}
PLATFORMS = {
    "LinkedIn": "LinkedIn",
    "Instagram": "Instagram Reels",
    "TikTok": "TikTok",
    "YouTube": "YouTube",
    "our website": "Our website",
    "WhatsApp": "WhatsApp",
}
PLACES = {FOLDER: "The studio's delivery folder", THREAD: "This thread, as a file"}
DATE = "date"
NOT_BEFORE = "Not before this moment. Left empty: as soon as the preview is approved."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form offers, names of personas and destinations, and what it shows at first."""

    personas: Sequence[str]
    destinations: Sequence[str]
    brief: str = ""
    options: Mapping[str, Any] | None = None
    due: float | None = None


def brief_form(choice: Choice, carried: str, *, again: bool = False) -> Block:
    """What a video should be; everything but the brief may be left to the studio."""
    formats = {name: f"{name}: {profile.summary}" for name, profile in PROFILES.items()}
    tones = {str(tone): str(tone) for tone in Tone}
    places = {name: PLACES.get(name, name) for name in choice.destinations}
    shown = choice.options or {}
    hint = "30 seconds on our seed round: who, what, why"
    blocks = [text_input("brief", "What should it say?", value=choice.brief, hint=hint)]
    if len(choice.personas) > 1:
        people = {name: name for name in choice.personas}
        value = str(shown.get("persona") or choice.personas[0])
        blocks.append(select("persona", "Who speaks?", people, value=value))
    value = str(shown.get("profile") or "")
    blocks += [
        select("length", "How long?", LENGTHS, hint="as long as the words take"),
        select("profile", "Shape", formats, value=value, hint="what fits where it is shown"),
        select("tone", "How should it sound?", tones, hint="as the brief says"),
        select("platform", "Where will it be shown?", PLATFORMS, hint="anywhere"),
    ]
    if places:
        value = str(shown.get("destination") or next(iter(places)))
        blocks.append(select("destination", "Where should it be delivered?", places, value=value))
    blocks.append(moment_input(DATE, "When should it be delivered?", choice.due, NOT_BEFORE))
    if again:
        blocks.insert(0, context("The script at hand ends when you send this; a new one is written."))
    title = "Start over" if again else "A new video"
    return modal(RESTART if again else BRIEF, title, "Write the script", carried, blocks)


def text_of(given: Mapping[str, str]) -> str:
    """A form's answers as the words of a brief."""
    wishes = [f"{given['length']} seconds"] if given.get("length") else []
    wishes += [given["tone"]] if given.get("tone") else []
    wishes += [f"for {given['platform']}"] if given.get("platform") else []
    if not wishes:
        return given["brief"]
    end = "" if given["brief"].endswith((".", "!", "?", "…", ":")) else "."
    return f"{given['brief']}{end}\n{', '.join(wishes)}."


def body_of(given: Mapping[str, str], zone: str) -> dict[str, Any]:
    """A form's answers as the body of an inbox row; `zone` is the asker's."""
    options = {name: given[name] for name in ("persona", "profile", "destination") if given.get(name)}
    due = float(given[DATE]) if given.get(DATE) else None
    return {"text": text_of(given), "options": options, "due": due, "zone": zone}


def faults_of(given: Mapping[str, str], destinations: Sequence[str], now: float) -> dict[str, str]:
    """Field → what is wrong with it."""
    faults = {} if given["brief"] else {"brief": "Say in a sentence or two what the video is about."}
    if given.get("destination") and given["destination"] not in destinations:
        faults["destination"] = "That place is not set up any more; choose another one."
    if given.get(DATE) and (fault := dates.fault_of(float(given[DATE]), now)):
        faults[DATE] = fault
    return faults
