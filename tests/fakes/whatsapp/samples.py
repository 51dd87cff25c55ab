"""Small media files made on the spot: what people send, what the product might, and what WhatsApp refuses."""

from __future__ import annotations

import io
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

RATE = 48000


def movie(
    video: str = "libx264", audio: str = "aac", *, form: str = "mp4", pixels: str = "yuv420p", sounds: int = 1,
    layout: str = "mono", profile: str = "baseline", index_first: bool = True,
) -> bytes:  # fmt: skip
    """A clip of 64x64; `video` or `audio` "" leaves one out, `sounds` is how many streams of sound."""
    import av

    options = {"movflags": "faststart"} if index_first and form in ("mp4", "3gp") else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(f"{folder}/x", "w", format=form, options=options) as container,
    ):
        streams: list[tuple[Any, Any]] = []
        if video:
            pictures: Any = container.add_stream(video, rate=25)
            if video == "libx264" and pixels == "yuv420p":
                pictures.options = {"profile": profile}
            pictures.width, pictures.height, pictures.pix_fmt = 64, 64, pixels
            streams.append((pictures, [_frame(at) for at in range(5)]))
        for _ in range(sounds if audio else 0):
            voice: Any = container.add_stream(audio, rate=RATE, layout=layout)
            streams.append((voice, [_tone(layout)]))
        for stream, frames in streams:
            for frame in frames:
                container.mux(stream.encode(frame))
        for stream, _ in streams:
            container.mux(stream.encode(None))
        container.close()
        return Path(folder, "x").read_bytes()


def _frame(at: int) -> Any:
    import av

    return av.VideoFrame.from_ndarray(np.full((64, 64, 3), at * 20, np.uint8), format="rgb24")


def _tone(layout: str) -> Any:
    import av

    samples = (np.sin(np.arange(RATE // 5) * 0.06) * 8000).astype(np.int16)
    both = np.repeat(samples, 2 if layout == "stereo" else 1).reshape(1, -1)
    sound = av.AudioFrame.from_ndarray(both, format="s16", layout=layout)
    sound.rate = RATE
    return sound


def voice_note(layout: str = "mono") -> bytes:
    """Ogg with opus."""
    return movie("", "libopus", form="ogg", layout=layout)


def vorbis() -> bytes:
    """Ogg without opus."""
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, np.zeros(4800), 48000, format="OGG", subtype="VORBIS")
    return target.getvalue()


def padded(mp4: bytes, size: int) -> bytes:
    """The same MP4 with as many bytes as wanted: an empty box at its end."""
    missing = size - len(mp4)
    assert missing >= 8
    return mp4 + struct.pack(">I4s", missing, b"free") + bytes(missing - 8)


def picture(form: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 64)) -> bytes:
    """A still picture."""
    from PIL import Image

    target = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else None).save(target, form)
    return target.getvalue()
