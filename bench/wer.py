"""The held sentences spoken by Kokoro and heard by Whisper: the word error rate."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from studio.engine import Listen, Speak
from studio.settings import Settings
from studio.weights import Weights
from studio.wording import Wording, word_error_rate
from workers.engines.listen.whisper import Whisper
from workers.engines.voice.kokoro import VOICES, Kokoro

SENTENCES = Path(__file__).with_name("sentences.txt")


def measure(console: Console, limit: int | None = None) -> float:
    """Errors per approved word over the held sentences, the voices taking turns; the worst ten are printed."""
    sentences = SENTENCES.read_text("utf-8").splitlines()[:limit]
    settings = Settings()
    weights = Weights(settings.cache, settings.weights_folder)
    speaker, listener = Kokoro(), Whisper()
    speaker.load({"kokoro": weights.folder("kokoro")})
    listener.load({"whisper-tiny-en": weights.folder("whisper-tiny-en")})
    found = []
    with tempfile.TemporaryDirectory() as folder:
        wav, heard = Path(folder, "voice.wav"), Path(folder, "heard.json")
        for at, sentence in enumerate(sentences):
            voice = list(VOICES)[at % len(VOICES)]
            speaker.run(asdict(Speak(sentence, voice)), {}, wav, at, _quiet)
            listener.run(asdict(Listen()), {"audio": wav}, heard, 0, _quiet)
            text = json.loads(heard.read_text("utf-8"))["text"]
            found.append((word_error_rate(sentence, text), voice, sentence, text))
    return _report(found, console)


def _quiet(_share: float) -> None:
    return None


def _report(found: list[tuple[Wording, str, str, str]], console: Console) -> float:
    errors, words = sum(one[0].errors for one in found), sum(one[0].words for one in found)
    for wording, voice, sentence, text in sorted(found, key=lambda one: -one[0].rate)[:10]:
        if wording.errors:
            console.print(f"{wording.rate:6.1%} {voice}\n   wrote {sentence}\n   heard {text}")
    console.print(
        f"word error rate {errors / words:.2%}, by letters ({errors} of {words} words, {len(found)} sentences)"
    )
    return errors / words
