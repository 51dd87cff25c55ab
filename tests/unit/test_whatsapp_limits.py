"""Every limit of WhatsApp's messages, templates and media: just inside passes, just outside fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.whatsapp.errors import TABLE, GraphError
from tests.fakes.whatsapp.messages import check_message, check_receipt, is_emoji
from tests.fakes.whatsapp.templates import add, check_fit, create
from tests.fakes.whatsapp.webhooks import Event, encoded, packed, signed
from tests.fakes.whatsapp.world import World

pytestmark = pytest.mark.unit
Json = dict[str, Any]


def body(kind: str, content: Any, **more: Any) -> Json:
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "491511234567"}
    return {**common, "type": kind, kind: content, **more}


def interactive(kind: str = "button", action: Any = None, **more: Any) -> Json:
    default = {"type": kind, "body": {"text": "b"}, "action": buttons(1) if action is None else action}
    return body("interactive", {**default, **more})


def button(at: int = 0, **more: str) -> Json:
    return {"type": "reply", "reply": {"id": f"i{at}", "title": f"t{at}", **more}}


def buttons(n: int, **more: str) -> Json:
    return {"buttons": [button(at, **more) for at in range(n)]}


def row(at: Any = 0, **more: str) -> Json:
    return {"id": f"i{at}", "title": "t", **more}


def rows(*counts: int, **more: str) -> Json:
    sections = [
        {"title": f"s{s}", "rows": [row(f"{s}.{at}", **more) for at in range(n)]}
        for s, n in enumerate(counts)
    ]
    return {"button": "Choose", "sections": sections}


def listed(action: Json) -> Json:
    return interactive("list", action)


def link(display: str = "Open", url: str = "https://x.org/v.mp4") -> Json:
    return interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": display, "url": url}})


def of(n: int) -> str:
    return "x" * n


def without(message: Json, name: str) -> Json:
    return {key: value for key, value in message.items() if key != name}


def code(check: Callable[[], object]) -> int:
    try:
        check()
    except GraphError as error:
        assert error.envelope()["error"].keys() >= {"message", "type", "code", "fbtrace_id"}
        assert error.status >= 400 and error.code in TABLE
        return error.code
    return 0


LIMITS: list[tuple[str, int, Callable[[int], Json], int]] = [
    ("text", 4096, lambda n: body("text", {"body": of(n)}), 100),
    ("caption", 1024, lambda n: body("video", {"id": "1", "caption": of(n)}), 100),
    ("file name", 240, lambda n: body("document", {"id": "1", "filename": of(n)}), 100),
    ("callback data", 512, lambda n: body("text", {"body": "x"}, biz_opaque_callback_data=of(n)), 100),
    ("interactive body", 1024, lambda n: interactive(body={"text": of(n)}), 131009),
    ("header", 60, lambda n: interactive(header={"type": "text", "text": of(n)}), 131009),
    ("footer", 60, lambda n: interactive(footer={"text": of(n)}), 131009),
    ("buttons", 3, lambda n: interactive(action=buttons(n)), 131009),
    ("button title", 20, lambda n: interactive(action=buttons(1, title=of(n))), 131009),
    ("button id", 256, lambda n: interactive(action=buttons(1, id=of(n))), 131009),
    ("rows in one section", 10, lambda n: listed(rows(n)), 131009),
    ("rows in all sections", 10, lambda n: listed(rows(5, n - 5)), 131009),
    ("sections", 10, lambda n: listed(rows(*[1] * n)), 131009),
    ("row title", 24, lambda n: listed(rows(1, title=of(n))), 131009),
    ("row id", 200, lambda n: listed(rows(1, id=of(n))), 131009),
    ("row description", 72, lambda n: listed(rows(1, description=of(n))), 131009),
    ("list button", 20, lambda n: listed({**rows(1), "button": of(n)}), 131009),
    ("section title", 24, lambda n: listed({**rows(1), "sections": [{"title": of(n), "rows": [row()]}]}), 131009),
    ("link button", 20, lambda n: link(display=of(n)), 131009),
    ("template name", 512, lambda n: body("template", {"name": of(n), "language": {"code": "de"}}), 100),
]  # fmt: skip


@pytest.mark.parametrize(("most", "made", "refused"), [x[1:] for x in LIMITS], ids=[x[0] for x in LIMITS])
def test_lengths_and_counts(most: int, made: Callable[[int], Json], refused: int) -> None:
    """`most` of it pass, one more does not."""
    assert code(lambda: check_message(made(most))) == 0
    assert code(lambda: check_message(made(most + 1))) == refused


ACCEPTED: dict[str, Json] = {
    "a phone number with punctuation": body("text", {"body": "x"}, to="+49 (151) 123-4567"),
    "a BSUID": without(body("text", {"body": "x"}, recipient="US.1349abc"), "to"),
    "a parent BSUID": without(body("text", {"body": "x"}, recipient="US.ENT.1349abc"), "to"),
    "a preview of a link": body("text", {"body": "https://x.org", "preview_url": True}),
    "a voice message": body("audio", {"id": "1", "voice": True}),
    "a quoting message": body("text", {"body": "x"}, context={"message_id": "wamid.1"}),
    "a removed reaction": body("reaction", {"message_id": "wamid.1", "emoji": ""}),
    "a video above buttons": interactive(header={"type": "video", "video": {"id": "1"}}),
    "a place": body("location", {"latitude": 52.5, "longitude": "13.4", "name": "x"}),
    "a section without title": listed({"button": "x", "sections": [{"rows": [row()]}]}),
    "a link": link(),
}  # fmt: skip

REFUSED: list[tuple[int, str, Json]] = [
    (100, "another product", body("text", {"body": "x"}, messaging_product="sms")),
    (100, "no product", without(body("text", {"body": "x"}), "messaging_product")),
    (100, "an unknown field", body("text", {"body": "x"}, surprise=1)),
    (100, "an unknown field inside", body("text", {"body": "x", "parse_mode": "md"})),
    (100, "content of another kind", body("text", {"body": "x"}, image={"id": "1"})),
    (100, "text that is a number", body("text", {"body": 1})),
    (100, "empty text", body("text", {"body": ""})),
    (100, "blank text", body("text", {"body": " \n"})),
    (131008, "no content", without(body("text", {"body": "x"}), "text")),
    (131008, "no type", without(body("text", {"body": "x"}), "type")),
    (131008, "no recipient", without(body("text", {"body": "x"}), "to")),
    (100, "two recipients", body("text", {"body": "x"}, recipient="US.1")),
    (131009, "a number that is none", body("text", {"body": "x"}, to="ann")),
    (131009, "a number that is an int", body("text", {"body": "x"}, to=491511234567)),
    (131009, "a BSUID that is none", without(body("text", {"body": "x"}, recipient="usa.1"), "to")),
    (100, "a group", body("text", {"body": "x"}, recipient_type="group")),
    (131051, "an unknown type", body("poll", {})),
    (100, "media by id and by link", body("image", {"id": "1", "link": "https://x.org"})),
    (100, "media by nothing", body("image", {"caption": "x"})),
    (100, "a link that is none", body("image", {"link": "/tmp/x.jpg"})),
    (100, "a caption on sound", body("audio", {"id": "1", "caption": "x"})),
    (100, "a file name on a video", body("video", {"id": "1", "filename": "x"})),
    (100, "voice that is a word", body("audio", {"id": "1", "voice": "yes"})),
    (131009, "no buttons", interactive(action={"buttons": []})),
    (131009, "a title twice", interactive(action={"buttons": [button(0, title="x"), button(1, title="x")]})),
    (131009, "an id twice", interactive(action={"buttons": [button(0, id="x"), button(1, id="x")]})),
    (131009, "an empty title", interactive(action=buttons(1, title=""))),
    (100, "a button of another type", interactive(action={"buttons": [{**button(), "type": "url"}]})),
    (131008, "interactive without body", body("interactive", {"type": "button", "action": buttons(1)})),
    (131009, "rows with one id", listed({"button": "x", "sections": [{"rows": [row(), row()]}]})),
    (131008, "two sections, one without title", listed(
        {"button": "x", "sections": [{"title": "x", "rows": [row(1)]}, {"rows": [row(2)]}]})),
    (131009, "an empty section", listed({"button": "x", "sections": [{"rows": []}]})),
    (100, "a picture above a list", interactive("list", rows(1), header={"type": "image", "image": {"id": "1"}})),
    (100, "a caption in a header", interactive(header={"type": "image", "image": {"id": "1", "caption": "x"}})),
    (100, "a link button to nowhere", link(url="x.org")),
    (131009, "a reaction with words", body("reaction", {"message_id": "wamid.1", "emoji": "ok"})),
    (131009, "a reaction of two", body("reaction", {"message_id": "wamid.1", "emoji": "👍👍"})),
    (131008, "a reaction without emoji", body("reaction", {"message_id": "wamid.1"})),
    (100, "a reaction that quotes", body("reaction", {"message_id": "w", "emoji": "👍"}, context={"message_id": "w"})),
    (131009, "a place off the earth", body("location", {"latitude": 91, "longitude": 0})),
]  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    """What WhatsApp takes."""
    assert code(lambda: check_message(ACCEPTED[name])) == 0


@pytest.mark.parametrize(
    ("refused", "message"), [(c, b) for c, _, b in REFUSED], ids=[n for _, n, _ in REFUSED]
)
def test_refused(refused: int, message: Json) -> None:
    """What WhatsApp refuses, and with which code."""
    assert code(lambda: check_message(message)) == refused


def test_an_emoji_counts_as_two() -> None:
    """Nobody says how WhatsApp counts; who stays below this is safe."""
    assert code(lambda: check_message(interactive(action=buttons(1, title="👍" + of(18))))) == 0
    assert code(lambda: check_message(interactive(action=buttons(1, title="👍" + of(19))))) == 131009


def test_receipts() -> None:
    """Read receipts and the typing indicator."""
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    check_receipt(read)
    check_receipt({**read, "typing_indicator": {"type": "text"}})
    assert code(lambda: check_receipt({**read, "typing_indicator": {"type": "audio"}})) == 100
    assert code(lambda: check_receipt({**read, "status": "delivered"})) == 100
    assert code(lambda: check_receipt(without(read, "message_id"))) == 131008
    assert code(lambda: check_receipt({**read, "type": "text"})) == 100


def test_emoji() -> None:
    """One pictogram, however it is composed."""
    assert all(map(is_emoji, ["👍", "👍🏽", "⏳", "✅", "❤️", "👩‍💻", "🇩🇪", "‼️"]))
    assert not any(map(is_emoji, ["a", "ok", "👍👍", "1", " ", "👍a"]))


def fits(components: list[Json] | None, name: str = "ready", language: str = "en_US") -> int:
    world = World()
    parts: list[Json] = [{"type": "HEADER", "format": "VIDEO"}, {"type": "BODY", "text": "Hi {{1}}, it is {{2}}."},
                         {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Show"}]}]  # fmt: skip
    add(world, "ready", "en_US", parts)
    add(world, "named", "en_US", [{"type": "BODY", "text": "Hi {{name}}"}])
    for status in ("PENDING", "PAUSED", "DISABLED"):
        add(world, status.lower(), "en_US", parts, status=status)
    content: Json = {"name": name, "language": {"code": language}}
    if components is not None:
        content["components"] = components

    def sent() -> None:
        check_message(body("template", content))
        check_fit(world, content)

    return code(sent)


def test_templates() -> None:
    """A template is known, approved and filled exactly."""
    header = {"type": "header", "parameters": [{"type": "video", "video": {"id": "1"}}]}
    words = {
        "type": "body",
        "parameters": [{"type": "text", "text": "Ann"}, {"type": "text", "text": "ready"}],
    }
    show = {"type": "button", "sub_type": "quick_reply", "index": "0",
            "parameters": [{"type": "payload", "payload": "p"}]}  # fmt: skip
    assert fits([header, words]) == fits([header, words, show]) == 0
    assert fits([header, words], "unknown") == fits([header, words], language="de") == 132001
    assert fits([header, words], "pending") == 132001
    assert (fits([header, words], "paused"), fits([header, words], "disabled")) == (132015, 132016)
    assert fits([words]) == fits([{**header, "parameters": []}, words]) == 132012
    assert fits([header]) == fits([header, {**words, "parameters": words["parameters"][:1]}]) == 132000
    lines = {**words, "parameters": [{"type": "text", "text": "a\nb"}, {"type": "text", "text": "c"}]}
    assert fits([header, lines]) == 132012
    assert fits([header, words, {**show, "index": "1"}]) == 132012
    assert fits([header, words, {**show, "sub_type": "url"}]) == 132012
    named = {"type": "body", "parameters": [{"type": "text", "text": "Ann", "parameter_name": "name"}]}
    assert fits([named], "named") == 0
    assert fits([{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}], "named") == 132012


def test_a_new_template_is_in_review() -> None:
    """The registry checks names; nothing can be sent before the verdict."""
    asked = {"name": "ready_1", "category": "UTILITY", "language": "de",
             "components": [{"type": "BODY", "text": "x"}]}  # fmt: skip
    assert create(World(), asked)["status"] == "PENDING"
    assert code(lambda: create(World(), {**asked, "name": "Ready"})) == 100
    assert code(lambda: create(World(), {**asked, "components": []})) == 131009


def test_webhooks_are_escaped_and_packed() -> None:
    """Only the raw bytes fit the signature; styles differ in their nesting alone."""
    raw = encoded({"text": "ä/b 👍"})
    assert raw == rb'{"text":"\u00e4\/b \ud83d\udc4d"}'
    known = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    fox = b"The quick brown fox jumps over the lazy dog"
    assert signed("key", fox)["X-Hub-Signature-256"] == f"sha256={known}"
    card = {"user_id": "US.1"}
    events = [Event("messages", {"id": "1"}, card), Event("statuses", {"id": "2"}, card), Event(
        "messages", {"id": "3"}, {"user_id": "US.2"})]  # fmt: skip

    def shape(style: str) -> list[list[list[str]]]:
        payload = packed(events, style)
        return [
            [[i["id"] for i in c["value"].get("messages", c["value"].get("statuses"))] for c in e["changes"]]
            for e in payload["entry"]
        ]

    assert shape("messages") == [[["1", "3"], ["2"]]]
    assert shape("changes") == [[["1"], ["2"], ["3"]]]
    assert shape("entries") == [[["1"]], [["2"]], [["3"]]]
    assert len(packed(events, "messages")["entry"][0]["changes"][0]["value"]["contacts"]) == 2
