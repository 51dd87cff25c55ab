"""The quality report of a cut: measured facts against limits, one plain sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from studio.engine import Json, Kind
from studio.picking import Fault
from studio.profiles import Profile
from studio.wording import Wording, word_error_rate


class State(StrEnum):
    """How a measure stands against its limits."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Item:
    """One measure: its worst `value` (in `unit`), the limit for green, and what it concerns.

    `remedy` is the kind of take to make again for these lines or shots; None: no other take would help.
    """

    name: str
    value: float
    limit: float
    unit: str
    state: State
    sentence: str
    line_ids: tuple[str, ...] = ()
    shots: tuple[int, ...] = ()
    remedy: Kind | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All items of one cut, in the order they are shown."""

    items: tuple[Item, ...]

    @property
    def state(self) -> State:
        """The worst item's."""
        return worst(item.state for item in self.items)

    def red(self) -> tuple[Item, ...]:
        """The items that ask for another take or a word to the founder."""
        return tuple(item for item in self.items if item.state is State.RED)

    def as_json(self) -> list[Json]:
        """A list of JSON-able items."""
        return [asdict(item) for item in self.items]


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A line's approved text, what a listener heard in its voice, and what is wrong with its sound."""

    line_id: str
    approved: str
    heard: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenShot:
    """What inspect-shot measured, and the lines spoken in that shot."""

    line_ids: tuple[str, ...]
    facts: Json


@dataclass(frozen=True, slots=True)
class Limit:
    """Green up to `green`, red beyond `red`; with `least` the other way round."""

    green: float
    red: float
    unit: str = ""
    least: bool = False

    def state(self, value: float) -> State:
        """Where `value` stands."""
        sign = -1 if self.least else 1
        if sign * value <= sign * self.green:
            return State.GREEN
        return State.AMBER if sign * value <= sign * self.red else State.RED


LIMITS = {
    "words": Limit(0.12, 0.25, "errors per word"),
    "tail": Limit(0, 1, "words"),
    "repeats": Limit(0, 1, "words"),
    "voice": Limit(1.0, 1.5, "of what is allowed"),
    "face": Limit(0.95, 0.8, "share of looks", least=True),
    "likeness": Limit(0.8, 0.76, "correlation", least=True),
    "lips": Limit(0.55, 0.42, "correlation", least=True),
    "sync": Limit(80, 120, "ms from where it is best"),
    "silence": Limit(0.05, 0.08, "mouth widths"),
    "sharpness": Limit(0.3, 0.18, "of the portrait", least=True),
    "freezes": Limit(0.4, 0.8, "s"),
    "black": Limit(0, 2, "frames"),
    "loudness": Limit(1.0, 2.0, "LU"),
    "peak": Limit(0.0, 0.5, "dB"),
    "duration": Limit(0.15, 0.3, "of the asked length"),
    "profile": Limit(0, 0, "violations"),
}
"""From meshwarp clips of six portraits, a moustache among them, and made defects: the right portrait's likeness
is 0.94 or more, another's up to 0.73; lips follow their own words by 0.63 or more, nine in ten other voices by
0.44 or less, the rest out of step; a clean mouth keeps 0.33 of its sharpness, a blurred one 0.1; a resting
mouth opens by up to 0.06."""

WORDED = frozenset(("words", "echo"))
"""Faults that the report's own items on words speak of."""
LEAST_SPEECH_S = 1.3
"""Under this, lips and offset cannot be judged and count as right."""
LEAST_MOTION = 0.01
"""Mouth widths a speaking mouth has to move, under a moustache too; less is a mouth that stands still."""
BEST_OFFSET_MS = -20.0
"""Sound may come later than the picture, as in life, rather than earlier (EBU R 37: 40 ms early, 60 late)."""


def worst(states: Iterator[State] | Sequence[State]) -> State:
    """The worst of some states; green of none."""
    return max(states, key=list(State).index, default=State.GREEN)


def build_report(
    lines: Sequence[HeardLine],
    shots: Sequence[SeenShot],
    cut: Json,
    profile: Profile,
    asked_seconds: float | None = None,
) -> Report:
    """Judge a cut from what listen, inspect-shot and inspect-cut measured."""
    return Report((*_speech(lines), *_pictures(shots, cut), *_file(cut, profile, asked_seconds)))


def _speech(lines: Sequence[HeardLine]) -> Iterator[Item]:
    heard = [(line, word_error_rate(line.approved, line.heard)) for line in lines]
    repeats = {line.line_id: list(wording.repeated) for line, wording in heard}
    tails = {line.line_id: _without(wording.tail, wording.repeated) for line, wording in heard}
    errors = {line.line_id: _slips(w, repeats[line.line_id] + tails[line.line_id]) for line, w in heard}
    rates = {line.line_id: errors[line.line_id] / max(1, wording.words) for line, wording in heard}
    bad = {key: rate for key, rate in rates.items() if errors[key] > 1}  # one slip may be the listener's
    missing = [word for line, wording in heard if line.line_id in bad for word in wording.missing]
    lost = f", for instance “{' '.join(missing[:4])}”" if missing else ""
    yield _voice_item("words", bad, "The words are the approved ones.", f"Some words sound different{lost}.")
    yield _voice_item(
        "tail",
        {key: float(len(words)) for key, words in tails.items()},
        "Nothing is said after the script's end.",
        f"Something more is said at a line's end: “{_sample(tails)}”.",
    )
    yield _voice_item(
        "repeats",
        {key: float(len(words)) for key, words in repeats.items()},
        "No word is said twice.",
        f"Words are said twice: “{_sample(repeats)}”.",
    )
    yield _voices(lines)


