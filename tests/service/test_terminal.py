"""The terminal against a real store, with a scripted person and a thread that acts as the agent."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.doorbell import Doorbell
from bot.lines import scripted
from bot.terminal import Conversation
from studio.domain import ProductionId, Status
from studio.errors import NeedsFounder
from studio.media import sha256_of
from studio.queue import Bell, progress_key
from studio.store import inbox, productions
from tests.databases import KINDS, Databases
from tests.fakes.floor import Floor
from tests.fakes.serving import redis_server

pytestmark = pytest.mark.service
ONE_KIND = pytest.mark.parametrize("floor", KINDS[:1], indirect=True, scope="module")  # slow ones


@pytest.fixture(scope="module", params=KINDS)
def floor(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Floor:
    home = tmp_path_factory.mktemp("home")
    return Floor(home, databases.new(request.param, home))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


class Agent(threading.Thread):
    """Answers each message of one conversation with the next of `answers`."""

    def __init__(self, floor: Floor, answers: Iterator[Callable[[ProductionId], object]]) -> None:
        super().__init__(daemon=True)
        self.floor, self.answers = floor, answers
        self.heard: list[str] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.05):
            with self.floor.store.read() as connection:
                rows = inbox.pending(connection)
            for row in rows:
                self._answer(row["conversation"], row["body"]["text"])

    def _answer(self, conversation: str, text: str) -> None:
        self.heard.append(text)
        with self.floor.store.read() as connection:
            known = productions.active_in(connection, conversation)
        identity = ProductionId(known["id"]) if known else self.floor.open(conversation, text)
        self.floor.handle(conversation, identity)
        next(self.answers)(identity)


def talk(
    floor: Floor, redis: str, console: Console, lines: list[str], agent: Agent | None = None, name: str = ""
) -> tuple[Conversation, list[Path]]:
    doorbell = Doorbell(redis)
    conversation = Conversation(
        floor.store, doorbell, floor.media, console, scripted(console, lines), floor.home, name
    )

    async def run() -> list[Path]:
        try:
            return await conversation.run()
        finally:
            await doorbell.close()

    if agent:
        agent.start()
    try:
        return conversation, asyncio.run(run())
    finally:
        if agent:
            agent.done.set()
            agent.join(5)


def plain() -> Console:
    return Console(file=io.StringIO(), width=100)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@ONE_KIND
def test_from_a_sentence_to_a_delivered_path_on_a_plain_pipe(floor: Floor, redis: str) -> None:
    def render(identity: ProductionId) -> None:
        for done in (3, 12, 21):
            floor.render(identity, done, 24, reused=5)
            time.sleep(0.6)
        until = time.monotonic() + 60
        while "21 of 24 takes" not in printed(console) and time.monotonic() < until:
            time.sleep(0.05)
        floor.show_preview(identity)

    def revise(identity: ProductionId) -> None:
        floor.say(identity, "Line 2 will be softer.")  # before the status says so: not the person's turn yet
        time.sleep(0.3)
        floor.render(identity, 20, 24)
        time.sleep(1.5)
        floor.show_preview(identity, 2, ("Line 2 is said softly now.",))

    def deliver(identity: ProductionId) -> None:
        floor.status(identity, Status.DELIVERING)
        time.sleep(1.0)
        floor.deliver(identity)

    agent = Agent(floor, iter([floor.show_script, render, revise, deliver]))
    console = plain()
    lines = ["our seed round, short", "yes [bold]please[/]", "line 2 softer", "approve"]
    _, paths = talk(floor, redis, console, lines, agent)
    out = printed(console)
    assert agent.heard == lines
    assert [path.is_file() for path in paths] == [True]
    assert "Four people, eleven months" in out
    assert "about 14 s long · ready in about 3 min · no cost" in out
    assert "21 of 24 takes, 5 reused" in out
    assert "you › yes [bold]please[/]" in out
    assert out.index("The picture stands still") < out.index("3 checks passed: words, loudness, likeness")
    assert "→ Line 2 is said softly now." in out
    assert f"Delivered to: {paths[0]}\n" in out
    assert "\x1b" not in out
    previews = sorted((floor.home / "previews").iterdir())
    assert [path.name[-7:] for path in previews] == ["-v1.jpg", "-v1.mp4", "-v2.jpg", "-v2.mp4"]
    assert sha256_of(previews[1]) == floor.video


@ONE_KIND
def test_come_back_later_and_go_on(floor: Floor, redis: str) -> None:
    agent = Agent(floor, iter([floor.show_script]))
    first, paths = talk(floor, redis, plain(), ["our launch"], agent)
    assert paths == []
    short = first.name.removeprefix("term:")
    console = plain()
    agent = Agent(floor, iter([lambda identity: floor.say(identity, "It is about fourteen seconds.")]))
    talk(floor, redis, console, ["", "how long is it?"], agent, name=short)
    out = printed(console)
    assert out.index("you › our launch") < out.index("We closed our seed round")
    assert "It is about fourteen seconds." in out
    assert agent.heard == ["how long is it?"]
    assert f"aiclone chat --resume {short}" in out


def test_a_conversation_that_never_was_cannot_be_resumed(floor: Floor, redis: str) -> None:
    with pytest.raises(NeedsFounder, match="no conversation"):
        talk(floor, redis, plain(), [], name="0" * 32)


@ONE_KIND
def test_a_bar_in_a_real_terminal_and_a_way_back_after_interruption(floor: Floor, redis: str) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, force_interactive=True)

    async def interrupted() -> Conversation:
        floor.write_in("term:" + "7" * 32, "a brief")
        identity = floor.open("term:" + "7" * 32, "a brief")
        floor.render(identity, done=6, total=12)
        doorbell = Doorbell(redis)
        bell = await Bell.connect(redis)
        await bell.redis.set(progress_key(f"{identity}-7"), 0.5)
        await bell.close()
        ask = scripted(console, [])
        conversation = Conversation(floor.store, doorbell, floor.media, console, ask, floor.home, "7" * 32)
        task = asyncio.create_task(conversation.run())
        async with asyncio.timeout(60):
            while not all(word in printed(console) for word in ("Animating", "6 of 12 takes", "━")):
                await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await doorbell.close()
        return conversation

    asyncio.run(interrupted())
    out = printed(console)
    assert "Animating" in out
    assert "6 of 12 takes" in out
    assert "━" in out
    assert "aiclone chat --resume " + "7" * 32 in out
    assert out.rstrip().endswith("\x1b[0m")
