"""PocketSphinx forced alignment: when each word and phone of a known text is spoken in any recording."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import Align, EngineSpec, Json, Kind, Progress
from studio.errors import LanguageUnsupported, MediaUnusable, TextUnspeakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.spoken import Spoken
    from studio.timeline import Timeline

RATE = 16_000
FRAMES_PER_S = 100
BEAMS = {"beam": 1e-60, "wbeam": 1e-50, "pbeam": 1e-60}
IPA = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d",
    "DH": "ð", "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
    "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ",
    "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z",
    "ZH": "ʒ",
}  # fmt: skip
ARPABET = {symbol: name for name, symbol in IPA.items() if len(symbol) == 1} | {
    "ə": "AH", "ɐ": "AH", "ɜ": "ER", "ᵊ": "AH", "ᵻ": "IH", "ɾ": "D", "a": "AA", "e": "EH", "o": "OW",
    "ɒ": "AO", "x": "K",
}  # fmt: skip


class Sphinx:
    """listen: audio and its words → the same audio as WAV with its timeline, right to about 0.06 s."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="sphinx",
        kind=Kind.LISTEN,
        version="1",
        summary="PocketSphinx: times of the words and phones of a known text",
        code_licence="BSD-2-Clause",
        weights_licence="BSD-2-Clause",
        languages=("en",),
        suffix=".wav",
        limit_s=300.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """The acoustic model comes inside the package; the phonemizer is built when a word needs it."""
        self._decoder: Any = None
        self._phonemizer: Any = None

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Align `audio`; raises LanguageUnsupported, TextUnspeakable, MediaUnusable when words do not fit."""
        import soundfile

        from studio.marks import plain
        from studio.spoken import spoken
        from studio.timeline import write_voice

        align = Align(**request)
        if not align.language.startswith("en"):
            raise LanguageUnsupported("This aligner understands English only.")
        tokens = spoken(plain(align.text))
        if not any(token.words for token in tokens):
            raise TextUnspeakable
        try:
            samples, rate = soundfile.read(inputs["audio"], dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise MediaUnusable("This file holds no sound that can be read.") from error
        mono = samples.mean(axis=1)
        write_voice(out, mono, rate, self.timeline(mono, rate, tokens))
        progress(1.0)

    def timeline(self, mono: NDArray[np.float32], rate: int, tokens: Sequence[Spoken]) -> Timeline:
        """When the tokens are spoken in mono sound; raises MediaUnusable when the words do not fit."""
        import numpy as np
        from pocketsphinx import Decoder
        from scipy.signal import resample_poly

        # A new one each time: it loads in 0.15 s, and neither added words nor a failed search stay behind.
        self._decoder = Decoder(samprate=RATE, loglevel="FATAL", lm=None, **BEAMS)
        lower = np.clip(resample_poly(mono, RATE, rate), -1.0, 1.0)
        found = self._align(self._names(tokens), (lower * 32767).astype("<i2").tobytes())
        return _timeline(tokens, found)

    def close(self) -> None:
        """Forget the model."""
        self._decoder = self._phonemizer = None

    def _names(self, tokens: Sequence[Spoken]) -> list[str]:
        """The dictionary entry of each spoken word; words that are not in it are added."""
        return [self._entry(word, token) for token in tokens for word in token.words]

    def _entry(self, word: str, token: Spoken) -> str:
        name = word if word.islower() else "letter-" + re.sub("[^a-z]", "", word.lower())
        if self._decoder.lookup_word(name) is None:
            self._decoder.add_word(name, " ".join(self._arpabet(word, token)), True)
        return name

    def _arpabet(self, word: str, token: Spoken) -> list[str]:
        from dataclasses import replace

        from workers.engines.voice.g2p import Phonemizer, split_phones

        self._phonemizer = self._phonemizer or Phonemizer()
        phones = "".join(self._phonemizer.phones([replace(token, words=(word,))]))
        phones = phones.replace("ɜɹ", "ɜ")
        return [ARPABET[phone] for phone in split_phones(phones) if phone in ARPABET] or ["AH"]

    def _align(self, names: list[str], pcm: bytes) -> list[_Said]:
        decoder = self._decoder
        decoder.set_align_text(" ".join(names))
        self._decode(pcm)
        if decoder.hyp() is None:
            raise MediaUnusable("The words could not be found in this recording.")
        decoder.set_alignment()
        self._decode(pcm)
        found = list(_said(decoder.get_alignment()))
        if len(found) != len(names):
            raise MediaUnusable("The words could not be found in this recording.")
        return found

    def _decode(self, pcm: bytes) -> None:
        try:
            self._decoder.start_utt()
            self._decoder.process_raw(pcm, full_utt=True)
            self._decoder.end_utt()
        except RuntimeError as error:
            raise MediaUnusable("The words could not be found in this recording.") from error


@dataclass(frozen=True, slots=True)
class _Said:
    start: float
    end: float
    phones: tuple[tuple[str, float, float], ...]


def _said(alignment: Any) -> Iterator[_Said]:
    for word in alignment or ():
        if word.name.startswith(("<", "[", "+")):
            continue
        phones = tuple(
            (phone.name, phone.start / FRAMES_PER_S, (phone.start + phone.duration) / FRAMES_PER_S)
            for phone in word
        )
        yield _Said(word.start / FRAMES_PER_S, (word.start + word.duration) / FRAMES_PER_S, phones)


def _timeline(tokens: Sequence[Spoken], found: Sequence[_Said]) -> Timeline:
    from studio.timeline import Phone, Timeline, Word

    words, phones, at, last = [], list[Phone](), 0, 0.0
    for token in tokens:
        mine = found[at : at + len(token.words)]
        at += len(token.words)
        start, last = (mine[0].start, mine[-1].end) if mine else (last, last)
        words.append(Word(token.text, start, last))
        for name, begin, end in (phone for said in mine for phone in said.phones):
            symbols = IPA.get(name, "")
            step = (end - begin) / max(1, len(symbols))
            phones += [
                Phone(symbol, round(begin + step * index, 4), round(begin + step * (index + 1), 4))
                for index, symbol in enumerate(symbols)
            ]
    return Timeline(tuple(words), tuple(phones))
