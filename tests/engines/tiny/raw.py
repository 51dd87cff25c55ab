"""What Demucs made, before anybody asks whether it is speech: `python -m tests.engines.tiny.raw FOLDER AUDIO OUT…`.

Runs in the voice environment; prints the progress of the last run as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import soundfile

from workers.engines.clean.demucs import Demucs
from workers.engines.clean.recording import RATE, read_recording
from workers.engines.clean.speech import resampled


def separate(folder: Path, audio: Path, outs: list[Path]) -> list[float]:
    """Write the voice at the model's rate into each of `outs`; the progress that was heard."""
    engine = Demucs()
    engine.load({"htdemucs": folder})
    rate, heard = int(engine._model.samplerate), list[float]()
    for out in outs:
        heard.clear()
        voice = engine._voice(resampled(read_recording(audio), RATE, rate), heard.append)
        soundfile.write(out, voice, rate, subtype="FLOAT", format="WAV")
    return heard


if __name__ == "__main__":
    folder, audio, *outs = map(Path, sys.argv[1:])
    print(json.dumps(separate(folder, audio, outs)))
