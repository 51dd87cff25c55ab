"""Contact sheets of the talking head: visemes, blinks, tones, poses and a spoken sentence, as PNG files.

    python -m bench.contact_sheet [--voice FILE.wav] [PHOTO...]

Writes bench/out/<photo>-*.png. Judge them at full size; nothing here is asserted.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import cv2
import numpy as np

from studio.settings import Settings
from studio.weights import State, Weights
from workers.engines.animate.framing import Stage, frame_portrait
from workers.engines.animate.hearing import listen
from workers.engines.animate.performance import Frame, muscles_of, perform
from workers.engines.animate.pose import POSES
from workers.engines.animate.puppet import Expression
from workers.engines.animate.scene import Scene
from workers.engines.animate.tones import MANNERS, Manner
from workers.engines.animate.visemes import VISEMES
from workers.engines.faces.reader import FaceReader
from workers.engines.faces.shapes import Array
from workers.engines.portrait.photo import Photo

OUT = Path(__file__).parent / "out"
PORTRAITS = (("hopper", "grace_hopper.jpg"), ("astronaut", "astronaut.png"))
TURNS = {
    "yaw +": {"yaw": 0.12},
    "yaw -": {"yaw": -0.12},
    "nod": {"pitch": 0.09},
    "chin up": {"pitch": -0.09},
    "tilt": {"roll": 0.07},
    "breath": {"breath": 0.02, "sway": 0.02},
}


class Sheet:
    """Labelled pictures of one scene, cut to the face."""

    def __init__(self, scene: Scene, stage: Stage) -> None:
        self.scene, self.cells = scene, list[Array]()
        eye, centre = stage.face.eye_distance, stage.face.points[1, :2] - stage.margin
        low = np.maximum(centre - eye * np.array([1.5, 1.5]), 0).astype(int)
        high = (centre + eye * np.array([1.5, 1.5])).astype(int)
        self._cut = slice(low[1], high[1]), slice(low[0], high[0])

    def add(self, label: str, expression: Expression, **pose: float) -> None:
        """Render one cell."""
        turned = np.array([pose.get(name, 0.0) for name in POSES], np.float32)
        self.add_picture(label, self.scene.render(Frame(expression, turned)))

    def add_picture(self, label: str, picture: Array) -> None:
        """Add a rendered picture."""
        cell = cv2.resize(picture[self._cut][..., :3], (300, 300), interpolation=cv2.INTER_CUBIC)
        cv2.putText(cell, label, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 255, 255), 1, cv2.LINE_AA)
        self.cells.append(cell)

    def save(self, path: Path, columns: int = 6) -> None:
        """Write all cells as one picture."""
        while len(self.cells) % columns:
            self.cells.append(np.zeros_like(self.cells[0]))
        rows = [np.hstack(self.cells[i : i + columns]) for i in range(0, len(self.cells), columns)]
        cv2.imwrite(str(path), np.vstack(rows))
        print(path)


def expression(
    scene: Scene, viseme: str, tone: str = "neutral", blink: float = 0.0, gaze: float = 0.0
) -> Expression:
    """The face of one viseme in one tone."""
    manner = {
        each.name: np.array([getattr(MANNERS[tone], each.name)], np.float32)
        for each in dataclasses.fields(Manner)
    }
    mouth = np.array([VISEMES[viseme]], np.float32)
    one = np.array([0.75], np.float32)
    muscles, folds = muscles_of(mouth, one, manner, manner["brow"], scene.character)
    return Expression(muscles[0], blink, (gaze, 0.0), float(folds[0]), float(mouth[0, 7]))


def still_sheet(scene: Scene, stage: Stage, path: Path) -> None:
    """Visemes, blinks, gazes, tones, turns."""
    sheet = Sheet(scene, stage)
    sheet.add_picture("photo", stage.picture[stage.frame])
    for viseme in VISEMES:
        sheet.add(viseme, expression(scene, viseme))
    for blink in (0.3, 0.6, 1.0):
        sheet.add(f"blink {blink}", expression(scene, "rest", blink=blink))
    for gaze in (0.14, -0.14):
        sheet.add(f"gaze {gaze}", expression(scene, "rest", gaze=gaze))
    for tone in MANNERS:
        sheet.add(tone, expression(scene, "rest", tone))
    for label, pose in TURNS.items():
        sheet.add(label, expression(scene, "ax"), **pose)
    sheet.save(path)


def spoken_sheet(scene: Scene, stage: Stage, voice: Path, tone: str, path: Path) -> None:
    """A spoken sentence at 8 pictures a second."""
    voices = listen([voice], 0.0, (), 24)
    sheet = Sheet(scene, stage)
    for index, frame in enumerate(perform(voices, (tone,), 24, 1, scene.character)):
        picture = scene.render(frame)
        if index % 3 == 0:
            sheet.add_picture(f"{index / 24:.2f}", picture)
    sheet.save(path, columns=8)


def main() -> None:
    """Read the command line and draw all sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path, help="without any: the portraits of the manifest")
    parser.add_argument("--voice", type=Path, help="a WAV with a timeline")
    parser.add_argument("--tone", default="neutral")
    parser.add_argument("--framing", default="medium")
    parser.add_argument("--size", default="512x512")
    options = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    weights = Weights(Settings().cache)
    faces = weights.folder("faces")
    sample = [weights.folder(name) / path for name, path in PORTRAITS if weights.state(name) is State.READY]
    reader, photo = FaceReader(faces), Photo()
    photo.load({"faces": faces})
    width, height = (int(side) for side in options.size.split("x"))
    for path in options.photos or sample:
        with tempfile.TemporaryDirectory() as folder:
            portrait_path = Path(folder) / "portrait.png"
            photo.run({}, {"photo": path}, portrait_path, 0, lambda share: None)
            portrait = cv2.imread(str(portrait_path), cv2.IMREAD_UNCHANGED)
        face = reader.mesh(np.ascontiguousarray(portrait[..., :3]))
        assert face is not None
        stage = frame_portrait(portrait, face, options.framing, width, height)
        scene = Scene(stage)
        still_sheet(scene, stage, OUT / f"{path.stem}-stills.png")
        if options.voice:
            spoken_sheet(scene, stage, options.voice, options.tone, OUT / f"{path.stem}-{options.tone}.png")


if __name__ == "__main__":
    main()
