"""The picture for docs/scale.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bench.simulation.week import Outcome

COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#8e5ea2", "#c77c02", "#444444")


def draw(outcomes: Sequence[Outcome], limits: Sequence[tuple[float, str]], path: Path) -> None:
    """p95 wait of interactive work over productions a week, one line for each number of workers."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 5.6), dpi=120)
    for colour, workers in zip(COLOURS, sorted({each.workers for each in outcomes}), strict=False):
        mine = sorted((each for each in outcomes if each.workers == workers), key=lambda each: each.per_week)
        shown = [each for each in mine if math.isfinite(each.wait(0.95))]
        name = f"{workers} worker" + ("s" if workers > 1 else "")
        across = [each.per_week for each in shown]
        axes.plot(across, [each.wait(0.95) for each in shown], "o-", color=colour, label=name)
        axes.plot(across, [each.wait(0.5) for each in shown], ":", color=colour, linewidth=1.2)
    for at, name in limits:
        axes.axvline(at, color="#777777", linewidth=1, linestyle="--")
        axes.annotate(
            name, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(-4, -6), textcoords="offset points",
            rotation=90, ha="right", va="top", fontsize=8.5, color="#555555",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_yticks([10, 20, 30, 60, 120, 300], ["10 s", "20 s", "30 s", "1 min", "2 min", "5 min"])
    axes.minorticks_off()
    weeks = [30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
    axes.set_xticks(weeks, [f"{week:,}" for week in weeks])
    axes.set_xlim(25, 4_000_000)
    axes.set_ylim(10, 300)
    axes.set_xlabel("productions a week (33 s each; 70 % in office hours, 30 % a weekly batch; 60 % revised)")
    axes.set_ylabel("from approval to preview")
    axes.set_title("Waiting in office hours, by media workers of two cores (solid: 95 of 100, dotted: half)")
    axes.grid(True, which="major", color="#e5e5e5")
    axes.legend(frameon=False, loc="upper left")
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
