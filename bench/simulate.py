"""`make simulate`: 1 to 64 workers, 30 to 100,000 productions a week, through the real scheduler."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.control.ringing import MEASURED as MEASURED_COSTS
from bench.results import OUT
from bench.simulation.plot import draw
from bench.simulation.video import MEASURED
from bench.simulation.week import DAYS, OFFICE_H, Outcome, simulate

RUNS = {
    1: (30, 300, 1000, 2000, 3000, 4000, 5000),
    4: (1000, 4000, 8000, 12_000, 16_000, 20_000),
    16: (4000, 16_000, 32_000, 48_000, 64_000),
    64: (16_000, 50_000, 100_000),
}
PICTURE = Path(__file__).parent.parent / "docs" / "images" / "scale.png"
OFFICE_S = DAYS * OFFICE_H * 3600
COMMITS, COMMIT_S = 200, 0.003  # a production; a commit synced to a disk that is shared
AGENT_CPU_S = 0.9  # bench --only control, 2026-11-22
FULL, REVISED, OFFICE_PART = 0.8, 1.2, 0.7


def limits() -> list[tuple[float, str]]:
    """Productions a week at which one process of the control plane is four fifths full in office hours."""
    known = json.loads((OUT / "results.json").read_text()) if (OUT / "results.json").exists() else {}
    agent = float(known.get("agent_cpu", {}).get("value", AGENT_CPU_S))
    room = FULL * OFFICE_S / REVISED / OFFICE_PART
    return [
        (room / agent, "one agent worker ends"),
        (room / (COMMITS * COMMIT_S), "SQLite's one writer ends"),
        (room / MEASURED_COSTS.of_video(), "one Redis with arq ends"),
    ]


def main() -> None:
    """Simulate, print, draw."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the takes")
    quick, console = parser.parse_args().quick, Console()
    outcomes: list[Outcome] = []
    table = _table()
    for workers, loads in RUNS.items():
        for per_week in loads:
            found = simulate(workers, per_week, 4_000 if quick else 12_000)
            outcomes.append(found)
            table.add_row(*_row(found))
            console.print(f"{workers} workers, {per_week:,} a week", style="dim")
    console.print(table)
    for at, name in limits():
        console.print(f"{name}: {at:,.0f} productions a week")
    draw(outcomes, limits(), PICTURE)


def _table() -> Table:
    table = Table(title=f"From approval to preview; stage seconds measured {MEASURED}")
    for name in (
        "workers",
        "a week",
        "p50",
        "p95",
        "batch p50",
        "batch p95",
        "slots busy",
        "takes waiting p95",
        "pick",
    ):
        table.add_column(name, justify="right")
    return table


def _row(found: Outcome) -> tuple[str, ...]:
    return (
        str(found.workers),
        f"{found.per_week:,}",
        _said(found.wait(0.5)),
        _said(found.wait(0.95)),
        _said(found.wait(0.5, batch=True)),
        _said(found.wait(0.95, batch=True)),
        f"{found.busy:.0%}",
        str(found.queued(0.95)),
        f"{found.pick_ms:.1f} ms",
    )


def _said(seconds: float) -> str:
    if seconds == float("inf"):
        return "not that day"
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )


if __name__ == "__main__":
    main()
