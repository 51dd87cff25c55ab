"""espeak-ng: robotic, instant, always works; the last link of the chain of voices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak

VOICES = {"en": "en-us", "pt": "pt-br", "zh": "cmn"} | {
    language: language
    for language in ("es", "fr", "it", "de", "pl", "tr", "ru", "nl", "cs", "ar", "hu", "ko", "hi")
}
"""espeak-ng's voice of a language. Japanese is not among them: it names that script's characters in English."""
WORDS_A_MINUTE, PITCH = 160, 50


class Espeak:
    """voice: a line → 22.05 kHz WAV with its timeline, in 16 languages.

    A woman's voice for voices named "af_…" or "bf_…".
    """

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="espeak",
        kind=Kind.VOICE,
        version="2",
        summary="espeak-ng: a robot's voice that always works (GPL, in a process of its own)",
        code_licence="GPL-3.0-or-later",
        languages=tuple(VOICES),
        marks=True,
        suffix=".wav",
        limit_s=120.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to load: the library lives in its own process."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; raises LanguageUnsupported, TextUnspeakable or EngineDied."""
        import numpy as np

        from studio.marks import read_marks
        from studio.timeline import write_voice
        from workers.engines.voice.delivery import deliver
        from workers.engines.voice.espeak_line import uttered
        from workers.engines.voice.lay import code, read_line
        from workers.engines.voice.timed import timeline
        from workers.engines.voice.tones import MANNERS, coloured

        speak = Speak(**request)
        tokens = read_line(speak, "espeak-ng", self.spec.languages)
        manner = MANNERS.get(speak.tone, MANNERS["neutral"])
        chance = float(np.random.default_rng(seed).uniform(-1.0, 1.0))
        voice = VOICES[code(speak.language)] + ("+f3" if speak.voice[1:3] == "f_" else "")
        pace = WORDS_A_MINUTE * manner.speed * speak.pace * (1 + 0.03 * chance)
        said = uttered(tokens, voice, pace, PITCH * manner.pitch**2)
        rate, own = said.rate, (manner.comma, manner.stop)
        samples, timed = deliver(
            coloured(said.samples, manner, rate),
            rate,
            timeline(tokens, said.sounds),
            tokens,
            read_marks(speak.text),
            manner,
            own,
        )
        write_voice(out, samples, rate, timed)
        progress(1.0)

    def close(self) -> None:
        """Nothing to give back."""
