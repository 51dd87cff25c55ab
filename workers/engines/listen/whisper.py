"""Whisper on CTranslate2: what was said, for checking voices against their script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Listen, Progress
from studio.errors import LanguageUnsupported, MediaUnusable
from studio.languages import listed, speaks
from workers.engines.listen.echo import NO_ECHO, echo

WINDOW_S = 29.0
SHORT_S = 24.0
LEAST_WINDOW_S = 11.0
MOST_WORDS_PER_S = 5.0
BENEFIT = 1.5
"""Nats by which the expected words may be less likely than what was heard and still count as said."""
ALIKE_BENEFIT = 8.0
"""The same for words that sound alike: "SaaS" and "SAS", "lead" and "led"; never for numbers and negations."""
MOST_DOUBTS = 6
TOKEN_S, BEHIND_S = 0.02, 0.5


class Whisper:
    """listen: audio → JSON {"text", "words"}.

    A word's times are its share of its segment by length: right to about half a second, enough to show where
    something was heard. Sphinx aligns a known text exactly.
    """

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="whisper",
        kind=Kind.LISTEN,
        version="7",
        summary="Whisper tiny.en: speech to text",
        code_licence="MIT",
        weights_licence="MIT",
        languages=("en",),
        weights=("whisper-tiny-en",),
        threads=1,
        suffix=".json",
        limit_s=300.0,
    )

    echoes: ClassVar[bool] = True
    """Whether a doubled word's likelihood tells anything."""

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the model as int8; on two threads a line costs a fifth more CPU and takes no less time."""
        from faster_whisper import WhisperModel

        folder = str(weights[self.spec.weights[0]])
        self._model: Any = WhisperModel(
            folder, device="cpu", compute_type="int8", cpu_threads=self.spec.threads
        )
        self._speak("en")

    def _speak(self, language: str) -> None:
        """Begin every text as this network does in that language."""
        from faster_whisper.tokenizer import Tokenizer

        self._tokens: Any = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, "transcribe", language
        )
        self._language = language

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Transcribe `audio`; raises LanguageUnsupported or MediaUnusable."""
        listen = Listen(**request)
        language = listen.language.partition("-")[0].lower()
        if not speaks(self.spec.languages, language):
            raise LanguageUnsupported(f"This listener understands {listed(self.spec.languages)}.")
        if language != self._language:
            self._speak(language)
        samples = decoded(inputs["audio"])
        seconds = len(samples) / 16_000
        encoded, frames = self._encoded(samples, seconds) if seconds <= SHORT_S else (None, 0)
        text = self._short(encoded, seconds) if frames else ""
        said, words = [text] if text else [], spread(text.split(), 0.0, seconds)
        for segment in () if text else self._long(samples, seconds):
            said.append(segment.text.strip())
            words += spread(segment.text.split(), segment.start, min(segment.end, seconds))
            progress(min(1.0, segment.end / max(seconds, 0.1)))
        found: Json = {"text": " ".join(said), "words": words}
        if listen.expected and frames and found["text"]:
            found |= self._second_thoughts(_ending(encoded, seconds), listen.expected, found["text"])
        elif listen.expected:
            found |= {"agreed": found["text"], "last": seconds} | ({"echo": NO_ECHO} if self.echoes else {})
        out.write_text(json.dumps(found, ensure_ascii=False), "utf-8")

    def _second_thoughts(self, encoded: Any, expected: str, heard: str) -> Json:
        """What was heard with the benefit of doubt, when its last word begins, and how likely a word is doubled.

        A difference is undone when the network itself finds the expected words almost as likely.
        """
        from studio.wording import doubts

        words = heard.split()
        chances, last = self._likelihoods(encoded, words)
        own = sum(chances)
        for doubt in reversed(doubts(expected, heard, self._language)[:MOST_DOUBTS]):
            undone = doubt.undone(words)
            if not self.echoes and doublings(undone) < doublings(words):
                continue
            room = ALIKE_BENEFIT if doubt.sounds_alike(words) else BENEFIT
            likely, end = self._likelihoods(encoded, undone)
            if sum(likely) > own - room:
                words, last = undone, end
        found = {"agreed": " ".join(words), "last": last}
        if not self.echoes:
            return found
        return found | {"echo": echo(words, lambda text: self._likelihoods(encoded, text)[0])}

    def _likelihoods(self, encoded: Any, words: Sequence[str]) -> tuple[list[float], float]:
        """The log-likelihood of each word of a text, and the second in which its last token begins."""
        import numpy as np

        pieces = [self._tokens.encode(f" {word}") for word in words]
        tokens = [token for piece in pieces for token in piece]
        found = self._model.model.align(encoded, self._tokens.sot_sequence, [tokens], [2 * encoded.shape[1]])[
            0
        ]
        chances = np.log(np.maximum(1e-9, np.array(found.text_token_probs)))
        edges = np.cumsum([0, *map(len, pieces)])
        times = [time for token, time in found.alignments if token >= len(tokens) - 1]
        each = [float(chances[a:b].sum()) for a, b in pairwise(edges)]
        return each, round(min(times, default=0) * TOKEN_S, 2)

    def _encoded(self, samples: Any, seconds: float) -> tuple[Any, int]:
        """The network's view of a window around the sound, and how many frames it has."""
        import numpy as np

        window = max(LEAST_WINDOW_S, seconds + 2.0)
        silence = np.zeros(int(16_000 * (window - seconds)) + 1, np.float32)
        features = self._model.feature_extractor(np.concatenate([samples, silence]))[:, : int(window * 100)]
        return self._model.encode(features), int(features.shape[-1])

    def _short(self, encoded: Any, seconds: float) -> str:
        """A line's text from a window cut to its length, at a third of the cost; "" when that cannot be trusted.

        Whisper is trained on windows of 30 s; it holds down to about 8 s and repeats itself below.
        """
        prompt = [*self._tokens.sot_sequence, self._tokens.no_timestamps]
        found = self._model.model.generate(encoded, [prompt], beam_size=1, max_length=224)
        text: str = self._tokens.decode(found[0].sequences_ids[0]).strip()
        too_many = len(text.split()) > MOST_WORDS_PER_S * seconds + 3
        return "" if too_many or is_looping(text.lower().split()) else text

    def _long(self, samples: Any, seconds: float) -> Any:
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=seconds < WINDOW_S,
        )
        return segments

    def close(self) -> None:
        """Forget the model."""
        self._model = None


