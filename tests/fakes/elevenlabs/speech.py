"""Real speech with the time of every character: espeak-ng, deterministic for a text, a voice and a seed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from workers.engines.voice import espeak_cli

Json = dict[str, Any]
Samples = NDArray[np.float32]
MP3 = "audio/mpeg"


def spoken(text: str, speed: float, seed: int) -> tuple[Samples, int, Json]:
    """Samples, their rate, and the alignment as the vendor words it."""
    rate = 150 * speed * (1 + 0.01 * (seed % 5 - 2))
    asked = {"text": text, "voice": "en-us+f3", "rate": rate, "pitch": 50}
    with tempfile.TemporaryDirectory() as folder:
        pcm = Path(folder, "pcm")
        done = subprocess.run(
            [sys.executable, espeak_cli.__file__],
            input=json.dumps(asked | {"pcm": str(pcm)}).encode(),
            capture_output=True,
            timeout=60,
            check=True,
        )
        samples = np.frombuffer(pcm.read_bytes(), "<i2").astype(np.float32) / 32768.0
    heard = json.loads(done.stdout)
    return samples, heard["rate"], aligned(text, heard, len(samples))


def aligned(text: str, heard: Json, length: int) -> Json:
    """Words by espeak's own events, their characters evenly inside, what is between words in the gaps."""
    phones = [*heard["phones"], ["", length]]
    sounding = [(begin, phones[at + 1][1]) for at, (ipa, begin) in enumerate(phones[:-1]) if ipa.strip("_:|")]
    words = [(max(0, character), sample) for character, sample in heard["words"]]
    marks = [(0, words[0][1])] if words[0][0] > 0 else []
    for at, (character, begin) in enumerate(words):
        until = words[at + 1][1] if at + 1 < len(words) else length
        end = max((stop for start, stop in sounding if begin <= start < until), default=until)
        size = len(text[character:].split(" ", 1)[0])
        marks += [(character, begin), (character + size, end)]
    marks.append((len(text), length))
    places, moments = zip(*sorted(set(marks)), strict=True)
    edges = np.maximum.accumulate(np.interp(np.arange(len(text) + 1), places, moments)) / heard["rate"]
    return {
        "characters": list(text),
        "character_start_times_seconds": [round(float(edge), 3) for edge in edges[:-1]],
        "character_end_times_seconds": [round(float(edge), 3) for edge in edges[1:]],
    }


def coded(samples: Samples, rate: int, output_format: str) -> bytes:
    """The samples in one of the vendor's formats."""
    kind, wanted = output_format.split("_")[0], int(output_format.split("_")[1])
    step = gcd(rate, wanted)
    samples = np.asarray(resample_poly(samples, wanted // step, rate // step), np.float32).clip(-1, 1)
    if kind == "pcm":
        return (samples * 32767).astype("<i2").tobytes()
    out = io.BytesIO()
    soundfile.write(out, samples, wanted, format="MP3" if kind == "mp3" else "WAV")
    return out.getvalue()


def read(content: bytes) -> tuple[Samples, int]:
    """Samples of an uploaded recording; raises soundfile.LibsndfileError for what is none."""
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return samples.mean(axis=1), rate
