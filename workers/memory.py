"""What processes of this machine hold, read from /proc."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MB = 1_000_000


def children() -> dict[int, list[int]]:
    """parent → children of every process here; empty without /proc."""
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        found.setdefault(parent, []).append(int(stat.parent.name))
    return found


def family_mb(pid: int, tree: Mapping[int, list[int]]) -> int:
    """Resident memory of a process and all its descendants; 0 for one that is gone."""
    return _resident_mb(pid) + sum(family_mb(child, tree) for child in tree.get(pid, ()))


def _resident_mb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 // MB for line in lines if line.startswith("VmRSS")), 0)
