"""How the loopback Slack reaches the app: Socket Mode and HTTP with Bolt, retries, doubles, disorder."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.serving import served
from tests.fakes.slack import Impossible, RemoteSlack, SlackServer
from tests.fakes.slack.driver import Slack

pytestmark = pytest.mark.service
Json = dict[str, Any]
TITLE = {"type": "plain_text", "text": "t"}


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A server; a violation nobody pardoned fails the test."""
    with SlackServer() as server:
        yield server


def client(slack: Slack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


def bolt(slack: Slack, seen: list[Json]) -> AsyncApp:
    """A little app: a card with a button on a mention, a modal on the button, an answer to the command."""
    app = AsyncApp(client=client(slack), signing_secret=slack.signing_secret)

    @app.event("app_mention")
    async def mentioned(event: Json, say: Any) -> None:
        seen.append(event)
        go = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}
        await say(text="hi", blocks=[{"type": "actions", "elements": [go]}], thread_ts=event["ts"])

    for kind in ("message", "reaction_added", "app_home_opened", "file_shared"):

        @app.event(kind)
        async def heard(event: Json) -> None:
            seen.append(event)

    @app.action("go")
    async def go(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        field = {"type": "plain_text_input", "action_id": "note", "max_length": 10}
        blocks = [{"type": "input", "block_id": "b", "label": TITLE, "element": field}]
        view = {"type": "modal", "title": TITLE, "submit": TITLE, "callback_id": "form", "blocks": blocks}
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def form(ack: Any, view: Json) -> None:
        good = view["state"]["values"]["b"]["note"]["value"] == "good"
        await (ack() if good else ack(response_action="errors", errors={"b": "no"}))

    @app.command("/clone")
    async def clone(ack: Any, command: Json) -> None:
        await ack(f"heard {command['text']}")

    return app


@asynccontextmanager
async def connected(slack: Slack, app: AsyncApp) -> AsyncIterator[None]:
    """The app in Socket Mode."""
    handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client(slack), ping_interval=1)
    await handler.connect_async()
    await slack.connected()
    yield
    await handler.close_async()


async def all_of_it(slack: Slack, seen: list[Json]) -> None:
    """A mention, a card, its button, the modal sent wrong and right, a command."""
    alice = slack.user("U1")
    said = alice.mentions("C1", "make a video & more")
    card = await slack.message("hi")
    assert card["thread_ts"] == said["ts"]
    await slack.until(lambda: len([e for e in seen if e.get("ts") == said["ts"]]) == 2)
    assert {e["type"] for e in seen if e.get("ts") == said["ts"]} == {"app_mention", "message"}
    assert seen[0]["text"] == "<@UBOT> make a video &amp; more"
    with pytest.raises(Impossible):
        alice.clicks(card, "stop")
    alice.clicks(card, "go")
    modal = await slack.modal("U1")
    with pytest.raises(Impossible):
        alice.submits(modal, {"note": "much too long"})
    with pytest.raises(Impossible):
        alice.submits(modal)
    wrong = await slack.answered(alice.submits(modal, {"note": "bad"}))
    assert wrong["answer"] == {"response_action": "errors", "errors": {"b": "no"}}
    await slack.answered(alice.submits(modal, {"note": "good"}))
    assert slack.find_modal("U1") is None
    alice.runs("/clone do it")
    assert (await slack.ephemeral("U1"))["text"] == "heard do it"


def test_everything_in_socket_mode(slack: SlackServer) -> None:
    async def run() -> None:
        seen: list[Json] = []
        async with connected(slack, bolt(slack, seen)):
            await all_of_it(slack, seen)

    asyncio.run(run())


def test_everything_over_http(slack: SlackServer) -> None:
    seen: list[Json] = []
    handler = AsyncSlackRequestHandler(bolt(slack, seen))

    async def endpoint(request: Request) -> Response:
        answer: Response = await handler.handle(request)
        return answer

    async def run(address: str) -> None:
        assert slack.perform("deliver_to", address=f"{address}/slack/events")
        await all_of_it(slack, seen)
        for forged in ({"wrong": True}, {"age": 400.0}):
            slack.perform("forge", **forged)
            slack.perform("switch", retry_delays=[0.05])
            slack.user("U1").says("C1", "forged")
            await slack.until(lambda: slack.perform("deliveries")[-1]["state"] == "failed")
            assert slack.perform("deliveries")[-1]["attempts"] == 2
            slack.pardon("refused_delivery")
        assert not [e for e in seen if e.get("text") == "forged"]

    with served(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])) as address:
        asyncio.run(run(address))


