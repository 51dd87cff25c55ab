"""Changes to what holds for the whole video."""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import Field

from studio.domain import CaptionStyle, Look, Script
from studio.errors import EditInvalid
from studio.languages import LANGUAGES, listed, name_of
from studio.profiles import profile_named
from tools.context import Context
from tools.language import has_letters_of, speakable, written_in
from tools.tool import Args, Tool
from tools.trim import trim

PACE_LOW, PACE_HIGH = 0.7, 1.4
OWN_BACKGROUND = ("", "photo", "own", "original", "none")


class SetPace(Args):
    """Make the whole video spoken faster or slower."""

    pace: float = Field(description="1.0 is the voice's own pace; from 0.7 (slow) to 1.4 (fast).")


class AddPronunciation(Args):
    """Say a written word in a certain way, wherever it stands."""

    word: str = Field(description="The word as written in the script, without spaces.")
    say: str = Field(description='A respelling with the stressed syllable in capitals, such as "ka-DAR".')
    always: bool | None = Field(default=None, description="True: the persona says it so in later videos too.")


class ChoosePortrait(Args):
    """Use another of the persona's approved portraits."""

    portrait: str = Field(description="Name of the portrait.")


class ChangeBackground(Args):
    """Put the person before a built-in background."""

    background: str = Field(description='Name of the background; "photo" keeps the photo\'s own.')


class SetProfile(Args):
    """Make the file for another destination."""

    profile: str = Field(description="social, square, wide, whatsapp or draft.")


class SetCaptions(Args):
    """Change how captions are burned in, or switch them off."""

    style: CaptionStyle = Field(description="off, plain, or highlight for word by word.")


class SetLanguage(Args):
    """Say in which language the script's words are, when that was taken wrongly. It translates nothing."""

    language: str = Field(description='ISO 639-1 code, such as "pt".')


class SetLabel(Args):
    """Show or hide the visible note that the video is AI-generated."""

    shown: bool = Field(description="Whether it is shown.")


class SetTitle(Args):
    """Name the video. The title is not spoken."""

    title: str = Field(description="At most 80 characters.")


class TrimToLength(Args):
    """Shorten the script to a length by leaving out its least important words. It never adds any."""

    seconds: float = Field(description="The wanted length in seconds, from 3 to 600.")


def _set_pace(script: Script, args: SetPace, context: Context) -> Script:
    if not PACE_LOW <= args.pace <= PACE_HIGH:
        raise EditInvalid(f"The pace goes from {PACE_LOW} (slow) to {PACE_HIGH} (fast); 1 is normal.")
    return replace(script, look=replace(script.look, pace=round(args.pace, 2)))


def _pronounce(script: Script, args: AddPronunciation, context: Context) -> Script:
    word = args.word.strip("\"'“”‘’.,!?")
    if not word or " " in word or len(word) > 40:
        raise EditInvalid("Give one written word to pronounce, such as “say Kadar as ka-DAR”.")
    written = {part for line in script.lines for part in re.findall(r"\w+(?:['’-]\w+)*", line.text.lower())}
    if word.lower() not in written:
        raise EditInvalid(f"The word “{word}” is not in the script.")
    if not re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", args.say) or len(args.say) > 60:
        raise EditInvalid("Spell the sound in letters, such as “ka-DAR”.")
    speakable(args.say, context.languages)
    sounds = {**script.look.pronunciations, word: args.say}
    return replace(script, look=replace(script.look, pronunciations=sounds))


def _portrait(script: Script, args: ChoosePortrait, context: Context) -> Script:
    wanted = _named(args.portrait, context.portraits, "portrait")
    return replace(script, look=replace(script.look, portrait=wanted))


def _background(script: Script, args: ChangeBackground, context: Context) -> Script:
    own = args.background.lower() in OWN_BACKGROUND
    wanted = "" if own else _named(args.background, context.backgrounds, "background")
    return replace(script, look=replace(script.look, background=wanted))


def _named(name: str, names: tuple[str, ...], what: str) -> str:
    found = next((known for known in names if known.lower() == name.lower()), None)
    if found is None:
        there = f"there are {', '.join(names)}" if names else "there is none"
        raise EditInvalid(f"There is no {what} called “{name[:40]}”; {there}.")
    return found


def _profile(script: Script, args: SetProfile, context: Context) -> Script:
    return replace(script, look=replace(script.look, profile=profile_named(args.profile.lower()).name))


def _captions(script: Script, args: SetCaptions, context: Context) -> Script:
    look = script.look
    if args.style is not CaptionStyle.OFF and not LANGUAGES[look.language].captioned:
        raise EditInvalid(
            f"There are no captions in {name_of(look.language)} yet: their font lacks its letters."
        )
    return replace(script, look=replace(look, captions=args.style))


def _language(script: Script, args: SetLanguage, context: Context) -> Script:
    wanted = args.language.lower()
    if wanted not in context.languages or wanted not in LANGUAGES:
        raise EditInvalid(f"The chosen voice speaks {listed(context.languages)}.")
    written_in(script.text, (wanted,))
    if not has_letters_of(script.text, wanted):
        raise EditInvalid(f"The script's words are not {name_of(wanted)}; send me the script in it.")
    return replace(script, look=in_language(script.look, wanted))


def in_language(look: Look, language: str) -> Look:
    """The look for words in a language; captions are off where they cannot be drawn."""
    captions = look.captions if LANGUAGES[language].captioned else CaptionStyle.OFF
    return replace(look, language=language, captions=captions)


def _label(script: Script, args: SetLabel, context: Context) -> Script:
    return replace(script, look=replace(script.look, label=args.shown))


def _title(script: Script, args: SetTitle, context: Context) -> Script:
    title = " ".join(args.title.split())
    if not title or len(title) > 80:
        raise EditInvalid("A title has 1 to 80 characters.")
    return replace(script, title=title)


def _trim(script: Script, args: TrimToLength, context: Context) -> Script:
    return trim(script, args.seconds)


LOOK_TOOLS = (
    Tool("set_pace", SetPace, _set_pace),
    Tool("add_pronunciation", AddPronunciation, _pronounce),
    Tool("choose_portrait", ChoosePortrait, _portrait),
    Tool("change_background", ChangeBackground, _background),
    Tool("set_profile", SetProfile, _profile),
    Tool("set_captions", SetCaptions, _captions),
    Tool("set_language", SetLanguage, _language),
    Tool("set_label", SetLabel, _label),
    Tool("set_title", SetTitle, _title),
    Tool("trim_to_length", TrimToLength, _trim),
)
