"""YourTTS: a small cloning voice, the backup of XTTSv2. Its weights may not earn money."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak

if TYPE_CHECKING:
    from workers.engines.voice.references import Samples

MOST_CHARACTERS = 200


class YourTts:
    """voice: a line and recordings of the founder → 16 kHz WAV with its timeline."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="yourtts",
        kind=Kind.VOICE,
        version="2",
        summary="YourTTS: the founder's own voice, small and quick, 16 kHz",
        code_licence="MPL-2.0",
        weights_licence="CC BY-NC-ND 4.0",
        commercial=False,
        languages=("en", "fr", "pt"),
        weights=("yourtts",),
        venv="voice",
        references=6,
        manner=True,
        accept="CC-BY-NC-ND-4.0",
        suffix=".wav",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the model and its speaker encoder."""
        from workers.engines.voice.yourtts_model import YourTtsModel

        self._folder = weights["yourtts"]
        self._model: Any = YourTtsModel(self._folder)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; it ends at the next sentence when `progress` raises.

        Raises LanguageUnsupported, TextUnspeakable, ScriptTooLong, VoiceSampleUnusable, MediaUnusable.
        """
        from workers.engines.voice.imprint import imprint
        from workers.engines.voice.phrases import line_text, phrases
        from workers.engines.voice.placed import language_of, write_placed
        from workers.engines.voice.references import read_references

        speak = Speak(**request)
        language = language_of(speak.language, self._model.languages, "YourTTS")
        pieces = phrases(line_text(speak), MOST_CHARACTERS)
        references = read_references(inputs, self._model.encoder_rate)
        voice = imprint(self._folder, self.spec.version, references, lambda: self._model.imprint(references))
        said: list[Samples] = []
        for at, piece in enumerate(pieces):
            progress(0.98 * at / len(pieces))
            said.append(self._model.speak(piece, language, voice, speak.pace, seed + at))
        write_placed(out, said, self._model.rate, speak)
        progress(1.0)

    def close(self) -> None:
        """Forget the model."""
        self._model = None
