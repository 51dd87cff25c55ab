""" "Send it to me on WhatsApp" is answered with what is true, for both brains alike, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from agent.elsewhere import answer
from studio.settings import Settings
from tests.fakes.openai_server import KEY, OpenAiServer
from tests.fakes.studio import Floor

pytestmark = pytest.mark.service
WHATSAPP: dict[str, Any] = {
    "whatsapp_token": SecretStr("t"),
    "whatsapp_phone_number_id": "1",
    "whatsapp_app_secret": SecretStr("s"),
    "whatsapp_verify_token": SecretStr("v"),
}


def answered(text: str, settings: Settings, where: str = "desk:a", linked: tuple[str, ...] = ("ann",)) -> str:
    return answer(text, where, "folder", linked, settings)


WISHES = [
    "send it to me on whatsapp",
    "Can you send it to my phone?",
    "whatsapp it to me",
    "I want it on WhatsApp please",
]


@pytest.mark.parametrize("wish", WISHES)
def test_whatsapp_is_linked_not_set(settings: Settings, wish: str) -> None:
    connected = settings.model_copy(update=WHATSAPP)
    assert "not connected with WhatsApp" in answered(wish, settings)
    assert "write “link” here" in answered(wish, connected)
    assert "linked" in answered(wish, connected, linked=("ann", "whatsapp:49"))
    assert answered(wish, connected, where="whatsapp:1:49").startswith("It comes here")


@pytest.mark.parametrize(
    "wish",
    ["email it to me", "post it on LinkedIn", "share it with my cofounder", "send me the file", "download"],
)
def test_other_places_get_nothing_from_here(settings: Settings, wish: str) -> None:
    assert answered(wish, settings).startswith("I send and post nothing elsewhere.")
    assert "delivery folder" in answered(wish, settings)
    assert "“drive”" in answer(wish, "desk:a", "drive", (), settings)


@pytest.mark.parametrize(
    "text",
    [
        "put me in an office",
        "whatsapp format",
        "send it",
        "publish it",
        "say it with a smile",
        "line 2 softer",
        "yes",
    ],
)
def test_anything_else_is_left_to_the_reader(settings: Settings, text: str) -> None:
    assert answered(text, settings) == ""


def test_it_changes_nothing_whoever_reads(settings: Settings) -> None:
    with OpenAiServer() as server:
        keyed = {"openai_api_key": SecretStr(KEY), "openai_base_url": server.url}
        floor = Floor(settings.model_copy(update=keyed))
        floor.to_preview("Script: We build compilers. They are fast. They are small.")
        floor.write("send it to me on WhatsApp")
        floor.look()
        assert server.asked == []
    assert "not connected with WhatsApp" in floor.last("say")["text"]
    assert floor.last("preview")["version"] == 1
