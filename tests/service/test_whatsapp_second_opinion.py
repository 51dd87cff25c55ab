"""What pywa, written by others, makes of our loopback WhatsApp: it sends, we accept; we post, it parses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pywa
from pywa import types
from pywa.errors import ReEngagementMessage, TemplateNotExists, WhatsAppError
from pywa.types.templates import BodyText, HeaderVideo, QuickReplyButton, TemplateLanguage
from starlette.applications import Starlette

from bot.whatsapp import arrived
from tests.fakes.serving import served
from tests.fakes.whatsapp import Person, WhatsAppServer, samples
from tests.fakes.whatsapp.messages import check_message, check_receipt
from tests.fakes.whatsapp.second_opinion import Loopback, requests_of
from tests.fakes.whatsapp.second_opinion import client as pywa_client

pytestmark = pytest.mark.service
Json = dict[str, Any]


class Parsed:
    """A pywa application as the product; what it made of each webhook."""

    def __init__(self, client: pywa.WhatsApp) -> None:
        self.seen: list[Any] = []
        for name in (
            "message", "callback_button", "callback_selection", "message_status", "phone_number_change",
            "edited_message", "deleted_message",
        ):  # fmt: skip
            getattr(client, f"on_{name}")()(self._keep)

    def _keep(self, client: pywa.WhatsApp, update: Any) -> None:
        self.seen.append(update)


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    """A server; a violation nobody pardoned fails the test."""
    with WhatsAppServer() as server:
        yield server


@pytest.fixture
def client(wa: WhatsAppServer) -> Iterator[pywa.WhatsApp]:
    """pywa, for which our server is the vendor."""
    with httpx.Client(transport=Loopback(wa.url), timeout=10) as session:
        yield pywa_client(session)


@pytest.fixture
def product(wa: WhatsAppServer) -> Iterator[Parsed]:
    """pywa's own webhook: it answers the challenge and checks our signatures."""
    app = Starlette()
    parser = pywa.WhatsApp(
        phone_id=wa.phone_number_id, token="x", server=app, webhook_endpoint="/hook", waba_id=wa.waba_id,
        verify_token=wa.verify_token, app_secret=wa.app_secret,
    )  # fmt: skip
    parsed = Parsed(parser)
    with served(app) as url:
        wa.deliver_to(f"{url}/hook")
        wa.handshake()
        yield parsed


@pytest.fixture(params=["phone", "bsuid"])
def ann(request: pytest.FixtureRequest, wa: WhatsAppServer) -> Person:
    """Somebody who has just written: with a phone number, or hidden behind a BSUID."""
    person = wa.person("Ann Ä", phone="+49 151 1234567" if request.param == "phone" else "", username="ann")
    person.writes("Hi")
    return person


def number(person: Person) -> str:
    return next(iter(person.address().values()))


def read(wa: WhatsAppServer, sent: Any) -> Json:
    return wa.wait(lambda: wa.find_status({"id": sent.id}, "read"))


def test_pywa_sends_every_kind(
    wa: WhatsAppServer, client: pywa.WhatsApp, ann: Person, tmp_path: Path
) -> None:
    """Our server accepts pywa's request for each kind of message, and the person sees what was meant."""
    to, hers = number(ann), ann.writes("x")
    clip, note = tmp_path / "a.mp4", tmp_path / "a.ogg"
    clip.write_bytes(samples.movie())
    note.write_bytes(samples.voice_note())
    buttons = [types.Button("Approve", "ok"), types.Button("Change", "no")]
    rows = [types.SectionRow(title="Vertical", callback_data="9:16", description="for phones")]
    choice = types.SectionList("Choose", [types.Section("Shape", rows), types.Section("More", [
        types.SectionRow(title="Square", callback_data="1:1")])])  # fmt: skip
    url = types.URLButton(title="Open", url="https://example.com/v.mp4")
    sent = [
        client.send_message(to, "Hello", reply_to_message_id=hers["id"], tracker="job-1", preview_url=True),
        client.send_message(to, "Send it?", header="Draft 1", footer="12 s", buttons=buttons),
        client.send_message(to, "Which?", buttons=choice),
        client.send_message(to, "Full size", buttons=url),
        client.send_video(to, clip, caption="The preview"),
        client.send_video(
            to, clip, caption="Send it?", footer="12 s", buttons=buttons, mime_type="video/mp4"
        ),
        client.send_document(to, clip, filename="master.mp4", caption="The master", mime_type="video/mp4"),
        client.send_image(to, samples.picture(), mime_type="image/jpeg"),
        client.send_audio(to, note, mime_type="audio/ogg"),
        client.send_voice(to, note, mime_type="audio/ogg"),
        client.send_sticker(to, samples.picture("WEBP", size=(512, 512)), mime_type="image/webp"),
        client.send_location(to, latitude=52.5, longitude=13.4, name="Berlin", address="Mitte"),
    ]
    seen = [read(wa, one) for one in sent]
    kinds = "text interactive interactive interactive video interactive document image audio audio sticker location"
    assert [message["type"] for message in seen] == kinds.split()
    assert seen[0]["context"] == {"message_id": hers["id"]}
    assert (seen[0]["biz_opaque_callback_data"], seen[9]["audio"]["voice"]) == ("job-1", True)
    client.send_reaction(to, "⏳", hers["id"])
    client.remove_reaction(to, hers["id"])
    assert client.mark_message_as_read(hers["id"]) and client.indicate_typing(hers["id"])
    wa.wait(lambda: len([m for m in wa.messages() if m["type"] == "reaction" and m["status"] == "sent"]) == 2)
    assert [c["code"] for c in wa.calls()] == [0] * len(wa.calls())


