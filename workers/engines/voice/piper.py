"""Piper: a small quick voice. GPL, so this file runs in an environment of its own, never in ours.

Nothing but the standard library, numpy and piper may be imported here, directly or through studio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak
from studio.spoken import Spoken

if TYPE_CHECKING:
    from workers.engines.voice.timed import Sound

PAUSE_S = 0.15
LONG_STOPS = ".!?…"
WEAK = {"a": "ɐ", "the": "ðə", "to": "tə", "of": "ʌv", "and": "ænd", "for": "fɔːɹ", "in": "ɪn", "is": "ɪz"}
TO_ESPEAK = {"A": "eɪ", "I": "aɪ", "W": "aʊ", "Y": "ɔɪ", "O": "oʊ", "ʧ": "tʃ", "ʤ": "dʒ"}


class Piper:
    """voice: a line → 22.05 kHz WAV with its timeline; one man's voice, whatever the request names."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="piper",
        kind=Kind.VOICE,
        version="2",
        summary="Piper with the voice Joe: plain but six times as fast as Kokoro",
        code_licence="GPL-3.0-or-later",
        weights_licence="CC0 data, MIT package",
        languages=("en",),
        marks=True,
        weights=("piper-joe",),
        venv="piper",
        suffix=".wav",
        limit_s=120.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the voice, patched in memory so that it tells how long each phone lasts.

        Not by PiperVoice.load, whose threads burn a core while they wait for work.
        """
        import onnx
        import onnxruntime as ort
        from piper import PiperConfig, PiperVoice  # type: ignore[import-not-found]
        from piper.patch_voice_with_alignment import add_alignment_output  # type: ignore[import-not-found]

        path = weights["piper-joe"] / "en_US-joe-medium.onnx"
        model, options = onnx.load(str(path)), ort.SessionOptions()
        add_alignment_output(model)
        options.intra_op_num_threads, options.inter_op_num_threads = 2, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        config = PiperConfig.from_dict(json.loads(path.with_suffix(".onnx.json").read_text("utf-8")))
        session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self._voice: Any = PiperVoice(session, config)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; raises LanguageUnsupported or TextUnspeakable."""
        import numpy as np
        from piper import SynthesisConfig

        from studio.marks import read_marks
        from studio.timeline import write_voice
        from workers.engines.voice.delivery import deliver
        from workers.engines.voice.lay import read_line
        from workers.engines.voice.timed import timeline
        from workers.engines.voice.tones import MANNERS

        speak = Speak(**request)
        tokens = read_line(speak, "Piper")
        manner = MANNERS.get(speak.tone, MANNERS["neutral"])
        pace = manner.speed * speak.pace * (1 + 0.03 * float(np.random.default_rng(seed).uniform(-1.0, 1.0)))
        # Without sampling noise the same request gives the same bytes; the seed acts through the pace.
        settings = SynthesisConfig(length_scale=1 / pace, noise_scale=0.0, noise_w_scale=0.0)
        rate, parts, offset = int(self._voice.config.sample_rate), [], 0
        sounds: list[Sound] = []
        for phonemes in self._sentences(tokens):
            audio, timed = self._speak(phonemes, settings, offset, rate)
            sounds += timed
            parts += [audio, np.zeros(int((PAUSE_S + manner.stop) * rate), np.float32)]
            offset += len(parts[-2]) + len(parts[-1])
        samples = np.concatenate(parts[:-1])
        samples *= 0.7 * 10 ** (min(0.0, manner.gain) / 20) / max(1e-6, float(np.abs(samples).max()))
        marked, own = read_marks(speak.text), (manner.comma, 0.0)
        samples, lasting = deliver(samples, rate, timeline(tokens, sounds), tokens, marked, manner, own)
        write_voice(out, samples, rate, lasting)
        progress(1.0)

    def close(self) -> None:
        """Forget the voice."""
        self._voice = None

    def _speak(
        self, phonemes: list[tuple[int, str]], settings: Any, offset: int, rate: int
    ) -> tuple[Any, list[Sound]]:
        """Samples and timed sounds of one sentence, given as (token or -1, IPA character)."""
        import numpy as np

        from workers.engines.voice.timed import Sound

        symbols = [symbol for _, symbol in phonemes]
        ids = self._voice.phonemes_to_ids(symbols)
        audio, lengths = self._voice.phoneme_ids_to_audio(ids, settings, include_alignments=True)
        pads = len(self._voice.config.phoneme_id_map["_"])
        at = len(self._voice.config.phoneme_id_map["^"]) + pads
        begin, sounds = offset + int(np.sum(lengths[:at])), []
        for owner, symbol in phonemes:
            size = len(self._voice.config.phoneme_id_map[symbol]) + pads
            end = begin + int(np.sum(lengths[at : at + size]))
            if owner >= 0:
                sounds.append(Sound(owner, symbol, begin / rate, end / rate))
            at, begin = at + size, end
        return np.asarray(audio, np.float32).ravel(), sounds

    def _sentences(self, tokens: Sequence[Spoken]) -> Iterator[list[tuple[int, str]]]:
        known = self._voice.config.phoneme_id_map
        sentence: list[tuple[int, str]] = []
        clause: list[tuple[int, str]] = []
        for at, token in enumerate(tokens):
            clause += [(at, word) for word in token.words]
            if not (token.stop or at + 1 == len(tokens)) or not (clause or sentence):
                continue
            for (owner, _), ipa in zip(clause, self._ipa([word for _, word in clause]), strict=True):
                sentence += [(-1, " ")] if sentence else []
                sentence += [(owner, symbol) for symbol in ipa if symbol in known]
            sentence += [(-1, token.stop if token.stop in known else ".")] if token.stop else []
            clause = []
            if token.stop in LONG_STOPS or at + 1 == len(tokens):
                yield sentence
                sentence = []

    def _ipa(self, words: Sequence[str]) -> list[str]:
        """espeak's IPA of each word of a clause; word by word where it runs words together."""
        if not any(word.startswith("=") for word in words):
            together = self._phonemized(" ".join(words)).split(" ")
            if len(together) == len(words):
                return together
        return [self._word(word) for word in words]

    def _word(self, word: str) -> str:
        from workers.engines.voice.g2p import respelled

        if word.startswith("="):
            stem, tail = (word[1:-2], "z") if word.endswith("'s") else (word[1:], "")
            return "".join(TO_ESPEAK.get(symbol, symbol) for symbol in respelled(stem)) + tail
        return WEAK.get(word) or self._phonemized(word).replace(" ", "")

    def _phonemized(self, text: str) -> str:
        return "".join(symbol for sentence in self._voice.phonemize(text) for symbol in sentence).strip(" .")
