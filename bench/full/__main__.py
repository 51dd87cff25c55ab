"""`make bench-gpu`: full-size models of random weights, timed on this machine and written to docs/performance.md.

On a machine with CUDA it fills the GPU's table, elsewhere the CPU's; the other one stays as it is. Speed only:
random weights say nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.full.measure import Speed, Subject, measure
from bench.full.page import PAGE, row, write
from bench.full.subjects import subjects
from tests.engines.heavy import interpreter

TOKENS = {"cpu": 43, "cuda": 215}
AT_ONCE = {"cpu": (1, 2), "cuda": (1, 2, 4)}
ASK = """import torch
print(torch.__version__, torch.cuda.get_device_name() if torch.cuda.is_available() else "", sep="|")"""


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.full", description=__doc__)
    parser.add_argument("--only", default="", help="engines whose name holds this")
    parser.add_argument("--calls", type=int, default=2, help="warm calls of which the best counts")
    parser.add_argument("--at-once", type=int, nargs="*", help="how many side by side, ascending")
    parser.add_argument("--dry", action="store_true", help="leave docs/performance.md as it is")
    asked, console = parser.parse_args(), Console()
    torch, _, gpu = _ask().partition("|")
    device = "cuda" if gpu else "cpu"
    at_once = AT_ONCE[device] if asked.at_once is None else tuple(asked.at_once)
    found: list[tuple[Subject, Speed]] = []
    with tempfile.TemporaryDirectory() as folder:
        for subject in subjects(Path(folder), TOKENS[device]):
            if asked.only.lower() in subject.name.lower():
                found.append((subject, measure(subject, asked.calls, at_once)))
                console.print(row(*found[-1]), soft_wrap=True, markup=False)
    if not asked.dry:
        write(device, _machine(torch, gpu), found)
        console.print(f"written to {PAGE}")
    return 0


def _ask() -> str:
    command = [str(interpreter("xtts")), "-c", ASK]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _machine(torch: str, gpu: str) -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    load, cores = os.getloadavg()[0], os.cpu_count()
    card = f"{gpu}, " if gpu else ""
    return f"{card}{cores} cores of {model} (load {load:.0f}), torch {torch}, {datetime.now(UTC):%Y-%m-%d}"


if __name__ == "__main__":
    sys.exit(main())
