"""emulate@0.11.2 behind a small proxy: the async client's reads are GET, emulate's are POST.

`make material` installs the package into the cache; nothing of it is ours, which is its worth: it was written
by others from the same documentation.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.serving import free_port

HOME = Path("~/.cache/aiclone/tests/emulate").expanduser()
PACKAGE = HOME / "node_modules" / "emulate"
TOKENS = {"bot": "xoxb-bot", "alice": "xoxp-alice"}
SECRET = "emulated-signing-secret"
SEED = {
    "team": {"name": "Team", "domain": "team"},
    "signing_secret": SECRET,
    "users": [{"name": "alice", "real_name": "Alice"}, {"name": "aiclone", "real_name": "AIClone"}],
    "channels": [{"name": "videos"}],
    "tokens": [
        {"token": TOKENS["bot"], "type": "bot", "user": "aiclone", "app_id": "A1", "scopes": []},
        {"token": TOKENS["alice"], "type": "user", "user": "alice", "scopes": []},
    ],
}


def node() -> str | None:
    """Node, of the machine or of the virtual environment."""
    return shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))


def missing() -> str:
    """Why the emulator cannot run here, or ""."""
    if node() is None:
        return "Node is not installed (make material installs it)"
    return "" if PACKAGE.is_dir() else f"emulate@0.11.2 is not in {HOME} (make material installs it)"


@contextmanager
def emulated(events: str = "") -> Iterator[str]:
    """The emulator, its events going to that address; yields the `base_url` for a client."""
    port, loop, runner = free_port(), asyncio.new_event_loop(), None
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        runner, address = asyncio.run_coroutine_threadsafe(_proxy(f"http://127.0.0.1:{port}"), loop).result(
            10
        )
        launch = Path(__file__).parent / "launch.mjs"
        command = [str(node()), str(launch), str(PACKAGE), str(port), address, events, json.dumps(SEED)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None and process.stdout.readline() == "ready\n"
                yield f"{address}/api/"
            finally:
                process.terminate()
    finally:
        if runner is not None:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _proxy(target: str) -> tuple[web.AppRunner, str]:
    async def forward(request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k in ("Authorization", "Content-Type")}
        body: Any = await request.read()
        method, query = request.method, dict(request.query)
        if request.path.startswith("/api/") and request.content_type != "application/json":
            fields = {k: str(v) for k, v in (await request.post()).items()}
            method, body, query = "POST", aiohttp.FormData(query | fields), {}
            headers.pop("Content-Type", None)
        async with aiohttp.ClientSession() as client:
            call = client.request(method, target + request.path, params=query, data=body, headers=headers)
            async with call as answer:
                kind = answer.headers.get("Content-Type", "").partition(";")[0]
                return web.Response(status=answer.status, body=await answer.read(), content_type=kind or None)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"
