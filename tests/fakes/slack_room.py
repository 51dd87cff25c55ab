"""A founder's Slack with a real studio behind it in one process: only the renders are played."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from typing import Any, Self

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.doorbell import Doorbell
from bot.slack.app import bolt_app
from bot.slack.channel import SlackChannel
from bot.slack.http import slack_routes
from bot.slack.live import Live
from bot.slack.reception import Reception
from studio.settings import Settings
from studio.store import personas
from tests.fakes.serving import served
from tests.fakes.slack import SlackServer
from tests.fakes.studio import GRACE, Floor
from workers.slack import connected, oauth_of, workspaces_of

FOUNDER = "slack:T1:U1"


class Bell(Doorbell):
    """Rings by starting the work."""

    def __init__(self, work: Any, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("redis://127.0.0.1:1/0")
        self.work, self.loop = work, loop

    async def ring(self) -> bool:
        """The agent looks at once, in its own loop."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.work(), self.loop))
        return True

    async def fractions(self, take_ids: list[str]) -> dict[str, float]:
        """Half of everything."""
        return dict.fromkeys(take_ids, 0.5)


def settings_for(slack: SlackServer, http: bool = False) -> dict[str, Any]:
    """Settings that speak to that server, over Socket Mode or HTTP."""
    return {
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_app_token": SecretStr("" if http else slack.app_token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "slack_api_url": slack.api_url,
    }


class Room:
    """`with Room(slack, settings) as room:` the studio answers in Slack, over Socket Mode or HTTP."""

    def __init__(
        self, slack: SlackServer, settings: Settings, http: bool = False, founder: str = FOUNDER
    ) -> None:
        self.slack, self.http = slack, http
        self.settings = settings.model_copy(
            update={
                **settings_for(slack, http),
                "slack_public_url": "https://clone.example.com",
                "slack_client_id": "111.222",
                "slack_client_secret": SecretStr("client-secret"),
            }
        )
        self.floor = Floor(self.settings, conversation="")
        for channel in self.floor.desk.channels:
            if isinstance(channel, SlackChannel):
                channel.lands_within_s = 0.5  # nothing lands late in here unless a test says so
        with self.floor.store.write() as connection:
            personas.allow(connection, GRACE, founder)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="studio", daemon=True)
        self.working = True
        self._also = ExitStack()

    def __enter__(self) -> Self:
        self.thread.start()
        self.reception = self.do(self._reception())
        self.app = bolt_app(self.reception)
        self.tasks = [self._start(self._live()), self._start(self._sweep())]
        if self.http:
            secret = self.slack.signing_secret
            routes = slack_routes(self.app, secret, oauth_of(self.settings, self.floor.store))
            self.address = self._also.enter_context(served(Starlette(routes=[Mount("/", routes)])))
            assert self.slack.perform("deliver_to", address=f"{self.address}/slack/events")
        else:
            self.tasks.append(self._start(connected(self.app, self.settings)))
            self.slack.wait(lambda: self.slack.perform("connections")["now"])
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(AssertionError):  # an app that leaves with an answer under way complains in the log
            self.slack.wait(lambda: not self._asked(), 2.0)
        if self.http:
            self.slack.perform("deliver_to", address="")
        for task in self.tasks:
            self.loop.call_soon_threadsafe(task.cancel)
        self.do(_gone(self.tasks))
        self.slack.wait(lambda: not self.reception.busy)
        self._also.close()
        self.do(self._rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        self.floor.desk.close()

    def _asked(self) -> bool:
        return any(each["state"] == "waiting" for each in self.slack.perform("deliveries"))

    def last(self, kind: str) -> dict[str, Any]:
        """The body of the newest message of a kind in the newest production's conversation."""
        self.floor.conversation = self.floor.production()["conversation"]
        return self.floor.last(kind)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something in the studio's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def look(self) -> None:
        """The studio's sweep."""
        self.do(self.work())

    async def work(self) -> None:
        """Read the inbox, render everything at once, send everything."""
        async with self.lock:
            if not self.working:
                return
            await self.floor.desk.look()
            while rows := self.floor.ordered():
                for row in rows:
                    self.floor.rendered.append(row["engine"])
                    await self.floor.desk.take_finished(self.floor.outcome(row))
            await self.floor.desk.relay()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(0.3)
            await self.work()

    async def _reception(self) -> Reception:
        self.lock = asyncio.Lock()
        workspaces = workspaces_of(self.settings, self.floor.store)
        places = tuple(self.settings.places)
        return Reception(self.floor.store, Bell(self.work, self.loop), workspaces, places)

    async def _live(self) -> None:
        workspaces = workspaces_of(self.settings, self.floor.store)
        await Live(self.floor.store, workspaces, Bell(self.work, self.loop), every_s=0.2).run()

    async def _rest(self) -> None:
        """Let everything that was begun come to its end."""
        async with asyncio.timeout(10):
            while others := asyncio.all_tasks() - {asyncio.current_task()}:  # what ends may have begun more
                await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(0.05)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        async def start() -> asyncio.Task[Any]:
            return asyncio.get_running_loop().create_task(work)

        task: asyncio.Task[Any] = self.do(start())
        return task


async def _gone(tasks: list[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
