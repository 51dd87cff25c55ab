"""Which cleaning a recording gets, from what was measured of it; and which recordings speak in a tone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from studio.engine import Json

CLEAR_SNR_DB = 38.0
"""Above this a filter takes more from the voice than from the noise."""
MUSIC = 0.55
"""Set on one voice mixed with chords, hiss, hum and an echoing room: music gave 0.59 and more, echo 0.52, hum 0.43."""
ECHO_S = 0.6
SEPARATORS = ("demucs", "audio-separator")
ENOUGH_S = 12.0
"""Seconds of speech after which no further recording is given to a voice that imitates manner: a judgement, for six
are the least it takes, and every recording in another manner makes the tone flatter. Not heard with real weights."""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """`engine` to run on a recording; `denoise` False only trims; `why` is a sentence for its owner."""

    engine: str
    denoise: bool
    why: str


def choose_cleaning(condition: Json, engines: Collection[str], mend: str = "") -> Cleaning:
    """Nothing for a clear recording, separation where music plays, else noise reduction.

    `condition` is what inspect-sample measured; `engines` are those that can run here; `mend` is the command that
    would install one that separates.
    """
    snr, music, echo = (float(condition[name]) for name in ("snr_db", "music", "echo_s"))
    room = (
        f" The room echoes ({echo:.1f} s); no filter takes that out, a smaller room does."
        if echo > ECHO_S
        else ""
    )
    if music >= MUSIC:
        found = next((name for name in SEPARATORS if name in engines), "")
        if found:
            return Cleaning(
                found, True, f"There is music behind the voice; {found} takes the voice out of it.{room}"
            )
        lacking = "There is music behind the voice and no separating engine is installed (demucs or audio-separator)"
        advice = f" `{mend}` installs one; then make the persona anew." if mend else ""
        return Cleaning("deepfilter", True, f"{lacking}; DeepFilterNet does what it can.{advice}{room}")
    if snr >= CLEAR_SNR_DB:
        return Cleaning(
            "deepfilter", False, f"The recording is clear ({snr:.0f} dB over its noise); only trimmed.{room}"
        )
    return Cleaning(
        "deepfilter", True, f"The voice is {snr:.0f} dB over the noise; DeepFilterNet takes it out.{room}"
    )


def instead_of(separation: Cleaning) -> Cleaning:
    """What is done when a separator left too little of the voice."""
    lost = f"There is music behind the voice, and {separation.engine} left too little of the voice itself"
    return Cleaning("deepfilter", True, f"{lost}; DeepFilterNet does what it can.")


def told(before: Json, after: Json) -> str:
    """The numbers before and after in one line."""
    parts = [f"noise {before['snr_db']:.0f} → {after['snr_db']:.0f} dB under the voice"]
    parts += [f"music {before['music']:.0%} → {after['music']:.0%}"]
    parts += [f"echo {before['echo_s']:.1f} → {after['echo_s']:.1f} s"] if before["echo_s"] > ECHO_S else []
    return ", ".join([*parts, f"speech {before['speech_s']:.0f} → {after['speech_s']:.0f} s"])


@dataclass(frozen=True, slots=True)
class Clip:
    """A sample of the founder: its SHA-256, what inspect-sample measured, and a tone's name if they gave one."""

    sha256: str
    facts: Json
    label: str = ""


WISHES = {
    "authoritative": {"pitch": -0.6, "level_spread": 0.3, "pace": 0.1, "energy_db": 0.6},
    "soft": {"energy_db": -1.0, "pace": -0.5, "pitch_spread": -0.3},
    "warm": {"pace": -0.3, "pitch_spread": 0.3, "energy_db": -0.1},
    "storytelling": {"pitch_spread": 0.8, "level_spread": 0.5, "pace": -0.3},
    "neutral": {},
}
"""How far, in standard deviations of the founder's own samples, a tone lies from their middle."""


def choose_references(clips: Sequence[Clip], tone: str, count: int) -> tuple[str, ...]:
    """The samples a cloning voice should imitate for a tone, best first: at most `count`, no more than it needs.

    Those the founder labelled with it come first and those labelled with another tone last; the others by how
    near their pace, loudness and pitch are to where the tone lies within the founder's own range.
    """
    chosen, seconds = list[str](), 0.0
    for clip in sorted(clips, key=_distances(clips, tone))[:count]:
        if seconds >= ENOUGH_S:
            break
        chosen.append(clip.sha256)
        seconds += float(clip.facts.get("speech_s", 0.0))
    return tuple(chosen)


def _distances(clips: Sequence[Clip], tone: str) -> Callable[[Clip], tuple[int, float]]:
    """How far a clip is from a tone, in standard deviations of all of them."""
    wanted = WISHES.get(tone, {})
    middle, spread = {}, {}
    for name in wanted or {name for wish in WISHES.values() for name in wish}:
        values = [float(clip.facts[name]) for clip in clips if name in clip.facts]
        middle[name] = sum(values) / max(1, len(values))
        variance = sum((value - middle[name]) ** 2 for value in values) / max(1, len(values))
        spread[name] = max(1e-6, variance**0.5)

    def distance(clip: Clip) -> tuple[int, float]:
        off = [
            (
                (float(clip.facts.get(name, middle[name])) - middle[name]) / spread[name]
                - wanted.get(name, 0.0)
            )
            ** 2
            for name in sorted(middle)
        ]
        return 0 if clip.label == tone else 2 if clip.label else 1, round(sum(off), 6)

    return distance
