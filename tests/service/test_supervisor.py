"""The stack: real processes, a real Redis, real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import Misconfigured, ProviderDown
from studio.settings import Settings
from workers.child import ROOT
from workers.redis_server import redis_answers, redis_command
from workers.supervisor import (
    Stack,
    environment_of,
    is_ready,
    port_answers,
    read_procfile,
    stack_is_up,
    stack_pid,
    web_url,
)

pytestmark = pytest.mark.service
WEB = f"{sys.executable} -m tests.fakes.web_process"
SLEEPER = f'{sys.executable} -c "import time; print(1, flush=True); time.sleep(60)"'


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home of its own on ports of its own."""
    redis_url = f"redis://127.0.0.1:{free_port()}/0"
    return Settings(
        home=tmp_path / "home", redis_url=redis_url, web_port=free_port(), label="Made by test", log="text"
    )


def procfile(folder: Path, **commands: str) -> Path:
    """A Procfile with these lines."""
    path = folder / "Procfile"
    path.write_text("".join(f"{name}: {command}\n" for name, command in commands.items()))
    return path


def eventually(holds: Callable[[], bool], within_s: float = 30.0) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + within_s
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_stack_is_ready_on_entry_and_gone_on_exit(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = procfile(tmp_path, redis="aiclone redis", web=WEB)
    assert not stack_is_up(settings)
    with Stack(settings, quiet=True, procfile=path) as stack:
        assert is_ready(settings)
        assert stack_pid(settings) == os.getpid()
        assert web_url(settings) == f"http://127.0.0.1:{settings.web_port}/login?t=1"
        pids = [each.pid for each in stack.processes if each.pid]
        assert len(pids) == 2
    assert not any(map(is_running, pids))
    assert not stack_is_up(settings)
    assert not is_ready(settings)
    assert capsys.readouterr().out == ""
    assert "listening with label Made by test" in (settings.home / "logs" / "web.log").read_text()


def test_a_second_stack_on_one_home_is_refused(tmp_path: Path, settings: Settings) -> None:
    path = procfile(tmp_path, sleeper=SLEEPER)
    with (
        Stack(settings, quiet=True, procfile=path, ready_s=0),
        pytest.raises(Misconfigured, match=rf"already runs on .*process {os.getpid()}"),
        Stack(settings, quiet=True, procfile=path, ready_s=0),
    ):
        pass


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path, settings: Settings) -> None:
    path = procfile(tmp_path, web=WEB)
    with (
        socket.create_server(("127.0.0.1", settings.web_port)),
        pytest.raises(Misconfigured, match="AICLONE_WEB_PORT"),
        Stack(settings, quiet=True, procfile=path),
    ):
        pass
    assert not stack_is_up(settings)


def test_what_dies_is_started_again_and_said_in_one_line(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = procfile(tmp_path, sleeper=SLEEPER)
    with Stack(settings, procfile=path, ready_s=0) as stack:
        [process] = stack.processes
        assert eventually(lambda: process.last_line == "1")
        first = process.pid
        assert first
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: process.pid not in (None, first))
    assert "sleeper | stopped (SIGKILL); starting again in 0.5 s\n" in capsys.readouterr().out
    assert "stopped (SIGKILL)" in (settings.home / "logs" / "sleeper.log").read_text()


def test_what_never_starts_is_named(tmp_path: Path, settings: Settings) -> None:
    path = procfile(tmp_path, web=f"{sys.executable} -c \"raise SystemExit('no web today')\"")
    with (
        pytest.raises(ProviderDown, match=r"not ready within 1 s.*web: no web today"),
        Stack(settings, quiet=True, procfile=path, ready_s=1),
    ):
        pass


def test_term_is_ignored_only_until_the_grace_ends(tmp_path: Path, settings: Settings) -> None:
    path = procfile(tmp_path, redis="aiclone redis", web=f"{WEB} stubborn")
    with Stack(settings, quiet=True, procfile=path, grace_s=0.5) as stack:
        pids = [each.pid for each in stack.processes if each.pid]
        start = time.monotonic()
    assert 0.5 <= time.monotonic() - start < 30
    assert not any(map(is_running, pids))


def foreground(settings: Settings, path: Path) -> subprocess.Popen[str]:
    """`aiclone run` on another Procfile."""
    script = (
        "import sys, pathlib; from studio.settings import Settings; from workers.supervisor import run\n"
        "run(Settings(), pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(path)]
    environment = environment_of(settings)
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_where_nobody_looks_it_prints_json_lines_without_the_login(
    tmp_path: Path, settings: Settings
) -> None:
    path = procfile(tmp_path, redis="aiclone redis", web=WEB)
    with foreground(settings.model_copy(update={"log": "json"}), path) as runner:
        assert runner.stdout
        for line in runner.stdout:
            told = json.loads(line)
            assert told["at"].endswith("Z")
            assert "token" not in line
            if told["process"] == "aiclone":
                break
        assert told["message"].startswith(f"open http://127.0.0.1:{settings.web_port}/ (login link: ")
        runner.terminate()
        rest = [json.loads(line) for line in runner.stdout]
        own = [told["message"] for told in rest if told["process"] == "aiclone"]
        assert own[-2:] == ["stopping", "stopped; `aiclone run` goes on where it was"]
        runner.wait(15)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_foreground_prints_the_login_and_ends_all(
    tmp_path: Path, settings: Settings, how: signal.Signals
) -> None:
    path = procfile(tmp_path, redis="aiclone redis", web=WEB)
    with foreground(settings, path) as runner:
        assert runner.stdout
        for line in runner.stdout:
            if "open http" in line:
                break
        assert line.strip() == f"aiclone | open http://127.0.0.1:{settings.web_port}/login?t=1"
        assert eventually(lambda: is_ready(settings))
        assert stack_pid(settings) == runner.pid
        runner.send_signal(how)
        runner.wait(15)
        last = [*runner.stdout][-1:]
    assert how == signal.SIGKILL or "stopped; `aiclone run` goes on where it was" in last[0]
    assert runner.returncode == (-how if how == signal.SIGKILL else 0)
    assert eventually(lambda: not port_answers("127.0.0.1", settings.web_port))
    assert eventually(lambda: not redis_answers(settings))
    assert not stack_is_up(settings)


def test_the_procfile_of_the_project() -> None:
    commands = read_procfile()
    assert list(commands) == ["redis", "web", "agent", "media"]
    assert commands["web"] == [sys.executable, "-m", "workers.cli", "web"]


def test_redis_keeps_nothing_and_only_on_loopback(settings: Settings) -> None:
    words = redis_command(settings)
    assert words[words.index("--bind") + 1] == "127.0.0.1"
    assert words[words.index("--save") + 1] == ""
    away = settings.model_copy(update={"redis_url": "redis://queue.example:6379/0"})
    with pytest.raises(Misconfigured, match=r"queue\.example"):
        redis_command(away)
