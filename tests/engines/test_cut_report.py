"""From a spoken line to a judged cut with the real engines; each defect of voice or file is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from studio.engine import (
    Animate,
    Assemble,
    Engine,
    Finish,
    InspectCut,
    InspectShot,
    Json,
    Listen,
    Mix,
    Portray,
    Speak,
)
from studio.limits import State
from studio.profiles import profile_named
from studio.report import HeardLine, Report, SeenShot, build_report
from studio.timeline import read_samples, read_timeline, write_voice
from tests.engines.talking import weights
from workers.engines import engine_class
from workers.engines.ffmpeg import run_ffmpeg

pytestmark = pytest.mark.engine

LINE = "We just closed our seed round, and I could not be more grateful."
LEAD, PAUSE, PROFILE = 0.2, 0.4, "draft"


@cache
def engine(name: str) -> Engine:
    made = engine_class(name)()
    made.load({weight: weights(weight) for weight in made.spec.weights})
    return made


def run(name: str, request: object, inputs: Mapping[str, Path], out: Path) -> Path:
    assert not isinstance(request, type)
    engine(name).run(asdict(request), inputs, out, 0, lambda share: None)  # type: ignore[call-overload]
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """voice.wav, portrait.png, picture.mp4, shot.mp4, cut.mp4, shot.json."""
    folder = tmp_path_factory.mktemp("report")
    photo = weights("hopper") / "grace_hopper.jpg"
    voice = run("kokoro", Speak(LINE, "af_heart"), {}, folder / "voice.wav")
    portrait = run("photo", Portray(), {"photo": photo}, folder / "portrait.png")
    timing = {"lead": LEAD, "pauses": (PAUSE,)}
    inputs = {"portrait": portrait, "voice0": voice}
    picture = run("meshwarp", Animate(512, 512, **timing), inputs, folder / "picture.mp4")
    inputs["picture"] = picture
    run("inspect-shot", InspectShot(**timing), inputs, folder / "shot.json")
    shot = run("finish", Finish(PROFILE, label="AI-generated", **timing), inputs, folder / "shot.mp4")
    run("mix", Mix(PROFILE, (1,), (LEAD,), ((PAUSE,),)), {"voice0": voice}, folder / "sound.m4a")
    order = Assemble(PROFILE, title="Seed round")
    run("assemble", order, {"shot0": shot, "sound": folder / "sound.m4a"}, folder / "cut.mp4")
    return folder


def judge(folder: Path, voice: Path, cut: Path, asked: float | None = None) -> Report:
    said = run("whisper", Listen(), {"audio": voice}, folder / "heard.json").read_text()
    seen = run("inspect-cut", InspectCut(PROFILE), {"cut": cut}, folder / "cut.json").read_text()
    shot: Json = json.loads((folder / "shot.json").read_text())
    lines = [HeardLine("l1", LINE, json.loads(said)["text"])]
    return build_report(lines, [SeenShot(("l1",), shot)], json.loads(seen), profile_named(PROFILE), asked)


def red(report: Report) -> list[str]:
    return [item.name for item in report.red()]


def test_a_real_clip_is_all_green(folder: Path) -> None:
    report = judge(folder, folder / "voice.wav", folder / "cut.mp4", asked=4.5)
    assert [item for item in report.items if item.state is not State.GREEN] == []


def spliced(folder: Path, *spans: tuple[int, int]) -> Path:
    """The voice cut into spans of words (first, behind the last) and put together anew."""
    samples, rate = read_samples(folder / "voice.wav")
    timeline = read_timeline(folder / "voice.wav")
    ends = [*(word.start for word in timeline.words), len(samples) / rate]
    pieces = [samples[int(ends[a] * rate) : int(ends[b] * rate)] for a, b in spans]
    pieces.append(np.zeros(rate // 4, np.float32))
    write_voice(folder / "spliced.wav", np.concatenate(pieces), rate, timeline)
    return folder / "spliced.wav"


WORDS = len(LINE.split())


@pytest.mark.parametrize(
    ("spans", "item"),
    [
        (((0, 6), (2, WORDS)), "repeats"),
        (((0, WORDS), (1, 6)), "tail"),
        (((0, 2), (8, WORDS)), "words"),
    ],
)
def test_spoken_defects(folder: Path, spans: tuple[tuple[int, int], ...], item: str) -> None:
    assert red(judge(folder, spliced(folder, *spans), folder / "cut.mp4")) == [item]


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ("-c:v copy -af volume=6dB,alimiter=limit=0.7:level=false -c:a aac -b:a 128k", ["loudness"]),
        ("-c:v copy -af volume=12dB -c:a aac -b:a 128k", ["loudness", "peak"]),
        ("-c:v copy -c:a aac -b:a 128k -ar 44100", ["profile"]),
        ("-c:v libx264 -vf select='not(between(n,40,69))',fps=25 -c:a copy", ["freezes"]),
        ("-c:v libx264 -vf drawbox=t=fill:c=black:enable='between(n,30,39)' -c:a copy", ["black"]),
    ],
)
def test_defects_of_the_file(folder: Path, change: str, items: list[str]) -> None:
    spoilt = folder / "spoilt.mp4"
    run_ffmpeg(["-i", folder / "cut.mp4", *change.split(), "-movflags", "+faststart", spoilt])
    assert red(judge(folder, folder / "voice.wav", spoilt)) == items


def test_much_longer_than_asked(folder: Path) -> None:
    report = judge(folder, folder / "voice.wav", folder / "cut.mp4", asked=2.5)
    assert red(report) == ["duration"]