def test_pywa_uses_media_and_the_account(wa: WhatsAppServer, client: pywa.WhatsApp, tmp_path: Path) -> None:
    """Upload, information, download, deletion; the number; the app's webhook."""
    media = client.upload_media(samples.movie(), mime_type="video/mp4", filename="a.mp4")
    url = client.get_media_url(media.id)
    assert url.file_size == len(samples.movie()) and url.mime_type == "video/mp4"
    assert client.get_media_bytes(url.url) == samples.movie()
    assert client.delete_media(media.id)
    with pytest.raises(WhatsAppError) as failed:
        client.get_media_url(media.id)
    assert (failed.value.code, failed.value.subcode, failed.value.status_code) == (100, 33, 400)
    wa.pardon(100)
    assert client.get_business_phone_number().display_phone_number == "+1 555-078-3881"
    app = client.api.get_app_access_token(client_id=int(wa.app_id), client_secret=wa.app_secret)
    assert app["access_token"].startswith(wa.app_id)


def test_pywa_sends_templates(wa: WhatsAppServer, client: pywa.WhatsApp, product: Parsed) -> None:
    """Outside the window only a template goes through; its quick reply comes back."""
    ann = wa.person("Ann", phone="+49 151 1234567")
    wa.template("ready", "Hi {{1}}, your video is ready.", header={"format": "VIDEO"}, replies=("Show",))
    media = client.upload_media(samples.movie(), mime_type="video/mp4", filename="a.mp4")
    filled = [HeaderVideo.params(video=media.id), BodyText.params("Ann"), QuickReplyButton.params(
        callback_data="show:1", index=0)]  # fmt: skip
    sent = client.send_template(number(ann), "ready", TemplateLanguage.ENGLISH_US, filled)
    card = read(wa, sent)
    ann.presses(card, "Show")
    wa.wait(lambda: [u for u in product.seen if isinstance(u, types.CallbackButton)])
    pressed = next(u for u in product.seen if isinstance(u, types.CallbackButton))
    assert (pressed.data, pressed.title, pressed.reply_to_message.id) == ("show:1", "Show", card["id"])
    with pytest.raises(TemplateNotExists):
        client.send_template(number(ann), "other", TemplateLanguage.ENGLISH_US, filled)
    wa.pardon(132001)
    listed = list(client.get_templates())
    assert [t.name for t in listed] == ["ready"]
    wa.passes(hours=24)
    wa.perform("switch", at_once=True)
    with pytest.raises(ReEngagementMessage):
        client.send_message(number(ann), "too late")
    wa.pardon(131047)


