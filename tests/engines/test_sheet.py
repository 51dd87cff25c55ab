"""The contact sheet holds frames of the whole cut, in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from studio.errors import MediaUnusable
from workers.engines.ffmpeg import run_ffmpeg
from workers.engines.inspect.sheet import Sheet

pytestmark = pytest.mark.engine
REQUEST = {"columns": 4, "rows": 2, "width": 640}


def test_frames_go_from_dark_to_bright(tmp_path: Path) -> None:
    source = "color=black:size=320x240:rate=25:duration=4,geq=lum='16+T*50':cb=128:cr=128"
    run_ffmpeg(["-f", "lavfi", "-i", source, "-c:v", "libx264", "-g", "100", tmp_path / "cut.mp4"])
    Sheet().run(REQUEST, {"cut": tmp_path / "cut.mp4"}, tmp_path / "sheet.jpg", 0, lambda _: None)
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.size == (640, 240)
        grey = sheet.convert("L")
    levels = [grey.getpixel((80 + 160 * (i % 4), 60 + 120 * (i // 4))) for i in range(8)]
    assert levels == sorted(levels)
    assert len(set(levels)) == 8


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    (tmp_path / "cut.mp4").write_bytes(b"nothing")
    with pytest.raises(MediaUnusable):
        Sheet().run(REQUEST, {"cut": tmp_path / "cut.mp4"}, tmp_path / "sheet.jpg", 0, lambda _: None)
