"""The engine contract: one small synchronous protocol for every model, and the requests of each kind.

An engine is one file in workers/engines/<kind>/ with one class and one line in workers/engines/__init__.py.
It runs in a child process (workers/engine_child.py) that stays warm and may be killed at any time. Heavy
imports belong inside `load` or `run`, so that every spec can be read without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

Progress = Callable[[float], None]
Json = dict[str, Any]


class Kind(StrEnum):
    """What an engine does."""

    VOICE = "voice"
    LISTEN = "listen"
    CLEAN = "clean"
    PORTRAIT = "portrait"
    ANIMATE = "animate"
    MIX = "mix"
    CUT = "cut"
    INSPECT = "inspect"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine as data; `version` is raised whenever the same request would give another file.

    `references`: how many recordings of the founder a cloning voice takes, as inputs `reference0`…; with `manner`
    it imitates how they are spoken too, so that a line is given those of its tone;
    `trainers`: the engines that train versions of a founder's voice for this one, on a GPU and on a CPU; the
    version in use comes as input `checkpoint`;
    `accept`: a licence the operator has to accept in the settings before anything is rendered;
    a voice with `marks` honours "[pause 0.5]" and "*emphasis*" in its text; the others never see them;
    `paid`: every take costs money at a vendor; see Engine.run for its receipt;
    `threads`: as many are worth their overhead to it, 0: up to four.
    """

    name: str
    kind: Kind
    version: str
    summary: str
    code_licence: str
    weights_licence: str = "none"
    commercial: bool = True
    needs_gpu: bool = False
    vram_gib: float = 0.0
    languages: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    paid: bool = False
    venv: str = ""
    references: int = 0
    trainers: tuple[str, ...] = ()
    manner: bool = False
    accept: str = ""
    threads: int = 0
    suffix: str = ".bin"
    limit_s: float = 600.0
    marks: bool = False


class Engine(Protocol):
    """What a file in workers/engines/ must offer."""

    spec: ClassVar[EngineSpec]

    def load(self, weights: Mapping[str, Path]) -> None:
        """Read the weights, given as manifest name → folder. The only place that imports heavy packages."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Write exactly one file to `out`; call `progress` with 0..1; raise errors of studio.errors.

        A paid engine also finds `receipt` in `inputs`: the path of a file that is kept under the take's
        identity over all attempts. It writes there before it asks the vendor and after, and resumes from it.
        So does an engine that trains, with `work`: a folder of its persona that is kept over all attempts.
        """

    def close(self) -> None:
        """Give back what `load` took."""


@dataclass(frozen=True, slots=True)
class Speak:
    """voice: a line's words → mono WAV that carries its Timeline (studio/timeline.py).

    A voice that clones also has inputs `reference0`…: cleaned recordings of the founder, WAV; one that was
    trained also `checkpoint`.
    `pace` 1.0 is the voice's own; `pronunciations` maps a written word to a respelling ("ka-DAR").
    """

    text: str
    voice: str
    tone: str = "neutral"
    pace: float = 1.0
    language: str = "en"
    pronunciations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VendorSpeak(Speak):
    """voice of a paid service: what the settings choose is part of the take's identity.

    `before` and `after` are the words around the line, for continuity; they are not spoken.
    """

    model: str = ""
    format: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Listen:
    """listen: input `audio` → JSON {"text", "words": [{"text", "start", "end"}]} (seconds).

    With the words `expected` there is also "agreed", what was heard with the benefit of doubt: a difference
    that the sound does not bear out is the listener's slip; "last", when its last word begins; and "echo", how
    likely a word was said twice.
    """

    language: str = "en"
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """listen: input `audio`, a clip of up to 30 s → JSON {"text", "confidence", "no_speech", "compression"}.

    `confidence` is the mean log-probability of a token, `no_speech` a probability, `compression` how well the text
    compresses: much when it repeats itself.
    """

    language: str = "en"


