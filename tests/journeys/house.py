"""A whole installation as a founder meets it: `aiclone run` in its own process, used over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import RowMapping

from studio.domain import ProductionId, Status
from studio.settings import Settings
from studio.store import Store, outbox, personas, productions, takes
from workers.child import ROOT
from workers.supervisor import environment_of, wait_ready, web_url

PATIENCE_S = 120.0
Found = TypeVar("Found")


def settings_of(home: Path, deliveries: Path) -> Settings:
    """Settings of a home with ports of its own."""
    return Settings(
        home=home,
        deliveries=deliveries,
        redis_url=f"redis://127.0.0.1:{free_port()}/0",
        web_port=free_port(),
        _env_file=None,  # type: ignore[call-arg]
    )


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], Found], within_s: float = PATIENCE_S, every_s: float = 0.05) -> Found:
    """What `look` returns, once it is true."""
    end = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(every_s)
    return found


def family(pid: int) -> list[int]:
    """The process ids of all descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = parents.get(pid, [])
    return [*found, *(grandchild for child in found for grandchild in family(child))]


def lives(pid: int) -> bool:
    """Whether a process runs and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(*pids: int) -> None:
    """SIGKILL."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


class House:
    """One home whose stack is started and stopped here; facts are read, never written."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.store = settings, Store(settings.database)
        self.runner: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """`aiclone run`, until it is ready."""
        command = [sys.executable, "-m", "workers.cli", "run"]
        environment = environment_of(self.settings)
        self.runner = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        wait_ready(self.settings)
        self.browser = httpx.Client(base_url=f"http://127.0.0.1:{self.settings.web_port}", timeout=20)
        assert self.browser.get(web_url(self.settings) or "").status_code == 303

    def stop(self) -> float:
        """Ctrl-C; the seconds until everything was gone."""
        if self.runner is None:
            return 0.0
        everybody, begun = family(self.runner.pid), time.monotonic()
        self.runner.send_signal(signal.SIGINT)
        assert self.runner.wait(30) == 0
        until(lambda: not any(map(lives, everybody)), 30)
        self.browser.close()
        self.runner = None
        return time.monotonic() - begun

    def kill_everything(self) -> None:
        """As a power cut: supervisor, workers, Redis and engines at once."""
        assert self.runner
        everybody = [self.runner.pid, *family(self.runner.pid)]
        kill(*everybody)
        self.runner.wait(30)
        until(lambda: not any(map(lives, everybody)), 30)
        self.browser.close()
        self.runner = None

    def pid(self, name: str) -> int:
        """The process of that name in the Procfile; waits for it."""
        assert self.runner
        runner, word = (
            self.runner.pid,
            b"redis-server" if name == "redis" else b"workers.cli\0" + name.encode(),
        )

        def look() -> int:
            found = [pid for pid in family(runner) if word in _command(pid)]
            return found[0] if found else 0

        return until(look, 60)

    def kill(self, name: str) -> int:
        """SIGKILL to one process; waits for the one that replaces it and returns its id."""
        dead = self.pid(name)
        kill(dead)
        return until(lambda: pid if (pid := self.pid(name)) != dead else 0, 60)

    def form(self, **fields: str) -> dict[str, str]:
        """The fields with this session's stamp and a fresh nonce."""
        page = self.browser.get("/").text
        stamp, nonce = (_hidden(page, name) for name in ("stamp", "nonce"))
        return {"stamp": stamp, "nonce": nonce, **fields}

    def brief(self, text: str) -> str:
        """Open a conversation; its name."""
        answer = self.browser.post("/new", data=self.form(text=text, profile="draft"))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].removeprefix("/c/").replace("%3A", ":")

    def say(self, conversation: str, text: str) -> None:
        """Write in a conversation."""
        answer = self.browser.post(f"/c/{conversation}/say", data=self.form(text=text))
        assert answer.status_code == 303, answer.text

    def decide(self, conversation: str, subject: str, decision: str = "approve") -> None:
        """Press a button."""
        form = self.form(subject=subject, decision=decision)
        answer = self.browser.post(f"/c/{conversation}/decide", data=form)
        assert answer.status_code == 303, answer.text

    def messages(self, conversation: str, kind: str = "") -> list[dict[str, Any]]:
        """Bodies of what the studio said there, oldest first."""
        with self.store.read() as connection:
            rows = outbox.of_conversation(connection, conversation)
        return [row["body"] for row in rows if not kind or row["kind"] == kind]

    def shown(self, conversation: str, kind: str, version: int = 1) -> dict[str, Any]:
        """The body of that version's script or preview; waits for it."""

        def look() -> dict[str, Any] | None:
            found = self.messages(conversation, kind)
            return next((body for body in found if body["version"] == version), None)

        return until(look) or {}

    def to_render(self, text: str) -> str:
        """A brief whose script is approved; its conversation."""
        conversation = self.brief(text)
        self.decide(conversation, self.shown(conversation, "script")["subject"])
        return conversation

    def production(self, conversation: str) -> RowMapping:
        """The newest production of a conversation."""
        with self.store.read() as connection:
            return productions.of_conversation(connection, conversation)[-1]

    def takes(self, conversation: str) -> list[RowMapping]:
        """Its takes."""
        with self.store.read() as connection:
            return takes.of_production(connection, ProductionId(self.production(conversation)["id"]))

    def take(self, conversation: str, engine: str, state: str) -> RowMapping:
        """A take by its engine, once it is in that state."""

        def look() -> RowMapping | None:
            rows = self.takes(conversation)
            return next((row for row in rows if (row["engine"], row["state"]) == (engine, state)), None)

        row = until(look)
        assert row is not None
        return row

    def delivered(self, conversation: str) -> Path:
        """The delivered file, once the production is closed; asserts that it left once."""
        until(lambda: self.production(conversation)["status"] == Status.DELIVERED)
        [body] = self.messages(conversation, "delivered")
        production = self.production(conversation)["id"]
        [path] = self.settings.deliveries.glob(f"*-{production[:6]}-*")
        assert str(path) == body["path"]
        return path


@contextmanager
def installed(
    furnished: Path, folder: Path, approvers: Sequence[str] = (), **settings: Any
) -> Iterator[House]:
    """A running stack on a copy of a furnished home, with these settings; ends with Ctrl-C."""
    shutil.copytree(furnished, folder / "home")
    mine = settings_of(folder / "home", folder / "deliveries").model_copy(update=settings)
    made = House(mine)
    made.store.migrate()
    with made.store.write() as connection:
        for person in approvers:
            personas.allow(connection, personas.named(connection, "Grace"), person)
    made.start()
    yield made
    made.stop()


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
