"""The loopback WhatsApp's media, and everything that can go wrong on purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.serving import served
from tests.fakes.whatsapp import Person, WhatsAppServer, samples
from tests.fakes.whatsapp.business import Client, code, sent_id, status

pytestmark = pytest.mark.service


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    """A server; a violation nobody pardoned fails the test."""
    with WhatsAppServer() as server:
        yield server


@pytest.fixture
def client(wa: WhatsAppServer) -> Iterator[Client]:
    """The business."""
    made = Client(wa)
    yield made
    made.http.close()


@pytest.fixture
def ann(wa: WhatsAppServer) -> Person:
    """Somebody who has just written."""
    person = wa.person("Ann", phone="+49 151 1234567")
    person.writes("Hi")
    return person


def test_media_up_and_down(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    clip = samples.movie()
    identity = client.upload(clip, "video/mp4", "a.mp4")
    shown = status(wa, sent_id(client.send(ann, "video", {"id": identity, "caption": "The preview"})), "read")
    assert wa.content(shown) == clip
    about = client.http.get(f"/{identity}", params={"phone_number_id": wa.phone_number_id}).json()
    assert about.keys() == {"url", "mime_type", "sha256", "file_size", "id", "messaging_product"}
    assert about["sha256"] == hashlib.sha256(clip).hexdigest() and about["file_size"] == len(clip)
    assert client.http.get(about["url"]).content == clip
    assert httpx.get(about["url"]).status_code == 401
    wa.passes(301)
    assert client.http.get(about["url"]).status_code == 404
    assert client.http.get(client.http.get(f"/{identity}").json()["url"]).content == clip
    note = ann.says(samples.voice_note())
    wa.passes(hours=24 * 7 + 1)
    assert code(client.http.get(f"/{note['audio']['id']}")) == 100
    assert client.http.delete(f"/{identity}").json() == {"success": True}
    gone = client.http.get(f"/{identity}")
    assert (code(gone), gone.json()["error"]["error_subcode"]) == (100, 33)
    assert gone.json()["error"]["type"] == "GraphMethodException"
    assert "code" in client.upload(clip, "video/quicktime")
    wa.pardon(190)
    wa.pardon(100)


def test_media_whatsapp_cannot_send(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    identity = client.upload(samples.movie("mpeg4"), "video/mp4", "a.mp4")
    assert status(wa, sent_id(client.send(ann, "video", {"id": identity})), "failed")["error"] == 131053
    status(wa, sent_id(client.send(ann, "document", {"id": identity, "filename": "master.mp4"})), "read")
    wa.perform("switch", at_once=True)
    assert code(client.send(ann, "video", {"id": identity})) == 131053
    assert code(client.send(ann, "video", {"link": f"{wa.url}/nothing.mp4"})) == 131053
    own = client.upload(samples.movie(), "video/mp4", "b.mp4")
    asked = {"type": "button", "header": {"type": "video", "video": {"id": own}}, "body": {"text": "Send it?"},
             "action": {"buttons": [{"type": "reply", "reply": {"id": "a", "title": "b"}}]}}  # fmt: skip
    assert code(client.send(ann, "interactive", asked)) == 0
    asked["header"]["video"]["id"] = identity  # type: ignore[index]
    assert code(client.send(ann, "interactive", asked)) == 131053
    assert wa.pardon(131053) == 4
    high = client.upload(samples.movie(profile="high"), "video/mp4", "c.mp4")
    status(wa, sent_id(client.send(ann, "video", {"id": high})), "read")
    wa.pardon("hard_to_play")


def test_a_planned_failure_is_nobodys_fault(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    ann.fails_next(131053)
    assert status(wa, sent_id(client.send(ann, "text", {"body": "x"})), "failed")["error"] == 131053
    with pytest.raises(KeyError):
        wa.fault("mesages", 131000)


def test_media_by_link(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    """Fetched by the server; what the link says it is counts."""
    clip = samples.movie()

    async def file(request: Request) -> Response:
        return Response(clip, media_type=request.query_params["as"])

    with served(Starlette(routes=[Route("/a.mp4", file)])) as url:
        link = f"{url}/a.mp4?as=video/mp4"
        shown = status(wa, sent_id(client.send(ann, "video", {"link": link})), "read")
        assert wa.content(shown) == clip
        other = client.send(ann, "video", {"link": f"{url}/a.mp4?as=video/quicktime"})
        assert status(wa, sent_id(other), "failed")["error"] == 131053
    wa.pardon(131053)


def test_faults(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    hello = {"body": "Hello"}
    for then in (131000, 130429, 131056, 4, 80007, 131016, 133004, 368, 131031):
        wa.fault("messages", then)
        assert code(client.send(ann, "text", hello)) == then
    wa.fault("messages", "500")
    assert client.send(ann, "text", hello).status_code == 500
    wa.fault("messages", "html")
    assert client.send(ann, "text", hello).text.startswith("<!DOCTYPE")
    assert wa.find_message() is None and not any(m["by"] == "business" for m in wa.messages())
    wa.fault("messages", "500", do=True)
    assert client.send(ann, "text", {"body": "sent all the same"}).status_code == 500
    wa.fault("messages", "cut", do=True)
    with pytest.raises(httpx.TransportError):
        client.send(ann, "text", {"body": "sent and cut"})
    wa.fault("messages", "late", seconds=0.2)
    assert client.send(ann, "text", hello).elapsed.total_seconds() >= 0.2
    wa.wait(lambda: len([m for m in wa.messages() if m["by"] == "business" and m["status"] == "read"]) == 3)
    identity = client.upload(samples.movie(), "video/mp4", "a.mp4")
    about = client.http.get(f"/{identity}").json()
    wa.fault("media.download", "garbled")
    spoilt = client.http.get(about["url"]).content
    assert hashlib.sha256(spoilt).hexdigest() != about["sha256"]
    wa.fault("media.download", 404)
    assert client.http.get(about["url"]).status_code == 404
    wa.fault("media.upload", 131053)
    assert "131053" in client.upload(samples.movie(), "video/mp4", "a.mp4")
