"""Speak held sentences with Kokoro, hear them with Whisper, and print the word error rate.

python -m bench.wer [--limit 20] [--voice af_heart]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from studio.engine import Listen, Speak
from studio.settings import Settings
from studio.timeline import read_samples
from studio.weights import Weights
from studio.wording import Wording, word_error_rate
from workers.engines.listen.whisper import Whisper
from workers.engines.voice.kokoro import VOICES, Kokoro

SENTENCES = Path(__file__).with_name("sentences.txt")


def main() -> None:
    """Render, hear, compare; the worst ten come last."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=int, default=1000)
    options.add_argument("--voice", default="", help="without it the voices take turns")
    asked = options.parse_args()
    sentences = SENTENCES.read_text("utf-8").splitlines()[: asked.limit]
    weights = Weights(Settings().cache)
    speaker, listener = Kokoro(), Whisper()
    speaker.load({"kokoro": weights.folder("kokoro")})
    listener.load({"whisper-tiny-en": weights.folder("whisper-tiny-en")})
    found, seconds, spent = [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        wav, heard = Path(folder, "voice.wav"), Path(folder, "heard.json")
        for at, sentence in enumerate(sentences):
            voice = asked.voice or list(VOICES)[at % len(VOICES)]
            began = time.process_time()
            speaker.run(asdict(Speak(sentence, voice)), {}, wav, at, _quiet)
            spent += time.process_time() - began
            samples, rate = read_samples(wav)
            seconds += len(samples) / rate
            listener.run(asdict(Listen()), {"audio": wav}, heard, 0, _quiet)
            text = json.loads(heard.read_text("utf-8"))["text"]
            found.append((word_error_rate(sentence, text), voice, sentence, text))
    _report(found)
    print(f"{seconds:.0f} s of speech, {spent / seconds:.2f} CPU seconds per second")


def _quiet(_share: float) -> None:
    return None


def _report(found: list[tuple[Wording, str, str, str]]) -> None:
    errors, words = sum(one[0].errors for one in found), sum(one[0].words for one in found)
    for wording, voice, sentence, text in sorted(found, key=lambda one: -one[0].rate)[:10]:
        print(f"{wording.rate:6.1%} {voice}\n   wrote {sentence}\n   heard {text}")
    print(f"word error rate {errors / words:.2%} ({errors} of {words} words, {len(found)} sentences)")


if __name__ == "__main__":
    main()
