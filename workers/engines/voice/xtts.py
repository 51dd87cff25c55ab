"""XTTSv2: the founder's own voice from a few seconds, in 17 languages. Its weights may not earn money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak
from studio.errors import ScriptTooLong

if TYPE_CHECKING:
    from workers.engines.voice.references import Samples

CHARACTERS_A_SECOND, TOKENS_A_SECOND = 14.0, 21.5


class Xtts:
    """voice: a line and recordings of the founder → 24 kHz WAV with its timeline."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="xtts",
        kind=Kind.VOICE,
        version="2",
        summary="XTTSv2: the founder's own voice, 17 languages; a CPU is slow for it",
        code_licence="MPL-2.0",
        weights_licence="CPML (non-commercial)",
        commercial=False,
        languages=(
            "en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh", "hu", "ko", "ja", "hi",
        ),
        weights=("xtts-v2",),
        venv="voice",
        references=6,
        trainers=("xtts-training", "xtts-training-cpu"),
        manner=True,
        accept="CPML",
        suffix=".wav",
        limit_s=1800.0,
    )  # fmt: skip

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the model; several seconds and 2 GB for the real one."""
        from workers.engines.voice.xtts_model import XttsModel

        self._folder = weights["xtts-v2"]
        self._model: Any = XttsModel(self._folder)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; it ends within five tokens when `progress` raises. `checkpoint` is a trained version.

        Raises LanguageUnsupported, TextUnspeakable, ScriptTooLong, VoiceSampleUnusable, MediaUnusable.
        """
        from workers.engines.voice.imprint import imprint
        from workers.engines.voice.phrases import line_text, phrases
        from workers.engines.voice.placed import language_of, write_placed
        from workers.engines.voice.references import read_references
        from workers.engines.voice.xtts_model import REFERENCE_RATE

        speak = Speak(**request)
        language = language_of(speak.language, self._model.languages, "XTTSv2")
        taught = self._model.adopt(inputs.get("checkpoint"))
        pieces = phrases(line_text(speak), self._model.most_characters(language))
        for piece in pieces:
            if not self._model.fits(piece, language):
                raise ScriptTooLong("A sentence of this line is too long to be said in one go; shorten it.")
        references = read_references(inputs, REFERENCE_RATE)
        voice = imprint(
            self._folder, self.spec.version + taught, references, lambda: self._model.imprint(references)
        )
        said: list[Samples] = []
        for at, piece in enumerate(pieces):
            progress(0.98 * at / len(pieces))
            heard = _hearing(piece, at / len(pieces), 1 / len(pieces), progress)
            said.append(self._model.speak(piece, language, voice, speak.pace, seed + at, heard))
        write_placed(out, said, self._model.rate, speak)
        progress(1.0)

    def close(self) -> None:
        """Forget the model."""
        self._model = None


def _hearing(piece: str, begun: float, share: float, progress: Progress) -> Callable[[int], None]:
    """Progress by how long a piece will probably last, from tokens that were heard."""
    wanted = max(1.0, len(piece) / CHARACTERS_A_SECOND * TOKENS_A_SECOND)
    return lambda tokens: progress(0.98 * (begun + share * min(0.95, tokens / wanted)))
