"""Ends the processes of a supervisor that was killed: `… <grace seconds>`, told of process groups on stdin.

A line "+123" adds a group, "-123" takes it away; when stdin ends, every group left gets TERM, and KILL after
the grace. Standard library only, so that it costs next to nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import time


def send(groups: set[int], what: signal.Signals | int) -> set[int]:
    """Signal the groups; returns those that still exist."""
    left = set()
    for group in groups:
        try:
            os.killpg(group, what)
            left.add(group)
        except ProcessLookupError:
            continue
    return left


def main() -> None:
    """Read until the end of stdin, then end what is left."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        groups = groups | {group} if line[0] == "+" else groups - {group}
    left = send(groups, signal.SIGTERM)
    until = time.monotonic() + float(sys.argv[1])
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left = send(left, 0)
    send(left, signal.SIGKILL)


if __name__ == "__main__":
    main()
