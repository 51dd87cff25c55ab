"""What Demucs made, before anybody asks whether it is speech: `python -m tests.engines.tiny.raw FOLDER AUDIO OUT`.

Runs in the voice environment; prints the progress as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import soundfile

from workers.engines.clean.demucs import Demucs
from workers.engines.clean.recording import RATE, read_recording
from workers.engines.clean.speech import resampled


def separate(folder: Path, audio: Path, out: Path) -> list[float]:
    """Write the voice at the model's rate; the progress that was heard."""
    engine = Demucs()
    engine.load({"htdemucs": folder})
    rate, heard = int(engine._model.samplerate), list[float]()
    voice = engine._voice(resampled(read_recording(audio), RATE, rate), heard.append)
    soundfile.write(out, voice, rate, subtype="FLOAT", format="WAV")
    return heard


if __name__ == "__main__":
    print(json.dumps(separate(*map(Path, sys.argv[1:]))))
