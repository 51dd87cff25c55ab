"""Engine "photo": a founder's photo becomes an upright portrait with its matte."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import WeightsMissing

if TYPE_CHECKING:
    from workers.engines.faces.reader import FaceReader

WANTED_EYE_DISTANCE = 110.0
LARGEST_ENLARGEMENT = 3.0


class Photo:
    """Checks a photo, turns it upright, enlarges small faces and adds the person's matte as alpha."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="photo",
        kind=Kind.PORTRAIT,
        version="2",
        summary="checks a photo and cuts the person out (BlazeFace, face mesh, selfie segmentation)",
        code_licence="Apache-2.0",
        weights_licence="Apache-2.0",
        weights=("faces",),
        suffix=".png",
        limit_s=60.0,
    )

    def __init__(self) -> None:
        self._reader: FaceReader | None = None

    def load(self, weights: Mapping[str, Path]) -> None:
        """Read the face networks; raises WeightsMissing."""
        import cv2

        from workers.engines.faces.reader import FaceReader

        cv2.setNumThreads(2)
        if "faces" not in weights:
            raise WeightsMissing("The face models are missing; run `aiclone weights pull`.")
        self._reader = FaceReader(weights["faces"])

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Write the RGBA portrait; raises PortraitUnusable or MediaUnusable."""
        import cv2
        import numpy as np

        from workers.engines.portrait.borders import without_frame
        from workers.engines.portrait.checks import check_face, only_face
        from workers.engines.portrait.decode import decode

        assert self._reader is not None
        image, own_alpha = without_frame(*decode(inputs["photo"]))
        image = _shrink(image, int(request.get("max_side", 1600)))
        progress(0.3)
        face = check_face(image, self._reader.mesh(image, only_face(self._reader.faces(image))))
        image = _enlarge(image, face.eye_distance, int(request.get("max_side", 1600)))
        progress(0.6)
        matte = self._reader.cut_out(image)
        if own_alpha is not None:
            matte = np.minimum(matte, cv2.resize(own_alpha, image.shape[1::-1]))
        alpha = np.round(matte * 255).astype(np.uint8)
        _, png = cv2.imencode(".png", np.dstack([image, alpha]), [cv2.IMWRITE_PNG_COMPRESSION, 4])
        out.write_bytes(png.tobytes())
        progress(1.0)

    def close(self) -> None:
        """Forget the networks."""
        self._reader = None


def _shrink(image: Any, max_side: int) -> Any:
    import cv2

    scale = max_side / max(image.shape[:2])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image


def _enlarge(image: Any, eye_distance: float, max_side: int) -> Any:
    """Enlarge where the face is small: Lanczos, grain smoothed between edges, a mild unsharp mask."""
    import cv2

    scale = min(WANTED_EYE_DISTANCE / eye_distance, LARGEST_ENLARGEMENT, max_side / max(image.shape[:2]))
    if scale <= 1.05:
        return image
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4)
    calm = cv2.bilateralFilter(large, 7, 26, 1.6 * scale)
    calm = cv2.addWeighted(calm, 0.75, large, 0.25, 0)
    soft = cv2.GaussianBlur(calm, (0, 0), 0.9 * scale)
    return cv2.addWeighted(calm, 1.45, soft, -0.45, 0)
