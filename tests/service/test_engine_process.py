"""The process border of engines: real child processes, real signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from studio.errors import DiskFull, EngineDied, EngineTimedOut, Misconfigured, PortraitUnusable, ProviderBusy
from workers.child import ROOT
from workers.engine_process import ChildReport, EngineBug, EngineProcess

pytestmark = pytest.mark.service
KNOBS = "tests.fakes.engines:Knobs"
PLAIN = "tests.fakes.plain_engine:Plain"


class Bench:
    """One engine process and a folder to write to."""

    def __init__(self, folder: Path, engine: EngineProcess) -> None:
        self.folder, self.engine, self.count = folder, engine, 0
        self.heard: list[float] = []
        self.out = folder

    async def run(self, limit_s: float = 20.0, **request: Any) -> ChildReport:
        self.count += 1
        self.out = self.folder / str(self.count) / "out.txt"
        self.out.parent.mkdir()
        return await self.engine.run(request, {}, self.out, 7, limit_s, self.heard.append)

    async def run_until_asleep(self, limit_s: float = 20.0) -> tuple[asyncio.Task[ChildReport], list[int]]:
        """A run that hangs, and the pids of child and grandchild."""
        told = self.folder / "pids"
        task = asyncio.create_task(self.run(limit_s, sleep=str(told)))
        while not told.exists() and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        return task, [int(pid) for pid in told.read_text().split()]


def scenario(folder: Path, play: Callable[[Bench], Awaitable[Any]], **options: Any) -> Any:
    """Play a scenario in an event loop and close the engine at its end."""

    async def whole() -> Any:
        engine = EngineProcess(options.pop("name", KNOBS), {"voice-model": folder}, **options)
        try:
            return await play(Bench(folder, engine))
        finally:
            await engine.close()

    return asyncio.run(whole())


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_within(seconds: float, pids: list[int]) -> bool:
    """Whether all of them end in time."""
    until = time.monotonic() + seconds
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(is_running, pids))


def test_stays_warm_and_reports(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        first = await bench.run(progress=[0.0, 0.25, 1.0])
        words = bench.out.read_text()
        second = await bench.run(spin=0.2)
        assert words.split()[0] == bench.out.read_text().split()[0] == str(bench.engine.pid)
        assert words.endswith("7 [] ['voice-model']")
        assert bench.heard == [0.0, 0.25, 1.0]
        assert 0.05 <= first.loaded_seconds < first.seconds
        assert second.loaded_seconds == 0.0
        assert first.cpu_seconds < 0.2 <= second.cpu_seconds < 1.0
        assert 1 << 20 < second.peak_rss_bytes < 100 << 20

    scenario(tmp_path, play)


def test_peak_memory_is_that_of_the_call(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        large, small = await bench.run(hold=150), await bench.run()
        assert large.peak_rss_bytes > 150 << 20 > small.peak_rss_bytes

    scenario(tmp_path, play)


def test_native_noise_reaches_neither_the_wire_nor_blocks(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.run(noise=10 * 1024)
        with pytest.raises(EngineBug) as caught:
            await bench.run(noise=0, fail="bug")
        assert caught.value.noise.endswith("native noise\nnoise of a subprocess\nlast words\n")
        assert len(caught.value.noise) <= 8192

    scenario(tmp_path, play)


def test_studio_errors_cross_whole_and_leave_it_warm(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(ProviderBusy, match=r"The card is busy\.") as busy:
            await bench.run(fail="busy")
        assert busy.value.retry_after == 42.0
        pid = bench.engine.pid
        with pytest.raises(PortraitUnusable) as photo:
            await bench.run(fail="photo")
        assert photo.value.say == "Two faces are in this photo."
        with pytest.raises(DiskFull):
            await bench.run(fail="disk")
        assert bench.engine.pid == pid

    scenario(tmp_path, play)


def test_no_memory_counts_as_death_and_frees_it(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(EngineDied, match="ran out of memory"):
            await bench.run(fail="memory")
        assert bench.engine.pid is None

    scenario(tmp_path, play)


@pytest.mark.parametrize(
    ("how", "trace"), [("bug", "ZeroDivisionError: one over nothing"), ("exit", "SystemExit: 3")]
)
def test_anything_else_is_a_bug_with_its_traceback(tmp_path: Path, how: str, trace: str) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(EngineBug) as caught:
            await bench.run(fail=how)
        assert "in _fail" in caught.value.trace
        assert caught.value.trace.strip().endswith(trace)
        await bench.run()

    scenario(tmp_path, play)


@pytest.mark.parametrize(
    ("request_", "wrote"), [({"silent": True}, "nothing"), ({"extra": "b.txt"}, "b.txt, out.txt")]
)
def test_exactly_one_file(tmp_path: Path, request_: dict[str, Any], wrote: str) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(EngineBug, match=f"wrote {wrote}"):
            await bench.run(**request_)

    scenario(tmp_path, play)


def test_the_limit_kills_grandchildren_too(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        task, pids = await bench.run_until_asleep(limit_s=3.5)
        with pytest.raises(EngineTimedOut, match=r"longer than 3\.5 s"):
            await task
        assert gone_within(10, pids)
        await bench.run()

    scenario(tmp_path, play)


def test_the_limit_holds_for_frozen_native_code(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(EngineTimedOut):
            await bench.run(1.0, freeze=str(tmp_path / "pids"))
        assert gone_within(10, [int((tmp_path / "pids").read_text())])

    scenario(tmp_path, play)


def test_cancelling_the_task_kills(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        task, pids = await bench.run_until_asleep()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone_within(10, pids)
        await bench.run()

    scenario(tmp_path, play)


def test_a_killed_child_is_noticed_and_replaced(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        task, pids = await bench.run_until_asleep()
        os.kill(pids[0], signal.SIGKILL)
        with pytest.raises(EngineDied, match="SIGKILL"):
            await task
        assert gone_within(10, pids)
        await bench.run()
        assert bench.engine.pid not in pids

    scenario(tmp_path, play)


def test_death_between_calls_costs_nothing(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.run()
        pid = bench.engine.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.3)
        await bench.run()
        assert bench.engine.pid != pid

    scenario(tmp_path, play)


def test_exit_status_and_last_words_are_told(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        with pytest.raises(EngineDied, match="exit status 9") as caught:
            await bench.run(exit=9)
        assert "about to leave" in caught.value.__notes__[0]

    scenario(tmp_path, play)


def test_idle_close_and_close(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.run()
        pid = bench.engine.pid
        assert pid
        assert not await bench.engine.idle_close(60)
        assert await bench.engine.idle_close(0)
        assert bench.engine.pid is None
        assert gone_within(10, [pid])
        await bench.run()

    scenario(tmp_path, play)


def test_one_call_at_a_time(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await asyncio.gather(bench.run(progress=[0.1, 0.2]), bench.run(progress=[0.3, 0.4]))
        assert bench.heard == [0.1, 0.2, 0.3, 0.4]

    scenario(tmp_path, play)


def test_the_environment_holds_no_secret_but_the_named(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, sys; from workers.engine_process import EngineProcess\n"
        "async def main():\n"
        "    engine = EngineProcess(sys.argv[1], {}, secrets=['AICLONE_TEST_WANTED'])\n"
        "    request = {'environment': True, 'silent': True}\n"
        "    await engine.run(request, {}, pathlib.Path(sys.argv[2]), 0, 20, print)\n"
        "    await engine.close()\n"
        "asyncio.run(main())\n"
    )
    secrets = {"AICLONE_TEST_WANTED": "a", "AICLONE_OPENAI_API_KEY": "b", "AWS_SECRET_ACCESS_KEY": "c"}
    out = tmp_path / "out.txt"
    command = [sys.executable, "-c", script, KNOBS, str(out)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **secrets})
    names = out.read_text().split()
    assert "AICLONE_TEST_WANTED" in names
    assert "OMP_NUM_THREADS" in names
    assert not {"AICLONE_OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY"} & set(names)


@pytest.mark.parametrize("knob", ["sleep", "freeze"])
def test_the_child_and_its_children_die_with_the_parent(tmp_path: Path, knob: str) -> None:
    told = tmp_path / "pids"
    script = (
        "import asyncio, pathlib, sys; from workers.engine_process import EngineProcess\n"
        "engine = EngineProcess(sys.argv[1], {})\n"
        "out = pathlib.Path(sys.argv[2]).with_name('out.txt')\n"
        "asyncio.run(engine.run({sys.argv[3]: sys.argv[2]}, {}, out, 0, 60, print))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, KNOBS, str(told), knob], cwd=ROOT) as parent:
        while not told.exists() and parent.poll() is None:
            time.sleep(0.02)
        pids = [int(pid) for pid in told.read_text().split()]
        scratch = Path(f"/proc/{pids[0]}/cwd").readlink()
        parent.kill()
    assert gone_within(2, pids)
    assert not scratch.exists()


def interpreters() -> list[Path]:
    """The oldest supported interpreter here; none: another virtual environment of our own."""
    known = sorted(Path.home().glob(".pyenv/versions/3.[7-9].*/bin/python"))
    return [*known[:1], Path()]


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: path.parts[-3] if path.parts else "venv")
def test_another_interpreter(tmp_path: Path, python: Path) -> None:
    if not python.parts:
        venv.create(tmp_path / "venv", with_pip=False)
        python = tmp_path / "venv" / "bin" / "python"

    async def play(bench: Bench) -> None:
        await bench.run()
        assert bench.out.read_text().split()[1] == str(python.parent.parent)
        with pytest.raises(ProviderBusy, match=r"Not now\.") as caught:
            await bench.run(busy=True)
        assert caught.value.retry_after == 7.0

    scenario(tmp_path, play, name=PLAIN, python=python)


def test_a_missing_interpreter_is_said(tmp_path: Path) -> None:
    async def play(bench: Bench) -> None:
        await bench.run()

    with pytest.raises(Misconfigured, match="aiclone engines install"):
        scenario(tmp_path, play, python=tmp_path / "none")
