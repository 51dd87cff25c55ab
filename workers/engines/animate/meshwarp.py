"""Engine "meshwarp": one photo speaks, by warping it along a face mesh. Needs no GPU."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable, PortraitUnusable, WeightsMissing

if TYPE_CHECKING:
    from workers.engines.animate.scene import Scene
    from workers.engines.faces.reader import FaceReader
    from workers.engines.faces.shapes import Array

KEPT_SCENES = 4


class MeshWarp:
    """A 2.5D talking head: mouth, eyes, brows, cheeks, head and shoulders follow the voice's timeline."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="meshwarp",
        kind=Kind.ANIMATE,
        version="2",
        summary="talking head from one photo by mesh warping, on the CPU",
        code_licence="Apache-2.0",
        weights_licence="Apache-2.0",
        weights=("faces",),
        threads=1,
        suffix=".mp4",
        limit_s=900.0,
    )

    def __init__(self) -> None:
        self._reader: FaceReader | None = None
        self._scenes: OrderedDict[tuple[object, ...], Scene] = OrderedDict()

    def load(self, weights: Mapping[str, Path]) -> None:
        """Read the face networks; raises WeightsMissing."""
        import cv2

        from workers.engines.faces.reader import FaceReader

        cv2.setNumThreads(self.spec.threads)  # two: a quarter more CPU, a tenth less time
        if "faces" not in weights:
            raise WeightsMissing("The face models are missing; run `aiclone weights pull`.")
        self._reader = FaceReader(weights["faces"])

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Write the shot without sound; raises MediaUnusable or PortraitUnusable."""
        from workers.engines.animate.encode import Encoder
        from workers.engines.animate.hearing import listen
        from workers.engines.animate.performance import perform

        width, height, fps = int(request["width"]), int(request["height"]), int(request.get("fps", 25))
        if width % 2 or height % 2 or min(width, height) < 64:
            raise MediaUnusable(
                f"A shot of {width} x {height} pixels cannot be coded; use even sides from 64 on."
            )
        paths = _voices(inputs)
        pauses = tuple(float(pause) for pause in request.get("pauses", ()))
        voices = listen(paths, float(request.get("lead", 0.0)), pauses, fps)
        scene = self._scene(request, inputs, width, height)
        tones = tuple(str(tone) for tone in request.get("tones", ()))
        frames = perform(voices, tones, fps, seed, scene.character)
        with Encoder(out, width, height, fps) as encoder:
            for index, frame in enumerate(frames):
                encoder.write(scene.render(frame))
                if index % 10 == 0:
                    progress(index / len(frames))
        progress(1.0)

    def close(self) -> None:
        """Forget networks and scenes."""
        self._reader = None
        self._scenes.clear()

    def _scene(self, request: Json, inputs: Mapping[str, Path], width: int, height: int) -> Scene:
        """The scene of this request, kept between shots of one video."""
        from studio.media import sha256_of

        framing, background = str(request.get("framing", "medium")), str(request.get("background", ""))
        own = sha256_of(inputs["background"]) if "background" in inputs else background
        key = (sha256_of(inputs["portrait"]), framing, width, height, own)
        if key not in self._scenes:
            self._scenes[key] = self._build(inputs, framing, background, width, height)
            while len(self._scenes) > KEPT_SCENES:
                self._scenes.popitem(last=False)
        self._scenes.move_to_end(key)
        return self._scenes[key]

    def _build(
        self, inputs: Mapping[str, Path], framing: str, background: str, width: int, height: int
    ) -> Scene:
        from workers.engines.animate.framing import frame_portrait
        from workers.engines.animate.plates import cover, draw_plate
        from workers.engines.animate.scene import Scene

        assert self._reader is not None
        portrait = _read(inputs["portrait"], alpha=True)
        face = self._reader.mesh(portrait[..., :3].copy())
        if face is None:
            raise PortraitUnusable("I see no face in this portrait; send one seen from the front.")
        stage = frame_portrait(portrait, face, framing, width, height)
        if "background" in inputs:
            return Scene(stage, cover(_read(inputs["background"], alpha=False), width, height))
        return Scene(stage, draw_plate(background, width, height) if background else None)


def _voices(inputs: Mapping[str, Path]) -> list[Path]:
    names = sorted((name for name in inputs if name.startswith("voice")), key=lambda name: int(name[5:]))
    if not names:
        raise MediaUnusable("A shot needs at least one voice.")
    return [inputs[name] for name in names]


def _read(path: Path, alpha: bool) -> Array:
    """A stored picture as BGR or BGRA; a portrait without alpha counts as all person."""
    import cv2
    import numpy as np

    data = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED if alpha else cv2.IMREAD_COLOR)
    if image is None:
        raise MediaUnusable(f"The picture {path.name} cannot be read.")
    if not alpha or (image.ndim == 3 and image.shape[2] == 4):
        return image
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image[..., :3]
    return np.dstack([colour, np.full(colour.shape[:2], 255, np.uint8)])
