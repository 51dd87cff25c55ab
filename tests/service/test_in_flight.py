"""A request outlives its sender: what the other side still holds when somebody else looks for it is shown once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.desk import DeskChannel, TerminalChannel
from bot.slack.api import call, client_for, last_look
from bot.slack.channel import SlackChannel
from bot.whatsapp.channel import WhatsAppChannel
from studio.errors import NotNow
from studio.messages import SAY, Outgoing
from studio.settings import Settings
from studio.store import Store, outbox
from studio.store.schema import outbox as table
from tests.chaos.ledger import Ledger
from tests.chaos.world import HttpChannel, Wire, world
from tests.fakes.slack_room import Room
from tests.fakes.slack_talk import in_slack, to_script
from tests.fakes.whatsapp import WhatsAppServer
from tests.fakes.whatsapp_room import Room as WhatsAppRoom
from tests.service.test_whatsapp import to_script as to_script_in_whatsapp
from workers.relay import Relay

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
KEY, WORDS = "say:held:1", "These words are on their way."


def claimed_by_the_dead(store: Store, conversation: str, silent_s: float = 0.1) -> Outgoing:
    """A row whose relay died `silent_s` after the end of its lease; its request may be anywhere."""
    with store.write() as connection:
        outbox.put(connection, KEY, conversation, SAY, {"text": WORDS})
        assert outbox.claim(connection, KEY, 20.0)
        connection.execute(update(table).values(lease_until=time.time() - silent_s).where(table.c.key == KEY))
    return Outgoing(KEY, conversation, SAY, {"text": WORDS})


def at_once(store: Store) -> str:
    """Nobody waits for the next attempt; the row's state."""
    with store.write() as connection:
        connection.execute(update(table).values(not_before=0.0).where(table.c.key == KEY))
        return str(connection.execute(select(table.c.state).where(table.c.key == KEY)).scalar_one())


@pytest.fixture
def slack(settings: Settings) -> Iterator[Room]:
    with in_slack(settings) as made:
        yield made


def test_slack_shows_once_what_it_held_while_it_was_looked_for(slack: Room) -> None:
    to_script(slack)
    slack.working = False
    slack.do(slack.work())
    desk = slack.floor.desk
    chat = next(each for each in desk.channels if isinstance(each, SlackChannel))
    chat.lands_within_s = 600.0
    held = claimed_by_the_dead(slack.floor.store, slack.floor.production()["conversation"])
    slack.do(desk.relay())
    assert slack.slack.find_message(WORDS) is None
    assert at_once(slack.floor.store) == "sending"
    slack.do(chat.send(held))  # now Slack gets round to what the dead one asked for
    slack.do(desk.relay())
    assert at_once(slack.floor.store) == "done"
    assert sum(WORDS in message["text"] for message in slack.slack.messages()) == 1


def test_slack_is_told_what_never_arrived_when_nothing_can_arrive_any_more(slack: Room) -> None:
    to_script(slack)
    chat = next(each for each in slack.floor.desk.channels if isinstance(each, SlackChannel))
    claimed_by_the_dead(
        slack.floor.store, slack.floor.production()["conversation"], chat.lands_within_s + 1.0
    )
    slack.slack.wait(lambda: slack.slack.find_message(WORDS))
    slack.slack.wait(lambda: at_once(slack.floor.store) == "done")
    assert sum(WORDS in message["text"] for message in slack.slack.messages()) == 1


def test_the_last_look_comes_when_slack_is_connected_and_before_a_byte_leaves() -> None:
    written: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(10.0)
        client = client_for(f"http://127.0.0.1:{door.getsockname()[1]}/api/", "xoxb-1")

        def still_mine() -> None:
            door.setblocking(False)
            line, _ = door.accept()  # BlockingIOError when nobody is connected yet
            line.setblocking(False)
            with line, pytest.raises(BlockingIOError):
                written.append(line.recv(1))
            raise NotNow

        async def ask() -> None:
            async with last_look(client, still_mine):
                await call(client.chat_postMessage, channel="C1", text="hello")

        with pytest.raises(NotNow):
            asyncio.run(ask())
    assert written == []


def test_a_thawed_relay_sends_nothing_in_whatsapp_that_another_one_sent(settings: Settings) -> None:
    with WhatsAppServer() as server, WhatsAppRoom(server, settings) as room:
        to_script_in_whatsapp(room)
        room.working = False
        room.do(room.work())
        channel = next(each for each in room.floor.desk.channels if isinstance(each, WhatsAppChannel))
        conversation = room.floor.production()["conversation"]
        taken_over: list[Any] = []

        def frozen() -> None:
            """In here, after its last look, this relay stands still until another one has sent the message."""
            other = Outgoing(KEY, conversation, SAY, {"text": WORDS})
            over = threading.Thread(target=lambda: taken_over.append(asyncio.run(channel.send(other))))
            over.start()
            over.join(30.0)

        with pytest.raises(NotNow):
            room.do(channel.send(Outgoing(KEY, conversation, SAY, {"text": WORDS}, frozen)))
        assert taken_over
        assert sum(WORDS in str(message) for message in room.wa.messages(room.ann)) == 1


@pytest.mark.parametrize("channel", [DeskChannel(), TerminalChannel()])
def test_what_is_shown_in_this_house_is_a_row_and_cannot_be_there_twice(
    store: Store, channel: DeskChannel | TerminalChannel
) -> None:
    held = claimed_by_the_dead(store, f"{channel.prefix}1")
    asyncio.run(Relay(store, (channel,), {}).run())
    asyncio.run(channel.send(held))
    assert at_once(store) == "done"
    with store.read() as connection:
        assert [row["key"] for row in outbox.of_conversation(connection, held.conversation)] == [KEY]


def test_the_storms_service_shows_once_what_came_after_its_sender_had_given_up(
    store: Store, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with world(ledger, 1) as outside:
        outside.plan = ["late", *["fine"] * 20]
        relay = Relay(store, (HttpChannel(Wire(outside.url)),), {}, pause_s=0.05)
        with store.write() as connection:
            outbox.put(connection, KEY, "desk:1", SAY, {"text": WORDS})
        end = time.monotonic() + 45.0
        while at_once(store) != "done" or not ledger.has("post", KEY):
            assert time.monotonic() < end
            asyncio.run(relay.run())
            time.sleep(0.1)
        outside.plan.clear()
    assert [post["key"] for post in ledger.read("post")] == [KEY]
