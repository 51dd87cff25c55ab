"""espeak-ng: robotic, instant, always works; the last link of the chain of voices."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak
from studio.errors import EngineDied
from studio.spoken import Spoken

LIMIT_S = 60.0
WORDS_A_MINUTE, PITCH = 160, 50


class Espeak:
    """voice: a line → 22.05 kHz WAV with its timeline. A woman's voice for voices named "af_…" or "bf_…"."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="espeak",
        kind=Kind.VOICE,
        version="2",
        summary="espeak-ng: a robot's voice that always works (GPL, in a process of its own)",
        code_licence="GPL-3.0-or-later",
        languages=("en",),
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
        from workers.engines.voice.lay import read_line
        from workers.engines.voice.timed import timeline
        from workers.engines.voice.tones import MANNERS, coloured

        speak = Speak(**request)
        tokens = read_line(speak)
        manner = MANNERS.get(speak.tone, MANNERS["neutral"])
        chance = float(np.random.default_rng(seed).uniform(-1.0, 1.0))
        text, owners = _written(tokens)
        asked = {
            "text": text,
            "voice": "en-us+f3" if speak.voice[1:3] == "f_" else "en-us",
            "rate": WORDS_A_MINUTE * manner.speed * speak.pace * (1 + 0.03 * chance),
            "pitch": PITCH * manner.pitch**2,
        }
        samples, events = _spoken_by_espeak(asked)
        sounds = _sounds(events, owners, len(samples))
        rate, own = int(events["rate"]), (manner.comma, manner.stop)
        samples, timed = deliver(
            coloured(samples, manner, rate),
            rate,
            timeline(tokens, sounds),
            tokens,
            read_marks(speak.text),
            manner,
            own,
        )
        write_voice(out, samples, rate, timed)
        progress(1.0)

    def close(self) -> None:
        """Nothing to give back."""


def _written(tokens: Sequence[Spoken]) -> tuple[str, list[tuple[int, int]]]:
    """The text to speak, and where in it each token begins: (character, token)."""
    text, owners = "", list[tuple[int, int]]()
    for at, token in enumerate(tokens):
        for word in token.words:
            owners.append((len(text), at))
            begins = not text or text.rstrip()[-1:] in ".!?"
            plain = _plain(word, token)
            text += (plain.capitalize() if begins and len(plain) > 1 else plain) + " "
        if token.stop and text:
            text = text.rstrip() + token.stop + " "
    return text, owners


def _plain(word: str, token: Spoken) -> str:
    if word.startswith("=/"):
        return token.text
    return word[1:].replace("-", "").lower() if word.startswith("=") else word


def _spoken_by_espeak(asked: Json) -> tuple[Any, Json]:
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        pcm = Path(folder, "pcm")
        script = str(Path(__file__).with_name("espeak_cli.py"))
        done = subprocess.run(
            [sys.executable, script],
            input=json.dumps(asked | {"pcm": str(pcm)}).encode(),
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode or not pcm.is_file():
            raise EngineDied("espeak-ng stopped; it will be tried again.")
        samples = np.frombuffer(pcm.read_bytes(), "<i2").astype(np.float32) / 32768.0
    return samples, json.loads(done.stdout)


def _sounds(events: Json, owners: Sequence[tuple[int, int]], length: int) -> list[Any]:
    from workers.engines.voice.timed import Sound

    starts, rate = [start for start, _ in owners], events["rate"]
    spoken_at = [sample for _, sample in events["words"]]
    phones = [*events["phones"], ["", length]]
    sounds = list[Sound]()
    for (ipa, begin), (_, end) in pairwise(phones):
        word = bisect_right(spoken_at, begin) - 1
        if word < 0 or not ipa.strip("_:|"):
            continue
        character = events["words"][word][0]
        owner = owners[max(0, bisect_right(starts, character) - 1)][1]
        if end <= begin and sounds:  # the last phone of a clause may come without a length of its own
            last = sounds.pop()
            begin = int((last.start + last.end) / 2 * rate)
            sounds.append(Sound(last.owner, last.ipa, last.start, begin / rate))
        sounds.append(Sound(owner, ipa, begin / rate, max(end, begin + 1) / rate))
    return sounds
