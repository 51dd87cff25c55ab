"""What was measured against its bar: a table to read and results.json to compare."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a value must reach: at most `limit`, or at least it."""

    unit: str
    limit: float
    hope: float
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value reaches the bar."""
        return value >= self.limit if self.least else value <= self.limit


BARS = {
    "preview_kokoro": Bar("x speech", 1.0, 0.5),
    "preview_piper": Bar("x speech", 0.5, 0.25),
    "head_512": Bar("x real time", 3.0, 6.0, least=True),
    "head_720x1280": Bar("x real time", 1.5, 3.0, least=True),
    "revise_one_of_twelve": Bar("of the full render's CPU", 0.15, 1 / 12),
    "peak_memory": Bar("GB", 3.0, 1.5),
    "fresh_demo": Bar("s", 360.0, 180.0),
    "webhook_p99": Bar("ms to a durable answer at 200/s", 50.0, 25.0),
    "webhook_whatsapp": Bar("ms, the median to a durable answer at 200/s", 250.0, 25.0),
    "webhook_whatsapp_p99": Bar("ms to a durable answer at 200/s", 250.0, 50.0),
    "agent_cpu": Bar("CPU s a production", 0.5, 0.25),
    "sweep_parked": Bar("s with 10,000 parked", 1.0, 0.1),
    "scrape": Bar("CPU s of a scrape with 100,000 takes", 0.05, 0.02),
    "idle_cpu": Bar("CPU s a minute", 3.0, 1.0),
    "wer": Bar("errors per word", 0.03, 0.01),
    "faults_caught": Bar("of seeded faults", 0.95, 0.99, least=True),
    "false_alarms": Bar("of clean takes", 0.05, 0.01),
    "word_faults_elsewhere": Bar("of seeded word faults in es, fr, it, pt", 0.9, 0.97, least=True),
    "false_alarms_elsewhere": Bar("of clean takes in es, fr, it, pt", 0.05, 0.01),
}


def write(values: dict[str, float]) -> None:
    """Add values to results.json, keeping what earlier runs measured."""
    OUT.mkdir(exist_ok=True)
    path = OUT / "results.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for name, value in values.items():
        bar = BARS[name]
        known[name] = {
            "value": round(value, 4),
            "unit": bar.unit,
            "bar": bar.limit,
            "holds": bar.holds(value),
        }
    path.write_text(json.dumps(known, indent=2) + "\n")


def show(values: dict[str, float], console: Console) -> None:
    """The table of this run."""
    table = Table("what", "value", "bar", "hope", "holds")
    for name, value in values.items():
        bar = BARS[name]
        sign = "≥" if bar.least else "≤"
        held = "[green]yes[/]" if bar.holds(value) else "[red]no[/]"
        table.add_row(name, f"{value:.3g} {bar.unit}", f"{sign} {bar.limit:g}", f"{bar.hope:.3g}", held)
    console.print(table)
