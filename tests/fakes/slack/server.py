"""The server in a thread of its own, and the driver of a server in another process."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.fakes.slack.backstage import Backstage
from tests.fakes.slack.driver import Slack
from tests.fakes.slack.forms import Impossible
from tests.fakes.slack.web import Routes
from tests.fakes.slack.workspace import App


class SlackServer(Slack):
    """`with SlackServer() as slack:` listens on a port of the system's choice; leaving fails on violations."""

    def __init__(self, app: App | None = None) -> None:
        self._app = app or App()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack", daemon=True)

    def __enter__(self) -> SlackServer:
        self._thread.start()
        self._runner, self._backstage = self._await(started(self._app))
        self.url = self._backstage.world.url
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self._await(stopped(self._runner, self._backstage))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def perform(self, deed: str, /, **args: Any) -> Any:
        """In the server's loop; the result is a copy."""
        done = self._await(self._backstage.perform(deed, args))
        return json.loads(json.dumps(done))

    def _await(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(15)


class RemoteSlack(Slack):
    """Drives `python -m tests.fakes.slack` at this address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def perform(self, deed: str, /, **args: Any) -> Any:
        """Over HTTP."""
        body = json.dumps({"name": deed, "args": args}).encode()
        asked = urllib.request.Request(f"{self.url}/control", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=15) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 409:
                    raise Impossible(json.load(error)["impossible"]) from None
                raise


async def started(app: App, port: int = 0) -> tuple[web.AppRunner, Backstage]:
    """A listening server."""
    backstage = Backstage("", app)
    runner = web.AppRunner(Routes(backstage).app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    backstage.world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner, backstage


async def stopped(runner: web.AppRunner, backstage: Backstage) -> None:
    """End it, and whatever answer is still under way."""
    await backstage.close()
    await runner.cleanup()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
