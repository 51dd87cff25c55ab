"""The webhook: handshake, signatures, sizes, and whatever bytes a stranger or a changed vendor may send."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.whatsapp.http import WEBHOOK, whatsapp_routes
from bot.whatsapp.names import Namer, person_of
from studio.settings import Settings
from studio.store import Store, inbox, personas, whatsapp
from studio.store.schema import metadata
from tests.fakes.slack_room import Bell
from tests.fakes.studio import GRACE, furnish
from tests.fakes.whatsapp import RemoteWhatsApp, WhatsAppServer
from tests.fakes.whatsapp.webhooks import Event, encoded, packed, signed
from tests.fakes.whatsapp.world import APP_SECRET, VERIFY_TOKEN
from tests.fakes.whatsapp_room import Room, settings_for
from workers.whatsapp import reception_of

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]
PHONE = "491511234567"
Json = dict[str, Any]
HTTP = "http://clone.example.com"


class Hook:
    """The webhook's app without a network, the Graph API out of reach."""

    def __init__(self, settings: Settings, store: Store) -> None:
        nowhere = settings_for(RemoteWhatsApp("http://127.0.0.1:9"))
        self.settings, self.store = settings.model_copy(update=nowhere), store
        furnish(store)
        with store.write() as connection:
            contact = whatsapp.contact_of(connection, PHONE, "", Namer(settings.home))
            personas.allow(connection, GRACE, person_of(str(contact["id"])))

    def posts(self, *deliveries: tuple[bytes, dict[str, str]]) -> list[tuple[int, float]]:
        """(status, seconds) of each, all at once."""

        async def one(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> tuple[int, float]:
            begun = time.perf_counter()
            answer = await client.post(f"{HTTP}{WEBHOOK}", content=body, headers=headers)
            return answer.status_code, time.perf_counter() - begun

        async def play() -> list[tuple[int, float]]:
            reception = reception_of(self.settings, self.store, Bell(nothing, asyncio.get_running_loop()))
            app = whatsapp_routes(reception, APP_SECRET, VERIFY_TOKEN)
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport) as client:
                found = await asyncio.gather(*(one(client, *each) for each in deliveries))
            await reception.close()
            return list(found)

        return asyncio.run(play())

    def post(self, payload: object) -> int:
        """The status of something signed."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.posts((body, signed(APP_SECRET, body)))[0][0]

    def everything(self) -> str:
        """All facts."""
        with self.store.read() as connection:
            tables = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
        return hashlib.sha256(repr(tables).encode()).hexdigest()

    def count(self) -> int:
        """Inbox rows."""
        with self.store.read() as connection:
            return int(
                connection.execute(select(func.count()).select_from(metadata.tables["inbox"])).scalar() or 0
            )


async def nothing() -> None:
    """Nobody works here."""


@pytest.fixture
def hook(settings: Settings, store: Store) -> Hook:
    return Hook(settings, store)


def message(kind: str, content: object, wamid: str = "wamid.1", **more: object) -> Json:
    item = {
        "from": PHONE,
        "id": wamid,
        "timestamp": str(int(time.time())),
        "type": kind,
        kind: content,
        **more,
    }
    return packed([Event("messages", item, {"profile": {"name": "Ann"}, "wa_id": PHONE})], "messages")


def test_the_handshake_and_forgeries(room: Room) -> None:
    room.wa.handshake()
    before = len(received(room))
    for how in ("secret", "missing", "altered", "sha1"):
        assert room.wa.forges(room.ann, how) == 401
    assert len(received(room)) == before


@pytest.fixture
def room(settings: Settings, store: Store) -> Iterator[Room]:
    with WhatsAppServer() as wa, Room(wa, settings) as made:
        yield made


def received(room: Room) -> list[Any]:
    with room.store.read() as connection:
        return inbox.of_source(connection, "whatsapp")


@pytest.mark.sqlite
def test_what_is_too_large_unreadable_or_for_others_changes_nothing(hook: Hook) -> None:
    before = hook.everything()
    assert hook.post(b"x" * 3_600_000) == 413
    for odd in (b"", b"\xff\xfe", b"null", b"[1]", b"{}", b'{"object": 7}', b"[" * 100_000):
        assert hook.post(odd) == 200
    other = message("text", {"body": "hi"})
    other["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "1"
    assert hook.post(other) == 200
    assert hook.everything() == before


def test_a_message_is_one_fact_however_often_and_whatever_stands_in_it(hook: Hook) -> None:
    odd = "Hi \x00 \ud83d half ✨ " + "x" * 100_000
    for _ in range(3):
        assert hook.post(message("text", {"body": odd}, "wamid.odd")) == 200
    assert hook.count() == 1


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Right nine times of ten."""
    return st.integers(0, 9).flatmap(lambda number: good if number else JUNK)


