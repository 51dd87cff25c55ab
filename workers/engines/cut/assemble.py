"""Assembles a cut: shots joined by stream copy, voices laid to the sample, loudness of the profile."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable, ScriptTooLong, TakeRefused
from studio.profiles import Profile, profile_named
from studio.timeline import read_samples
from studio.timing import lay_out
from workers.engines.cut.finish import coding
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import Facts, probe

if TYPE_CHECKING:
    from workers.engines.cut.loudness import Sound

AAC_MARGIN_DB = 0.7
"""Headroom for what AAC adds to true peaks at 128 kbit/s."""
SOUND_RATE = 128_000
LEAST_RATE = 180_000
"""Bits per second of picture under which a face is not worth sending."""
FADE_S = 0.008


class AssembleCut:
    """Assemble: `shot0`…, `voice0`… → the delivered MP4."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="assemble",
        kind=Kind.CUT,
        version="3",
        summary="joins finished shots, lays the voices, brings loudness to the profile (ffmpeg)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        suffix=".mp4",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises TakeRefused when a shot's length is not its voices', ScriptTooLong when it cannot fit."""
        import soundfile

        profile = profile_named(request["profile"])
        shots = [inputs[f"shot{i}"] for i in range(len(request["voices"]))]
        facts = [probe(shot) for shot in shots]
        sound = _mix(request, inputs, facts, profile)
        progress(0.3)
        with tempfile.TemporaryDirectory(dir=out.parent) as name:
            folder = Path(name)
            soundfile.write(folder / "voice.wav", sound, 48_000, subtype="FLOAT")
            listing = "".join(f"file 'shot{i}.mp4'\n" for i in range(len(shots)))
            for i, shot in enumerate(shots):
                (folder / f"shot{i}.mp4").symlink_to(shot.resolve())
            (folder / "shots.txt").write_text(listing)
            _join(["-c:v", "copy"], request, out, folder)
            progress(0.8)
            if out.stat().st_size > profile.max_bytes:
                rate = affordable_rate(profile, sum(f.seconds for f in facts))
                _join(_smaller(profile, request["fps"], rate), request, out, folder)

    def close(self) -> None:
        """Nothing is held."""


def _join(picture: list[str], request: Json, out: Path, folder: Path) -> None:
    inputs = ["-f", "concat", "-safe", "0", "-i", "shots.txt", "-i", "voice.wav"]
    inputs += ["-map", "0:v:0", "-map", "1:a:0"]
    sound = (
        f"-c:a aac -aac_coder fast -b:a {SOUND_RATE} -video_track_timescale {request['fps'] * 512}".split()
    )
    about = ["-map_metadata", "-1", "-metadata", f"title={request['title']}", "-movflags", "+faststart"]
    run_ffmpeg([*inputs, *picture, *sound, *about, "-f", "mp4", out.resolve()], folder=folder)


def affordable_rate(profile: Profile, seconds: float) -> int:
    """Bits per second left for the picture under the profile's size limit; raises ScriptTooLong."""
    rate = int(profile.max_bytes * 0.94 * 8 / seconds) - SOUND_RATE
    if rate < LEAST_RATE:
        raise ScriptTooLong(
            f"{seconds:.0f} s do not fit into {profile.max_bytes // 1_000_000} MB for “{profile.name}”; "
            "shorten the script or choose another profile."
        )
    return rate


def _smaller(profile: Profile, fps: int, rate: int) -> list[str]:
    settings = coding(profile, fps)
    at = settings.index("-crf")
    limits = ["-b:v", str(rate), "-maxrate", str(rate), "-bufsize", str(rate)]
    return [*settings[:at], *limits, *settings[at + 2 :]]


def _mix(request: Json, inputs: Mapping[str, Path], facts: Sequence[Facts], profile: Profile) -> Sound:
    """All voices on the cut's clock, mono at 48 kHz, as long as the picture to the sample."""
    import numpy as np

    from workers.engines.cut.loudness import RATE, level

    frames = [fact.frames for fact in facts]
    second = Fraction(RATE, request["fps"])
    mix = np.zeros(round(sum(frames) * second), np.float32)
    voice = 0
    for shot, count in enumerate(request["voices"]):
        sounds = [_voice(inputs[f"voice{voice + i}"]) for i in range(count)]
        voice += count
        durations = [len(sound) / RATE for sound in sounds]
        layout = lay_out(durations, request["leads"][shot], request["pauses"][shot], request["fps"])
        if abs(layout.frames - frames[shot]) > 1:
            raise TakeRefused(f"Shot {shot + 1} has {frames[shot]} frames; its voices need {layout.frames}.")
        start = round(sum(frames[:shot]) * second)
        for sound, offset in zip(sounds, layout.offsets, strict=True):
            at = start + round(offset * RATE)
            room = mix[at : at + len(sound)]
            room += sound[: len(room)]
    return level(mix, profile.loudness, profile.true_peak - AAC_MARGIN_DB)


def _voice(path: Path) -> Sound:
    """One voice at 48 kHz with short fades at its edges; raises MediaUnusable."""
    import wave

    import numpy as np
    from scipy.signal import resample_poly

    from workers.engines.cut.loudness import RATE

    try:
        samples, rate = read_samples(path)
    except (wave.Error, EOFError) as error:
        raise MediaUnusable("A voice of this cut is no WAV file.") from error
    ratio = Fraction(RATE, rate)
    sound: Sound = resample_poly(samples, ratio.numerator, ratio.denominator)
    ramp = np.linspace(0.0, 1.0, min(round(FADE_S * RATE), len(sound) // 2), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return sound
