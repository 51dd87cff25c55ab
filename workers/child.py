"""A running child process of an engine, as its parent holds it: spawn, talk, end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from studio.engine import Json
from studio.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent
NOISE_BYTES = 8192
CLOSE_S = 2.0
PASSED = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES",
)  # fmt: skip
THREAD_KNOBS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
BOOT = """
import sys
fd, target, scratch, root, ours = sys.argv[1:]
sys.path[0:1] = [root] if ours else []
sys.path += [] if ours else [root]
from workers.engine_child import main
main([fd, target, scratch])
"""


@dataclass(frozen=True, slots=True)
class Birth:
    """How to start a child: `target` is a registry name or "module:Class"; `secrets` are names it may see."""

    target: str
    python: Path
    secrets: tuple[str, ...]
    threads: int


class Child:
    """A running child: its process, its socket, and the end of what it printed."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: str) -> None:
        self.process, self.scratch = process, scratch
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self._noise = bytearray()
        self._drain: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, birth: Birth) -> Child:
        """Spawn it; raises Misconfigured when its interpreter is missing."""
        ours, theirs = socket.socketpair()
        # Our own pipe: with asyncio's, `Process.wait` waits for grandchildren that still hold it.
        noise, loud = os.pipe()
        scratch = tempfile.mkdtemp(prefix="aiclone-")
        try:
            child = cls(await _spawn(birth, theirs.fileno(), loud, scratch), scratch)
        except BaseException:
            ours.close()
            os.close(noise)
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            theirs.close()
            os.close(loud)
        child._drain = asyncio.create_task(child._listen(noise))
        try:
            child.reader, child.writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            await child.end()
            raise
        return child

    @property
    def noise(self) -> str:
        """The last 8 kB it printed to either stream."""
        return self._noise.decode(errors="replace")

    async def ask(self, message: Json, progress: Callable[[float], None]) -> Json:
        """The answer; raises EOFError when the process ends first, whoever still holds its socket."""
        talk = asyncio.create_task(self._talk(message, progress))
        gone = asyncio.create_task(self.process.wait())
        try:
            await asyncio.wait({talk, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                raise EOFError
            return talk.result()
        finally:
            talk.cancel()
            gone.cancel()

    async def close(self) -> int:
        """Ask it to leave by hanging up; returns the exit status."""
        if self.writer:
            self.writer.close()
        return await self.end(wait_s=CLOSE_S)

    async def end(self, wait_s: float = 0.0) -> int:
        """Wait for it to exit by itself, then kill its whole group; returns the exit status."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), wait_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status = await self.process.wait()
        if self._drain:
            await asyncio.wait([self._drain], timeout=CLOSE_S)
            self._drain.cancel()
        if self.writer:
            self.writer.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        return status

    async def _talk(self, message: Json, progress: Callable[[float], None]) -> Json:
        assert self.reader and self.writer
        body = json.dumps(message).encode()
        self.writer.write(struct.pack(">I", len(body)) + body)
        await self.writer.drain()
        while True:
            (length,) = struct.unpack(">I", await self.reader.readexactly(4))
            answer: Json = json.loads(await self.reader.readexactly(length))
            if "progress" not in answer:
                return answer
            progress(answer["progress"])

    async def _listen(self, noise: int) -> None:
        reader = asyncio.StreamReader()
        pipe = os.fdopen(noise, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while piece := await reader.read(65536):
                self._noise += piece
                del self._noise[:-NOISE_BYTES]
        finally:
            transport.close()


async def _spawn(birth: Birth, fd: int, stderr: int, scratch: str) -> asyncio.subprocess.Process:
    same = "ours" if birth.python == Path(sys.executable) else ""
    try:
        return await asyncio.create_subprocess_exec(
            str(birth.python), "-c", BOOT, str(fd), birth.target, scratch, str(ROOT), same,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=(fd,),
            start_new_session=True,
            cwd=scratch,
            env=_environment(birth, scratch),
        )  # fmt: skip
    except FileNotFoundError:
        say = f"“{birth.target}” has no interpreter at {birth.python}; `aiclone engines install` makes it."
        raise Misconfigured(say) from None


def _environment(birth: Birth, scratch: str) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    if birth.secrets:
        known = {**dotenv_values(".env"), **os.environ}
        passed |= {name: value for name in birth.secrets if (value := known.get(name))}
    threads = dict.fromkeys(THREAD_KNOBS, str(birth.threads))
    fixed = {
        "OMP_WAIT_POLICY": "PASSIVE",
        "TMPDIR": scratch,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    return {**passed, **threads, **fixed}