def test_pywa_parses_what_people_do(
    wa: WhatsAppServer, client: pywa.WhatsApp, product: Parsed, ann: Person
) -> None:
    """One delivery each; pywa checks the signature and builds an update of the right kind."""
    to = number(ann)
    wa.perform("switch", media_urls=True)
    card = read(wa, client.send_message(to, "Send it?", buttons=[types.Button("Approve", "ok:1")]))
    rows = types.SectionList(
        "Choose", [types.Section("Shape", [types.SectionRow(title="Square", callback_data="1:1")])]
    )
    choice = read(wa, client.send_message(to, "Which?", buttons=rows))
    mine, note = ann.writes("Grüße 👋 </p>"), samples.voice_note()
    deeds = [
        mine, ann.replies(card, "slower please"), ann.writes("look", forwarded=True), ann.says(note),
        ann.sends("image", samples.picture(), "me", mime="image/jpeg"),
        ann.sends("video", samples.movie(), "a clip", mime="video/mp4"),
        ann.sends("document", b"%PDF-", filename="script.pdf"),
        ann.sends("sticker", samples.picture("WEBP", size=(512, 512)), mime="image/webp"),
        ann.shares_location(52.5, 13.4, name="Berlin"), ann.shares_contact("Bea", "+49 151 7654321"),
        ann.presses(card, "Approve"), ann.picks(choice, "Square"), ann.reacts(card, "👍"), ann.reacts(card, ""),
        ann.edits(mine, "Grüße"), ann.revokes(mine), ann.sends_unsupported(),
    ]  # fmt: skip
    wa.wait(lambda: {deed["id"] for deed in deeds} <= {update.id for update in product.seen})
    seen = {update.id: update for update in product.seen}
    got = [seen[deed["id"]] for deed in deeds]
    assert [type(update).__name__ for update in got] == [
        *["Message"] * 10, "CallbackButton", "CallbackSelection", "Message", "Message", "EditedMessage",
        "DeletedMessage", "Message",
    ]  # fmt: skip
    assert got[0].text == "Grüße 👋 </p>" and got[1].reply_to_message.id == card["id"] and got[2].forwarded
    assert got[3].voice.mime_type.startswith("audio/ogg") and got[3].voice.url.startswith(wa.url)
    assert (got[4].caption, got[5].video.mime_type, got[6].document.filename) == (
        "me",
        "video/mp4",
        "script.pdf",
    )
    assert (got[8].location.name, got[9].contacts[0].name.formatted_name) == ("Berlin", "Bea")
    assert (got[10].data, got[11].data, got[11].title) == ("ok:1", "1:1", "Square")
    assert (got[12].reaction.emoji, got[13].reaction.is_removed) == ("👍", True)
    assert got[14].message.text == "Grüße" and got[14].original_message_id == mine["id"]
    assert got[15].original_message_id == mine["id"]
    assert (got[16].error.code, got[16].unsupported.type) == (131051, "poll")
    me = ann.now()
    assert {(u.from_user.wa_id or "", u.from_user.bsuid, u.from_user.username) for u in got} == {
        (me["phone"], me["bsuid"], "ann")
    }
    assert client.get_media_bytes(client.get_media_url(got[3].voice.id).url) == note


def test_pywa_parses_statuses(
    wa: WhatsAppServer, client: pywa.WhatsApp, product: Parsed, ann: Person
) -> None:
    """Sent, delivered, read; failed with its error; the callback data comes back."""
    wa.perform("switch", conversations=True)
    first = client.send_message(number(ann), "one", tracker="job-1")
    read(wa, first)
    ann.fails_next(131049)
    second = client.send_message(number(ann), "two", tracker="job-2")
    wa.wait(lambda: len([u for u in product.seen if isinstance(u, types.MessageStatus)]) == 4)
    seen = [u for u in product.seen if isinstance(u, types.MessageStatus)]
    assert {(u.id, u.status.value, u.tracker) for u in seen} == {
        *((first.id, word, "job-1") for word in ("sent", "delivered", "read")), (second.id, "failed", "job-2"),
    }  # fmt: skip
    failed = next(u for u in seen if u.status == "failed")
    assert failed.error is not None and failed.error.code == 131049
    assert next(u for u in seen if u.status == "sent").pricing.category == "service"


def test_pywa_parses_a_new_number(wa: WhatsAppServer, product: Parsed) -> None:
    ann = wa.person("Ann", phone="+49 151 1234567")
    ann.changes_number("+49 151 9999999")
    wa.wait(lambda: product.seen)
    (change,) = product.seen
    assert (change.old_wa_id, change.new_wa_id, change.new_user_id) == (
        "491511234567", "491519999999", ann.now()["bsuid"],
    )  # fmt: skip


def test_pywa_refuses_forgeries(wa: WhatsAppServer, product: Parsed) -> None:
    ann = wa.person("Ann", phone="+49 151 1234567")
    assert {wa.forges(ann, how) for how in ("secret", "missing", "altered", "sha1")} == {401, 403}
    assert not product.seen


