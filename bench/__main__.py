"""`make bench`: everything the main job must reach, in one run. `--quick`, `--only NAME`, `--fresh`."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from bench import faults, fresh, languages, pipeline, results, talking_head, wer
from bench.control import measure as control


def main() -> int:
    """Exit status 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only",
        choices=["pipeline", "head", "wer", "faults", "languages", "control", "fresh"],
        help="one part",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="without Piper and other languages, 20 sentences of 100, ten seconds of webhooks",
    )
    parser.add_argument("--fresh", action="store_true", help="also a fresh clone with an empty cache")
    asked, console = parser.parse_args(), Console()
    values: dict[str, float] = {}
    if asked.only in (None, "head"):
        values |= talking_head.measure(console)
    if asked.only in (None, "pipeline"):
        values |= pipeline.measure(console, asked.quick)
    if asked.only in (None, "wer"):
        values |= {"wer": wer.measure(console, 20 if asked.quick else None)}
    if asked.only in (None, "faults"):
        values |= faults.measure(console, asked.quick)
    if asked.only == "languages" or (asked.only is None and not asked.quick):
        values |= languages.measure(console)
    if asked.only in (None, "control"):
        values |= control.measure(console, asked.quick)
    if asked.only == "fresh" or asked.fresh:
        values |= {"fresh_demo": fresh.measure(console)}
    results.show(values, console)
    results.write(values)
    return 0 if all(results.BARS[name].holds(value) for name, value in values.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
