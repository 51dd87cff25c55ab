"""Paid takes from order to receipt: caps, secrets, kills, quotas, and what the chat says about them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from studio.domain import ProductionId, Status
from studio.media import MediaStore
from studio.queue import Order
from studio.settings import Settings
from studio.store import productions, schema, spending
from studio.timeline import read_timeline
from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.world import STOCK_VOICE, Refusal
from tests.fakes.paid_floor import PaidFloor, Worker
from workers.rendering import Outcome, Renderer

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
LINES = ("We build compilers for people.", "They are fast and small.", "Come and build one with us.")
SCRIPT = f"Script: {' '.join(LINES)}"
COUNTED = sum(map(len, LINES))


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[ElevenLabsServer, Worker]]:
    """The vendor and a worker; its key is in the environment of this process, as in a media worker's."""
    worker = Worker(asyncio.new_event_loop(), {})
    with ElevenLabsServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AICLONE_ELEVENLABS_API_KEY", server.key)
        patch.setenv("AICLONE_ELEVENLABS_API_URL", server.url)
        yield server, worker
        worker.close()
    worker.loop.close()


@pytest.fixture
def vendor(house: tuple[ElevenLabsServer, Worker]) -> Iterator[ElevenLabsServer]:
    """The vendor as on the first day."""
    house[0].reset()
    yield house[0]
    house[0].check()


@pytest.fixture
def worker(house: tuple[ElevenLabsServer, Worker]) -> Worker:
    return house[1]


@pytest.fixture
def floor(settings: Settings, vendor: ElevenLabsServer, worker: Worker) -> PaidFloor:
    made = PaidFloor(settings.model_copy(update={"recipe": "elevenlabs", "elevenlabs_price": 1.0}))
    made.worker = worker
    return made


def test_from_a_brief_to_a_preview_with_the_vendors_voice(floor: PaidFloor, vendor: ElevenLabsServer) -> None:
    floor.write(SCRIPT)
    floor.look()
    card = floor.last("script")
    assert card["usd"] == pytest.approx(COUNTED / 1000, abs=1e-4)
    assert not vendor.calls
    floor.press(card["subject"])
    floor.look()
    preview = floor.last("preview")
    assert vendor.paid == COUNTED
    assert preview["usd"] == pytest.approx(COUNTED / 1000, abs=1e-4)
    for row in floor.voices():
        assert row["cost"]["usd"] == pytest.approx(row["cost"]["characters"] / 1000)
        [made] = [made for made in vendor.made if made.request_id == row["cost"]["vendor_id"]]
        timeline = read_timeline(floor.media.fetch(row["artifact"]))
        ends = made.alignment["character_end_times_seconds"]
        starts = made.alignment["character_start_times_seconds"]
        last = len(made.body["text"].rstrip(".")) - 1
        spoken = timeline.words[-1].end - timeline.words[0].start
        assert spoken == pytest.approx(ends[last] - starts[0], abs=0.003)
    floor.write("approve")
    floor.look()
    assert floor.production()["status"] == Status.DELIVERED


def test_a_revision_buys_the_line_it_touches(floor: PaidFloor, vendor: ElevenLabsServer) -> None:
    floor.to_preview(SCRIPT)
    floor.write("line 2 softer")
    floor.look()
    assert vendor.paid == COUNTED + len(LINES[1])
    assert floor.said(", about $0.02")
    assert floor.last("preview")["usd"] == pytest.approx(vendor.paid / 1000, abs=1e-4)


