"""Clean spoken lines for the benches, rendered once and kept in the shared cache."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import cache
from pathlib import Path

from studio.engine import Speak
from studio.settings import Settings
from studio.weights import Weights
from workers.engines.voice.kokoro import Kokoro

SENTENCES = Path(__file__).with_name("sentences.txt")
FOLDER = Settings().cache / "tests" / "voices"
LEARNT_VOICES = ("af_heart", "am_michael", "bf_emma", "am_puck")
HELD_VOICES = ("af_bella", "am_fenrir", "bm_george", "af_nicole")


def short_lines(count: int, skip: int = 0) -> list[str]:
    """Sentences of six to eleven words, in the file's order."""
    lines = [line for line in SENTENCES.read_text("utf-8").splitlines() if 6 <= len(line.split()) <= 11]
    return lines[skip : skip + count]


def spoken(text: str, voice: str, seed: int = 0, tone: str = "neutral") -> Path:
    """A line as Kokoro says it, as WAV with its timeline."""
    asked = f"{Kokoro.spec.version} {text} {voice} {seed} {tone}"
    path = FOLDER / f"{hashlib.sha256(asked.encode()).hexdigest()[:16]}.wav"
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        _kokoro().run(asdict(Speak(text, voice, tone)), {}, part, seed, lambda _: None)
        part.replace(path)
    return path


@cache
def _kokoro() -> Kokoro:
    engine = Kokoro()
    engine.load({"kokoro": Weights(Settings().cache, Settings().weights_folder).folder("kokoro")})
    return engine
