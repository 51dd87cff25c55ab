"""What leaves the house leaves once: three outcomes, claims, order, and what a person is told."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import update

from studio.domain import PersonaId, ProductionId, Status
from studio.errors import OutcomeUnknown
from studio.messages import DELIVER, SAY, Outgoing
from studio.store import Store, outbox, personas, productions
from studio.store.schema import outbox as table
from tests.chaos.ledger import Ledger, LedgerChannel, LedgerDestination, Mood
from tests.fakes.studio import GRACE, Floor
from workers.relay import DOUBTS, Relay

pytestmark = pytest.mark.service
P = ProductionId("p1")


@dataclass
class Post:
    """A relay with an other side that has moods."""

    store: Store
    ledger: Ledger
    mood: Mood = field(default_factory=Mood)
    arrival: Mood = field(default_factory=Mood)

    def __post_init__(self) -> None:
        channel = LedgerChannel(self.ledger, "chat:", self.mood)
        places = {"there": LedgerDestination(self.ledger, self.arrival)}
        self.relay = Relay(self.store, (channel,), places)

    def put(self, key: str, text: str = "hello", conversation: str = "chat:1") -> None:
        with self.store.write() as connection:
            outbox.put(connection, key, conversation, SAY, {"text": text}, P)

    def deliver(self, key: str = "d1") -> None:
        body = {"destination": "there", "sha256": "a" * 64, "name": "v.mp4"}
        with self.store.write() as connection:
            outbox.put(connection, key, "chat:1", DELIVER, body, P)

    def run(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            asyncio.run(self.relay.run())
            with self.store.write() as connection:  # no test waits for pauses
                connection.execute(update(table).values(not_before=0.0))

    def state(self, key: str) -> str:
        with self.store.read() as connection:
            return outbox.states(connection, P)[key]

    def shown(self) -> list[str]:
        return [line["key"] for line in self.ledger.read("post")]

    def texts(self) -> list[str]:
        return [line["body"]["text"] for line in self.ledger.read("post")]


@pytest.fixture
def post(store: Store, tmp_path: Path) -> Post:
    consent = {"sha256": "c" * 64, "statement": "yes", "exemption": "", "expires_at": None}
    with store.write() as connection:
        personas.add(connection, GRACE, consent)
        productions.create(connection, P, "chat:1", PersonaId("grace"), "ann", "a brief", {})
    return Post(store, Ledger(tmp_path / "ledger"))


def expire(store: Store, key: str) -> None:
    """As if the relay that sends this row were gone for long."""
    with store.write() as connection:
        connection.execute(update(table).where(table.c.key == key).values(lease_until=1.0))


def test_done_then_failed_is_found_and_not_sent_again(post: Post) -> None:
    post.mood.words = ["do-then-fail"]
    post.put("k")
    post.run()
    assert post.state("k") == "sending"
    post.run()
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_certainly_not_done_is_sent_again_without_asking(post: Post) -> None:
    post.mood.words = ["fail", "fail"]
    post.put("k")
    post.run(5)
    assert (post.state("k"), post.shown()) == ("done", ["k"])
    assert post.mood.words == []


def test_a_refusal_ends_it_and_the_next_message_goes(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.mood.words = ["refuse"]
    post.put("k")
    post.put("l")
    with caplog.at_level("CRITICAL"):
        post.run()
    assert (post.state("k"), post.state("l"), post.shown()) == ("failed", "done", ["l"])


@pytest.mark.logs_errors
def test_what_stays_in_doubt_is_never_repeated_but_said(post: Post) -> None:
    post.mood.words = ["do-then-fail", *["blind"] * (DOUBTS - 1)]
    post.put("k", "the first word")
    post.run(DOUBTS + 1)
    assert post.state("k") == "unknown"
    assert post.texts() == ["the first word", "It is not certain that you got this: “the first word”"]


@pytest.mark.logs_errors
def test_a_delivery_in_doubt_is_shown_and_a_person_may_repeat_it(post: Post) -> None:
    post.arrival.words = ["do-then-fail", *["blind"] * (DOUBTS - 1)]
    post.deliver()
    post.run(DOUBTS + 1)
    assert post.state("d1") == "unknown"
    assert len(post.ledger.read("delivery")) == 1
    assert "not certain that the video arrived in the there" in post.texts()[0]
    with post.store.read() as connection:
        assert productions.to_visit(connection) == [P]
    with post.store.write() as connection:
        assert outbox.reopen(connection, "d1")
    post.run()
    assert post.state("d1") == "done"


def test_a_later_message_waits_for_an_earlier_one_and_other_conversations_do_not(post: Post) -> None:
    post.mood.words = ["do-then-fail", ""]
    post.put("first")
    post.put("second")
    post.put("elsewhere", conversation="chat:2")
    post.deliver()
    with post.store.read() as connection:
        assert [row["key"] for row in outbox.due(connection)] == ["first", "elsewhere", "d1"]
    post.run()
    assert (post.state("first"), post.state("second"), post.state("elsewhere")) == ("sending", "new", "done")
    assert post.state("d1") == "done"
    post.run()
    assert post.shown() == ["first", "elsewhere", "second"]


def test_two_relays_at_once_send_everything_once(post: Post) -> None:
    for number in range(12):
        post.put(f"k{number}", conversation=f"chat:{number % 3}")
    other = Relay(post.store, post.relay.channels, post.relay.destinations)

    async def both() -> None:
        await asyncio.gather(*(relay.run() for relay in (post.relay, other) * 3))

    asyncio.run(both())
    assert sorted(post.shown()) == sorted(f"k{number}" for number in range(12))


def test_a_relay_that_died_in_the_middle_is_looked_up_after_its_lease(post: Post) -> None:
    post.put("k")
    with post.store.write() as connection:
        claimed = outbox.claim(connection, "k", 20.0)
    assert claimed is not None
    post.ledger.write("post", "k", kind=SAY, conversation="chat:1", body={"text": "hello"})
    post.run()
    assert post.state("k") == "sending"
    expire(post.store, "k")
    post.run()
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_a_zombie_relay_marks_nothing(post: Post) -> None:
    post.put("k")
    with post.store.write() as connection:
        outbox.claim(connection, "k", 20.0)
    expire(post.store, "k")
    post.run()
    with post.store.write() as connection:
        assert not outbox.renew(connection, "k", 1, 20.0)
        assert not outbox.mark(connection, "k", 1, "new")
    assert post.state("k") == "done"


@dataclass
class Slow(LedgerChannel):
    """Each call waits in the middle until it is let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def find(self, message: Outgoing) -> str | None:
        await self.pause()
        return await super().find(message)

    async def send(self, message: Outgoing) -> str:
        await self.pause()
        return await super().send(message)

    async def pause(self) -> None:
        self.reached.set()
        await self.let_go.wait()


