"""Environments of engines: made from their lists, brought up to date, never half there."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from studio.errors import Misconfigured
from studio.settings import Settings
from workers.child import ROOT
from workers.engines import ENGINES, engine_spec
from workers.environments import EXTRAS, LISTS, engine_python, is_whole, make_environment

pytestmark = pytest.mark.service


@pytest.mark.parametrize("name", sorted({engine_spec(each).venv for each in ENGINES} - {""}))
def test_every_environment_is_listed_with_exact_versions(name: str) -> None:
    lines = (LISTS / f"{name}.txt").read_text().split()
    assert lines and all("==" in line for line in lines)


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_of_ours_is_the_list_of_its_environment(name: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert sorted(extras[name]) == sorted((LISTS / f"{name}.txt").read_text().split())


def test_an_environment_is_made_once_and_again_when_its_list_changes(tmp_path: Path) -> None:
    listed = tmp_path / "lists" / "tiny.txt"
    listed.parent.mkdir()
    listed.write_text("")
    python = tmp_path / "venvs" / "tiny" / "bin" / "python"
    assert not is_whole(python)
    assert make_environment("tiny", python, listed.parent) and is_whole(python)
    assert not make_environment("tiny", python, listed.parent)
    listed.write_text("\n")
    assert make_environment("tiny", python, listed.parent)
    listed.write_text("not a requirement !\n")
    with pytest.raises(Misconfigured, match="could not be installed"):
        make_environment("tiny", python, listed.parent)
    assert not python.exists()


def test_one_that_stands_on_another_sees_its_packages(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    for name in ("voice", "chatterbox"):
        (lists / f"{name}.txt").write_text("")
    under, python = (tmp_path / "venvs" / name / "bin" / "python" for name in ("voice", "chatterbox"))
    assert make_environment("chatterbox", python, lists) and is_whole(python) and is_whole(under)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    there = subprocess.run([under, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    (Path(there) / "only_below.py").write_text("")
    subprocess.run([python, "-c", "import only_below"], check=True)
    (under.parents[1] / ".aiclone-packages").unlink()
    assert not is_whole(python)


def test_one_that_was_killed_half_way_is_not_whole(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert not is_whole(python)


def test_without_a_list(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no list"):
        make_environment("nonesuch", tmp_path / "bin" / "python")


def test_ours_is_used_where_the_extra_is_installed(tmp_path: Path) -> None:
    """A distribution of that name on the path stands for `pip install .[voice]`."""
    found = tmp_path / "site" / "coqui_tts-0.28.0.dist-info"
    found.mkdir(parents=True)
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: coqui-tts\nVersion: 0.28.0\n")
    script = (
        "import sys; from pathlib import Path; from studio.settings import Settings\n"
        "from workers.engines import engine_spec; from workers.environments import engine_python\n"
        "settings = Settings(cache=Path(sys.argv[1]), _env_file=None)\n"
        "print(engine_python(engine_spec('xtts'), settings))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "cache")]
    said = [
        subprocess.run(
            command, cwd=ROOT, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
        )
        for path in (str(ROOT), f"{ROOT}:{tmp_path / 'site'}")
    ]
    assert said[0].stdout.strip().endswith("venvs/voice/bin/python")
    assert said[1].stdout.strip() == "None"


def test_an_engine_of_ours_has_no_interpreter_of_its_own() -> None:
    assert engine_python(engine_spec("kokoro"), Settings(_env_file=None)) is None  # type: ignore[call-arg]
