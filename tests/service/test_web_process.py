"""The web process itself: it starts on an empty home, says how to log in, and stops when told to."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.fakes.serving import free_port

pytestmark = pytest.mark.service

PROGRAM = "from workers.web import main; from studio.settings import Settings; main(Settings())"


def test_the_link_it_writes_logs_in_and_it_stops_at_once(tmp_path: Path) -> None:
    port = free_port()
    settings = {"AICLONE_HOME": str(tmp_path), "AICLONE_WEB_PORT": str(port)}
    settings |= {"AICLONE_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        link = (tmp_path / "web.url").read_text().strip()
        assert link.partition("login")[0] in line
        assert "token" not in line  # what is no terminal is kept by somebody
        assert (tmp_path / "web.url").stat().st_mode & 0o777 == 0o600
        assert "no video yet" in opened(link).lower()
        stream = open_stream(link)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
        assert time.monotonic() - started < 30
        stream.join(30)
        assert process.stderr is not None
        complaints = process.stderr.read()
        assert "ERROR" not in complaints
        assert "Traceback" not in complaints
    finally:
        process.kill()
        process.communicate()


def opened(link: str) -> str:
    for _ in range(300):
        try:
            with httpx.Client(follow_redirects=True) as client:
                return client.get(link).text
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the desk does not answer")


def open_stream(link: str) -> threading.Thread:
    begun = threading.Event()
    base = link.partition("/login")[0]

    def listen() -> None:
        with httpx.Client(follow_redirects=True, timeout=20) as client:
            page = client.get(link).text
            stamp, nonce = (
                re.findall(f'name="{name}" value="([^"]*)"', page)[0] for name in ("stamp", "nonce")
            )
            client.post(f"{base}/new", data={"stamp": stamp, "nonce": nonce, "text": "a brief"})
            with client.stream("GET", f"{base}/c/desk:{nonce}/events?nonce={nonce}") as stream:
                for _ in stream.iter_lines():
                    begun.set()

    thread = threading.Thread(target=listen)
    thread.start()
    assert begun.wait(30)
    return thread
