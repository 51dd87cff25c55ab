"""Small media files made on the spot: what people send, what the product might, and what WhatsApp refuses."""

from __future__ import annotations

import io
import struct

import numpy as np


def movie(
    video: str = "libx264", audio: str = "aac", *, form: str = "mp4", pixels: str = "yuv420p", sounds: int = 1,
    frames: int = 5, rate: int = 48000, layout: str = "mono",
) -> bytes:  # fmt: skip
    """A clip of 64x64; `video` or `audio` "" leaves one out, `sounds` is how many streams of sound."""
    import av

    target = io.BytesIO()
    with av.open(target, "w", format=form) as container:
        pictures = container.add_stream(video, rate=25) if video else None
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 64, pixels
        voices = (
            [container.add_stream(audio, rate=rate, layout=layout) for _ in range(sounds)] if audio else []
        )
        for at in range(frames if pictures is not None else 0):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), at * 20, np.uint8), format="rgb24")
            container.mux(pictures.encode(picture))
        for voice in voices:
            channels = 2 if layout == "stereo" else 1
            samples = (np.sin(np.arange(rate // 5) * 0.06) * 8000).astype(np.int16)
            sound = av.AudioFrame.from_ndarray(
                np.repeat(samples, channels).reshape(1, -1), format="s16", layout=layout
            )
            sound.rate = rate
            container.mux(voice.encode(sound))
        for stream in (pictures, *voices):
            if stream is not None:
                container.mux(stream.encode(None))
    return target.getvalue()


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
