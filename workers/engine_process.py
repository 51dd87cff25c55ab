"""The parent's side of the process border: an engine's child process, warm, killable, one call at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.engine import Json
from studio.errors import EngineDied, EngineTimedOut, from_reason
from studio.settings import Settings
from workers.child import CLOSE_S, Birth, Child
from workers.engines import engine_class
from workers.environments import engine_python


@dataclass(frozen=True, slots=True)
class ChildReport:
    """What one call cost: wall and CPU seconds, the child's peak memory, seconds of loading (0 when warm)."""

    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    loaded_seconds: float


class EngineBug(Exception):
    """An engine broke its contract. `trace` is the child's traceback, `noise` the end of what it printed."""

    def __init__(self, engine: str, trace: str, noise: str = "") -> None:
        self.engine, self.trace, self.noise = engine, trace, noise
        last = trace.strip().splitlines()[-1] if trace.strip() else "no traceback"
        super().__init__(f"engine {engine}: {last}")
        self.add_note(f"{trace}\n--- what it printed last ---\n{noise}")


class EngineProcess:
    """One engine in its own process group; respawned on the next call after it died or was killed."""

    def __init__(
        self,
        name: str,
        weights_folders: Mapping[str, Path],
        python: Path | None = None,
        secrets: Iterable[str] = (),
        threads: int = 0,
    ) -> None:
        """`name`: a registry name or "module:Class"; `python`: the interpreter, ours when None.

        `secrets` are the names of the environment variables the engine may see; `threads` caps what its
        native libraries start (0: up to four).
        """
        self.name = name
        self.weights = {each: str(folder.resolve()) for each, folder in weights_folders.items()}
        threads = threads or min(4, os.cpu_count() or 1)
        interpreter = (python or Path(sys.executable)).absolute()  # a venv is lost when resolved
        self._birth = Birth(name, interpreter, tuple(secrets), threads)
        self._lock = asyncio.Lock()
        self._child: Child | None = None
        self._used = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The child's process id while it is warm."""
        return self._child.process.pid if self._child else None

    @property
    def is_warm(self) -> bool:
        """Whether a child is there."""
        return self._child is not None

    async def run(
        self,
        request: Json,
        inputs: Mapping[str, Path],
        out: Path,
        seed: int,
        limit_s: float,
        progress: Callable[[float], None],
    ) -> ChildReport:
        """Have one file written to `out`, whose folder exists; loading counts towards `limit_s`.

        Raises the StudioError the engine raised, EngineTimedOut, EngineDied, or EngineBug for anything else.
        When cancelled, the whole process group is killed.
        """
        message = {
            "request": request,
            "inputs": {name: str(path.resolve()) for name, path in inputs.items()},
            "out": str(out.resolve()),
            "seed": seed,
            "weights": self.weights,
        }
        async with self._lock:
            before = set(out.parent.iterdir())
            start = time.monotonic()
            answer = await self._exchange(message, limit_s, progress)
            seconds = time.monotonic() - start
            facts = await self._facts(answer)
            await self._verify(out, before)
            return ChildReport(seconds=seconds, **facts)

    async def close(self) -> None:
        """End the child when its current call is over."""
        async with self._lock:
            if self._child:
                child, self._child = self._child, None
                await child.close()

    async def idle_close(self, after_s: float) -> bool:
        """End the child when it did nothing for `after_s` seconds; True when it was ended."""
        idle = self._child and not self._lock.locked() and time.monotonic() - self._used >= after_s
        if idle:
            await self.close()
        return bool(idle)

    async def _exchange(self, message: Json, limit_s: float, progress: Callable[[float], None]) -> Json:
        try:
            async with asyncio.timeout(limit_s) as limit:
                if self._child is None or self._child.process.returncode is not None:
                    await self._kill()
                    self._child = await Child.start(self._birth)
                return await self._child.ask(message, progress)
        except TimeoutError:
            await self._kill()
            if not limit.expired():
                raise
            say = f"“{self.name}” took longer than {limit_s:g} s and was stopped; it will be tried again."
            raise EngineTimedOut(say) from None
        except (EOFError, ConnectionError):
            raise await self._death() from None
        except BaseException:
            await self._kill()
            raise
        finally:
            self._used = time.monotonic()

    async def _death(self) -> EngineDied:
        child, self._child = self._child, None
        if child is None:
            return EngineDied()
        status = await child.end(wait_s=CLOSE_S)
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        hint = ", perhaps out of memory" if status == -signal.SIGKILL else ""
        error = EngineDied(f"The process of “{self.name}” died ({how}{hint}); it will be tried again.")
        error.add_note(f"--- what it printed last ---\n{child.noise}")
        return error

    async def _facts(self, answer: Json) -> dict[str, Any]:
        if "done" in answer:
            facts: dict[str, Any] = answer["done"]
            return facts
        if "error" in answer:
            error = from_reason(**answer["error"])
            if isinstance(error, EngineDied):
                await self._kill()
            raise error
        raise await self._bug(str(answer.get("bug", f"unknown answer {answer}")))

    async def _verify(self, out: Path, before: set[Path]) -> None:
        written = set(out.parent.iterdir()) - before
        if written == {out} and out.is_file() and not out.is_symlink() and out.stat().st_size:
            return
        found = ", ".join(sorted(path.name for path in written)) or "nothing"
        raise await self._bug(f"it should have written one file, {out.name}, and wrote {found}")

    async def _bug(self, trace: str) -> EngineBug:
        child, self._child = self._child, None
        if child:
            await child.end()
        return EngineBug(self.name, trace, child.noise if child else "")

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child:
            await asyncio.shield(child.end())


def engine_process(
    name: str, weights_folders: Mapping[str, Path], settings: Settings, threads: int = 0
) -> EngineProcess:
    """The process of a registered engine, as its spec asks; raises EngineUnknown. `threads` as in EngineProcess.

    An engine with its own, old interpreter names what runs there in the class attribute `adapter`
    ("module:Class", standard library and that environment only).
    """
    found = engine_class(name)
    target: str = getattr(found, "adapter", name)
    python = engine_python(found.spec, settings)
    return EngineProcess(target, weights_folders, python, found.spec.secrets, threads or found.spec.threads)
