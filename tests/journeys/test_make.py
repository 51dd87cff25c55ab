"""`aiclone make` in its own process: a script in, a file out that passes every check, only changes rendered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.domain import ProductionId
from studio.media import sha256_of
from studio.settings import Settings
from studio.store import Store, takes
from tests.journeys.house import settings_of
from workers.child import ROOT
from workers.probe import probe
from workers.supervisor import environment_of, stack_is_up

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
FIRST = "We build small and fast compilers for everybody."
LINES = (FIRST, "Come and write the next one together with us.")
CHANGED = (FIRST, "Write to me, and I will show you how it works.")


@pytest.fixture(scope="module")
def settings(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A furnished home of this module, without a running stack."""
    folder = tmp_path_factory.mktemp("make")
    shutil.copytree(furnished, folder / "home")
    return settings_of(folder / "home", folder / "deliveries")


def make(settings: Settings, out: Path, *lines: str, **more: str) -> subprocess.CompletedProcess[str]:
    script = out.with_suffix(".txt")
    script.write_text("\n\n".join(lines))
    options = {"--script": str(script), "--profile": "draft", "--out": str(out), **more}
    words = [word for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "workers.cli", "make", "--yes", "--json", *words]
    environment = environment_of(settings)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


def made(settings: Settings, out: Path, *lines: str) -> dict[str, Any]:
    done = make(settings, out, *lines)
    assert done.returncode == 0, done.stderr
    assert not stack_is_up(settings)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def counts(result: dict[str, Any]) -> tuple[int, int]:
    """Takes rendered and reused for the last version."""
    return result["versions"][-1]["rendered"], result["versions"][-1]["reused"]


def rows(settings: Settings, production: str) -> dict[str, tuple[str, str, float]]:
    """role → take, artifact, when it was finished."""
    store = Store(settings.database)
    with store.read() as connection:
        found = takes.of_production(connection, ProductionId(production))
    store.close()
    return {row["role"]: (row["id"], row["artifact"], row["finished_at"]) for row in found}


@pytest.fixture(scope="module")
def first(settings: Settings) -> dict[str, Any]:
    """The first video of this home."""
    return made(settings, settings.home.parent / "first.mp4", *LINES)


def test_the_file_is_what_the_profile_promises(settings: Settings, first: dict[str, Any]) -> None:
    out = Path(first["out"])
    facts = probe(out, loudness=True)
    assert (facts.width, facts.height, facts.fps, facts.constant_rate) == (512, 512, "25", True)
    assert (facts.codec, facts.codec_profile, facts.pixel_format) == ("h264", "High", "yuv420p")
    assert (facts.sound_codec, facts.faststart) == ("aac", True)
    assert facts.loudness == pytest.approx(-16.0, abs=1.0)
    assert facts.true_peak is not None
    assert facts.true_peak <= -1.5
    assert facts.seconds == pytest.approx(facts.sound_seconds, abs=0.1)
    assert sha256_of(out) == first["sha256"] == sha256_of(Path(first["delivered"]))
    assert [item for item in first["report"] if item["state"] == "red"] == []


def test_the_numbers_are_there(first: dict[str, Any]) -> None:
    [version] = first["versions"]
    assert first["wall_s"] > version["wall_s"] > 0
    assert {"kokoro", "whisper", "meshwarp", "finish", "assemble"} <= set(version["cpu_s"])
    assert all(seconds > 0 for seconds in version["cpu_s"].values())
    assert counts(first) == (16, 0)
    assert (first["status"], first["usd"]) == ("delivered", 0)


def test_another_second_line_renders_that_line_and_the_cut(settings: Settings, first: dict[str, Any]) -> None:
    second = made(settings, settings.home.parent / "second.mp4", *CHANGED)
    assert counts(second) == (10, 6)
    before, after = rows(settings, first["production"]), rows(settings, second["production"])
    kept = {role for role in before if role in after and before[role] == after[role]}
    assert {role.partition(":")[0] for role in kept} == {"voice", "words", "ear", "shot", "look", "finish"}
    assert len(kept) == 6
    assert second["sha256"] != first["sha256"]


def test_the_same_again_renders_nothing_and_gives_the_same_file(
    settings: Settings, first: dict[str, Any]
) -> None:
    again = made(settings, settings.home.parent / "again.mp4", *LINES)
    assert counts(again) == (0, 16)
    assert again["versions"][0]["cpu_s"] == {}
    assert rows(settings, again["production"]) == rows(settings, first["production"])
    assert again["sha256"] == first["sha256"]


def test_what_cannot_be_made_is_a_sentence_and_a_status(settings: Settings, tmp_path: Path) -> None:
    done = make(settings, tmp_path / "no.mp4", *LINES, **{"--persona": "Nobody"})
    assert done.returncode == 2
    assert "There is no persona “Nobody”" in " ".join(done.stderr.split())
    assert not (tmp_path / "no.mp4").exists()
