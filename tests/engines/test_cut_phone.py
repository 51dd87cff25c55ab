"""Renditions for phones: a codec that every phone plays, and a size that a chat takes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from studio.engine import ForPhone
from studio.errors import MediaUnusable, TakeRefused
from tests.fakes.whatsapp.inspect_media import media_fault, playback_fault
from workers.engines.cut.phone import CutForPhone
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import Facts, probe

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four noisy seconds as the studio codes them: high profile with B-frames, nothing that shrinks well."""
    path = tmp_path_factory.mktemp("cut") / "cut.mp4"
    noise = "testsrc2=size=360x640:rate=25:duration=4,noise=alls=40:allf=t"
    tone = "sine=frequency=300:duration=4:sample_rate=48000"
    coded = "-c:v libx264 -preset superfast -profile:v high -bf 2 -pix_fmt yuv420p -c:a aac".split()
    run_ffmpeg(["-f", "lavfi", "-i", noise, "-f", "lavfi", "-i", tone, *coded, path])
    return path


def made(cut: Path, folder: Path, **limits: int) -> tuple[Facts, bytes]:
    out, seen = folder / "out.mp4", list[float]()
    CutForPhone().run(asdict(ForPhone(**limits)), {"cut": cut}, out, 0, seen.append)
    assert seen == sorted(seen) or not seen
    return probe(out), out.read_bytes()


def test_what_fits_becomes_playable(cut: Path, tmp_path: Path) -> None:
    facts, content = made(cut, tmp_path)
    assert media_fault("video", "video/mp4", content) == playback_fault(content) == ""
    assert abs(facts.seconds - 4.0) < 0.05
    again, _ = made(tmp_path / "out.mp4", tmp_path / "..", max_side=320)
    assert max(again.width, again.height) <= 320


def test_what_is_too_large_is_coded_to_the_size(cut: Path, tmp_path: Path) -> None:
    most = cut.stat().st_size // 3
    facts, content = made(cut, tmp_path, max_bytes=most)
    assert 0.5 * most < facts.bytes <= most
    assert playback_fault(content) == ""


def test_what_cannot_fit_or_is_none_is_said(cut: Path, tmp_path: Path) -> None:
    with pytest.raises(TakeRefused, match="do not fit"):
        made(cut, tmp_path, max_bytes=20_000)
    (tmp_path / "no.mp4").write_bytes(b'{"not": "a video"}')
    with pytest.raises(MediaUnusable):
        made(tmp_path / "no.mp4", tmp_path)
