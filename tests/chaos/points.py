"""Every place at which one production's process can die, over fork: `python -m tests.chaos.points --help`.

`states`: one run is watched; at every place the home is copied unless its bytes were seen before, because what
a SIGKILL leaves is what lies on the disk. Then each copy is gone on with in a process of its own. `kill`: a
process per place is really killed there, and another one goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from studio.catalogue import Catalogue
from studio.failpoints import at, die, record, watch
from tests.chaos.mutants import MUTANTS
from tests.chaos.trial import Parts, Trial, copy_of, template

LANES = 3
Verdict = list[str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """One death: its number, the name of its place, and what was broken after going on."""

    number: int
    name: str
    broken: Verdict


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder in memory where there is one: processes are killed here, not the machine."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; its wait status."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - the child ends here
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1]


def states(folder: Path, parts: Parts) -> tuple[Catalogue, list[tuple[int, str, Path]], Case]:
    """Run once and keep (number, name, copy) of every different state on disk; and how that run ended."""
    catalogue = template(folder / "template")
    home, seen, kept, count = copy_of(folder / "template", folder / "watched"), set[str](), [], 0

    def look(name: str) -> None:
        nonlocal count
        with lock:
            count += 1
            if (mark := fingerprint(home)) not in seen:
                seen.add(mark)
                kept.append((count, name, copy_of(home, folder / f"state{count}")))

    trial, lock = Trial(home, catalogue, parts), threading.Lock()
    watch(look)
    try:
        broken = trial.drive()
    finally:
        watch(None)
    return catalogue, kept, Case(count, "the end", broken)


def fingerprint(home: Path) -> str:
    """A hash of all that a restarted process would find."""
    found = hashlib.sha256()
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.suffix != ".db-shm":
            found.update(f"{path.relative_to(home)}".encode() + path.read_bytes())
    return found.hexdigest()


def go_on(home: Path, catalogue: Catalogue, parts: Parts, patience_s: float) -> Verdict:
    """What is broken after another process went on with this home."""
    result = home.with_suffix(".json")

    def work() -> None:
        result.write_text(json.dumps(Trial(home, catalogue, parts).drive(patience_s)))

    status = in_child(work)
    found: Verdict = json.loads(result.read_text()) if status == 0 else [f"crashed with status {status}"]
    shutil.rmtree(home)
    return found


def over_states(
    parts: Parts = Parts(),  # noqa: B008 - frozen
    first: str | None = None,
    patience_s: float = 8.0,
) -> tuple[list[Case], int]:
    """Go on from every state; the cases and the number of places of the watched run.

    With `first` only until a promise breaks, beginning with deaths at the place of that name.
    """
    with workshop() as folder:
        catalogue, kept, end = states(folder, parts)
        if end.broken:
            return [end], end.number
        random.Random(0).shuffle(kept)
        kept.sort(key=lambda case: case[1] != first)

        def one(case: tuple[int, str, Path]) -> Case:
            number, name, home = case
            return Case(number, name, go_on(home, catalogue, parts, patience_s))

        return in_lanes(folder, kept, one, first is not None), end.number


def over_kills(numbers: Iterable[int] | None = None, patience_s: float = 8.0) -> tuple[list[Case], int]:
    """Kill a process at those places, all by default, and go on in another one."""
    with workshop() as folder:
        catalogue = template(folder / "template")
        log = folder / "log"

        watch(record(log))
        try:
            Trial(copy_of(folder / "template", folder / "watched"), catalogue).drive()
        finally:
            watch(None)
        names = dict(line.split("\t") for line in log.read_text().splitlines())

        def one(number: int) -> Case:
            home = copy_of(folder / "template", folder / f"kill{number}")

            def dying() -> None:
                watch(at(number, die))
                Trial(home, catalogue).drive()

            status = in_child(dying)
            assert status in (9, 0), status
            return Case(number, names.get(str(number), ""), go_on(home, catalogue, Parts(), patience_s))

        wanted = [number for number in numbers or range(1, len(names) + 1) if number <= len(names)]
        return in_lanes(folder, wanted, one, False), len(names)


def in_lanes(folder: Path, work: list[T], one: Callable[[T], Case], until_broken: bool) -> list[Case]:
    """Do all work in LANES processes; with `until_broken` a lane stops at its first broken promise."""
    pids = []
    for lane in range(LANES):
        pid = os.fork()
        if pid == 0:
            _serve_lane(folder / f"lane{lane}", work[lane::LANES], one, until_broken)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * LANES
    lines = [line for lane in range(LANES) for line in (folder / f"lane{lane}").read_text().splitlines()]
    return sorted((Case(*json.loads(line)) for line in lines), key=lambda case: case.number)


def _serve_lane(out: Path, work: list[T], one: Callable[[T], Case], until_broken: bool) -> None:
    status = 1
    try:
        with out.open("w") as lines:
            for each in work:
                if until_broken and (out.parent / "enough").exists():
                    break
                case = one(each)
                lines.write(json.dumps([case.number, case.name, case.broken]) + "\n")
                if case.broken:
                    (out.parent / "enough").touch()
        status = 0
    except BaseException:  # noqa: BLE001 - the child ends here
        traceback.print_exc()
    finally:
        os._exit(status)


def report(cases: list[Case], count: int, begun: float, mutant: str = "") -> bool:
    """Print the broken cases and a summary; whether there are broken ones."""
    broken = [case for case in cases if case.broken]
    for case in broken:
        print(json.dumps([*filter(None, [mutant]), case.number, case.name, case.broken]))
    places = ", ".join(f"{name} {n}" for name, n in Counter(case.name for case in cases).most_common())
    print(
        f"{count} places, {len(cases)} deaths ({places}), {len(broken)} broken,"
        f" {time.monotonic() - begun:.0f} s",
        file=sys.stderr,
    )
    return bool(broken)


def main() -> None:
    """Print the cases as JSON lines on stdout, a summary on stderr; exit status 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("how", choices=("states", "kill"))
    parser.add_argument("--every", type=int, default=1, help="only every n-th place")
    parser.add_argument(
        "--mutants",
        nargs="*",
        choices=MUTANTS,
        help="without each of these protections, until a promise breaks",
    )
    asked = parser.parse_args()
    broken = []
    for mutant in asked.mutants or [""]:
        begun = time.monotonic()
        if asked.how == "kill":
            found = over_kills(range(1, 10_000, asked.every))
        elif mutant:
            found = over_states(*MUTANTS[mutant], patience_s=1.0)
        else:
            found = over_states()
        broken.append(report(*found, begun, mutant))
    sys.exit(any(broken))


if __name__ == "__main__":
    main()
