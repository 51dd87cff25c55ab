"""Versions of a trained voice side by side: the same lines spoken by both, and what can be measured of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.engine import InspectVoice, Json, Speak, Transcribe
from studio.licences import check_licence
from studio.media import MediaStore
from studio.picking import faults_of
from studio.settings import Settings
from studio.store import Store, voices
from studio.store.personas import Persona
from studio.wording import word_error_rate
from workers.cloning import consenting
from workers.engine_process import EngineProcess
from workers.engines import ENGINES, engine_spec
from workers.training import ENGINE, child, listener_for

SEED = 1


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line by a version (0: the base). `wer` 0..; `likeness` to the founder, `usual` and `spread` their own."""

    version: int
    text: str
    path: Path
    wer: float
    likeness: float
    usual: float
    spread: float
    faults: tuple[str, ...]


async def compare(
    settings: Settings, store: Store, media: MediaStore, name: str, numbers: Sequence[int], texts: Sequence[str],
    language: str, threads: int = 0,
) -> list[Spoken]:  # fmt: skip
    """Every line by every version, same seed. The WAVs lie beside the training and go with the persona.
    `threads` of the voice on the CPU, 0: up to four.

    Raises ConsentMissing, LicenceForbids, VoiceMissing, WeightsMissing, and what the engines raise.
    """
    persona = consenting(store, name)
    check_licence(engine_spec(ENGINE), settings, map(engine_spec, ENGINES))
    with store.read() as connection:
        weights = {each: voices.numbered(connection, persona, ENGINE, each) for each in numbers}
    samples = [media.fetch(sha) for sha in persona.samples][: engine_spec(ENGINE).references]
    folder = media.training(persona.id) / "compared"
    found = []
    async with (
        child(settings, ENGINE, threads) as voice,
        child(settings, listener_for(language)) as listener,
        child(settings, "inspect-voice") as judge,
    ):
        for at, text in enumerate(texts, 1):
            for number, sha in weights.items():
                path = folder / f"version-{number}" / f"line-{at}.wav"
                given = {f"reference{place}": each for place, each in enumerate(samples)}
                given |= {"checkpoint": media.fetch(sha)} if sha else {}
                await _run(media, voice, Speak(text, sha, language=language), given, path)
                heard = await _json(media, listener, Transcribe(language), {"audio": path})
                theirs = {f"sample{place}": each for place, each in enumerate(samples)}
                facts = await _json(
                    media, judge, InspectVoice(text, language=language), {"audio": path, **theirs}
                )
                found.append(_spoken(number, text, path, heard, facts, language))
    return found


def _spoken(number: int, text: str, path: Path, heard: Json, facts: Json, language: str) -> Spoken:
    faults = tuple(fault.sentence for fault in faults_of(text, heard, facts, language=language))
    wer = word_error_rate(text, str(heard["text"]), language).rate
    return Spoken(number, text, path, wer, facts["likeness"], facts["usual"], facts["spread"], faults)


async def _run(
    media: MediaStore, engine: EngineProcess, request: Any, inputs: dict[str, Path], path: Path
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with media.workspace() as room:
        out = Path(room) / f"out{path.suffix}"
        await engine.run(asdict(request), inputs, out, SEED, engine_spec(engine.name).limit_s, lambda _: None)
        out.replace(path)


async def _json(media: MediaStore, engine: EngineProcess, request: Any, inputs: dict[str, Path]) -> Json:
    with media.workspace() as room:
        path = Path(room) / "kept" / "found.json"
        await _run(media, engine, request, inputs, path)
        found: Json = json.loads(path.read_bytes())
    return found


def best_of(persona: Persona, found: Sequence[Spoken]) -> str:
    """A sentence on which version is more like the founder, as far as that is measured."""
    means = {
        each.version: sum(one.likeness for one in found if one.version == each.version)
        / sum(one.version == each.version for one in found)
        for each in found
    }
    first = max(means, key=lambda version: means[version])
    told = ", ".join(f"version {version}: {mean:.3f}" for version, mean in means.items())
    return f"Version {first} measures more like {persona.founder} ({told}); listen before you decide."