KINDS = st.sampled_from(
    "text audio image button interactive reaction edit revoke system order unsupported contacts x".split()
)
REPLIES = st.sampled_from(
    ["approve|script:abc:1", "yes|cut:x:y", "show|x", "resend|x", "|", "approve", "keep|cut:a:1", "drop|::"]
)
CONTENTS = (
    JUNK
    | st.fixed_dictionaries({"body": st.text(max_size=50) | JUNK})
    | st.fixed_dictionaries({"id": st.text(max_size=8), "mime_type": JUNK, "sha256": JUNK})
    | st.builds(
        lambda i: {"type": "button_reply", "button_reply": {"id": i, "title": "x"}}, REPLIES | st.text()
    )
    | st.fixed_dictionaries({"message_id": JUNK, "emoji": st.sampled_from(["👍", "", "x"]) | JUNK})
)
ITEMS = st.fixed_dictionaries(
    {
        "type": mostly(KINDS),
        "id": mostly(st.text(min_size=1, max_size=10)),
        "from": mostly(st.just(PHONE)),
        "timestamp": mostly(st.sampled_from(["0", "1790000000", "99999999999", "x"])),
    },
    optional={
        "from_user_id": mostly(st.just("US.12345")),
        "context": JUNK | st.fixed_dictionaries({"id": st.text(max_size=10)}),
    },
)
STATUSES = st.fixed_dictionaries(
    {"id": st.text(max_size=10), "status": st.sampled_from(["sent", "read", "failed", "x"]) | JUNK},
    optional={"errors": JUNK | st.just([{"code": 131047}]), "biz_opaque_callback_data": st.text() | JUNK},
)


@st.composite
def payloads(draw: st.DrawFn) -> object:
    """Deliveries that are nearly right somewhere."""
    item = draw(ITEMS)
    item[str(item["type"])] = draw(CONTENTS)
    value = {
        "messaging_product": "whatsapp",
        "metadata": draw(mostly(st.just({"phone_number_id": "106540352242922"}))),
        "messages": draw(mostly(st.just([item]))),
        "statuses": draw(mostly(st.lists(STATUSES, max_size=2))),
    }
    change = {"field": "messages", "value": draw(mostly(st.just(value)))}
    entry = {"id": "1", "changes": draw(mostly(st.just([change])))}
    return {"object": "whatsapp_business_account", "entry": draw(mostly(st.just([entry])))}


FUZZ = tries(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_no_signed_body_is_answered_by_an_error(settings: Settings, database_url: str) -> None:
    fresh = Store(settings.database)
    fresh.migrate()
    target = Hook(settings, fresh)

    @FUZZ
    @given(payloads())
    def fuzz(payload: object) -> None:
        body = json.dumps(payload).encode()
        assert [status for status, _ in target.posts((body, signed(APP_SECRET, body)))] == [200]

    fuzz()
    assert target.count() > 0  # some of them meant something
    fresh.close()


@pytest.mark.sqlite
def test_nothing_unsigned_changes_anything(hook: Hook) -> None:
    before = hook.everything()

    @FUZZ
    @given(payloads() | st.binary(max_size=200), st.text(max_size=80) | st.just("sha256=") | st.none())
    def fuzz(payload: object, signature: str | None) -> None:
        body = payload if isinstance(payload, bytes) else encoded(payload)  # type: ignore[arg-type]
        headers = {"content-type": "application/json"}
        if signature is not None:
            headers["x-hub-signature-256"] = signature.encode("ascii", "ignore").decode().strip()
        right = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert right not in headers.get("x-hub-signature-256", "")
        assert hook.posts((body, headers))[0][0] == 401

    fuzz()
    assert hook.everything() == before


def test_many_at_once_share_commits_and_are_answered_quickly(hook: Hook) -> None:
    bodies = [encoded(message("reaction", {"message_id": "wamid.x"}, f"wamid.{n}")) for n in range(200)]
    answers = hook.posts(*((body, signed(APP_SECRET, body)) for body in bodies))
    took = sorted(seconds for _, seconds in answers)
    print(f"200 at once: median {took[100]:.3f} s, slowest {took[-1]:.3f} s")
    assert [status for status, _ in answers] == [200] * 200
    assert took[100] < 5.0  # well below where nothing else runs