@dataclass(frozen=True, slots=True)
class Align:
    """listen: input `audio` and the words spoken in it → the same audio as WAV with its Timeline."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Clean:
    """clean: input `audio` → 48 kHz mono WAV without noise (or as it is), trimmed to speech."""

    trim: bool = True
    denoise: bool = True


@dataclass(frozen=True, slots=True)
class Portray:
    """portrait: input `photo` → upright sRGB PNG whose alpha channel is the person's matte.

    Raises PortraitUnusable or MediaUnusable with a sentence that says what to change.
    """

    max_side: int = 1600


@dataclass(frozen=True, slots=True)
class Animate:
    """animate: inputs `portrait`, `voice0`… (WAV with Timeline), optionally `background` → MP4 without sound.

    The frames follow studio.timing.lay_out(durations of the voices, lead, pauses, fps); `tones` has one
    entry a voice; sizes in pixels; `background` "" keeps the photo's own, otherwise a built-in plate's name.
    """

    width: int
    height: int
    fps: int = 25
    framing: str = "medium"
    lead: float = 0.0
    pauses: tuple[float, ...] = ()
    tones: tuple[str, ...] = ()
    background: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """cut: inputs `picture` (an animated shot), `voice0`… → MP4 without sound, coded for its profile.

    Burns in captions (words and times from the voices' timelines) and the label. As long as Animate says.
    """

    profile: str
    captions: str = "highlight"
    label: str = ""
    fps: int = 25
    lead: float = 0.0
    pauses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """mix: inputs `voice0`… in spoken order → the delivered sound as M4A (AAC), as long as the pictures.

    `voices[i]` is how many voices shot i speaks; `leads` and `pauses` as in Animate, one entry a shot. Lays
    the voices to the sample and brings loudness to the profile.
    """

    profile: str
    voices: tuple[int, ...]
    leads: tuple[float, ...]
    pauses: tuple[tuple[float, ...], ...]
    fps: int = 25


@dataclass(frozen=True, slots=True)
class Assemble:
    """cut: inputs `shot0`… (finished) and `sound` (mixed) → the delivered MP4, nothing coded again."""

    profile: str
    fps: int = 25
    title: str = ""


@dataclass(frozen=True, slots=True)
class InspectVoice:
    """inspect: input `audio`, optionally `sample0`… of whoever should speak → JSON of measured facts of a line.

    `text` are its words, marks included; the facts are those of studio/picking.py.
    """

    text: str
    tone: str = "neutral"
    pace: float = 1.0
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ForPhone:
    """cut: input `cut` → the same as MP4 that any phone's chat plays at once: H.264 main without B-frames, AAC.

    At most `max_bytes` bytes and `max_side` pixels; sound of `sound_kbps`.
    """

    max_bytes: int = 16_000_000
    max_side: int = 1280
    sound_kbps: int = 96


@dataclass(frozen=True, slots=True)
class InspectShot:
    """inspect: inputs `picture`, `portrait`, `voice0`… → JSON of measured facts about one shot."""

    fps: int = 25
    framing: str = "medium"
    lead: float = 0.0
    pauses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectCut:
    """inspect: input `cut` → JSON of measured facts about the assembled file."""

    profile: str


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """inspect: input `cut` → one JPEG of `columns` x `rows` frames, evenly spaced."""

    columns: int = 4
    rows: int = 2
    width: int = 1280


@dataclass(frozen=True, slots=True)
class Train:
    """train: input `work`, a folder with `manifest.json` and `clips/` (workers/corpus.py) → weights, safetensors.

    The folder also gets `now.json` (step, steps, loss, held_out, best, seconds_left), `last.ckpt`, from which the
    next attempt goes on, and at the end `result.json`. `every` so many steps the held-out clips are heard and
    a checkpoint is written; after `patience` times without an improvement it ends. A step is `batch` x `accumulate`
    clips at the learning rate `rate`. `manifest` is the SHA-256 of `manifest.json`.
    """

    steps: int = 1000
    batch: int = 4
    accumulate: int = 1
    rate: float = 5e-6
    every: int = 25
    patience: int = 6
    manifest: str = ""
