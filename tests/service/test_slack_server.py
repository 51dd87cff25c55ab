"""The loopback Slack, tried with Slack's own client and Bolt."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackServer

pytestmark = pytest.mark.service


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A server; a violation nobody pardoned fails the test."""
    with SlackServer() as server:
        yield server


def client(slack: SlackServer, token: str = "") -> AsyncWebClient:
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def refused(asked: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(SlackApiError) as failed:
        await asked
    return str(failed.value.response["error"])


def test_post_update_thread_and_history(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        assert (await web.auth_test())["user_id"] == "UBOT"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
        meta = {"event_type": "x", "event_payload": {"id": "1"}}
        first = await web.chat_postMessage(channel="C1", text="a", blocks=[block], metadata=meta)
        reply = await web.chat_postMessage(channel="C1", text="b", thread_ts=first["ts"])
        assert reply["ts"] > first["ts"]
        got = await web.conversations_replies(channel="C1", ts=first["ts"], include_all_metadata=True)
        assert [m["text"] for m in got["messages"]] == ["a", "b"]
        assert got["messages"][0]["metadata"] == meta
        await web.chat_update(channel="C1", ts=first["ts"], text="changed")
        top = await web.conversations_history(channel="C1")
        assert [m["text"] for m in top["messages"]] == ["changed"]
        assert "blocks" not in top["messages"][0] and "metadata" not in top["messages"][0]
        assert await refused(web.chat_postMessage(channel="C2", text="x")) == "not_in_channel"
        assert await refused(web.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
        assert await refused(web.conversations_info(channel="C1")) == "missing_scope"
        slack.pardon("missing_scope")

    asyncio.run(run())


def test_socket_mode_with_bolt(slack: SlackServer) -> None:
    async def run() -> None:
        app = AsyncApp(client=client(slack))
        seen: list[str] = []

        @app.event("app_mention")
        async def mentioned(event: dict[str, Any], say: Any) -> None:
            seen.append(event["ts"])
            button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go",
                      "value": "1"}  # fmt: skip
            blocks = [{"type": "actions", "elements": [button]}]
            await say(text="hi", blocks=blocks, thread_ts=event["ts"])

        @app.event("message")
        async def message(event: dict[str, Any]) -> None:
            seen.append(event["ts"])

        @app.action("go")
        async def go(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            view = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "callback_id": "form",
                    "submit": {"type": "plain_text", "text": "Send"},
                    "blocks": [{"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "l"},
                                "element": {"type": "plain_text_input", "action_id": "note"}}]}  # fmt: skip
            await client.views_open(trigger_id=body["trigger_id"], view=view)

        @app.view("form")
        async def form(ack: Any, view: dict[str, Any]) -> None:
            value = view["state"]["values"]["b"]["note"]["value"]
            await (ack() if value == "good" else ack(response_action="errors", errors={"b": "no"}))

        @app.command("/clone")
        async def clone(ack: Any, command: dict[str, Any]) -> None:
            await ack(f"heard {command['text']}")

        handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client(slack))
        await handler.connect_async()
        await slack.connected()
        alice = slack.user("U1")
        said = alice.mentions("C1", "make a video & more")
        card = await slack.message("hi")
        assert card["thread_ts"] == said["ts"]
        await slack.until(lambda: seen.count(said["ts"]) == 2)
        alice.clicks(card, "go")
        modal = await slack.modal("U1")
        wrong = await slack.answered(alice.submits(modal, {"note": "bad"}))
        assert wrong["answer"] == {"response_action": "errors", "errors": {"b": "no"}}
        await slack.answered(alice.submits(modal, {"note": "good"}))
        assert slack.find_modal("U1") is None
        alice.runs("/clone do it")
        assert (await slack.ephemeral("U1"))["text"] == "heard do it"
        await handler.close_async()

    asyncio.run(run())
