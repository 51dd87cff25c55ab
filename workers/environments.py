"""Environments of engines whose packages cannot or should not live in ours.

`<cache>/venvs/<name>` is made from the pins in workers/engines/environments/<name>.txt. Where those packages
are in our own environment already (`pip install .[voice]` on a GPU host), ours is used.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from studio.engine import EngineSpec
from studio.errors import Misconfigured
from studio.settings import Settings

LISTS = Path(__file__).with_name("engines") / "environments"
EXTRAS = {"voice": "coqui-tts"}
"""Environments that are an extra of ours too, and the distribution that tells of it."""


def engine_python(spec: EngineSpec, settings: Settings) -> Path | None:
    """The interpreter of the engine's own virtual environment, or None for ours."""
    if not spec.venv:
        return None
    python = settings.cache / "venvs" / spec.venv / "bin" / "python"
    return None if not python.is_file() and _in_ours(spec.venv) else python


def is_whole(python: Path) -> bool:
    """Whether an environment was installed to the end, whatever the list says today."""
    return python.is_file() and _stamp(python).is_file()


def make_environment(name: str, python: Path, lists: Path = LISTS) -> bool:
    """Create the environment, or bring it to today's list; False when there was nothing to do.

    Raises Misconfigured when there is no such list or the packages could not be installed.
    """
    listed = lists / f"{name}.txt"
    if not listed.is_file():
        raise Misconfigured(f"There is no list of packages for an environment “{name}”.")
    wanted, stamp = hashlib.sha256(listed.read_bytes()).hexdigest(), _stamp(python)
    if is_whole(python) and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    try:
        if not python.is_file():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(listed)], check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(python.parent.parent, ignore_errors=True)
        raise Misconfigured(
            f"The packages of “{name}” could not be installed; see the lines above."
        ) from error
    stamp.write_text(wanted)
    return True


def _stamp(python: Path) -> Path:
    return python.parent.parent / ".aiclone-packages"


def _in_ours(name: str) -> bool:
    try:
        return name in EXTRAS and bool(version(EXTRAS[name]))
    except PackageNotFoundError:
        return False
