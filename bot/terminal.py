"""The terminal as a chat surface: one conversation, shown from the store, answered into the inbox."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from bot import cards, words
from bot.desk import OWNER, TerminalChannel, new_conversation
from bot.doorbell import Doorbell
from bot.files import copy_out
from bot.lines import PROMPT, Ask, in_background
from bot.meter import Meter
from bot.talk import Message, Talk, read
from studio.domain import Status
from studio.errors import MediaUnusable, NeedsFounder
from studio.media import MediaStore
from studio.messages import DELIVERED, PREVIEW, SCRIPT
from studio.progress import measure
from studio.store import Store, inbox

EVERY_S = 0.25
CALM_S = 0.8  # the agent may say something and go on: only a quiet conversation is the person's turn
UNANSWERED_S = 5.0
HISTORY = 8
SOURCE = TerminalChannel.prefix[:-1]
TYPED_HERE = f"{SOURCE}/"


class Conversation:
    """Show what the studio says and pass on what the person says, until nobody has more to say.

    `ask` gives the next line or None; it is called in a thread and only when it is the person's turn. `name`
    resumes a conversation, with or without its prefix.
    """

    def __init__(
        self,
        store: Store,
        doorbell: Doorbell,
        media: MediaStore,
        console: Console,
        ask: Ask,
        home: Path,
        name: str = "",
    ) -> None:
        self.store, self.doorbell, self.media = store, doorbell, media
        self.console, self.ask, self.home = console, ask, home
        prefix = "" if ":" in name else TerminalChannel.prefix
        self.name = prefix + name if name else new_conversation(TerminalChannel.prefix)
        self.resumed = bool(name)
        self.delivered: list[Path] = []
        self._shown: set[str] = set()
        self._meter = Meter(console)
        self._hinted = False
        self._quiet: tuple[object, float] = (None, 0.0)

    async def run(self) -> list[Path]:
        """Talk until `ask` gives None; returns the paths delivered meanwhile.

        Raises NeedsFounder when the conversation to resume does not exist. When it is cancelled (Ctrl-C) it
        says how to come back.
        """
        await self._welcome()
        try:
            await self._converse()
        finally:
            self._meter.close()
            self._say_how_to_return()
        return self.delivered

    async def _welcome(self) -> None:
        if not self.resumed:
            self._print(Text(words.GREETING))
            return
        talk = await self._look()
        if not talk.messages:
            raise NeedsFounder(f"There is no conversation “{self.name}” to come back to.")
        current = talk.in_review()
        for message in talk.messages[-HISTORY:]:
            if message is not current:
                self._print(cards.brief_line(message))
        self._shown = {message.html_id for message in talk.messages if message is not current}

    async def _converse(self) -> None:
        asking: asyncio.Future[str | None] | None = None
        while True:
            talk = await self._look()
            said_more = self._show_new(talk)
            if asking is None:
                await self._show_work(talk)
                if self._is_persons_turn(talk):
                    asking = in_background(self.ask)
            elif said_more and not asking.done():
                self.console.print(PROMPT, end="")
            if asking is None:
                await asyncio.sleep(EVERY_S)
                continue
            await asyncio.wait({asking}, timeout=EVERY_S)
            if asking.done():
                line, asking = asking.result(), None
                if line is None:
                    return
                await self._send(line.strip())

    async def _look(self) -> Talk:
        return await asyncio.to_thread(self._read)

    def _read(self) -> Talk:
        with self.store.read() as connection:
            return read(connection, self.name)

    def _is_persons_turn(self, talk: Talk) -> bool:
        now = time.monotonic()
        scene = (len(talk.messages), talk.status, talk.waits)
        if scene != self._quiet[0]:
            self._quiet = (scene, now)
        answered = not talk.messages or not talk.messages[-1].mine
        return talk.waits and now - self._quiet[1] >= (CALM_S if answered else UNANSWERED_S)

    async def _send(self, text: str) -> None:
        if not text:
            return
        event = inbox.Inbound(SOURCE, uuid.uuid4().hex, self.name, OWNER, "text", {"text": text})
        await asyncio.to_thread(self._append, event)
        self._hinted = False
        await self.doorbell.ring()

    def _append(self, event: inbox.Inbound) -> None:
        with self.store.write() as connection:
            inbox.append(connection, event)

    def _show_new(self, talk: Talk) -> bool:
        fresh = [message for message in talk.messages if message.html_id not in self._shown]
        self._shown.update(message.html_id for message in fresh)
        told = [message for message in fresh if not message.key.startswith(TYPED_HERE)]
        if told:
            self._meter.close()
        for message in told:
            self._show(message)
        return bool(told)

    def _show(self, message: Message) -> None:
        if message.mine:
            self._print(cards.brief_line(message))
        elif message.kind == SCRIPT:
            self._print(cards.script_card(message.body))
        elif message.kind == PREVIEW:
            self._print(cards.preview_card(message.body))
            self._show_files(message)
        elif message.kind == DELIVERED:
            self._print(cards.delivered_card(message.body))
            if message.body["path"]:
                self._print_path("Delivered to", Path(message.body["path"]))
                self.delivered.append(Path(message.body["path"]))
        else:
            self._print(Text(message.body["text"]))

    def _show_files(self, message: Message) -> None:
        stem = f"{message.production_id}-v{message.body['version']}"
        try:
            for label, name in (("Watch it", "sha256"), ("At a glance", "sheet")):
                if message.body.get(name):
                    path = copy_out(self.media, message.body[name], self.home / "previews", stem)
                    self._print_path(label, path.resolve())
        except MediaUnusable as error:
            self._print(Text(error.say, style="red"))

    async def _show_work(self, talk: Talk) -> None:
        rendering = talk.status == Status.RENDERING and talk.unread_since is None
        under_way = [take["id"] for take in talk.takes if take["state"] == "ordered"] if rendering else []
        progress = measure(talk.takes, await self.doorbell.fractions(under_way))
        doing = words.doing(talk, progress)
        hint = words.hint(talk, time.time())
        if hint and not self._hinted:
            self._hinted = True
            self._print(Text(hint, style="yellow"))
        if doing:
            self._meter.show(doing, progress if rendering else None)
        else:
            self._meter.close()

    def _say_how_to_return(self) -> None:
        name = self.name.removeprefix(TerminalChannel.prefix)
        way = Text(f"The studio keeps this conversation: aiclone chat --resume {name}", style="dim")
        self.console.print(way, soft_wrap=True)

    def _print(self, what: RenderableType) -> None:
        self.console.print(what)

    def _print_path(self, label: str, path: Path) -> None:
        # never wrapped: a path has to be copied whole
        self.console.print(Text.assemble((f"  {label}: ", "dim"), (str(path), "bold")), soft_wrap=True)
