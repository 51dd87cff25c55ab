"""A founder with only a phone, and the real stack: a kill, a voice note, a stale button, a closed window, a yes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest

from bot.whatsapp.http import WEBHOOK
from bot.whatsapp.names import Namer, person_of
from studio.domain import Status
from studio.store import personas, productions, reviews, whatsapp
from tests.engines.voices import render
from tests.fakes.whatsapp import Person, WhatsAppServer
from tests.fakes.whatsapp_room import settings_for
from tests.journeys.house import House, installed, kill
from tests.service.test_whatsapp import words_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
SCRIPT = "Script: We build small and fast compilers. Everybody can read them."
Json = dict[str, Any]


@pytest.fixture(scope="module")
def house(
    furnished: Path, wa: WhatsAppServer, ann: Person, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with installed(
        furnished, tmp_path_factory.mktemp("whatsapp"), recipe="quick", **settings_for(wa)
    ) as made:
        home = made.settings.home
        allow(made, ann)
        answers_to(wa, made)
        for path, status in ((WEBHOOK, 403), ("/", 400)):  # through a tunnel, under another name
            address = f"http://127.0.0.1:{made.settings.web_port}{path}"
            assert httpx.get(address, headers={"host": "clone.example.com"}).status_code == status
        yield made
    logs = "".join(path.read_text() for path in (home / "logs").glob("*"))
    assert "1511234567" not in logs and "wamid" not in logs


def allow(house: House, person: Person) -> str:
    """Somebody's number may approve Grace's videos; who they are for us."""
    with house.store.write() as connection:
        contact = whatsapp.contact_of(connection, person.now()["phone"], "", Namer(house.settings.home))
        name = person_of(str(contact["id"]))
        personas.allow(connection, personas.named(connection, "Grace"), name)
    return name


def answers_to(wa: WhatsAppServer, house: House) -> None:
    """Webhooks go to that house, which knows the handshake."""
    wa.deliver_to(f"http://127.0.0.1:{house.settings.web_port}{WEBHOOK}")
    wa.handshake()


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Somebody says what should change, as WhatsApp records it."""
    folder = tmp_path_factory.mktemp("note")
    spoken = render(folder / "said.wav", "Make line two softer, please.")
    coded = ["-c:a", "libopus", "-ac", "1", folder / "note.ogg"]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", spoken, *coded], check=True, timeout=30
    )
    return (folder / "note.ogg").read_bytes()


def shown(wa: WhatsAppServer, words: str, within_s: float = 80.0, **more: Any) -> Json:
    found: Json = wa.wait(lambda: wa.find_message(words, **more), within_s)
    return found


def test_from_a_brief_to_a_delivered_video_on_a_phone(
    house: House, wa: WhatsAppServer, ann: Person, note: bytes
) -> None:
    wa.perform("switch", double=True)
    ann.writes(SCRIPT)
    first = shown(wa, "script 1")
    ann.writes("draft format")
    second = shown(wa, "script 2")
    ann.presses(first, "Approve")
    assert shown(wa, "Script 2 is up for review now")["context"]["message_id"] == second["id"]
    ann.presses(second, "Approve")
    ann.presses(second, "Approve")  # twice, and each of them delivered twice

    wa.wait(lambda: wa.find_call("media.upload"), 80)  # killed between the upload and its message
    kill(house.pid("agent"))
    preview = shown(wa, "Preview 1")

    ann.says(note, quoting=preview)
    shown(wa, "I heard: ")
    shown(wa, "I will change: line 2")
    newer = shown(wa, "Preview 2")
    ann.presses(preview, "Approve")
    assert shown(wa, "Preview 2 is up for review now")["context"]["message_id"] == newer["id"]

    ann.writes("office background")
    shown(wa, "I will change: ", after=newer)
    wa.passes(hours=25)  # the ride took longer
    asked = shown(wa, "aiclone_waiting")
    assert wa.find_message("Preview 3") is None
    ann.presses(asked, "Show me")
    third = shown(wa, "Preview 3")
    wa.pardon(131047)

    ann.presses(third, "Approve")
    sure = shown(wa, "Exactly this file is delivered")
    ann.presses(sure, "Approve and deliver")
    delivered = shown(wa, "Delivered:")
    path = house.delivered(conversation(house))
    assert wa.content(delivered) == path.read_bytes()
    decided(house)
    in_order([words_of(m) for m in wa.messages(ann) if m["by"] == "business" and m["status"] != "failed"])


def conversation(house: House) -> str:
    with house.store.read() as connection:
        name: str = productions.latest(connection)[0]["conversation"]
    assert "1511234567" not in name
    return name


def decided(house: House) -> None:
    """Each subject once; the approved file is the one that was shown."""
    production = house.production(conversation(house))
    assert production["status"] == Status.DELIVERED
    with house.store.read() as connection:
        wanted = [f"{kind}:{production['id']}:{n}" for kind in ("script", "cut") for n in (1, 2, 3)]
        found = [reviews.decision_on(connection, subject) for subject in wanted]
        cut = productions.cut_row(connection, production["id"])
    decisions = [row for row in found if row is not None]
    assert [row["decision"] for row in decisions] == ["revise", "approve", "revise", "revise", "approve"]
    assert cut is not None and decisions[-1]["sha256"] == cut["artifact"]


def in_order(texts: list[str]) -> None:
    """Everything once; an emoji may be set again, a retake may be announced."""
    kept = [text for text in texts if text not in ("⏳", "✅") and not text.startswith("Not good enough")]
    wanted = ["On it.", "*", "*", "That was script 1.", "*Preview 1*", "I heard: ", "I will change: line 2"]
    wanted += ["*Preview 2*", "That was preview 1.", "I will change: ", "aiclone_waiting", "*Preview 3*"]
    wanted += ["Approve preview 3?", "✅ Delivered:"]
    kept = [text for text in kept if "You approved this." not in text]  # the second press, if it came late
    matching = [text.startswith(start) for text, start in zip(kept, wanted, strict=False)]
    assert len(kept) == len(wanted) and all(matching), "\n".join(texts)
