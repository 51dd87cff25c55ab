"""docs/performance.md: a table a device between two markers, written by the bench and by nobody else."""

from __future__ import annotations

from pathlib import Path

from bench.full.measure import Speed, Subject

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
HEAD = (
    "| model | call | loading s | first call s | real time | CPU s / s | first sign s | RAM GB | VRAM GB | at once |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)
GB, LINES_BEFORE = 1e9, 5


def row(subject: Subject, speed: Speed) -> str:
    """One line of the table."""
    sign = f"{speed.sign:.1f}" if speed.sign is not None else f"{speed.warm:.1f}, the whole"
    together = ", ".join(f"{number}: {value:.2f}" for number, value in speed.at_once.items()) or "–"
    values = (
        subject.name,
        subject.who,
        f"{speed.load:.1f}",
        f"{speed.first:.1f}",
        f"{speed.warm / speed.sound:.2f}",
        f"{speed.cpu / speed.sound:.1f}",
        sign,
        f"{speed.rss / GB:.1f}",
        f"{speed.cuda / GB:.1f}" if speed.cuda else "–",
        together,
    )
    return f"| {' | '.join(values)} |"


def write(device: str, machine: str, found: list[tuple[Subject, Speed]]) -> None:
    """Put the table of "cpu" or "cuda" between its markers; rows that were not measured again stay."""
    before, after = f"<!-- {device}: written by the bench -->\n", f"<!-- end of {device} -->"
    text = PAGE.read_text("utf-8")
    head, rest = text.split(before)
    old, tail = rest.split(after)
    rows = {_key(line): line for line in old.splitlines()[LINES_BEFORE:] if line.startswith("| ")}
    rows |= {_key(line): line for line in (row(*each) for each in found)}
    body = "".join(line + "\n" for line in rows.values())
    PAGE.write_text(f"{head}{before}\n{machine}.\n\n{HEAD}{body}\n{after}{tail}", "utf-8")


def _key(line: str) -> str:
    return "|".join(line.split("|")[1:3])
