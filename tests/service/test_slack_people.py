"""The loopback Slack as people use it: hidden messages, stale cards, home tabs, streams, other teams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import App, Impossible, SlackServer

pytestmark = pytest.mark.service
Json = dict[str, Any]
YES: Json = {
    "type": "button", "text": {"type": "plain_text", "text": "Yes"}, "action_id": "yes", "value": "1",
    "confirm": {"title": {"type": "plain_text", "text": "Sure?"}, "text": {"type": "plain_text", "text": "?"},
                "confirm": {"type": "plain_text", "text": "Yes"}, "deny": {"type": "plain_text", "text": "No"}},
}  # fmt: skip
MENU: Json = {
    "type": "static_select", "action_id": "tone",
    "options": [{"text": {"type": "plain_text", "text": t}, "value": t} for t in ("warm", "dry")],
}  # fmt: skip
CARD: list[Json] = [{"type": "actions", "elements": [YES, MENU]}]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A server; a violation nobody pardoned fails the test."""
    with SlackServer() as server:
        yield server


def client(slack: SlackServer) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@asynccontextmanager
async def connected(slack: SlackServer, app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client(slack), ping_interval=1)
    await handler.connect_async()
    await slack.connected()
    yield
    await handler.close_async()


def test_cards_hidden_and_stale(slack: SlackServer) -> None:
    async def run() -> None:
        app, chosen = AsyncApp(client=client(slack)), []

        @app.action("yes")
        async def yes(ack: Any, body: Json, respond: Any, client: AsyncWebClient) -> None:
            await ack()
            chosen.append(body["container"].get("is_ephemeral"))
            if "message" in body:
                channel, ts = body["channel"]["id"], body["message"]["ts"]
                await client.chat_update(channel=channel, ts=ts, text="done")
            else:
                await respond(text="done", replace_original=True)

        @app.action("tone")
        async def tone(ack: Any, action: Json) -> None:
            await ack()
            chosen.append(action["selected_option"]["value"])

        async with connected(slack, app):
            alice, web = slack.user("U1"), client(slack)
            await web.chat_postEphemeral(channel="C1", user="U1", text="yours?", blocks=CARD)
            hidden = await slack.ephemeral("U1", "yours?")
            with pytest.raises(Impossible):
                slack.user("U2").clicks(hidden, "yes")
            alice.clicks(hidden, "yes")
            assert "blocks" not in await slack.ephemeral("U1", "done")
            await web.chat_postMessage(channel="C1", text="approve?", blocks=CARD)
            card = await slack.message("approve?")
            await slack.answered(alice.clicks(card, "tone", "dry"))
            await slack.answered(alice.clicks(card, "yes"))
            now = await slack.message("done")
            assert now["ts"] == card["ts"] and "blocks" not in now
            with pytest.raises(Impossible):
                alice.clicks(now, "yes")
            late = alice.clicks(card, "yes", stale=True)
            assert (await slack.answered(late))["state"] == "acknowledged"
            await slack.until(lambda: chosen == [True, "dry", False, False])

    asyncio.run(run())


def test_home_tab_and_its_buttons(slack: SlackServer) -> None:
    async def run() -> None:
        app, clicked = AsyncApp(client=client(slack)), []

        @app.event("app_home_opened")
        async def opened(event: Json, client: AsyncWebClient) -> None:
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": CARD})

        @app.action("yes")
        async def yes(ack: Any, body: Json) -> None:
            await ack()
            clicked.append(body["container"]["type"])

        async with connected(slack, app):
            slack.user("U1").opens_home()
            slack.user("U1").clicks(await slack.home("U1"), "yes")
            await slack.until(lambda: clicked == ["view"])

    asyncio.run(run())


def test_streams_and_status(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        said = slack.user("U1").direct_message("write me something")
        place = {"channel": said["channel"], "thread_ts": said["ts"]}
        await web.assistant_threads_setStatus(
            channel_id=said["channel"], thread_ts=said["ts"], status="is thinking"
        )
        assert slack.perform("statuses")[0]["status"] == "is thinking"
        stream = await web.chat_stream(**place, buffer_size=1)
        await stream.append(markdown_text="one ")
        await stream.append(markdown_text="two")
        shown = await slack.message("one two")
        with pytest.raises(SlackApiError, match="streaming_state_conflict"):
            await web.chat_update(channel=said["channel"], ts=shown["ts"], text="x")
        await stream.stop(blocks=CARD)
        assert (await slack.message("one two"))["blocks"]
        with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
            await web.chat_appendStream(channel=said["channel"], ts=shown["ts"], markdown_text="x")

    asyncio.run(run())


def test_a_token_taken_to_another_host_is_noted(slack: SlackServer) -> None:
    async def run() -> None:
        slack.perform("files_elsewhere")
        file = slack.user("U1").uploads(b"take this", name="a.txt")["files"][0]
        bearer = {"Authorization": f"Bearer {slack.bot_token}"}
        async with aiohttp.ClientSession() as http:
            async with http.get(file["url_private_download"], headers=bearer) as got:
                assert await got.read() == b"take this"
                there = got.url
            slack.check()
            async with http.get(there, headers=bearer):
                slack.pardon("token_leaked")

    asyncio.run(run())


def test_a_file_of_another_workspace_must_be_asked_for(slack: SlackServer) -> None:
    async def run() -> None:
        said = slack.user("U1").uploads(b"x", "C1", name="a.png", file_access="check_file_info")
        assert set(said["files"][0]) == {"id", "file_access", "created"}
        info = (await client(slack).files_info(file=said["files"][0]["id"]))["file"]
        assert info["file_access"] == "visible" and info["mimetype"] == "image/png"

    asyncio.run(run())


def test_only_what_the_manifest_declares_exists() -> None:
    manifest = {
        "oauth_config": {"scopes": {"bot": ["chat:write", "im:history"]}},
        "settings": {"event_subscriptions": {"bot_events": ["message.im"]}},
        "features": {"slash_commands": [{"command": "/film"}], "shortcuts": [{"callback_id": "make"}]},
    }
    with SlackServer(App.declared(manifest)) as slack:
        alice = slack.user("U1")
        alice.mentions("C1", "unheard")
        alice.says("C1", "unheard")
        assert slack.perform("deliveries") == []
        alice.direct_message("heard")
        assert len(slack.perform("deliveries")) == 1
        assert alice.runs("/film x")["payload"]["command"] == "/film"
        with pytest.raises(Impossible):
            alice.runs("/clone x")
        assert alice.shortcut(None, "make")["payload"]["type"] == "shortcut"