def test_bodies_as_documented_are_pywas() -> None:
    """What the facts sheet says of a body, what pywa sends, and what we accept are the same."""
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "491511234567"}
    reply = {"type": "reply", "reply": {"id": "ok", "title": "Approve"}}
    card = {"type": "button", "header": {"type": "video", "video": {"id": "1"}}, "body": {"text": "Send it?"},
            "footer": {"text": "12 s"}, "action": {"buttons": [reply]}}  # fmt: skip
    row = {"id": "1:1", "title": "Square", "description": "for feeds"}
    choice = {"type": "list", "body": {"text": "Which?"},
              "action": {"button": "Choose", "sections": [{"title": "Shape", "rows": [row]}]}}  # fmt: skip
    button = {"type": "cta_url", "body": {"text": "Full size"}, "action": {
        "name": "cta_url", "parameters": {"display_text": "Open", "url": "https://x.org/v"}}}  # fmt: skip
    documented: list[Json] = [
        {**common, "type": "text", "text": {"body": "Hi", "preview_url": False}, "context": {"message_id": "wamid.1"},
         "biz_opaque_callback_data": "job-1"},
        {**common, "type": "interactive", "interactive": card},
        {**common, "type": "interactive", "interactive": choice},
        {**common, "type": "interactive", "interactive": button},
        {**common, "type": "video", "video": {"link": "https://x.org/v.mp4", "caption": "Draft"}},
        {**common, "type": "document", "document": {"id": "1", "filename": "master.mp4", "caption": "Master"}},
        {**common, "type": "audio", "audio": {"id": "1", "voice": True}},
        {**common, "type": "reaction", "reaction": {"emoji": "⏳", "message_id": "wamid.1"}},
    ]  # fmt: skip

    def send(client: pywa.WhatsApp) -> None:
        to, ok = "491511234567", [types.Button("Approve", "ok")]
        rows = [types.SectionRow(title="Square", callback_data="1:1", description="for feeds")]
        client.send_message(to, "Hi", reply_to_message_id="wamid.1", tracker="job-1")
        client.send_video(to, "1", caption="Send it?", footer="12 s", buttons=ok)
        client.send_message(to, "Which?", buttons=types.SectionList("Choose", [types.Section("Shape", rows)]))
        client.send_message(to, "Full size", buttons=types.URLButton(title="Open", url="https://x.org/v"))
        client.send_video(to, "https://x.org/v.mp4", caption="Draft")
        client.send_document(to, "1", filename="master.mp4", caption="Master")
        client.send_voice(to, "1")
        client.send_reaction(to, "⏳", "wamid.1")

    assert requests_of(send) == documented
    assert [check_message(body) for body in documented] == [body["type"] for body in documented]
    (receipt,) = requests_of(lambda client: client.indicate_typing("wamid.1"))
    check_receipt(receipt)


def test_what_we_read_in_a_webhook_is_what_pywa_reads(
    wa: WhatsAppServer, client: pywa.WhatsApp, product: Parsed, ann: Person
) -> None:
    """The same deliveries, parsed by pywa and by the product's own reader."""
    shown = client.send_message(number(ann), "Send it?", buttons=[types.Button("Approve", "approve|cut:a:1")])
    card = read(wa, shown)
    wa.perform("habits", person=ann.id, reads=False)
    deeds = [
        ann.replies(card, "line 2 softer ✨"),
        ann.says(samples.voice_note()),
        ann.presses(card, "Approve"),
    ]
    wa.wait(lambda: {deed["id"] for deed in deeds} <= {update.id for update in product.seen})
    payloads = [delivery["payload"] for delivery in wa.perform("deliveries")]
    ours = {m.wamid: m for payload in payloads for m in arrived.read(payload, wa.phone_number_id)[0]}
    theirs = {update.id: update for update in product.seen if update.id in ours}
    written, spoken, pressed = (ours[deed["id"]] for deed in deeds)
    assert (written.text("body"), written.quoted) == (
        theirs[written.wamid].text,
        theirs[written.wamid].reply_to_message.id,
    )
    assert spoken.text("id") == theirs[spoken.wamid].audio.id
    assert spoken.text("sha256") == theirs[spoken.wamid].audio.sha256
    assert pressed.text("button_reply", "id") == theirs[pressed.wamid].data == "approve|cut:a:1"
    for each in (written, spoken, pressed):
        sender = theirs[each.wamid].from_user
        assert each.phone == (sender.wa_id or "") and each.bsuid == sender.bsuid

    def states() -> tuple[list[str], list[str]]:
        delivered = [delivery["payload"] for delivery in wa.perform("deliveries")]
        news = [n for payload in delivered for n in arrived.read(payload, wa.phone_number_id)[1]]
        ours = sorted(n.state for n in news if n.wamid == shown.id)
        return ours, sorted(str(u.status.value) for u in product.seen if u.id == shown.id)

    assert wa.wait(lambda: found[0] if (found := states())[0] == found[1] else None)
