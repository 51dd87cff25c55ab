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

from tests.fakes.whatsapp.backstage import Backstage
from tests.fakes.whatsapp.driver import WhatsApp
from tests.fakes.whatsapp.web import Routes
from tests.fakes.whatsapp.world import APP_SECRET, VERIFY_TOKEN, Impossible, World


class WhatsAppServer(WhatsApp):
    """`with WhatsAppServer(webhook_url=…) as wa:` listens on a free port; leaving fails on violations."""

    def __init__(
        self, webhook_url: str = "", app_secret: str = APP_SECRET, verify_token: str = VERIFY_TOKEN
    ) -> None:
        self.app_secret, self.verify_token, self._webhook_url = app_secret, verify_token, webhook_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="whatsapp", daemon=True)

    def __enter__(self) -> WhatsAppServer:
        self._thread.start()
        self._runner, self._backstage = self._await(started(self.app_secret))
        self.url = self._backstage.world.url
        self.deliver_to(self._webhook_url)
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

    def deliver_to(self, webhook_url: str) -> None:
        """Webhooks go there from now on."""
        self.perform("deliver_to", url=webhook_url, verify_token=self.verify_token)

    def perform(self, deed: str, /, **args: Any) -> Any:
        """In the server's loop; the result is a copy."""
        done = self._await(self._backstage.perform(deed, args))
        return json.loads(json.dumps(done))

    def _await(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(15)


class RemoteWhatsApp(WhatsApp):
    """Drives `python -m tests.fakes.whatsapp` at this address."""

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


async def started(app_secret: str, port: int = 0) -> tuple[web.AppRunner, Backstage]:
    """A listening server."""
    backstage = Backstage(World("", app_secret))
    runner = web.AppRunner(Routes(backstage).app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
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