def _voices(lines: Sequence[HeardLine]) -> Item:
    """The worst thing about the sound of any voice; words are judged apart."""
    faults = {line.line_id: [fault for fault in line.faults if fault.name not in WORDED] for line in lines}
    values = {line_id: 1 + found[0].excess for line_id, found in faults.items() if found}
    worst_one = max(
        (found[0] for found in faults.values() if found), key=lambda fault: fault.excess, default=None
    )
    return _voice_item(
        "voice",
        values,
        "The voice sounds clean.",
        f"Something is wrong with the voice: {worst_one.sentence if worst_one else ''}.",
    )


def _slips(wording: Wording, extra: Sequence[str]) -> int:
    return max(0, wording.errors - len(extra))


def _without(words: Sequence[str], others: Sequence[str]) -> list[str]:
    return list((Counter(words) - Counter(others)).elements())


def _sample(words: dict[str, list[str]]) -> str:
    return " ".join([word for some in words.values() for word in some][:5])


def _voice_item(name: str, values: dict[str, float], good: str, bad: str) -> Item:
    limit = LIMITS[name]
    value = max(values.values(), default=0.0)
    state = limit.state(value)
    concerned = tuple(key for key, each in values.items() if limit.state(each) is not State.GREEN)
    sentence = good if state is State.GREEN else bad
    return Item(name, value, limit.green, limit.unit, state, sentence, concerned, (), Kind.VOICE)


def _pictures(shots: Sequence[SeenShot], cut: Json) -> Iterator[Item]:
    def values(fact: str) -> list[float]:
        return [float(shot.facts[fact]) for shot in shots]

    lips, offsets = [], []
    for shot in shots:
        told = shot.facts["speech_s"] >= LEAST_SPEECH_S
        moves = shot.facts["lip_motion"] >= LEAST_MOTION
        lips.append(shot.facts["lip_correlation"] * moves if told else 1.0)
        judged = told and LIMITS["lips"].state(lips[-1]) is not State.RED
        offsets.append(abs(shot.facts["av_offset_ms"] - BEST_OFFSET_MS) if judged else 0.0)
    for name, found, good, bad in (
        ("face", values("faces"), "The face is there throughout.", "The face is lost for a while."),
        ("likeness", values("identity"), "The face is the portrait's.", "The face drifts from the portrait."),
        ("lips", lips, "The lips follow the voice.", "The lips do not follow the voice."),
        ("sync", offsets, "Picture and voice are in step.", "Picture and voice are out of step."),
        (
            "silence",
            values("open_in_silence"),
            "The mouth rests in pauses.",
            "The mouth hangs open in pauses.",
        ),
        ("sharpness", values("mouth_sharpness"), "The mouth is sharp.", "The mouth is blurred."),
    ):
        yield _shot_item(name, shots, found, good, bad)
    for name, fact, good, bad in (
        ("freezes", "freeze_s", "The picture never freezes.", "The picture freezes for a moment."),
        ("black", "black_frames", "There are no black frames.", "There are black frames."),
    ):
        yield _shot_item(name, shots, values(fact), good, bad, float(cut[fact]))


def _shot_item(
    name: str,
    shots: Sequence[SeenShot],
    values: Sequence[float],
    good: str,
    bad: str,
    cut: float | None = None,
) -> Item:
    """The worst of the shots' values, and of the cut's when it has one too."""
    limit = LIMITS[name]
    every = list(values) if cut is None else [*values, cut]
    value = (min if limit.least else max)(every, default=limit.green)
    concerned = tuple(i for i, each in enumerate(values) if limit.state(each) is not State.GREEN)
    line_ids = tuple(line_id for i in concerned for line_id in shots[i].line_ids)
    state = limit.state(value)
    sentence = good if state is State.GREEN else bad
    remedy = Kind.ANIMATE if concerned or cut is None else Kind.CUT
    return Item(name, value, limit.green, limit.unit, state, sentence, line_ids, concerned, remedy)


def _file(cut: Json, profile: Profile, asked: float | None) -> Iterator[Item]:
    off, over = abs(cut["loudness"] - profile.loudness), cut["true_peak"] - profile.true_peak
    miss = abs(cut["seconds"] - asked) / asked if asked else 0.0
    broken: list[Any] = cut["violations"]
    length = f"It lasts {cut['seconds']:.0f} seconds"
    yield _cut_item(
        "loudness",
        off,
        f"Loudness is right ({cut['loudness']:.1f} LUFS).",
        f"Loudness is {cut['loudness']:.1f} LUFS instead of {profile.loudness:.0f}.",
    )
    yield _cut_item(
        "peak", over, "The sound never clips.", f"The sound peaks at {cut['true_peak']:.1f} dBTP."
    )
    yield _cut_item(
        "duration",
        miss,
        f"{length}, as asked." if asked else f"{length}.",
        f"{length} instead of the {asked or 0:.0f} asked for.",
        None,
    )
    yield _cut_item(
        "profile",
        float(len(broken)),
        f"The file is what “{profile.name}” needs.",
        f"The file breaks “{profile.name}”: {'; '.join(map(str, broken))}.",
    )


def _cut_item(name: str, value: float, good: str, bad: str, remedy: Kind | None = Kind.CUT) -> Item:
    limit = LIMITS[name]
    state = limit.state(value)
    sentence = good if state is State.GREEN else bad
    return Item(name, value, limit.green, limit.unit, state, sentence, (), (), remedy)
