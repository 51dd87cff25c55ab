"""Steps of setting something up: what was looked at, what is so, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape


@dataclass(frozen=True, slots=True)
class Step:
    """What was looked at, what is so, and the next step ("" when there is none)."""

    name: str
    says: str
    mend: str = ""


def show(steps: Sequence[Step], **names: str) -> bool:
    """Print them; whether one is left to do. `names` are filled into what is to be done."""
    console = Console(highlight=False)
    for step in steps:
        mark = "[yellow]→[/]" if step.mend else "[green]✓[/]"
        console.print(f"{mark} {step.name}: {escape(step.says)}", soft_wrap=True)
        if step.mend:
            console.print(f"    {escape(step.mend.format(**names))}", soft_wrap=True, style="bold")
    return any(step.mend for step in steps)