def test_files_reactions_home_edits_reach_the_app(slack: SlackServer) -> None:
    async def run() -> None:
        seen: list[Json] = []
        async with connected(slack, bolt(slack, seen)):
            alice = slack.user("U1")
            said = alice.uploads(b"sound", text="listen", as_voice_clip=True)
            alice.reacts(said, "white_check_mark")
            alice.edits(said, "hear")
            alice.opens_home()
            alice.deletes(said)
            await slack.until(lambda: len(seen) == 6)
            kinds = {e["type"]: e for e in seen}
            assert set(kinds) == {"message", "file_shared", "reaction_added", "app_home_opened"}
            subtypes = {e["subtype"]: e for e in seen if e["type"] == "message"}
            assert set(subtypes) == {"file_share", "message_changed", "message_deleted"}
            clip = subtypes["file_share"]["files"][0]
            assert clip["subtype"] == "slack_audio" and clip["mimetype"] == "audio/mp4"
            assert subtypes["file_share"]["channel_type"] == "im"

    asyncio.run(run())


def test_doubles_disorder_and_a_new_connection(slack: SlackServer) -> None:
    async def run() -> None:
        seen: list[Json] = []
        async with connected(slack, bolt(slack, seen)):
            alice = slack.user("U1")
            slack.perform("switch", double=True)
            with slack.holding():
                for text in "abc":
                    alice.says("C1", text)
                await asyncio.sleep(0.1)
                assert seen == []
            await slack.until(lambda: len(seen) == 6)
            assert "".join(e["text"] for e in seen) == "ccbbaa"
            slack.perform("switch", double=False)
            slack.perform("refresh")
            await slack.connected(ever=2)
            alice.says("C1", "after")
            await slack.until(lambda: seen[-1]["text"] == "after")

    asyncio.run(run())


def test_what_is_not_acknowledged_comes_again(slack: SlackServer) -> None:
    async def run() -> None:
        slack.perform("switch", ack_seconds=1.0, retry_delays=[0.0, 0.0, 0.0])
        app, tries = AsyncApp(client=client(slack), process_before_response=True), []

        @app.event("message")
        async def slow(request: Any) -> None:
            tries.append(request.headers.get("x-slack-retry-num", ["0"])[0])
            await asyncio.sleep(1.3 if len(tries) == 1 else 0.0)

        async with connected(slack, app):
            slack.user("U1").says("C1", "x")
            await slack.until(lambda: slack.perform("deliveries")[0]["state"] == "acknowledged")
            assert tries == ["0", "1"] and slack.perform("deliveries")[0]["attempts"] == 2
            slack.pardon("not_acknowledged")
            await asyncio.sleep(0.5)  # the late acknowledgement of the first attempt harms nobody
            slack.perform("cut")
            await slack.until(lambda: not slack.perform("connections")["now"])
            slack.perform("switch", ack_seconds=5.0)
            slack.user("U1").says("C1", "y")  # waits for the client to come back
            await slack.connected(ever=2)
            await slack.until(lambda: slack.perform("deliveries")[1]["state"] == "acknowledged")

    asyncio.run(run())


def test_what_the_app_may_not_hear_is_not_told(slack: SlackServer) -> None:
    alice = slack.user("U1")
    alice.says("C2", "the bot is not here")
    slack.perform("leave", user="UBOT", channel="C1")
    alice.mentions("C1", "nor here any more")
    assert slack.perform("deliveries") == []
    with pytest.raises(Impossible):
        slack.user("U2").says("G1", "not a member")
    with pytest.raises(Impossible):
        alice.runs("/other")


def test_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.fakes.slack"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            slack = RemoteSlack(json.loads(process.stdout.readline())["url"])

            async def run() -> None:
                seen: list[Json] = []
                async with connected(slack, bolt(slack, seen)):
                    await all_of_it(slack, seen)

            asyncio.run(run())
            slack.check()
        finally:
            process.terminate()
    assert process.returncode == 0
