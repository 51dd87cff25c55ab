"""Seeded faults: each way a voice goes wrong on 20 lines, and how often clean takes are blamed.

Limits (studio/picking.py) were set on the first 20 sentences in four voices; everything here is judged on other
sentences in four other voices: 20 of them are broken, 60 said well. A speaker's
usual pace and likeness come from their other lines.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.broken import BREAKS, Material
from bench.material import HELD_VOICES, LEARNT_VOICES, short_lines, spoken
from studio.engine import InspectVoice, Json, Listen
from studio.picking import Fault, faults_of
from studio.settings import Settings
from studio.timeline import read_samples, read_timeline, write_voice
from studio.weights import Weights
from workers.engines.inspect.voice import VoiceInspector
from workers.engines.listen.whisper import Whisper

LINES, CLEAN_LINES = 20, 60
"""Lines that are broken, and lines said well: false alarms are rare, so more takes are needed to count them."""


@dataclass(frozen=True, slots=True)
class Take:
    """A clean take of the material."""

    text: str
    voice: str
    path: Path


@dataclass(slots=True)
class Row:
    """One kind of fault, or none: how many takes were blamed, and for what."""

    kind: str
    cases: int = 0
    blamed: int = 0
    why: Counter[str] = field(default_factory=Counter)


class Jury:
    """The listener, the inspector and the limits, as a production uses them."""

    def __init__(self) -> None:
        weights = Weights(Settings().cache, Settings().weights_folder)
        self._listener, self._inspector = Whisper(), VoiceInspector()
        self._listener.load({"whisper-tiny-en": weights.folder("whisper-tiny-en")})
        self._inspector.load({"speaker-encoder": weights.folder("speaker-encoder")})

    def facts(self, take: Path, text: str, samples: list[Path]) -> tuple[Json, Json]:
        """What is heard and what is measured."""
        with TemporaryDirectory() as folder:
            heard, facts = Path(folder, "heard.json"), Path(folder, "facts.json")
            self._listener.run(asdict(Listen(expected=text)), {"audio": take}, heard, 0, lambda _: None)
            inputs = {"audio": take} | {f"sample{at}": path for at, path in enumerate(samples)}
            self._inspector.run(asdict(InspectVoice(text)), inputs, facts, 0, lambda _: None)
            return json.loads(heard.read_text("utf-8")), json.loads(facts.read_text("utf-8"))


def clean_takes(held: bool, count: int, each: int) -> list[Take]:
    """`count` sentences, each in `each` voices."""
    voices = HELD_VOICES if held else LEARNT_VOICES
    lines = short_lines(count, LINES if held else 0)
    pairs = ((text, voices[(at + k) % 4], k) for at, text in enumerate(lines) for k in range(each))
    return [Take(text, voice, spoken(text, voice, k)) for text, voice, k in pairs]


def judged(jury: Jury, takes: list[Take], breaks: bool = True) -> Iterator[tuple[str, Take, list[Fault]]]:
    """(kind, take, faults) of every clean take, then of every fault on the first take of every line."""
    rates = {take.path: jury.facts(take.path, take.text, [])[1]["rate"] for take in takes}
    first = list({take.text: take for take in reversed(takes)}.values())[::-1][:LINES]
    for take in takes:
        yield "clean", take, _faults(jury, take, take.path, takes, rates)
    with TemporaryDirectory() as folder:
        for kind in BREAKS if breaks else ():
            for take in first:
                broken = Path(folder, "broken.wav")
                sound, rate = _broken(kind, take, takes)
                write_voice(broken, sound, rate, read_timeline(take.path))
                yield kind.__name__, take, _faults(jury, take, broken, takes, rates)


def _faults(jury: Jury, take: Take, path: Path, takes: list[Take], rates: dict[Path, float]) -> list[Fault]:
    """The take's own line is no reference for itself."""
    own = [each.path for each in takes if each.voice == take.voice and each.text != take.text]
    heard, facts = jury.facts(path, take.text, own[:6])
    return faults_of(take.text, heard, facts, usual_rate=float(np.median([rates[each] for each in own])))


def _broken(kind: object, take: Take, takes: list[Take]) -> tuple[NDArray[np.float32], int]:
    samples, rate = read_samples(take.path)
    others = [each.path for each in takes if each.voice == take.voice and each.text != take.text]
    stranger = next(each.path for each in takes if each.text == take.text and each.voice != take.voice)
    chance = np.random.default_rng(zlib.crc32(take.text.encode()))
    assert callable(kind)
    return kind(Material(samples, rate, read_timeline(take.path), others, stranger), chance), rate


def measure(console: Console, quick: bool = False, held: bool = True) -> dict[str, float]:
    """The share of faults caught and of clean takes blamed; the table is printed."""
    rows: dict[str, Row] = {}
    for kind, _, faults in judged(
        Jury(), clean_takes(held, 5 if quick else CLEAN_LINES if held else LINES, 3 if held else 2)
    ):
        row = rows.setdefault(kind, Row(kind))
        row.cases += 1
        row.blamed += bool(faults)
        row.why.update([fault.name for fault in faults])
    _show(rows, console)
    clean = rows.pop("clean")
    caught = sum(row.blamed for row in rows.values()) / sum(row.cases for row in rows.values())
    return {"faults_caught": caught, "false_alarms": clean.blamed / clean.cases}


def _show(rows: dict[str, Row], console: Console) -> None:
    table = Table("fault", "cases", "blamed", "share", "for")
    for row in rows.values():
        why = ", ".join(f"{name} {count}" for name, count in row.why.most_common(4))
        table.add_row(
            row.kind.replace("_", " "), str(row.cases), str(row.blamed), f"{row.blamed / row.cases:.0%}", why
        )
    console.print(table)
