"""A founder's WhatsApp with a real studio behind it in one process: only the renders are played."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any, ClassVar, Self

from pydantic import SecretStr
from sqlalchemy import RowMapping, update
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.whatsapp.http import WEBHOOK, whatsapp_routes
from bot.whatsapp.names import Namer, person_of
from studio.settings import Settings
from studio.store import personas, productions, whatsapp
from studio.store.schema import whatsapp_contacts
from tests.fakes.serving import served
from tests.fakes.slack_room import Bell
from tests.fakes.studio import GRACE, Floor
from tests.fakes.whatsapp import Person, WhatsAppServer, samples
from tests.fakes.whatsapp.driver import WhatsApp
from workers.whatsapp import reception_of

VIDEOS = ("assemble", "phone")


@cache
def movie() -> bytes:
    """A little video that phones play."""
    return samples.movie()


class PhoneFloor(Floor):
    """A floor whose cuts are videos, each another one, of about `bytes_` bytes by engine."""

    bytes_: ClassVar[dict[str, int]] = {}

    def outcome(self, row: RowMapping) -> dict[str, Any]:
        """As a media worker reports."""
        found = super().outcome(row)
        if row["engine"] in VIDEOS and found["ok"]:
            path = self.settings.home / "made.mp4"
            size = self.bytes_.get(row["engine"], len(movie()) + 8) + int(row["id"][:3], 16)
            path.write_bytes(samples.padded(movie(), size))
            found["artifact"] = self.media.put(path)
        return found

    def _text_of(self, row: RowMapping) -> str:
        with self.store.read() as connection:
            begun = productions.latest(connection)
        return super()._text_of(row) if begun else ""


def settings_for(wa: WhatsApp) -> dict[str, Any]:
    """Settings that speak to that server."""
    return {
        "whatsapp_token": SecretStr(wa.token),
        "whatsapp_phone_number_id": wa.phone_number_id,
        "whatsapp_account_id": wa.waba_id,
        "whatsapp_app_secret": SecretStr(wa.app_secret),
        "whatsapp_verify_token": SecretStr(wa.verify_token),
        "whatsapp_api_url": wa.api_url,
    }


class Room:
    """`with Room(wa, settings) as room:` the studio answers in WhatsApp; `ann` may approve Grace's videos."""

    def __init__(self, wa: WhatsAppServer, settings: Settings) -> None:
        self.wa, self.settings = wa, settings.model_copy(update=settings_for(wa))
        self.floor = PhoneFloor(self.settings, conversation="")
        self.store = self.floor.store
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="studio", daemon=True)
        self.working, self._rings = True, 0
        self._also = ExitStack()
        self.ann = wa.person("Ann", phone="+49 151 1234567")
        self.allow(self.ann)

    def allow(self, person: Person) -> str:
        """Name somebody as an approver, as the command does; who they are for us."""
        me = person.now()
        with self.store.write() as connection:
            found = whatsapp.contact_of(connection, me["phone"], me["bsuid"], Namer(self.settings.home))
            personas.allow(connection, GRACE, person_of(found["id"]))
        return str(found["id"])

    def __enter__(self) -> Self:
        self.thread.start()
        self.lock = self.do(_lock())
        self.reception = reception_of(self.settings, self.store, Bell(self.ring, self.loop))
        routes = whatsapp_routes(self.reception, self.wa.app_secret, self.wa.verify_token)
        address = self._also.enter_context(served(Starlette(routes=[Mount("/", routes)])))
        self.webhook = f"{address}{WEBHOOK}"
        self.wa.deliver_to(self.webhook)
        self.task: asyncio.Task[Any] = self.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.wa.deliver_to("")
        with suppress(AssertionError):  # a request under way leaves its socket open
            self.wa.wait(lambda: not self._under_way(), 5)
        self._also.close()
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.do(_gone(self.task))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        self.floor.desk.close()
        if not self.task.cancelled() and (bug := self.task.exception()):
            raise bug

    def _under_way(self) -> bool:
        waiting = any(each["state"] == "waiting" for each in self.wa.perform("deliveries"))
        return waiting or self.reception.busy

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something in the studio's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    async def ring(self) -> None:
        """Somebody wants the agent to look; it does so in its own time."""
        self._rings += 1

    async def work(self) -> None:
        """Read the inbox, render everything at once, send everything."""
        async with self.lock:
            if self.working:
                await self.floor.desk.look()

    async def _render(self) -> None:
        """One take after the other; the agent goes on by itself, for it may wait for another take."""
        begun: set[tuple[str, int]] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(0.03)
                for row in self.floor.ordered() if self.working else ():
                    if (attempt := (row["id"], row["attempt"])) not in begun:
                        begun.add(attempt)
                        self.floor.rendered.append(row["engine"])
                        group.create_task(self.floor.desk.take_finished(self.floor.outcome(row)))

    async def _start(self) -> asyncio.Task[Any]:
        async def both() -> None:
            await asyncio.gather(self._render(), self._sweep())

        return asyncio.get_running_loop().create_task(both())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            await self.work()

    def last(self, kind: str) -> dict[str, Any]:
        """The body of the newest message of a kind in the newest production's conversation."""
        self.floor.conversation = self.floor.production()["conversation"]
        return self.floor.last(kind)

    def forget_hearing(self, seconds: float) -> None:
        """Everybody wrote that much longer ago."""
        row = whatsapp_contacts.c
        with self.store.write() as connection:
            connection.execute(update(whatsapp_contacts).values(heard_at=row.heard_at - seconds))

    def shown(self, words: str, within_s: float = 30.0, **more: Any) -> dict[str, Any]:
        """Wait for a message of the studio."""
        found: dict[str, Any] = self.wa.wait(lambda: self.wa.find_message(words, **more), within_s)
        return found


async def _lock() -> asyncio.Lock:
    return asyncio.Lock()


async def _gone(task: asyncio.Task[Any]) -> None:
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0.05)
