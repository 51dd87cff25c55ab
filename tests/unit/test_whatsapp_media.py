"""Which files WhatsApp takes: sizes, containers, codecs; just inside passes, just outside fails."""

from __future__ import annotations

import pytest

from tests.fakes.whatsapp import samples
from tests.fakes.whatsapp.errors import GraphError
from tests.fakes.whatsapp.files import Part, upload
from tests.fakes.whatsapp.inspect_media import media_fault, playback_fault
from tests.fakes.whatsapp.world import World

pytestmark = pytest.mark.unit


def test_video() -> None:
    """MP4 or 3GP of H.264 and AAC, sixteen megabytes."""
    good = samples.movie()
    assert media_fault("video", "video/mp4", good) == ""
    assert media_fault("video", "video/mp4", samples.movie(audio="")) == ""
    assert media_fault("video", "video/3gpp", samples.movie(form="3gp")) == ""
    assert media_fault("video", "video/mp4", samples.padded(good, 16_000_000)) == ""
    for wrong in (
        samples.padded(good, 16_000_001), samples.movie("mpeg4"), samples.movie(audio="libmp3lame"),
        samples.movie(sounds=2), samples.movie(pixels="yuv444p"), samples.movie(form="matroska"),
        good[: len(good) // 2], b"", b"no video",
    ):  # fmt: skip
        assert media_fault("video", "video/mp4", wrong)
    assert media_fault("video", "video/quicktime", good)
    assert media_fault("document", "video/mp4", samples.movie("mpeg4")) == ""


def test_what_plays_everywhere() -> None:
    """Baseline, or Main without B-frames, the index first."""
    assert playback_fault(samples.movie()) == ""
    assert "High" in playback_fault(samples.movie(profile="high"))
    assert "moov" in playback_fault(samples.movie(index_first=False))


def test_audio() -> None:
    """Voice is opus in ogg, mono; other sound may be something else."""
    note = samples.voice_note()
    assert media_fault("audio", "audio/ogg; codecs=opus", note, voice=True) == ""
    assert media_fault("audio", "audio/ogg", samples.voice_note("stereo"))
    assert media_fault("audio", "audio/ogg", samples.vorbis())
    song = samples.movie("", "libmp3lame", form="mp3")
    assert media_fault("audio", "audio/mpeg", song) == ""
    assert media_fault("audio", "audio/mpeg", song, voice=True)
    assert media_fault("audio", "audio/mpeg", note)
    assert media_fault("audio", "audio/mp4", samples.movie())
    sound = samples.movie("", "aac")
    assert media_fault("audio", "audio/mp4", samples.padded(sound, 16_000_000)) == ""
    assert media_fault("audio", "audio/mp4", samples.padded(sound, 16_000_001))
    assert media_fault("audio", "audio/wav", note)


def test_pictures() -> None:
    """Pictures of eight bits in colour; stickers of 512 by 512."""
    good = samples.picture()
    assert media_fault("image", "image/jpeg", good) == ""
    assert media_fault("image", "image/png", samples.picture("PNG", "RGBA")) == ""
    assert media_fault("image", "image/jpeg", good + bytes(5_000_000 - len(good))) == ""
    for wrong in (
        good + bytes(5_000_001 - len(good)), samples.picture("JPEG", "CMYK"), samples.picture("PNG", "L"),
        samples.picture("GIF", "P"), b"no picture",
    ):  # fmt: skip
        assert media_fault("image", "image/jpeg", wrong)
    assert media_fault("image", "image/webp", samples.picture("WEBP"))
    sticker = samples.picture("WEBP", size=(512, 512))
    assert media_fault("sticker", "image/webp", sticker) == ""
    assert media_fault("sticker", "image/webp", sticker + bytes(100_001 - len(sticker)))
    assert media_fault("sticker", "image/webp", samples.picture("WEBP"))


def test_uploads() -> None:
    """The form, the types and the size of an upload."""
    world = World()

    def sent(size: int = 10, mime: str = "video/mp4", said: str = "video/mp4", **more: Part | None) -> int:
        form = {"messaging_product": Part(b"whatsapp"), "type": Part(said.encode()),
                "file": Part(bytes(size), mime, "a.mp4"), **more}  # fmt: skip
        try:
            upload(world, {k: v for k, v in form.items() if v is not None})
        except GraphError as error:
            return error.code
        return 0

    assert sent() == sent(100_000_000, "application/pdf", "application/pdf") == 0
    assert sent(100_000_001) == sent(0) == 131053
    assert sent(type=None) == sent(messaging_product=None) == sent(file=None) == sent(extra=Part(b"")) == 100
    assert sent(file=Part(b"x")) == sent(messaging_product=Part(b"sms")) == 100
    assert sent(mime="video/quicktime", said="video/quicktime") == sent(said="video/3gpp") == 100
    world.switches.uploads_by_kind = True
    assert (sent(16_000_000), sent(16_000_001)) == (0, 131053)
