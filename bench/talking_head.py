"""Speed of the talking head alone, encoding included: Grace Hopper, 6 s of Kokoro, scene warm."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from studio.engine import Animate, Portray, Speak
from studio.settings import Settings
from studio.timeline import read_samples
from studio.timing import lay_out
from studio.weights import Weights
from workers.engines.animate.meshwarp import MeshWarp
from workers.engines.portrait.photo import Photo
from workers.engines.voice.kokoro import Kokoro

LINE = "A page of code reads almost like English today, and anyone can follow what it does."
SIZES = {"head_512": (512, 512), "head_720x1280": (720, 1280)}


def measure(console: Console) -> dict[str, float]:
    """Times real time at each size."""
    settings = Settings()
    weights = Weights(settings.cache, settings.weights_folder)
    faces = {"faces": weights.folder("faces")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        voice, portrait = folder / "voice.wav", folder / "portrait.png"
        kokoro, photo, engine = Kokoro(), Photo(), MeshWarp()
        kokoro.load({"kokoro": weights.folder("kokoro")})
        kokoro.run(asdict(Speak(LINE, "af_heart")), {}, voice, 0, _quiet)
        kokoro.close()
        photo.load(faces)
        source = weights.folder("hopper") / "grace_hopper.jpg"
        photo.run(asdict(Portray()), {"photo": source}, portrait, 0, _quiet)
        engine.load(faces)
        inputs = {"portrait": portrait, "voice0": voice}
        return {key: _speed(engine, inputs, size, folder, console) for key, size in SIZES.items()}


def _speed(
    engine: MeshWarp, inputs: dict[str, Path], size: tuple[int, int], folder: Path, console: Console
) -> float:
    samples, rate = read_samples(inputs["voice0"])
    frames = lay_out([len(samples) / rate], 0.0, (), 25).frames
    request = asdict(Animate(size[0], size[1]))
    engine.run(request, inputs, folder / "cold.mp4", 1, _quiet)
    cpu, start = _cpu_seconds(), time.perf_counter()
    engine.run(request, inputs, folder / "warm.mp4", 2, _quiet)
    wall, cpu = time.perf_counter() - start, _cpu_seconds() - cpu
    times = frames / wall / 25
    console.print(
        f"{size[0]}x{size[1]}: {frames / wall:.0f} frames/s, {times:.1f} x real time, "
        f"{cpu / frames * 1e3:.1f} ms CPU a frame, one core's limit {frames / cpu / 25:.1f} x"
    )
    return times


def _cpu_seconds() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, both))


def _quiet(_fraction: float) -> None:
    return None
