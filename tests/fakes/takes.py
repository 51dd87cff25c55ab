"""Engines that render real little files in no time, well or badly, as the request says."""

from __future__ import annotations

import subprocess
import time
import wave
from array import array
from collections.abc import Mapping
from math import sin
from pathlib import Path
from typing import ClassVar

import imageio_ffmpeg

from studio.engine import EngineSpec, Json, Kind, Progress

RATE = 8000


class Hum:
    """voice: half a second of sound at `level`; every run leaves a line in the file `log`."""

    adapter = "tests.fakes.takes:Hum"
    spec: ClassVar[EngineSpec] = EngineSpec("hum", Kind.VOICE, "1", "a fake", "MIT", suffix=".wav")

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        with Path(request["log"]).open("a") as log:
            log.write("run\n")
        time.sleep(request.get("sleep", 0))
        if request.get("bug"):
            raise ZeroDivisionError("a private detail of the engine")
        level = request.get("level", 0.5)
        samples = array("h", (int(32767 * level * sin(at / 3)) for at in range(RATE // 2)))
        with wave.open(str(out), "wb") as file:
            file.setparams((1, 2, RATE, len(samples), "NONE", ""))
            file.writeframes(samples.tobytes())

    def close(self) -> None:
        """Nothing."""


class PersonalHum(Hum):
    """The same with a licence that forbids commercial use."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        "personal-hum", Kind.VOICE, "1", "a fake", "MIT", "CC-BY-NC-4.0", commercial=False, suffix=".wav"
    )


class Slide(Hum):
    """animate: a fifth of a second in one `colour`."""

    adapter = "tests.fakes.takes:Slide"
    spec: ClassVar[EngineSpec] = EngineSpec("slide", Kind.ANIMATE, "1", "a fake", "MIT", suffix=".mp4")

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        source = f"color={request['colour']}:size=64x64:rate=25:duration=0.2"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, str(out)]
        subprocess.run(command, check=True, timeout=30)
