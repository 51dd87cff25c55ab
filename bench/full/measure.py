"""One engine's speed over the process border: loading, first call, warm calls, several at once."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.engine import Json
from studio.timeline import read_samples
from workers.engine_process import ChildReport, EngineProcess

LIMIT_S = 3600.0
SPARE = 0.6
"""The part of the free memory that several at once may fill."""
SLOW = 10.0
"""Above so many seconds for a second of sound, nobody would run several at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: a class of bench/full/engines.py, its weights, and one request."""

    name: str
    who: str
    target: str
    python: Path
    weights: Mapping[str, Path]
    request: Json
    inputs: Mapping[str, Path]


@dataclass(slots=True)
class Speed:
    """Seconds (wall unless said otherwise) and bytes; `sign` is when the first sound or progress was told.

    `at_once`: processes working side by side → seconds of sound a second of all of them together.
    """

    load: float
    first: float
    warm: float
    cpu: float
    sound: float
    sign: float | None
    rss: int
    cuda: int
    at_once: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Call:
    report: ChildReport
    sound: float
    sign: float | None
    cuda: int


def measure(subject: Subject, warm_calls: int, at_once: tuple[int, ...]) -> Speed:
    """Times of a subject that nobody has used before: the recordings' imprint is made in the first call."""
    with tempfile.TemporaryDirectory(prefix="bench-full-") as name:
        return asyncio.run(_measure(_fresh(subject, Path(name)), Path(name), warm_calls, at_once))


async def _measure(subject: Subject, folder: Path, warm_calls: int, at_once: tuple[int, ...]) -> Speed:
    async with AsyncExitStack() as stack:
        processes = [await _process(subject, stack)]
        first = await _call(subject, processes[0], folder, 0)
        warm = [await _call(subject, processes[0], folder, at + 1) for at in range(warm_calls)]
        best = min(warm, key=lambda call: call.report.seconds / call.sound)
        found = Speed(
            load=first.report.loaded_seconds,
            first=first.report.seconds - first.report.loaded_seconds,
            warm=best.report.seconds,
            cpu=min(call.report.cpu_seconds / call.sound for call in warm) * best.sound,
            sound=best.sound,
            sign=best.sign,
            rss=max(call.report.peak_rss_bytes for call in (first, *warm)),
            cuda=max(call.cuda for call in (first, *warm)),
        )
        for number in at_once:
            if found.warm > SLOW * found.sound or not _fits(number - len(processes), found):
                break
            while len(processes) < number:
                processes.append(await _process(subject, stack))
                await _call(subject, processes[-1], folder, 100 + len(processes))
            found.at_once[number] = await _together(subject, processes, folder)
        return found


async def _process(subject: Subject, stack: AsyncExitStack) -> EngineProcess:
    process = EngineProcess(subject.target, subject.weights, python=subject.python)
    stack.push_async_callback(process.close)
    return process


async def _call(subject: Subject, process: EngineProcess, folder: Path, at: int) -> _Call:
    place = folder / f"call{at}"
    place.mkdir()
    note, out, signs = folder / f"note{at}.json", place / "out.wav", list[float]()
    inputs, start = {**subject.inputs, "note": note}, time.monotonic()

    def heard(share: float) -> None:
        if 0.0 < share < 1.0:
            signs.append(time.monotonic() - start)

    report = await process.run(subject.request, inputs, out, at, LIMIT_S, heard)
    samples, rate = read_samples(out)
    return _Call(
        report, len(samples) / rate, signs[0] if signs else None, json.loads(note.read_text())["cuda_bytes"]
    )


async def _together(subject: Subject, processes: list[EngineProcess], folder: Path) -> float:
    start, number = time.monotonic(), len(processes)
    calls = [_call(subject, each, folder, 1000 * number + at) for at, each in enumerate(processes)]
    done = await asyncio.gather(*calls)
    return sum(call.sound for call in done) / (time.monotonic() - start)


def _fits(more: int, found: Speed) -> bool:
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    return more * found.rss < SPARE * free


def _fresh(subject: Subject, folder: Path) -> Subject:
    """The same with weights nobody derived anything from, on the same bytes; Kokoro stays, folded."""
    weights = dict(subject.weights)
    for name, source in subject.weights.items():
        if name == "kokoro":
            continue
        weights[name] = folder / "weights" / name
        shutil.copytree(source, weights[name], copy_function=_linked)
    return replace(subject, weights=weights)


def _linked(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())
