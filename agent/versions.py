"""What versions there were of a script, by the names that people see, and which of them led to the present one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.domain import Script


def named_versions(
    scripts: Sequence[Script], cut_of: Mapping[int, int]
) -> tuple[dict[str, Script], tuple[str, ...]]:
    """(every version by its name, the names of those that led to the newest, nearest first).

    `scripts` are all versions, oldest first; `cut_of` has a preview's number and the version it shows. A version
    that equals one before it was gone back to: what came between did not lead to it.
    """
    versions = {f"script {at}": script for at, script in enumerate(scripts, 1)}
    versions |= {f"preview {cut}": scripts[at - 1] for cut, at in cut_of.items()}
    shown = {at: f"preview {cut}" for cut, at in cut_of.items()}
    led: list[int] = []
    for at, script in enumerate(scripts, 1):
        again = next((place for place, other in enumerate(led) if scripts[other - 1] == script), None)
        led = [*led, at] if again is None else led[: again + 1]
    return versions, tuple(shown.get(at, f"script {at}") for at in reversed(led[:-1]))