class WhisperBase(Whisper):
    """The same in the languages in which Whisper base was measured (bench/languages.py)."""

    spec: ClassVar[EngineSpec] = replace(
        Whisper.spec,
        name="whisper-base",
        version="1",
        summary="Whisper base: speech to text in Spanish, French, Italian and Portuguese",
        languages=("es", "fr", "it", "pt"),
        weights=("whisper-base",),
    )
    echoes: ClassVar[bool] = False  # in clean Spanish takes it is between -13 and +2


def doublings(words: Sequence[str]) -> int:
    """How often a word stands twice in a row, or a long one around a sound that was taken for "a" or "e"."""
    bare: list[str] = re.findall(r"[^\W_]+", " ".join(words).lower())
    around = (
        a == c and len(a) > 3 and len(b) == 1 for a, b, c in zip(bare, bare[1:], bare[2:], strict=False)
    )
    return sum(a == b for a, b in pairwise(bare)) + sum(around)


def _ending(encoded: Any, seconds: float) -> Any:
    """What the network sees, without the silence that was put behind the sound."""
    import numpy as np
    from ctranslate2 import StorageView

    frames = int((seconds + BEHIND_S) / TOKEN_S)
    return StorageView.from_array(np.ascontiguousarray(np.array(encoded)[:, :frames]))


def is_looping(words: list[str]) -> bool:
    """Whether a phrase of three words or more is said twice in a row: the voice did it, or Whisper ran on."""
    return any(
        words[at : at + size] == words[at + size : at + 2 * size]
        for size in range(3, len(words) // 2 + 1)
        for at in range(len(words) - 2 * size + 1)
    )


def decoded(path: Path) -> Any:
    from av.error import FFmpegError
    from faster_whisper.audio import decode_audio

    try:
        return decode_audio(str(path), sampling_rate=16_000)
    except (FFmpegError, IndexError) as error:
        raise MediaUnusable("This file holds no sound that can be read.") from error


def spread(texts: list[str], start: float, end: float) -> list[dict[str, str | float]]:
    total, at = sum(len(text) + 1 for text in texts), 0
    words: list[dict[str, str | float]] = []
    for text in texts:
        begin, at = at, at + len(text) + 1
        words.append(
            {
                "text": text,
                "start": round(start + (end - start) * begin / total, 3),
                "end": round(start + (end - start) * at / total, 3),
            }
        )
    return words
