"""Wishes to have a video somewhere else ("send it to me on WhatsApp"): what is true, and what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.asked import PROFILE_OF
from studio.destinations import FOLDER, THREAD
from studio.messages import PLACES, is_private, place_of
from studio.settings import Settings

_LEAD = (
    r"(?:(?:please|ok|okay|yes|and|then|now|also|just|(?:can|could|would|will) you|can i|i want to|i'd like to|"
    r"is it possible to|"
    r"i want you to) )*"
)
_IT = r"(?: (?:it|this|that|me|us|the (?:video|file|preview|clip|link|script|result)|a (?:copy|link)|everything))*"
_WHERE = (
    r" (?:to|on|in|via|over|by|through|onto|into|with|using) (?P<place>(?!me$|me please$|us$)[\w' -]{2,60})"
)
_SENDS = re.compile(
    rf"{_LEAD}(?:(?:send|deliver|post|share|publish|upload|forward|get|have|see|watch|receive|show|(?:i "
    rf")?(?:want|need)){_IT}{_WHERE}"
    rf"|(?P<by>e-?mail|mail|text|whatsapp|dm|slack|download|export|save){_IT}(?: to (?:me|us))?"
    rf"(?:{_WHERE.replace('place', 'other')})?"
    r"|(?:send|give|get|hand)(?: (?:me|us))?(?P<file> (?:the|a) (?:file|video|mp4|link|download)(?: link)?))"
    r"(?: too| please| as well)*"
)
_OTHERS = {"whatsapp": r"whats ?app|my phone|phone|mobile", "slack": "slack"}
_PEOPLE = re.compile(
    r"\b(?:linked ?in|youtube|insta\w*|tik ?tok|facebook|twitter|x|e-?mail|mail|drive|dropbox|"
    r"web ?site)\b"
)


def answer(text: str, conversation: str, destination: str, linked: Sequence[str], settings: Settings) -> str:
    """What to say to such a wish, "" for any other text.

    `conversation` is where it was written, `linked` are the writer's addresses in all channels.
    """
    plain = " ".join(re.sub(r"[^\w\s'-]", " ", text.lower().replace("’", "'")).split())
    if re.match(
        r"where (?:will|does|do|can) .*\b(?:deliver\w*|sent|go|goes|saved|find|get|file|published|"
        r"posted)\b",
        plain,
    ):
        return f"Once the preview is approved, the file {_goes(destination)}."
    found = _SENDS.fullmatch(plain)
    if found is None or re.search(r"\blines? \d|\bbackground\b", plain):
        return ""
    place = " ".join(filter(None, (found["place"], found["by"], found["other"])))
    channel = next((name for name, words in _OTHERS.items() if re.search(rf"\b(?:{words})\b", place)), "")
    if channel:
        return _shown_there(channel, conversation, linked, settings)
    if not (
        found["by"]
        or found["file"]
        or _PEOPLE.search(place)
        or re.search(
            r"\b(?:send|share|forward|upload|"
            r"post)\b",
            plain,
        )
    ):
        return ""
    profile = next((name for name, words in PROFILE_OF.items() if re.search(rf"\b(?:{words})\b", place)), "")
    shape = f" “{profile} format” makes the file for there." if profile else ""
    return f"I send and post nothing elsewhere. Once the preview is approved, the file {_goes(destination)}.{shape}"


def _goes(destination: str) -> str:
    usual = {FOLDER: "is put into the studio's delivery folder and shown here", THREAD: "comes here"}
    return usual.get(destination, f"goes to “{destination}”")


def _shown_there(channel: str, conversation: str, linked: Sequence[str], settings: Settings) -> str:
    name = PLACES[channel]
    if conversation.startswith(f"{channel}:"):
        return "It comes here: the preview as soon as it is rendered, the file when you approved it."
    if any(address.startswith(f"{channel}:") for address in linked):
        return f"{name} is linked: what you ask for is shown there, too, the file as well. “mute” there stops that."
    if not {"whatsapp": settings.speaks_whatsapp, "slack": settings.speaks_slack}[channel]:
        here = place_of(conversation)
        return f"This studio is not connected with {name}. The approved file comes to {here}: send it on from there."
    here = "here" if is_private(conversation) else "to me directly"
    fits = " “whatsapp format” makes a file that fits." if channel == "whatsapp" else ""
    return (
        f"For {name}, write “link” {here} and send me the code there: then the videos that you ask for are "
        f"shown there, "
        f"too, with preview and file.{fits}"
    )