def test_the_key_is_in_no_order_no_database_and_no_log(
    floor: PaidFloor, vendor: ElevenLabsServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    vendor.fails("speak", Refusal(500, "internal"), do=True)
    floor.to_preview(SCRIPT)
    assert vendor.key not in caplog.text
    stored = [path for path in floor.settings.home.rglob("*") if path.is_file()]
    assert stored
    assert not [path for path in stored if vendor.key.encode() in path.read_bytes()]


def test_without_a_key_the_chat_says_what_to_do_once_and_goes_on_from_there(
    floor: PaidFloor, vendor: ElevenLabsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.worker.close()
    monkeypatch.delenv("AICLONE_ELEVENLABS_API_KEY")
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    [said] = floor.said("key is missing")
    assert "set AICLONE_ELEVENLABS_API_KEY" in said
    assert not vendor.calls
    floor.worker.close()
    monkeypatch.setenv("AICLONE_ELEVENLABS_API_KEY", vendor.key)
    floor.write("try again")
    floor.look()
    assert floor.messages("preview")
    assert vendor.paid == COUNTED


def test_credit_that_ends_in_the_middle_is_said_and_what_was_bought_is_kept(
    floor: PaidFloor, vendor: ElevenLabsServer
) -> None:
    vendor.limit = COUNTED - 1
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    assert len(floor.said("no characters left")) == 1
    assert not floor.messages("preview")
    assert [row["state"] for row in floor.voices()].count("done") == 2
    vendor.limit = 100_000
    floor.write("try again")
    floor.look()
    assert floor.messages("preview")
    assert vendor.paid == COUNTED


def test_a_busy_vendor_is_waited_for_as_long_as_it_asks(floor: PaidFloor, vendor: ElevenLabsServer) -> None:
    floor.waits.clear()
    for _ in range(5):
        vendor.fails("speak", Refusal(429, "system_busy", headers={"retry-after": "7"}))
    floor.to_preview(SCRIPT)
    assert sum(row["attempt"] - 1 for row in floor.voices()) == 5
    assert {row["faults"] for row in floor.voices()} == {0}
    assert 5 < max(floor.waits) <= 7
    assert vendor.paid == COUNTED


def test_no_voice_yet_names_the_command(floor: PaidFloor, vendor: ElevenLabsServer) -> None:
    with floor.store.write() as connection:
        connection.execute(update(schema.personas).values(voices={}))
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    assert len(floor.said("aiclone voice clone")) == 1
    assert not vendor.calls


@pytest.mark.parametrize("setting", ["spend_cap", "spend_cap_month"])
def test_a_cap_is_said_before_anything_is_ordered_and_never_exceeded(
    floor: PaidFloor, vendor: ElevenLabsServer, setting: str
) -> None:
    floor.desk.settings = floor.settings.model_copy(update={setting: 0.06})
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    [said] = floor.said("the limit is $0.06")
    assert f"AICLONE_{setting.upper()}" in said
    assert not vendor.calls
    assert floor.takes() == []
    floor.desk.calm_until.clear()
    floor.write("remove line 3")
    floor.look()
    assert vendor.paid == COUNTED - len(LINES[2])
    assert floor.messages("preview")


def test_a_cap_that_was_raised_lets_the_production_go_on_by_itself(
    floor: PaidFloor, vendor: ElevenLabsServer
) -> None:
    floor.desk.settings = floor.settings.model_copy(update={"spend_cap": 0.06})
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    floor.desk.settings = floor.settings
    floor.desk.calm_until.clear()
    asyncio.run(floor.desk.sweep())
    floor.render()
    assert floor.messages("preview")


def test_a_red_line_is_bought_again_once_and_only_if_the_cap_allows(
    floor: PaidFloor, vendor: ElevenLabsServer
) -> None:
    floor.spoil["whisper"] = {"text": "something else entirely was spoken over here today my friends"}
    brief = f"Script: {LINES[0]}"
    floor.to_preview(brief)
    assert floor.said("Taking it again for about $0.03")
    assert vendor.paid == 2 * len(LINES[0])
    floor.write("approve")
    floor.look()
    floor.desk.settings = floor.settings.model_copy(update={"spend_cap": 0.04})
    floor.to_preview(f"Script: {LINES[1]}")
    assert vendor.paid == 2 * len(LINES[0]) + len(LINES[1])
    assert any(item["state"] == "red" for item in floor.last("preview")["report"])


def test_what_is_ordered_counts_before_it_is_spent(floor: PaidFloor, vendor: ElevenLabsServer) -> None:
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    asyncio.run(floor.desk.look())
    mine = ProductionId(floor.production()["id"])
    catalogue = floor.desk.catalogue
    with floor.store.read() as connection:
        one = spending.reserved(connection, catalogue.paid(), catalogue.price, mine)
        assert one == pytest.approx(COUNTED / 1000)
        assert spending.reserved(connection, catalogue.paid(), catalogue.price) == one
        assert productions.spent(connection, mine) == 0
    floor.render()
    with floor.store.read() as connection:
        assert spending.reserved(connection, catalogue.paid(), catalogue.price, mine) == 0
        assert productions.spent(connection, mine) == pytest.approx(one)
        assert spending.spent_since(connection, 0.0) == pytest.approx(one)


def order(take_id: str = "t1", attempt: int = 1, **request: Any) -> Order:
    speak = {"text": LINES[0], "voice": STOCK_VOICE, "model": "eleven_multilingual_v2", "format": "pcm_24000"}
    return Order(take_id, attempt, "elevenlabs", speak | request, {}, 0, "p1", "grace")


def test_a_child_killed_after_the_vendor_accepted_pays_once(
    settings: Settings, media: MediaStore, vendor: ElevenLabsServer, worker: Worker
) -> None:
    """SIGKILL between paying and publishing; the second attempt fetches the sound from the history."""
    vendor.fails("speak", "hold", do=True)
    renderer = Renderer(settings, media)
    renderer.children = worker.children

    async def play() -> tuple[Outcome, Outcome]:
        first = asyncio.create_task(renderer.attempt(order(), lambda _: None))
        while not vendor.made:
            await asyncio.sleep(0.02)
        pid = renderer.children["elevenlabs"].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return await first, await renderer.attempt(order(attempt=2), lambda _: None)

    killed, again = worker.loop.run_until_complete(play())
    assert (killed["ok"], killed["reason"]) == (False, "EngineDied")
    assert again["ok"], again
    assert vendor.paid == len(LINES[0])
    assert len(vendor.called("speak")) == 1
    assert again["cost"]["characters"] == vendor.paid
    assert again["cost"]["vendor_id"] == vendor.made[0].request_id
    assert media.paid("t1").is_file()
    assert not media.paid("t1").with_suffix(".answer").exists()


def test_a_silent_take_is_not_bought_again_unasked(
    settings: Settings, media: MediaStore, vendor: ElevenLabsServer, worker: Worker
) -> None:
    vendor.muted = True
    [refused] = worker.attempts(settings, media, order())
    assert (refused["reason"], refused["retry_after"]) == ("TakeRefused", None)
    assert "paid for" in refused["say"]
    assert refused["cost"]["characters"] == vendor.paid
    vendor.muted = False
    [done] = worker.attempts(settings, media, order(attempt=2))
    assert done["ok"]
    assert vendor.paid == 2 * len(LINES[0])


def test_commercial_use_is_allowed(
    settings: Settings, media: MediaStore, vendor: ElevenLabsServer, worker: Worker
) -> None:
    assert settings.use == "commercial"
    [done] = worker.attempts(settings, media, order())
    assert done["ok"]
