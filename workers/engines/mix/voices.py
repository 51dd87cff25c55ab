"""Mixes a cut's sound: voices laid to the sample, brought to the profile's loudness, coded once."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable
from studio.profiles import Profile, profile_named
from studio.timeline import read_samples
from studio.timing import lay_out
from workers.engines.ffmpeg import run_ffmpeg

if TYPE_CHECKING:
    from workers.engines.mix.loudness import Sound

AAC_MARGIN_DB = 0.7
"""Headroom for what AAC adds to true peaks at 128 kbit/s."""
SOUND_RATE = 128_000
FADE_S = 0.008


class MixVoices:
    """Mix: `voice0`… → M4A."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="mix",
        kind=Kind.MIX,
        version="2",
        summary="lays the voices, brings loudness to the profile, codes AAC (numpy, ffmpeg)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        suffix=".m4a",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises MediaUnusable when a voice is no WAV."""
        import soundfile

        sound = _mix(request, inputs, profile_named(request["profile"]))
        progress(0.5)
        with tempfile.TemporaryDirectory(dir=out.parent) as name:
            folder = Path(name)
            soundfile.write(folder / "voice.wav", sound, 48_000, subtype="FLOAT")
            coding = f"-c:a aac -aac_coder fast -b:a {SOUND_RATE} -map_metadata -1 -f mp4".split()
            run_ffmpeg(["-i", "voice.wav", *coding, out.resolve()], folder=folder)

    def close(self) -> None:
        """Nothing is held."""


def _mix(request: Json, inputs: Mapping[str, Path], profile: Profile) -> Sound:
    """All voices on the cut's clock, mono at 48 kHz, as long as the picture to the sample."""
    import numpy as np

    from workers.engines.mix.loudness import RATE, level

    second = Fraction(RATE, request["fps"])
    pieces, voice = [], 0
    for shot, count in enumerate(request["voices"]):
        sounds = [_voice(inputs[f"voice{voice + i}"], profile) for i in range(count)]
        voice += count
        durations = [len(sound) / RATE for sound in sounds]
        layout = lay_out(durations, request["leads"][shot], request["pauses"][shot], request["fps"])
        piece = np.zeros(round(layout.frames * second), np.float32)
        for sound, offset in zip(sounds, layout.offsets, strict=True):
            room = piece[round(offset * RATE) :][: len(sound)]
            room += sound[: len(room)]
        pieces.append(piece)
    return level(np.concatenate(pieces), profile.loudness, profile.true_peak - AAC_MARGIN_DB)


def _voice(path: Path, profile: Profile) -> Sound:
    """One voice at 48 kHz, as loud as every other, with short fades at its edges; raises MediaUnusable."""
    import wave

    import numpy as np
    from scipy.signal import resample_poly

    from workers.engines.mix.loudness import RATE, level

    try:
        samples, rate = read_samples(path)
    except (wave.Error, EOFError) as error:
        raise MediaUnusable("A voice of this cut is no WAV file.") from error
    ratio = Fraction(RATE, rate)
    sound: Sound = resample_poly(samples, ratio.numerator, ratio.denominator)
    ramp = np.linspace(0.0, 1.0, min(round(FADE_S * RATE), len(sound) // 2), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    # Each to the profile's loudness under its ceiling: one gain a line, so that breaths stay beside their words.
    return level(sound, profile.loudness, profile.true_peak - AAC_MARGIN_DB)
