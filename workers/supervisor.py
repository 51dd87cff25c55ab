"""The whole stack on one machine: the Procfile's processes, kept running, ended together.

One stack a home: `<home>/run.lock` is locked while it lives and names its pid. The web process writes its
login address to `<home>/web.url`; the stack is ready when that file is there and both ports answer.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pydantic import SecretStr

from studio.errors import Misconfigured, ProviderDown
from studio.settings import Settings
from workers.logs import moment, speaks_json
from workers.process import Supervised
from workers.redis_server import is_ours, redis_address, redis_answers

PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"
GRACE_S = 10.0
READY_S = 60.0
COLOURS = (36, 32, 33, 35, 34, 31)


def read_procfile(path: Path = PROCFILE) -> dict[str, list[str]]:
    """Name → command line; `aiclone` becomes this interpreter's own; raises Misconfigured."""
    if not path.is_file():
        raise Misconfigured(f"There is no Procfile at {path}.")
    found = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, command = line.partition(":")
            words = shlex.split(command)
            ours = [sys.executable, "-m", "workers.cli"] if words[0] == "aiclone" else [words[0]]
            found[name.strip()] = ours + words[1:]
    return found


def environment_of(settings: Settings) -> dict[str, str]:
    """Our environment with those settings in it, for processes that build the same Settings."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    folders = {name: getattr(settings, name).resolve() for name in ("home", "cache", "deliveries")}
    named = {f"AICLONE_{name.upper()}": _as_text(value) for name, value in {**given, **folders}.items()}
    return {**os.environ, **named, "PYTHONUNBUFFERED": "1"}


def _as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value.resolve() if isinstance(value, Path) else "" if value is None else value)


def stack_pid(settings: Settings) -> int | None:
    """The pid of the stack that runs on this home, or None."""
    path = settings.home / "run.lock"
    if not path.exists():
        return None
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(path.read_text() or 0)
    return None


def stack_is_up(settings: Settings) -> bool:
    """Whether a stack runs on this home (it may still be starting: see `wait_ready`)."""
    return stack_pid(settings) is not None


def web_url(settings: Settings) -> str | None:
    """The web desk's address with its login, once the web process wrote it."""
    path = settings.home / "web.url"
    return (path.read_text().strip() or None) if path.is_file() else None


def is_ready(settings: Settings) -> bool:
    """Whether Redis and the web desk answer."""
    at_web = settings.web_host, settings.web_port
    return web_url(settings) is not None and port_answers(*at_web) and redis_answers(settings)


