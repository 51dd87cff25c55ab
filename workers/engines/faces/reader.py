"""One object that reads faces: where they are, their mesh, the person's matte."""

from __future__ import annotations

from pathlib import Path

from studio.errors import WeightsMissing
from workers.engines.faces.cutout import cut_out
from workers.engines.faces.detector import Detector
from workers.engines.faces.matte import Matter
from workers.engines.faces.mesh import Mesher
from workers.engines.faces.shapes import Array, FaceBox, Landmarks

FILES = (
    "face_detection_short_range.tflite",
    "face_landmark.tflite",
    "iris_landmark.tflite",
    "selfie_segmentation.tflite",
)


class FaceReader:
    """All four networks of the weight set "faces", loaded once (about 0.1 s, 4.4 MB)."""

    def __init__(self, folder: Path) -> None:
        """Read the files in `folder`; raises WeightsMissing."""
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise WeightsMissing(f"The face models lack {', '.join(missing)}; run `aiclone weights pull`.")
        detector, mesh, iris, matte = (folder / name for name in FILES)
        self._detector, self._mesher, self._matter = Detector(detector), Mesher(mesh, iris), Matter(matte)

    def faces(self, image: Array) -> list[FaceBox]:
        """Faces in a BGR uint8 picture, best first."""
        return self._detector.faces(image)

    def mesh(self, image: Array, near: FaceBox | None = None) -> Landmarks | None:
        """The mesh of `near`, or of the largest face; None when there is no face. About 15 ms."""
        found = [near] if near else self.faces(image)
        if not found:
            return None
        return self._mesher.fit(image, max(found, key=lambda face: face.box[2] * face.box[3]))

    def cut_out(self, image: Array) -> Array:
        """As `matte`, more careful and slower (about 1 s): for a portrait, once."""
        found = self.faces(image)
        face = found[0].box if found else None
        return cut_out(image, self._matter.careful(image, face), face)

    def follow(self, image: Array, near: FaceBox) -> Landmarks | None:
        """The 468-point mesh of a face known to be about there, in one pass: for frames of a video. About 5 ms."""
        return self._mesher.fit(image, near, passes=1, irises=False)

    def matte(self, image: Array) -> Array:
        """The person's matte of a BGR uint8 picture: (height, width) float32 0..1."""
        found = self.faces(image)
        return self._matter.fine(image, found[0].box if found else None)
