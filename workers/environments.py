"""Environments of engines whose packages cannot or should not live in ours.

`<cache>/venvs/<name>` is made from the pins in workers/engines/environments/<name>.txt. Where those packages
are in our own environment already (`pip install .[voice]` on a GPU host), ours is used. An environment may stand on
another one (`ON`): it sees all of that one's packages behind its own few, so that torch is there once.
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
ON = {"chatterbox": "voice"}
"""Environments that stand on another; their lists are installed without dependencies and hold all they add."""


def engine_python(spec: EngineSpec, settings: Settings) -> Path | None:
    """The interpreter of the engine's own virtual environment, or None for ours."""
    if not spec.venv:
        return None
    python = settings.cache / "venvs" / spec.venv / "bin" / "python"
    return None if not python.is_file() and _in_ours(spec.venv) else python


def is_whole(python: Path) -> bool:
    """Whether an environment was installed to the end, whatever the list says today."""
    under = ON.get(_name(python))
    stands = under is None or _in_ours(under) or is_whole(_beside(python, under))
    return stands and python.is_file() and _stamp(python).is_file()


def make_environment(name: str, python: Path, lists: Path = LISTS) -> bool:
    """Create the environment, or bring it to today's list; False when there was nothing to do.

    Raises Misconfigured when there is no such list or the packages could not be installed.
    """
    listed = lists / f"{name}.txt"
    if not listed.is_file():
        raise Misconfigured(f"There is no list of packages for an environment “{name}”.")
    under, alone = ON.get(name), ["--no-deps"] if name in ON else []
    if under and not _in_ours(under):
        make_environment(under, _beside(python, under), lists)
    wanted, stamp = hashlib.sha256(listed.read_bytes()).hexdigest(), _stamp(python)
    if is_whole(python) and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    try:
        if not python.is_file():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        if under:
            _stand(python, under)
        command = [str(python), "-m", "pip", "install", "--quiet", *alone, "-r", str(listed)]
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(python.parent.parent, ignore_errors=True)
        raise Misconfigured(
            f"The packages of “{name}” could not be installed; see the lines above."
        ) from error
    stamp.write_text(wanted)
    return True


def _stand(python: Path, under: str) -> None:
    """Let an environment see the packages of another, or of ours where they are in ours."""
    there = [sys.executable if _in_ours(under) else _beside(python, under), python]
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found, own = (
        subprocess.run([str(each), "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
        for each in there
    )
    (Path(own) / "aiclone-under.pth").write_text(f"{found}\n")


def _beside(python: Path, name: str) -> Path:
    return python.parents[2] / name / "bin" / "python"


def _name(python: Path) -> str:
    return python.parents[1].name


def _stamp(python: Path) -> Path:
    return python.parent.parent / ".aiclone-packages"


def _in_ours(name: str) -> bool:
    try:
        return name in EXTRAS and bool(version(EXTRAS[name]))
    except PackageNotFoundError:
        return False
