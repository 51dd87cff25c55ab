"""Facts measured from a file itself; what an engine claims counts for nothing."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from studio.engine import Kind
from studio.errors import MediaUnusable, TakeRefused

if TYPE_CHECKING:
    from av.container import InputContainer

SILENT_DBFS = -60.0
BLACK_LUMA = 24.0
"""Mean of limited-range luma under which a picture counts as black (black itself is 16)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file holds; fields that its media kind lacks keep their zero.

    `seconds` of video is that of the picture, `sound_seconds` that of its sound; `peak`, `rms` in dBFS;
    `loudness` in LUFS and `true_peak` in dBTP only when asked for; `luma` is the mean brightness (16..235)
    of the brightest keyframe; `fps` a fraction such as "25/1".
    """

    media: Literal["audio", "video", "image", "json", "weights"]
    bytes: int
    seconds: float = 0.0
    sample_rate: int = 0
    channels: int = 0
    peak: float = -120.0
    rms: float = -120.0
    loudness: float | None = None
    true_peak: float | None = None
    width: int = 0
    height: int = 0
    fps: str = "0"
    frames: int = 0
    constant_rate: bool = False
    codec: str = ""
    codec_profile: str = ""
    pixel_format: str = ""
    color_space: str = ""
    sound_codec: str = ""
    sound_seconds: float = 0.0
    faststart: bool = False
    luma: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """All fields as JSON-able values."""
        return asdict(self)


def probe(path: Path, *, loudness: bool = False) -> Facts:
    """Measure one file; raises MediaUnusable when it is none of weights, JSON, image, sound, video."""
    size = path.stat().st_size
    with path.open("rb") as source:
        head = source.read(12)
    if head[8:9] == b"{" and 8 + int.from_bytes(head[:8], "little") < size:  # safetensors
        return Facts("weights", size)
    if head.lstrip()[:1] in (b"{", b"["):
        return _json_facts(path, size)
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff")) or (head[:4] == b"RIFF" and head[8:] == b"WEBP"):
        return _image_facts(path, size)
    return _stream_facts(path, size, loudness)


def check_take(kind: Kind, facts: Facts, expected_seconds: float | None = None) -> None:
    """Raise TakeRefused when a take of that kind is empty, silent, black, or off its length by over 0.1 s."""
    wanted = _MEDIA[kind]
    if facts.bytes == 0 or facts.media not in wanted:
        raise TakeRefused(f"The {kind} take is not {' or '.join(wanted)}.")
    if facts.media == "audio" and facts.peak < SILENT_DBFS:
        raise TakeRefused("The take is silent.")
    if facts.media == "video" and (facts.frames == 0 or facts.luma < BLACK_LUMA):
        raise TakeRefused("The take is black throughout." if facts.frames else "The take has no frames.")
    if facts.media in ("audio", "video") and facts.seconds <= 0:
        raise TakeRefused("The take has no length.")
    if expected_seconds is not None and abs(facts.seconds - expected_seconds) > 0.1:
        raise TakeRefused(f"The take lasts {facts.seconds:.2f} s instead of {expected_seconds:.2f} s.")


_MEDIA: dict[Kind, tuple[str, ...]] = {
    Kind.VOICE: ("audio",),
    Kind.LISTEN: ("json", "audio"),
    Kind.CLEAN: ("audio",),
    Kind.PORTRAIT: ("image",),
    Kind.ANIMATE: ("video",),
    Kind.MIX: ("audio",),
    Kind.CUT: ("video",),
    Kind.INSPECT: ("json", "image"),
    Kind.TRAIN: ("weights",),
}


def _json_facts(path: Path, size: int) -> Facts:
    try:
        json.loads(path.read_bytes())
    except ValueError as error:
        raise MediaUnusable("This file is neither media nor valid JSON.") from error
    return Facts("json", size)


def _image_facts(path: Path, size: int) -> Facts:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return Facts("image", size, width=image.width, height=image.height, codec=image.format or "")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise MediaUnusable from error


def _stream_facts(path: Path, size: int, loudness: bool) -> Facts:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as box:
            fields = _sound(box) | (_picture(box) if box.streams.video else {})
    except (FFmpegError, UnicodeDecodeError) as error:
        raise MediaUnusable from error
    if not fields:
        raise MediaUnusable
    if loudness and fields["channels"]:
        fields["loudness"], fields["true_peak"] = measure_loudness(path)
    return Facts("video" if fields.get("frames") else "audio", size, faststart=_faststart(path), **fields)


def _sound(box: InputContainer) -> dict[str, Any]:
    """Decode all sound once: exact length from the samples, peak and rms."""
    if not box.streams.audio:
        return {}
    stream = box.streams.audio[0]
    samples, total, peak = 0, 0.0, 0.0
    for frame in box.decode(stream):
        block = frame.to_ndarray()
        scale = 2.0 ** (8 * block.dtype.itemsize - 1) if block.dtype.kind == "i" else 1.0
        block = block.astype(np.float64) / scale
        samples += frame.samples
        total += float((block**2).sum()) / stream.channels
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
    seconds = samples / stream.rate
    if box.streams.video and stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)  # the edit list cuts off AAC's padding
    return {
        "sample_rate": stream.rate,
        "channels": stream.channels,
        "sound_codec": stream.codec_context.name,
        "sound_seconds": seconds,
        "seconds": seconds,
        "peak": _db(peak),
        "rms": _db((total / samples) ** 0.5 if samples else 0.0),
    }


def _picture(box: InputContainer) -> dict[str, Any]:
    """Count packets for exact frames and timing; decode keyframes only, for brightness."""
    stream = box.streams.video[0]
    box.seek(0)
    times = sorted(p.pts for p in box.demux(stream) if p.pts is not None)
    steps = np.diff(times)
    step = int(np.median(steps)) if len(steps) else int(stream.duration or 1)
    base = stream.time_base or Fraction(1, 1)
    box.seek(0)
    stream.codec_context.skip_frame = "NONKEY"
    luma = max((float(f.to_ndarray(format="gray").mean()) for f in box.decode(stream)), default=0.0)
    context = stream.codec_context
    return {
        "width": context.width,
        "height": context.height,
        "seconds": float(len(times) * step * base),
        "fps": str(1 / (step * base)),
        "frames": len(times),
        "constant_rate": bool(len(steps) == 0 or (steps == step).all()),
        "codec": context.name,
        "codec_profile": context.profile or "",
        "pixel_format": context.pix_fmt or "",
        "color_space": str(context.colorspace),
        "luma": luma,
    }


def measure_loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP (EBU R 128, ffmpeg's ebur128)."""
    from workers.engines.ffmpeg import run_ffmpeg

    meter = "ebur128=peak=true:framelog=quiet"
    said = run_ffmpeg(["-i", path, "-map", "0:a:0", "-vn", "-af", meter, "-f", "null", "-"], threads=1)
    summary = dict(
        line.split(":", 1) for line in said[said.rindex("Summary:") :].splitlines() if line.count(":") == 1
    )
    found = {name.strip(): value.split()[0] for name, value in summary.items() if value.strip()}
    return float(found["I"]), max(-120.0, float(found["Peak"]))


def _faststart(path: Path) -> bool:
    """Whether an MP4's index (moov) stands before its samples (mdat); False for other files."""
    with path.open("rb") as source:
        while len(head := source.read(8)) == 8:
            size, name = struct.unpack(">I4s", head)
            if name in (b"moov", b"mdat"):
                return bool(name == b"moov")
            if size == 1:
                size = struct.unpack(">Q", source.read(8))[0] - 8
            if size < 8:
                return False
            source.seek(size - 8, 1)
    return False


def _db(value: float) -> float:
    return float(20 * np.log10(max(value, 1e-6)))