class Frozen(Relay):
    """Nobody keeps its claim, and it does not hear of it either."""

    async def _keep(self, row: object) -> None:
        await asyncio.Event().wait()


def test_a_relay_that_thaws_sends_nothing_that_another_took_over(post: Post) -> None:
    post.put("k")
    with post.store.write() as connection:
        outbox.claim(connection, "k", 20.0)
    expire(post.store, "k")

    async def play() -> None:
        channel = Slow(post.ledger, "chat:")
        thawing = asyncio.create_task(Frozen(post.store, (channel,), {}, lease_s=0.0).run())
        await channel.reached.wait()
        expire(post.store, "k")
        await post.relay.run()
        channel.let_go.set()
        await thawing

    asyncio.run(play())
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_a_slow_send_keeps_its_claim(post: Post) -> None:
    post.put("k")

    async def play() -> None:
        channel = Slow(post.ledger, "chat:")
        sending = asyncio.create_task(Relay(post.store, (channel,), {}, lease_s=2.0).run())
        await channel.reached.wait()
        for _ in range(12):
            await asyncio.sleep(0.2)
            await post.relay.run()
        channel.let_go.set()
        await sending

    asyncio.run(play())
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_who_lost_its_claim_lets_go_of_its_request(post: Post) -> None:
    post.put("k")

    async def play() -> None:
        channel = Slow(post.ledger, "chat:")
        sending = asyncio.create_task(Relay(post.store, (channel,), {}, lease_s=0.1).run())
        await channel.reached.wait()
        with post.store.write() as connection:  # as if it had been frozen until another one took over
            connection.execute(update(table).values(claim=table.c.claim + 1))
        await asyncio.wait_for(sending, 30.0)

    asyncio.run(play())
    assert (post.state("k"), post.shown()) == ("sending", [])


