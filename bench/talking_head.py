"""Speed of the talking head, encoding included: frames a second, CPU a frame, ratio to real time.

python bench/talking_head.py --faces FOLDER --voice FILE.wav PHOTO
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from studio.timeline import read_samples
from studio.timing import lay_out
from workers.engines.animate.meshwarp import MeshWarp
from workers.engines.portrait.photo import Photo

SIZES = ((512, 512, ""), (720, 1280, ""), (720, 1280, "office"), (1280, 720, ""))


def cpu_seconds() -> tuple[float, float]:
    """Seconds of CPU that this process and its finished children have used."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def measure(engine: MeshWarp, portrait: Path, voice: Path, width: int, height: int, plate: str) -> None:
    """Render one voice twice and print the second, warm run; the first gives the time to build the scene."""
    samples, rate = read_samples(voice)
    frames = lay_out([len(samples) / rate], 0.0, (), 25).frames
    request = {"width": width, "height": height, "background": plate, "fps": 25}
    walls = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            own, children = cpu_seconds()
            start = time.perf_counter()
            engine.run(
                request,
                {"portrait": portrait, "voice0": voice},
                Path(folder) / "out.mp4",
                1,
                lambda share: None,
            )
            walls.append(time.perf_counter() - start)
    own_now, children_now = cpu_seconds()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{width}x{height} {plate or 'own background':<15} {frames / walls[1]:6.1f} fps"
        f"  {frames / walls[1] / 25:4.1f}x real time"
        f"  {(own_now - own) / frames * 1e3:5.1f} + {(children_now - children) / frames * 1e3:4.1f} ms CPU"
        f"  scene {walls[0] - walls[1]:4.2f} s  {memory:.0f} MiB"
    )


def main() -> None:
    """Read the command line and measure every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--voice", type=Path, required=True)
    options = parser.parse_args()
    photo, engine = Photo(), MeshWarp()
    photo.load({"faces": options.faces})
    engine.load({"faces": options.faces})
    with tempfile.TemporaryDirectory() as folder:
        portrait = Path(folder) / "portrait.png"
        photo.run({}, {"photo": options.photo}, portrait, 0, lambda share: None)
        for width, height, plate in SIZES:
            measure(engine, portrait, options.voice, width, height, plate)


if __name__ == "__main__":
    main()
