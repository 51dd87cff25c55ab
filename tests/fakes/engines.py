"""Real engines with knobs, for the process border."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import PortraitUnusable, ProviderBusy


class Knobs:
    """Does what the request says, in the order of its keys, then writes its facts to `out` as text."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        "knobs", Kind.CUT, "1", "a fake with knobs", "Apache-2.0", secrets=("AICLONE_TEST_WANTED",)
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        self.weights = dict(weights)
        time.sleep(0.05)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        for knob, value in request.items():
            getattr(self, "_" + knob)(value, out, progress)
        if "silent" not in request:
            out.write_text(f"{os.getpid()} {seed} {sorted(inputs)} {sorted(self.weights)}")

    def close(self) -> None:
        pass

    def _progress(self, values: list[float], out: Path, progress: Progress) -> None:
        for value in values:
            progress(value)

    def _noise(self, count: int, out: Path, progress: Progress) -> None:
        os.write(1, b"native noise\n")
        subprocess.run(["/bin/echo", "noise of a subprocess"], check=True)
        for _ in range(count):
            os.write(2, b"x" * 1024)
        print("last words")

    def _fail(self, how: str, out: Path, progress: Progress) -> None:
        raise {
            "busy": ProviderBusy("The card is busy.", retry_after=42.0),
            "photo": PortraitUnusable("Two faces are in this photo."),
            "bug": ZeroDivisionError("one over nothing"),
            "memory": MemoryError(),
            "disk": OSError(errno.ENOSPC, "No space left on device"),
            "exit": SystemExit(3),
        }[how]

    def _exit(self, status: int, out: Path, progress: Progress) -> None:
        os.write(2, b"about to leave\n")
        os._exit(status)

    def _sleep(self, pid_file: str, out: Path, progress: Progress) -> None:
        """Start a grandchild that outlives us unless it is killed, tell both pids, then hang in its wait."""
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(pid_file + ".new").write_text(f"{os.getpid()} {grandchild.pid}")
        Path(pid_file + ".new").rename(pid_file)
        progress(0.5)
        grandchild.wait()

    def _freeze(self, pid_file: str, out: Path, progress: Progress) -> None:
        """Hang in native code that keeps Python's interpreter lock."""
        Path(pid_file + ".new").write_text(f"{os.getpid()}")
        Path(pid_file + ".new").rename(pid_file)
        ctypes.PyDLL(None).sleep(60)

    def _spin(self, seconds: float, out: Path, progress: Progress) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    def _hold(self, mebibytes: int, out: Path, progress: Progress) -> None:
        self.held: Any = b"x" * (mebibytes << 20)
        del self.held

    def _extra(self, name: str, out: Path, progress: Progress) -> None:
        out.with_name(name).write_text("too much")

    def _environment(self, value: bool, out: Path, progress: Progress) -> None:
        out.write_text(" ".join(sorted(os.environ)))

    def _silent(self, value: bool, out: Path, progress: Progress) -> None:
        pass
