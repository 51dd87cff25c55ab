"""Separators without what comes after them, for looking at what they made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from studio.engine import Json, Progress
from workers.engines.clean.demucs import Demucs


class RawDemucs(Demucs):
    """Writes the voice at the model's rate, be it speech or not."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Separate `audio`."""
        import soundfile

        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled

        rate = int(self._model.samplerate)
        voice = self._voice(resampled(read_recording(inputs["audio"]), RATE, rate), progress)
        soundfile.write(out, voice, rate, subtype="FLOAT", format="WAV")