def just_over(store: Store, key: str) -> None:
    """Whoever was at this row died, and its lease is over by now."""
    with store.write() as connection:
        connection.execute(update(table).where(table.c.key == key).values(lease_until=time.time() - 0.1))


def test_a_request_that_lands_after_it_was_looked_for_is_not_repeated(post: Post) -> None:
    chat = LedgerChannel(post.ledger, "chat:", post.mood, lands_within_s=60.0)
    post.relay.channels = (chat,)
    post.mood.words = ["late"]
    post.put("k")
    post.run()
    assert (post.state("k"), post.shown()) == ("sending", [])
    post.run()  # looks, and finds nothing yet
    assert (post.state("k"), post.shown()) == ("sending", ["k"])
    post.run()
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_what_a_killed_relay_asked_for_may_land_after_the_look(post: Post) -> None:
    chat = LedgerChannel(post.ledger, "chat:", lands_within_s=60.0)
    post.relay.channels = (chat,)
    post.put("k")
    with post.store.write() as connection:
        outbox.claim(connection, "k", 20.0)
    chat.held.append(
        Outgoing("k", "chat:1", SAY, {"text": "hello"})
    )  # it was read over there; its sender is dead
    just_over(post.store, "k")
    post.run(2)
    assert (post.state("k"), post.shown()) == ("done", ["k"])


def test_what_never_landed_is_sent_again_after_the_time_in_which_it_could(post: Post) -> None:
    chat = LedgerChannel(post.ledger, "chat:", lands_within_s=60.0)
    post.relay.channels = (chat,)
    post.put("k")
    with post.store.write() as connection:
        outbox.claim(connection, "k", 20.0)
    just_over(post.store, "k")
    post.run(3)
    assert (post.state("k"), post.shown()) == ("sending", [])
    with post.store.read() as connection:
        before = outbox.row(connection, "k")
    assert (
        before is not None and 0 < time.time() - before["lease_until"] < 60.0
    )  # looking does not put it off
    with post.store.write() as connection:
        connection.execute(update(table).values(lease_until=time.time() - 61.0))
    post.run()
    assert (post.state("k"), post.shown()) == ("done", ["k"])


@pytest.mark.logs_errors
def test_without_consent_nothing_is_handed_over(post: Post) -> None:
    post.deliver()
    with post.store.write() as connection:
        personas.remove(connection, GRACE)
    post.run(2)
    assert post.state("d1") == "failed"
    assert post.ledger.read("delivery") == []
    assert "revoked" in post.texts()[0]


@pytest.mark.logs_errors
def test_a_delivery_that_failed_is_repeated_when_it_is_approved_once_more(floor: Floor) -> None:
    preview = floor.to_preview()
    floor.settings.deliveries.write_text("a file where the folder should be")
    floor.press(preview["subject"])
    floor.look()
    assert "could not be handed over" in floor.last("say")["text"]
    assert floor.production()["status"] == Status.DELIVERING
    floor.settings.deliveries.unlink()
    floor.press(preview["subject"])
    floor.look()
    assert floor.production()["status"] == Status.DELIVERED
    assert len(list(floor.settings.deliveries.glob("*.mp4"))) == 1


@pytest.fixture
def floor(settings: object) -> Floor:
    return Floor(settings)  # type: ignore[arg-type]


def test_a_channel_that_breaks_stops_no_other_message(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(LedgerChannel):
        async def send(self, message: Outgoing) -> str:
            raise ZeroDivisionError

        async def find(self, message: Outgoing) -> str | None:
            raise OutcomeUnknown

    post.relay.channels = (Broken(post.ledger, "bad:"), *post.relay.channels)
    post.put("bad", conversation="bad:1")
    post.put("good")
    with caplog.at_level("CRITICAL"):
        post.run()
    assert (post.state("bad"), post.state("good")) == ("sending", "done")
