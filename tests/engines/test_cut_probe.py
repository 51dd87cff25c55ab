"""Facts come from the file itself, and bad takes are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.engine import Kind
from studio.errors import MediaUnusable, TakeRefused
from studio.timeline import Timeline, write_voice
from tests.engines.talking import write_clip
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import check_take, probe

pytestmark = pytest.mark.engine


def tone(path: Path, gain: float, seconds: float = 1.0) -> Path:
    times = np.arange(round(seconds * 24_000)) / 24_000
    sound = (gain * np.sin(2 * np.pi * 997 * times)).astype(np.float32)
    write_voice(path, sound, 24_000, Timeline((), ()))
    return path


def clip(path: Path, value: int, frames: int = 10) -> Path:
    write_clip([np.full((64, 96, 3), value, np.uint8)] * frames, path)
    return path


def test_sound_is_measured_to_the_sample(tmp_path: Path) -> None:
    facts = probe(tone(tmp_path / "a.wav", 0.5, 1.2345), loudness=True)
    assert (facts.media, facts.sample_rate, facts.channels) == ("audio", 24_000, 1)
    assert facts.seconds == 29628 / 24_000
    assert abs(facts.peak + 6.02) < 0.05 and abs(facts.rms + 9.03) < 0.05
    assert facts.loudness is not None and abs(facts.loudness + 9.0) < 0.5  # a -3 dB RMS tone at 1 kHz
    assert facts.true_peak is not None and abs(facts.true_peak + 6.0) < 0.2


def test_pictures_and_movies(tmp_path: Path) -> None:
    Image.new("RGBA", (30, 20)).save(tmp_path / "a.png")
    still = probe(tmp_path / "a.png")
    assert (still.media, still.width, still.height) == ("image", 30, 20)
    movie = probe(clip(tmp_path / "a.mp4", 120))
    assert (movie.media, movie.width, movie.frames, movie.fps, movie.seconds) == ("video", 96, 10, "25", 0.4)
    assert movie.constant_rate and not movie.faststart and movie.channels == 0


def test_uneven_timing_is_seen(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4", 120, 20)
    uneven = "select='not(eq(n,7)+eq(n,8))'"
    run_ffmpeg(["-i", source, "-vf", uneven, "-fps_mode", "passthrough", tmp_path / "b.mp4"])
    assert probe(source).constant_rate
    assert not probe(tmp_path / "b.mp4").constant_rate


def test_faststart_is_read_from_the_atoms(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4", 120)
    run_ffmpeg(["-i", source, "-c", "copy", "-movflags", "+faststart", tmp_path / "b.mp4"])
    assert (probe(source).faststart, probe(tmp_path / "b.mp4").faststart) == (False, True)


@pytest.mark.parametrize("body", [b"", b"not media at all", b"{broken", b"\x89PNG\r\n\x1a\n broken", b"RIFF"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x").write_bytes(body)
    with pytest.raises(MediaUnusable):
        probe(tmp_path / "x")


def test_good_takes_pass(tmp_path: Path) -> None:
    (tmp_path / "heard.json").write_text('{"text": "hi"}')
    check_take(Kind.LISTEN, probe(tmp_path / "heard.json"))
    check_take(Kind.VOICE, probe(tone(tmp_path / "a.wav", 0.3)), expected_seconds=1.0)
    check_take(Kind.ANIMATE, probe(clip(tmp_path / "a.mp4", 90)), expected_seconds=0.4)


def test_bad_takes_are_refused(tmp_path: Path) -> None:
    silent, voice = probe(tone(tmp_path / "s.wav", 0.0)), probe(tone(tmp_path / "v.wav", 0.3))
    black = probe(clip(tmp_path / "b.mp4", 0))
    with pytest.raises(TakeRefused, match="silent"):
        check_take(Kind.VOICE, silent)
    with pytest.raises(TakeRefused, match="black throughout"):
        check_take(Kind.ANIMATE, black)
    with pytest.raises(TakeRefused, match=r"lasts 1\.00 s instead of 1\.50 s"):
        check_take(Kind.VOICE, voice, expected_seconds=1.5)
    with pytest.raises(TakeRefused, match="is not video"):
        check_take(Kind.CUT, voice)
