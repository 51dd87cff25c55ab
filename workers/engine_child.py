"""The engine's side of the process border: one engine, kept warm, in a process that may be killed anytime.

Started by workers/child.py with a socket and the name of an engine (or module:Class). Runs on any Python from
3.7 on and imports nothing but the standard library by itself, so that the interpreter can be that of an
engine's own virtual environment.

The wire is a Unix socket: 4 bytes of length (big-endian), then JSON. One request {"request", "inputs", "out",
"seed", "weights"} is answered by any number of {"progress": 0..1} and then exactly one of
{"done": {"cpu_seconds", "peak_rss_bytes", "loaded_seconds"}}, {"error": {"reason", "say", "retry_after"}}
or {"bug": traceback}. The end of the stream ends the process.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

GRACE_S = 1.0
OUT_OF_MEMORY = "The engine ran out of memory; it will be tried again."


class Wire:
    """Length-prefixed JSON over a stream socket; sending is safe from every thread."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(
            fd, False
        )  # pass_fds made it inheritable: an engine's own children must not hold it
        self.socket = socket.socket(fileno=fd)
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any] | None:
        """The next message, or None when the other side is gone."""
        head = self._exactly(4)
        body = self._exactly(struct.unpack(">I", head)[0]) if head else b""
        return json.loads(body) if body else None

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; raises OSError when the other side is gone."""
        body = json.dumps(message).encode()
        with self._lock:
            self.socket.sendall(struct.pack(">I", len(body)) + body)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                return b""
            data += piece
        return data


def guard(fd: int, scratch: str) -> None:
    """Fork a process that ends this whole process group soon after the parent is gone, and removes `scratch`.

    It waits in `poll` and holds no interpreter lock of ours, so it works while native code is busy, and it
    reaches an engine's own children (ffmpeg), which a parent-death signal would not.
    """
    child = os.getpid()
    if os.fork():
        return
    os.closerange(0, fd)
    os.closerange(fd + 1, 4096)
    watch = select.poll()
    watch.register(fd, 0)  # no events asked: returns on hang-up only
    watch.poll()
    until = time.monotonic() + GRACE_S
    while os.getppid() == child and time.monotonic() < until:
        time.sleep(0.02)
    if os.getppid() == child:
        os.kill(child, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def settle() -> None:
    """Make this process a good citizen: no core files, first to go when memory is short, fd 1 is noise."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    os.dup2(2, 1)


def new_engine(target: str) -> Any:
    """An engine by its name in the registry, or by "module:Class" without the registry."""
    if ":" not in target:
        from workers.engines import engine_class

        return engine_class(target)()
    module, name = target.split(":")
    return getattr(import_module(module), name)()


def cpu_seconds() -> float:
    """CPU time of this process and its finished children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def forget_peak() -> None:
    """Start measuring peak memory anew (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_rss_bytes() -> int:
    """The most memory this process held since `forget_peak`, without its children."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def as_error(error: BaseException) -> dict[str, Any]:
    """The answer that tells of a failure; an error with `reason` and `say` counts as a StudioError."""
    if isinstance(error, MemoryError):
        return {"error": {"reason": "EngineDied", "say": OUT_OF_MEMORY, "retry_after": None}}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return {"error": {"reason": "DiskFull", "say": "", "retry_after": None}}
    if isinstance(getattr(error, "reason", None), str) and isinstance(getattr(error, "say", None), str):
        known: Any = error
        after = getattr(known, "retry_after", None)
        return {"error": {"reason": known.reason, "say": known.say, "retry_after": after}}
    return {"bug": "".join(traceback.format_exception(type(error), error, error.__traceback__))}


class Warm:
    """The engine of this process, loaded at the first request and kept."""

    def __init__(self, target: str, wire: Wire) -> None:
        self.target, self.wire = target, wire
        self.engine: Any = None

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Run one request; every failure becomes an answer."""
        forget_peak()
        cpu = cpu_seconds()
        try:
            loaded = self._load({name: Path(folder) for name, folder in message["weights"].items()})
            inputs = {name: Path(path) for name, path in message["inputs"].items()}
            self.engine.run(message["request"], inputs, Path(message["out"]), message["seed"], self._progress)
        except (Exception, SystemExit) as error:  # noqa: BLE001 the process edge; research code calls sys.exit
            return as_error(error)
        spent = cpu_seconds() - cpu
        facts = {"cpu_seconds": spent, "peak_rss_bytes": peak_rss_bytes(), "loaded_seconds": loaded}
        return {"done": facts}

    def close(self) -> None:
        """Let the engine give back what it took."""
        if self.engine is not None:
            self.engine.close()

    def _load(self, weights: dict[str, Path]) -> float:
        if self.engine is not None:
            return 0.0
        start = time.monotonic()
        engine = new_engine(self.target)
        engine.load(weights)
        self.engine = engine
        return time.monotonic() - start

    def _progress(self, part: float) -> None:
        self.wire.send({"progress": min(1.0, max(0.0, float(part)))})


def main(arguments: list[str]) -> None:
    """Serve one engine until the parent is gone; arguments: socket fd, target, scratch folder."""
    fd, target, scratch = int(arguments[0]), arguments[1], arguments[2]
    wire = Wire(fd)
    guard(fd, scratch)
    settle()
    warm = Warm(target, wire)
    while True:
        message = wire.read()
        if message is None:
            break
        wire.send(warm.answer(message))
    warm.close()
