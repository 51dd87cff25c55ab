"""Inspects a shot before captions: lips against speech, the face against its portrait, freezes, black."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable, PortraitUnusable, WeightsMissing
from studio.lipsync import OFFSETS_S, match

if TYPE_CHECKING:
    from workers.engines.faces.reader import FaceReader
    from workers.engines.inspect.likeness import Template
    from workers.engines.inspect.watch import Watched

Array = NDArray[Any]

LOOKS_PER_S, SOUNDING = 3, 0.2
"""How often the face mesh looks; the share of the usual loudness from which it is speech."""


class ShotInspector:
    """InspectShot: `picture`, `portrait`, `voice0`… → JSON, see `run`."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="inspect-shot",
        kind=Kind.INSPECT,
        version="4",
        summary="lip-sync, likeness to the portrait, sharpness, freezes (face mesh, numpy)",
        code_licence="Apache-2.0",
        weights_licence="Apache-2.0",
        weights=("faces",),
        threads=1,
        suffix=".json",
        limit_s=300.0,
    )

    def __init__(self) -> None:
        self._reader: FaceReader | None = None
        self._known: tuple[str, Template] | None = None

    def load(self, weights: Mapping[str, Path]) -> None:
        """Read the face networks; raises WeightsMissing."""
        import cv2

        from workers.engines.faces.reader import FaceReader

        cv2.setNumThreads(self.spec.threads)
        if "faces" not in weights:
            raise WeightsMissing
        self._reader = FaceReader(weights["faces"])

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Write facts: frames, seconds, speech_s (sounding), faces (share of looks with a face), identity
        (0..1, see likeness.py), lip_scores (-1..1, at each of studio.lipsync.OFFSETS_S), lip_motion (mouth
        widths), open_in_silence (mouth widths beyond the portrait's), mouth_sharpness (share of the
        portrait's), freeze_s, black_frames.

        Raises MediaUnusable, PortraitUnusable.
        """
        from workers.engines.inspect.speech import envelope, expectation
        from workers.engines.inspect.watch import watch

        if self._reader is None:
            raise WeightsMissing
        template = self._template(inputs["portrait"], self._reader)
        speech = envelope(request, inputs)
        wanted = expectation(request, inputs, speech)
        seen = watch(inputs["picture"], self._reader, template, max(1, round(request["fps"] / LOOKS_PER_S)))
        facts = _facts(seen, speech, wanted, template.gap, request["fps"])
        out.write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def _template(self, path: Path, reader: FaceReader) -> Template:
        """The portrait to compare with; kept, because all shots of a video have the same."""
        from studio.media import sha256_of

        sha256 = sha256_of(path)
        if self._known is None or self._known[0] != sha256:
            self._known = sha256, self._read_template(path, reader)
        return self._known[1]

    def _read_template(self, path: Path, reader: FaceReader) -> Template:
        import cv2

        from workers.engines.inspect.likeness import make_template

        portrait = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        if portrait is None:
            raise MediaUnusable
        found = reader.mesh(portrait)
        if found is None:
            raise PortraitUnusable("There is no face in this portrait.")
        return make_template(cv2.cvtColor(portrait, cv2.COLOR_BGR2GRAY), found)

    def close(self) -> None:
        """Give the networks back."""
        self._reader = self._known = None


def _facts(seen: Watched, speech: Array, wanted: Array, resting: float, fps: int) -> Json:
    facts: Json = {
        "frames": seen.still.frames,
        "seconds": seen.still.frames / fps,
        "freeze_s": seen.still.freeze_seconds(fps),
        "black_frames": seen.still.black,
        "speech_s": float((speech > SOUNDING).mean() * seen.still.frames / fps),
        "faces": len(seen.looks) / max(1, seen.asked),
        "identity": 0.0,
        "mouth_sharpness": 0.0,
        "lip_scores": [0.0] * len(OFFSETS_S),
        "lip_motion": 0.0,
        "open_in_silence": 0.0,
    }
    if len(seen.looks) < 3:
        return facts
    closed = sorted(seen.looks, key=lambda look: look.gap)[: max(1, len(seen.looks) // 2)]
    facts["identity"] = float(np.percentile([look.identity for look in seen.looks], 20))
    facts["mouth_sharpness"] = float(np.median([look.detail for look in closed]))
    return facts | _lips(seen, speech, wanted, resting, fps)


def _lips(seen: Watched, speech: Array, wanted: Array, resting: float, fps: int) -> Json:
    from workers.engines.inspect.lips import follow, opening
    from workers.engines.inspect.speech import RATE
    from workers.engines.inspect.watch import is_quiet

    frames = np.array([look.frame for look in seen.looks])
    patches = np.stack(seen.patches)
    mouth = opening(patches, frames, np.array([look.gap for look in seen.looks]))
    scores = follow(patches, wanted, RATE, fps)
    offset = match(scores, max(0.1, float((speech > SOUNDING).mean()) * len(mouth) / fps)).offset_ms
    times = (np.arange(len(mouth)) + 0.5) / fps - offset / 1000  # judged apart from the offset
    at = np.clip((times * RATE).astype(int), 0, len(speech) - 1)
    quiet = mouth[is_quiet(speech, RATE)[at]]
    return {
        "lip_scores": scores,
        "lip_motion": float(np.percentile(mouth, 95) - np.percentile(mouth, 5)),
        "open_in_silence": float(np.percentile(quiet, 75) - resting) if len(quiet) >= 3 else 0.0,
    }
