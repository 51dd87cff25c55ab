"""The contact sheet of a cut: evenly spaced frames in one JPEG, to look at before pressing play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable


class Sheet:
    """ContactSheet: `cut` → JPEG."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="contact-sheet",
        kind=Kind.INSPECT,
        version="2",
        summary="evenly spaced frames of a cut in one picture (PyAV)",
        code_licence="Apache-2.0",
        suffix=".jpg",
        limit_s=120.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises MediaUnusable when the cut cannot be decoded."""
        from PIL import Image

        columns, rows = int(request["columns"]), int(request["rows"])
        pictures = list(frames_of(inputs["cut"], columns * rows))
        cell = int(request["width"]) // columns
        height = round(cell * pictures[0].height / pictures[0].width)
        sheet = Image.new("RGB", (cell * columns, height * rows))
        for index, picture in enumerate(pictures):
            place = (cell * (index % columns), height * (index // columns))
            sheet.paste(picture.resize((cell, height), Image.Resampling.LANCZOS), place)
            progress((index + 1) / len(pictures))
        sheet.save(out, "JPEG", quality=88)

    def close(self) -> None:
        """Nothing is kept."""


def frames_of(path: Path, count: int) -> Iterator[Any]:
    """`count` frames, evenly spaced, as Pillow pictures; frames nobody refers to are not even decoded."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as box:
            stream = box.streams.video[0]
            stream.codec_context.skip_frame = "NONREF"
            seconds = float(box.duration or 0) / av.time_base
            for index in range(count):
                moment = seconds * (index + 0.5) / count
                box.seek(int(moment * av.time_base))
                found: Any = next(frame for frame in box.decode(video=0) if frame.time >= moment - 0.2)
                yield found.to_image()
    except (FFmpegError, StopIteration) as error:
        raise MediaUnusable from error
