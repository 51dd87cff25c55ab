"""What WhatsApp does with a media file before it sends it: size, container, codecs, as ffprobe would see them."""

from __future__ import annotations

import io

MB = 1_000_000  # "16 MB" may mean more; who stays below this is safe either way
LARGEST = {"audio": 16 * MB, "image": 5 * MB, "video": 16 * MB, "document": 100 * MB, "sticker": 500_000}
STILL_STICKER = 100_000
KINDS = {
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
    "image": {"image/jpeg", "image/png"},
    "video": {"video/mp4", "video/3gpp"},
    "sticker": {"image/webp"},
}
OFFICE = "application/vnd.openxmlformats-officedocument"
PAPERS = {
    "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint", f"{OFFICE}.wordprocessingml.document",
    f"{OFFICE}.spreadsheetml.sheet", f"{OFFICE}.presentationml.presentation",
}  # fmt: skip
UPLOADS = PAPERS.union(*KINDS.values())
_CONTAINERS = {"audio/aac": "aac", "audio/amr": "amr", "audio/mpeg": "mp3", "audio/mp4": "mp4", "audio/ogg": "ogg",
               "video/mp4": "mp4", "video/3gpp": "3gp"}  # fmt: skip


def bare(mime: str) -> str:
    """A media type without its parameters ("audio/ogg; codecs=opus")."""
    return mime.partition(";")[0].strip().lower()


def media_fault(kind: str, mime: str, content: bytes, voice: bool = False) -> str:
    """Why WhatsApp could not send this as that kind, or ""."""
    mime = bare(mime)
    if not content:
        return "the file is empty"
    if len(content) > LARGEST[kind]:
        return f"{kind} of {len(content)} bytes, at most {LARGEST[kind]}"
    if kind == "document":
        return ""
    if mime not in KINDS[kind]:
        return f"{mime} is not supported for {kind}: {sorted(KINDS[kind])}"
    if voice and mime != "audio/ogg":
        return f"a voice message is audio/ogg with opus, not {mime}"
    return _picture_fault(kind, content) if kind in ("image", "sticker") else _stream_fault(mime, content)


def playback_fault(content: bytes) -> str:
    """Why a video that WhatsApp sends would not play, or start late, on some phones, or ""."""
    import av

    with av.open(io.BytesIO(content), "r") as container:
        codec = container.streams.video[0].codec_context
        profile, reordered = codec.profile or "", codec.has_b_frames
    if profile not in ("Baseline", "Constrained Baseline", "Main") or reordered:
        return f"Android wants Baseline, or Main without B-frames, not {profile}{' with them' if reordered else ''}"
    return (
        ""
        if 0 <= content.find(b"moov") < content.find(b"mdat")
        else "the index (moov) is behind the picture data"
    )


def _picture_fault(kind: str, content: bytes) -> str:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            known, mode, size = picture.format, picture.mode, picture.size
            moving = getattr(picture, "is_animated", False)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        return f"not a readable picture: {error}"
    if kind == "sticker":
        if known != "WEBP" or size != (512, 512):
            return f"a sticker is WebP of 512x512, not {known} of {size}"
        if not moving and len(content) > STILL_STICKER:
            return f"a still sticker of {len(content)} bytes, at most {STILL_STICKER}"
        return ""
    if known not in ("JPEG", "PNG") or mode not in ("RGB", "RGBA"):
        return f"an image is 8-bit RGB or RGBA in JPEG or PNG, not {known} {mode}"
    return ""


def _stream_fault(mime: str, content: bytes) -> str:
    import av

    try:
        with av.open(io.BytesIO(content), "r") as container:
            formats = container.format.name.split(",")
            video = [stream.codec_context.name for stream in container.streams.video]
            pixels = [stream.codec_context.pix_fmt for stream in container.streams.video]
            audio = [
                (stream.codec_context.name, stream.codec_context.channels)
                for stream in container.streams.audio
            ]
            for stream in (*container.streams.video, *container.streams.audio):
                next(container.decode(stream))
                container.seek(0)
    except (av.FFmpegError, StopIteration) as error:
        return f"not a readable {mime}: {error!r}"
    if _CONTAINERS[mime] not in formats:
        return f"the file is {formats}, not {mime}"
    if mime.startswith("video/"):
        return _video_fault(video, pixels, [name for name, _ in audio])
    if video or len(audio) != 1:
        return f"audio has one stream of sound, not {len(audio)}, and no picture"
    if mime == "audio/ogg" and (audio[0][0] not in ("opus", "libopus") or audio[0][1] != 1):
        return f"audio/ogg is opus and mono, not {audio[0][0]} with {audio[0][1]} channels"
    return ""


def _video_fault(video: list[str], pixels: list[str | None], audio: list[str]) -> str:
    if video != ["h264"]:
        return f"video is H.264, not {video}"
    if pixels != ["yuv420p"]:
        return f"video is yuv420p, not {pixels}"
    if len(audio) > 1 or set(audio) - {"aac"}:
        return f"sound is one stream of AAC or none, not {audio}"
    return ""
