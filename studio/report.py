"""The quality report of a cut: measured facts against limits, one plain sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from studio.engine import Json, Kind
from studio.languages import name_of
from studio.limits import LIMITS, State, worst
from studio.lipsync import Match, match, together
from studio.picking import Fault
from studio.profiles import Profile
from studio.wording import Wording, wording_heard


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
    """A line's approved text, what a listener heard in its voice, and what is wrong with its sound.

    `heard` is None where nobody knows the language.
    """

    line_id: str
    approved: str
    heard: str | None
    faults: tuple[Fault, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SeenShot:
    """What inspect-shot measured, and the lines spoken in that shot."""

    line_ids: tuple[str, ...]
    facts: Json


WORDED = frozenset(("words", "echo"))
"""Faults that the report's own items on words speak of."""
LEAST_SPEECH_S = 1.3
"""Under this, lips and offset cannot be judged and count as right."""
LEAST_MOTION = 0.01
"""Mouth widths a speaking mouth has to move, under a moustache too; less is a mouth that stands still."""


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
    unheard = [line for line in lines if line.heard is None]
    yield from [_unheard(unheard)] if unheard else _worded(lines)
    yield _voices(lines)


def _unheard(lines: Sequence[HeardLine]) -> Item:
    """Said in the place of what could not be checked."""
    limit, language = LIMITS["words"], name_of(lines[0].language)
    sentence = f"Nobody checked the words: there is no listener for {language} in this recipe. Please listen."
    return Item("words", 0.0, limit.green, limit.unit, State.AMBER, sentence)


def _worded(lines: Sequence[HeardLine]) -> Iterator[Item]:
    heard = [(line, wording_heard(line.approved, line.heard or "", line.language)) for line in lines]
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

    lips, offsets = _lips([shot.facts for shot in shots])
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


def _lips(shots: Sequence[Json]) -> tuple[list[float], list[float]]:
    """Each shot's correlation and ms out of step.

    Where none is bad alone but all together are, theirs is each one's.
    """
    told = [at for at, facts in enumerate(shots) if facts["speech_s"] >= LEAST_SPEECH_S]
    moving = [at for at in told if shots[at]["lip_motion"] >= LEAST_MOTION]
    lips, offsets = [0.0 if at in told else 1.0 for at in range(len(shots))], [0.0] * len(shots)
    found = [(shots[at]["lip_scores"], shots[at]["speech_s"]) for at in moving]
    matches = [match(*one) for one in found]
    if all(_state(one) is State.GREEN for one in matches) and found:
        whole = together(found)
        matches = matches if _state(whole) is State.GREEN else [whole] * len(found)
    for at, one in zip(moving, matches, strict=True):
        lips[at] = one.correlation
        if LIMITS["lips"].state(one.correlation) is not State.RED:
            offsets[at] = one.out_of_step_ms
    return lips, offsets


def _state(one: Match) -> State:
    return worst((LIMITS["lips"].state(one.correlation), LIMITS["sync"].state(one.out_of_step_ms)))


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