def wait_ready(settings: Settings, timeout_s: float = READY_S) -> str:
    """Wait for the stack of this home; returns the web address; raises ProviderDown."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if is_ready(settings):
            return web_url(settings) or ""
        time.sleep(0.1)
    raise ProviderDown(
        f"The stack was not ready within {timeout_s:g} s; its logs are in {settings.home}/logs."
    )


def port_answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


class Stack:
    """The processes of one home, as a context: started on entry, ended in reverse order on exit.

    Entering raises Misconfigured when a stack already runs on this home or a port is taken, and ProviderDown
    when it is not ready in time (`ready_s` 0: no waiting). `quiet` prints nothing; logs are in <home>/logs.
    """

    def __init__(
        self,
        settings: Settings,
        quiet: bool = False,
        procfile: Path = PROCFILE,
        ready_s: float = READY_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self.settings, self.quiet, self.procfile = settings, quiet, procfile
        self.ready_s, self.grace_s = ready_s, grace_s
        self.processes: list[Supervised] = []
        self.hurry = threading.Event()
        self._stop, self._told = threading.Event(), False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._lock: IO[str] | None = None
        self._lifeline: subprocess.Popen[str] | None = None
        self._on_lifeline: dict[str, int] = {}

    def __enter__(self) -> Self:
        commands = read_procfile(self.procfile)
        if not is_ours(self.settings):
            commands.pop("redis", None)
        (self.settings.home / "logs").mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        try:
            self._check_ports(commands)
            self._start(commands)
            if self.ready_s:
                self._wait_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._end_all()
        (self.settings.home / "web.url").unlink(missing_ok=True)
        if self._lifeline and self._lifeline.stdin:
            self._lifeline.stdin.close()
            self._lifeline.wait()
        if self._lock:
            self._lock.close()

    def _wait_ready(self) -> None:
        try:
            wait_ready(self.settings, self.ready_s)
        except ProviderDown as error:
            died = [f"{each.name}: {each.last_line}" for each in self.processes if each.deaths]
            raise ProviderDown(" ".join([error.say, *died])) from None

    def _take_lock(self) -> IO[str]:
        lock = (self.settings.home / "run.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            pid = stack_pid(self.settings)
            raise Misconfigured(f"AIClone already runs on {self.settings.home} (process {pid}).") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def _check_ports(self, commands: dict[str, list[str]]) -> None:
        wanted = {
            "web": (self.settings.web_host, self.settings.web_port, "AICLONE_WEB_PORT"),
            "redis": (*redis_address(self.settings.redis_url), "AICLONE_REDIS_URL"),
        }
        for name, (host, port, setting) in wanted.items():
            if name in commands and port_answers(host, port):
                raise Misconfigured(f"Port {port} is taken by another program; set {setting} to a free one.")

    def _start(self, commands: dict[str, list[str]]) -> None:
        (self.settings.home / "web.url").unlink(missing_ok=True)
        environment = environment_of(self.settings)
        environment["AICLONE_LOG"] = "json" if speaks_json(self.settings) else "text"
        for name, command in commands.items():
            log = self.settings.home / "logs" / f"{name}.log"
            self.processes.append(Supervised(name, command, environment, log, self._say))
        lifeline = [sys.executable, "-IS", str(Path(__file__).with_name("lifeline.py")), str(self.grace_s)]
        self._lifeline = subprocess.Popen(lifeline, stdin=subprocess.PIPE, text=True, start_new_session=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for process in self.processes:
                process.step()
                self._note(process)
            if not self._told and (address := web_url(self.settings)):
                self._told = True
                self._say("aiclone", f"open {self._shown(address)}")
            self._stop.wait(0.1)

    def _note(self, process: Supervised) -> None:
        known, now = self._on_lifeline.get(process.name), process.pid
        if known == now:
            return
        assert self._lifeline and self._lifeline.stdin
        for sign, group in (("-", known), ("+", now)):
            if group:
                self._lifeline.stdin.write(f"{sign}{group}\n")
        self._lifeline.stdin.flush()
        if now:
            self._on_lifeline[process.name] = now

    def _end_all(self) -> None:
        """TERM, grace, KILL. The first process is what the others lean on, so it ends last."""
        until = time.monotonic() + self.grace_s
        for batch in (self.processes[:0:-1], self.processes[:1]):
            for process in batch:
                process.send(signal.SIGTERM)
            until = max(until, time.monotonic() + 1.0)
            while any(each.runs() for each in batch) and time.monotonic() < until:
                if self.hurry.wait(0.05):
                    break
            for process in batch:
                process.end()

    def say(self, line: str) -> None:
        """One line about the stack itself."""
        self._say("aiclone", line)

    def _shown(self, address: str) -> str:
        """Lines that nobody is looking at are kept by somebody: no login in them."""
        if not speaks_json(self.settings):
            return address
        return f"{address.partition('login?')[0]} (login link: {self.settings.home / 'web.url'})"

    def _say(self, name: str, line: str) -> None:
        if self.quiet:
            return
        if speaks_json(self.settings):
            told = {"at": moment(time.time()), "level": "INFO", "process": name, "message": line}
            print(line if line.startswith("{") else json.dumps(told), flush=True)
            return
        names = [each.name for each in self.processes]
        colour = COLOURS[names.index(name) % len(COLOURS)] if name in names else 1
        mark = f"\033[{colour}m{name:>7} |\033[0m" if sys.stdout.isatty() else f"{name:>7} |"
        print(f"{mark} {line}", flush=True)


def run(settings: Settings, procfile: Path = PROCFILE) -> None:
    """Run the stack in the foreground until SIGINT or SIGTERM; a second one does not wait for anybody."""
    asked = threading.Event()
    stack = Stack(settings, procfile=procfile, ready_s=0.0)

    def ask(number: int, frame: object) -> None:
        if asked.is_set():
            stack.hurry.set()
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    with stack:
        while not asked.wait(1.0):
            pass
        if sys.stdout.isatty():
            print(flush=True)  # the terminal wrote ^C where the cursor was
        stack.say("stopping")
    stack.say("stopped; `aiclone run` goes on where it was")
