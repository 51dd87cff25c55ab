"""OpenVoice V2 over Kokoro: the founder's tone colour on a stock voice's words. Free for commercial use."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak
from workers.engines.voice.kokoro import Kokoro

if TYPE_CHECKING:
    from studio.timeline import Timeline
    from workers.engines.voice.references import Samples

HIGH_VOICE_HZ = 165.0
STOCK = {True: "af_heart", False: "am_michael"}


class OpenVoice:
    """voice: a line and recordings of the founder → 22.05 kHz WAV with Kokoro's exact timeline.

    Accent, rhythm and intonation stay those of the stock voice (`voice`, else the one nearest in pitch); only
    the colour of the voice is the founder's.
    """

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="openvoice",
        kind=Kind.VOICE,
        version="1",
        summary="OpenVoice V2: Kokoro's words in the founder's tone colour",
        code_licence="MPL-2.0 (coqui-tts), MIT (OpenVoice), Apache-2.0 (Kokoro)",
        weights_licence="MIT (OpenVoice), Apache-2.0 (Kokoro)",
        languages=Kokoro.spec.languages,
        weights=("kokoro", "openvoice-v2"),
        venv="voice",
        references=6,
        suffix=".wav",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load Kokoro and the converter."""
        from workers.engines.voice.openvoice_model import OpenVoiceModel

        self._folder = weights["openvoice-v2"]
        self._model: Any = OpenVoiceModel(self._folder)
        self._kokoro = Kokoro()
        self._kokoro.load(weights)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; raises what Kokoro raises, VoiceSampleUnusable, MediaUnusable."""
        import numpy as np

        from studio.timeline import write_voice
        from workers.engines.voice.imprint import imprint
        from workers.engines.voice.placed import levelled
        from workers.engines.voice.references import read_references

        references = read_references(inputs, self._model.rate)
        speak = Speak(**request)
        samples, timeline = self._spoken(
            replace(speak, voice=speak.voice or _nearest(inputs)), seed, progress
        )
        voice = imprint(self._folder, self.spec.version, references, lambda: self._model.imprint(references))
        converted = self._model.convert(samples, voice, seed)[: len(samples)]
        converted = np.pad(converted, (0, len(samples) - len(converted)))
        write_voice(out, levelled(converted), self._model.rate, timeline)
        progress(1.0)

    def close(self) -> None:
        """Forget both models."""
        self._model = None
        self._kokoro.close()

    def _spoken(self, speak: Speak, seed: int, progress: Progress) -> tuple[Samples, Timeline]:
        """Kokoro's samples at the converter's rate, and when its words and phones are."""
        import numpy as np
        from scipy.signal import resample_poly

        from studio.timeline import read_samples, read_timeline

        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "stock.wav"
            self._kokoro.run(asdict(speak), {}, wav, seed, lambda share: progress(0.5 * share))
            samples, rate = read_samples(wav)
            timeline = read_timeline(wav)
        factor = np.gcd(self._model.rate, rate)
        lower = resample_poly(samples, self._model.rate // factor, rate // factor)
        return np.asarray(lower, np.float32), timeline


def _nearest(inputs: Mapping[str, Path]) -> str:
    """The stock voice of the register of these recordings."""
    from workers.pitch import median_pitch

    return STOCK[median_pitch([inputs[name] for name in sorted(inputs)]) > HIGH_VOICE_HZ]
