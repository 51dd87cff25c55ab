"""Engines for the chaos run: real child processes that make small real files, each time other bytes.

A file made twice differs, as with real models, so that a delivered file that nobody was shown is found out.
"""

from __future__ import annotations

import json
import os
import random
import time
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from tests.fakes.measures import GOOD_CUT, GOOD_SHOT, GOOD_VOICE

MARK = b"aicl"
MODULE = "tests.chaos.engines"


class Quick:
    """What all share: a little time, some progress, then `make`."""

    spec: ClassVar[EngineSpec]

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Work a moment, then write."""
        for step in range(3):
            time.sleep(random.uniform(0.0, 0.1))
            progress(step / 3)
        self.make(request, inputs, out)

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """Write the file."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to give back."""


def spec(name: str, kind: Kind, suffix: str) -> EngineSpec:
    """A spec under a real engine's name."""
    return EngineSpec(name, kind, "1", "a quick fake", "Apache-2.0", suffix=suffix)


class Voice(Quick):
    """Noise of 0.2 s; the words stand in a chunk behind it."""

    spec = spec("kokoro", Kind.VOICE, ".wav")
    adapter = f"{MODULE}:Voice"

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """A WAV."""
        with wave.open(str(out), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(os.urandom(3200))
        words = request["text"].encode()
        words += b" " * (len(words) % 2)
        with out.open("ab") as tail:
            tail.write(MARK + len(words).to_bytes(4, "little") + words)


class Mixer(Quick):
    """The sound of it all: noise again."""

    spec = spec("mix", Kind.MIX, ".wav")
    adapter = f"{MODULE}:Mixer"

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """A WAV."""
        Voice().make({"text": ""}, inputs, out)


class Listener(Quick):
    """Hears the words in that chunk."""

    spec = spec("whisper", Kind.LISTEN, ".json")
    adapter = f"{MODULE}:Listener"

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """The words."""
        heard = inputs["audio"].read_bytes().rpartition(MARK)[2][4:].decode().strip()
        out.write_text(json.dumps({"text": heard, "words": []}))


class Film(Quick):
    """Its first input's picture again, with other bytes at the end; the portrait is a film already."""

    picture: ClassVar[str]

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """An MP4 with a box of its own."""
        own = os.urandom(16)
        out.write_bytes(inputs[self.picture].read_bytes() + (8 + len(own)).to_bytes(4, "big") + b"free" + own)


class Animator(Film):
    """From the portrait."""

    spec = spec("meshwarp", Kind.ANIMATE, ".mp4")
    adapter, picture = f"{MODULE}:Animator", "portrait"


class Finisher(Film):
    """From the picture."""

    spec = spec("finish", Kind.CUT, ".mp4")
    adapter, picture = f"{MODULE}:Finisher", "picture"


class Assembler(Film):
    """From the first shot."""

    spec = spec("assemble", Kind.CUT, ".mp4")
    adapter, picture = f"{MODULE}:Assembler", "shot0"


class Measurer(Quick):
    """All is well."""

    facts: ClassVar[dict[str, Any]] = {}

    def make(self, request: Json, inputs: Mapping[str, Path], out: Path) -> None:
        """The facts, with other bytes each time."""
        out.write_text(json.dumps({**self.facts, "looked_at": time.time_ns()}))


class ShotLooker(Measurer):
    """A good shot."""

    spec, facts = spec("inspect-shot", Kind.INSPECT, ".json"), GOOD_SHOT
    adapter = f"{MODULE}:ShotLooker"


class VoiceLooker(Measurer):
    """A good voice."""

    spec, facts = spec("inspect-voice", Kind.INSPECT, ".json"), GOOD_VOICE
    adapter = f"{MODULE}:VoiceLooker"


class CutLooker(Measurer):
    """A good cut."""

    spec, facts = spec("inspect-cut", Kind.INSPECT, ".json"), GOOD_CUT
    adapter = f"{MODULE}:CutLooker"


class Sheeter(Measurer):
    """A contact sheet of nothing."""

    spec = spec("contact-sheet", Kind.INSPECT, ".json")
    adapter = f"{MODULE}:Sheeter"


FAKES = {
    fake.spec.name: fake.adapter
    for fake in (
        Voice,
        Mixer,
        Listener,
        Animator,
        Finisher,
        Assembler,
        ShotLooker,
        VoiceLooker,
        CutLooker,
        Sheeter,
    )
}
