"""The command line, as a person meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from workers.child import ROOT
from workers.cli import build
from workers.doctor import State
from workers.engines import ENGINES

pytestmark = pytest.mark.service


def invoke(home: Path, *arguments: str, **settings: str) -> Result:
    """A command with its own home and cache."""
    environment = {"AICLONE_HOME": str(home), "AICLONE_CACHE": str(home / "cache"), **settings}
    return CliRunner().invoke(build(), arguments, env=environment)


def aiclone(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in its own process, through `main`."""
    environment = {**os.environ, "AICLONE_HOME": str(home), "COLUMNS": "200"}
    command = [sys.executable, "-m", "workers.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_help_names_the_commands(tmp_path: Path) -> None:
    result = invoke(tmp_path, "--help")
    assert result.exit_code == 0
    for command in ("run", "doctor", "engines", "weights", "media", "version"):
        assert f" {command} " in result.output


def test_version(tmp_path: Path) -> None:
    assert invoke(tmp_path, "version").output.count(".") == 2


def test_engines_as_json(tmp_path: Path) -> None:
    found = json.loads(invoke(tmp_path, "engines", "--json").output)
    assert [one["name"] for one in found] == list(ENGINES)
    for one in found:
        assert one["ready"] is not one["mend"].startswith(("aiclone ", "set "))
        assert (one["weights_state"] in ("missing", "unpinned")) == (
            f"weights pull {' '.join(one['weights'])}" in one["mend"]
        )


def test_engines_as_a_table(tmp_path: Path) -> None:
    output = invoke(tmp_path, "engines", COLUMNS="250").output
    assert all(name in output for name in ENGINES)
    assert "aiclone weights pull kokoro" in output


def test_an_engine_without_environment_needs_no_install(tmp_path: Path) -> None:
    assert "nothing to install" in invoke(tmp_path, "engines", "install", "kokoro").output


def test_doctor_names_every_job_and_hides_the_key(tmp_path: Path) -> None:
    result = invoke(tmp_path, "doctor", "--json", AICLONE_OPENAI_API_KEY="sk-very-secret")
    found = {one["name"]: one for one in json.loads(result.output)}
    assert {"python", "ffmpeg", "redis", "database", "key", "voice", "animate", "cut"} <= set(found)
    assert found["ffmpeg"]["state"] == found["redis"]["state"] == found["key"]["state"] == State.OK
    assert "sk-very-secret" not in result.output
    assert found["animate"]["state"] == State.MISSING
    assert "aiclone weights pull" in found["animate"]["mend"]
    assert result.exit_code == 1


def test_doctor_falls_to_the_next_link_of_a_chain(tmp_path: Path) -> None:
    found = json.loads(invoke(tmp_path, "doctor", "--json").output)
    voice = next(one for one in found if one["name"] == "voice")
    assert voice["says"].startswith("espeak is active")
    assert voice["state"] == State.WARN


def test_doctor_tells_a_taken_port_and_a_dead_database(tmp_path: Path) -> None:
    result = invoke(tmp_path, "doctor", AICLONE_DATABASE_URL="postgresql+nothing://me:pw@127.0.0.1:1/x")
    [line] = [line for line in result.output.splitlines() if " database " in line]
    assert "missing" in line
    assert "AICLONE_DATABASE_URL" in line
    assert "pw" not in line


def test_a_studio_error_is_a_sentence(tmp_path: Path) -> None:
    done = aiclone(tmp_path, "engines", "install", "nonesuch")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no engine “nonesuch”")
    assert "Traceback" not in done.stderr


def test_a_bug_is_a_reference_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run.lock").mkdir()
    done = aiclone(tmp_path, "run")
    assert done.returncode == 1
    reference = done.stderr.partition("(reference ")[2].partition(")")[0]
    log = (tmp_path / "logs" / "bugs.log").read_text()
    assert reference
    assert reference in log
    assert "IsADirectoryError" in log
    assert "Traceback" not in done.stderr
