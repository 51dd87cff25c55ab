"""How far the work is, in a terminal: a bar where it can move, a line at every tenth where it cannot."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from bot import words
from studio.progress import Progress


class Meter:
    """Shown while the studio works, gone when it waits."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: Bars | None = None
        self._task = TaskID(0)
        self._said = ""
        self._since = 0.0

    def show(self, doing: str, progress: Progress | None) -> None:
        """What is being done; `progress` only while rendering."""
        if self.console.is_terminal:
            self._move(doing, progress)
        else:
            self._tell(doing, progress)

    def close(self) -> None:
        """The work is over or interrupted."""
        if self._bars is not None:
            self._bars.stop()
        self._bars, self._said, self._since = None, "", 0.0

    def _move(self, doing: str, progress: Progress | None) -> None:
        if self._bars is None:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(30))
            tail = (TextColumn("{task.fields[takes]}", style="dim"), TimeElapsedColumn())
            self._bars = Bars(*columns, *tail, console=self.console, transient=True)
            self._task = self._bars.add_task(doing, total=None, takes="")
            self._bars.start()
        if progress is None:
            self._bars.update(self._task, description=doing, total=None, takes="")
        else:
            takes = f"{progress.fraction:4.0%}  {words.takes(progress)}"
            self._bars.update(
                self._task, description=doing, total=1.0, completed=progress.fraction, takes=takes
            )

    def _tell(self, doing: str, progress: Progress | None) -> None:
        self._since = self._since or time.monotonic()
        step = doing if progress is None else f"{int(progress.fraction * 10)}0 %"
        if step == self._said:
            return
        self._said = step
        if progress is not None:
            spent = words.duration(time.monotonic() - self._since)
            step = f"{step:>5}  {doing} · {words.takes(progress)} · {spent}"
        self.console.print(f"  {step}", style="dim", markup=False, highlight=False)
