"""The relay: everything that leaves the house goes through here, once, with its outcome known or looked up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping

from studio.destinations import Delivery, Destination
from studio.domain import ProductionId
from studio.errors import NotNow, OutcomeUnknown, StudioError
from studio.failpoints import failpoint
from studio.messages import DELIVER, PREVIEW, SAY, SCRIPT, Channel, Outgoing
from studio.store import Store, outbox, personas, productions

log = logging.getLogger(__name__)
LEASE_S = 20.0
LIMIT_S = 600.0
PAUSE_S = 2.0
SLOWEST_S = 300.0
DOUBTS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: its next state, the reference or the sentence, and when to look again.

    `sent_until`: the last moment at which a request whose outcome nobody knows may have left.
    """

    state: str
    ref: str | None = None
    retry_after: float = 0.0
    doubts: int = 0
    sent_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Way:
    """How one row leaves, how its other side is asked whether it came, and how late it may come (Channel)."""

    go: Callable[[], Awaitable[str]]
    find: Callable[[], Awaitable[str | None]]
    lands_within_s: float


@dataclass(slots=True)
class Relay:
    """Sends what is due. Any number of relays may run: a row is sent by the one that claimed it.

    `lease_s`: a claim that nobody kept for so long is another relay's to take. `pause_s`: the first wait
    before the outcome of a row is looked up, doubled each time it stays in doubt.
    """

    store: Store
    channels: Sequence[Channel]
    destinations: Mapping[str, Destination]
    lease_s: float = LEASE_S
    pause_s: float = PAUSE_S

    async def run(self) -> list[ProductionId]:
        """Send what is due now, conversations side by side; the productions whose deliveries were settled."""
        with self.store.read() as connection:
            rows = outbox.due(connection)
        sent = await asyncio.gather(*(self._go_on(row) for row in rows))
        ours = zip(rows, sent, strict=True)
        return [row["production_id"] for row, done in ours if done and row["kind"] == DELIVER]

    async def _go_on(self, row: RowMapping) -> bool:
        """Send a row and, in its conversation, what comes after it; False when another relay has it."""
        following = [row]
        while following:
            if not await self._settle(following[0]):
                return False
            if row["kind"] == DELIVER:
                return True
            with self.store.read() as connection:
                following = outbox.due(connection, 1, row["conversation"])
        return True

    async def _settle(self, row: RowMapping) -> bool:
        """Claim a row, send it, record its outcome; False when another relay has it."""
        began = time.monotonic()
        with self.store.write() as connection:
            before = outbox.claim(connection, row["key"], self.lease_s)
        if before is None:
            return False
        outcome = await self._outcome(before, began)
        failpoint("before outcome")
        return self.record(before, outcome)

    def record(self, before: RowMapping, outcome: Outcome) -> bool:
        """Write an outcome down, with everything that follows from it; False when the claim was lost."""
        if outcome.state == "sending" and before["doubts"] + outcome.doubts >= DOUBTS:
            outcome = Outcome("unknown", outcome.ref)
        with self.store.write() as connection:
            held = outbox.mark(
                connection,
                before["key"],
                before["claim"] + 1,
                outcome.state,
                ref=outcome.ref,
                retry_after=outcome.retry_after,
                doubts=outcome.doubts,
                sent_until=outcome.sent_until,
            )
            if held and outcome.state in ("failed", "unknown"):
                log.error(
                    "%s %s", before["key"], outcome.state, extra={"production": before["production_id"]}
                )
                _tell(connection, before, outcome)
            if held and before["kind"] == DELIVER and before["production_id"]:
                productions.wake(connection, [ProductionId(before["production_id"])])
        return held

    async def find(self, way: Way) -> str | None:
        """Ask the other side about a row whose outcome nobody knows."""
        return await way.find()

    def may_land(self, row: RowMapping, way: Way) -> float:
        """Seconds for which a request of before, which nobody saw arrive, may still arrive."""
        return way.lands_within_s - (time.time() - _sent_until(row))

    async def _outcome(self, row: RowMapping, began: float) -> Outcome:
        is_open = row["state"] != "new"  # somebody was at it before
        try:
            way = self._way(row, partial(self._still_mine, row, began))
            async with asyncio.timeout(LIMIT_S) as limit, self._kept(row, limit):
                if is_open and (ref := await self.find(way)) is not None:
                    return Outcome("done", ref)
                if is_open and (wait_s := self.may_land(row, way)) > 0:
                    return Outcome("sending", retry_after=wait_s, sent_until=_sent_until(row))
                is_open = False
                self._still_mine(row, began)
                failpoint("before send")
                ref = await way.go()
            failpoint("after send")
        except NotNow as trouble:
            wait = min(trouble.retry_after * 2 ** min(row["attempts"], 6), SLOWEST_S)
            state = "sending" if is_open else "new"
            return Outcome(state, None, max(wait, trouble.retry_after), sent_until=_sent_until(row))
        except (OutcomeUnknown, TimeoutError):
            return self._in_doubt(row, is_open)
        except StudioError as trouble:
            return Outcome("unknown" if is_open else "failed", trouble.say)
        except Exception as bug:
            log.error(
                "bug",
                exc_info=bug,
                extra={"reference": uuid.uuid4().hex[:8], "production": row["production_id"]},
            )
            return self._in_doubt(row, is_open)
        return Outcome("done", ref)

    def _in_doubt(self, row: RowMapping, is_open: bool) -> Outcome:
        sent_until = _sent_until(row) if is_open else time.time()
        return Outcome("sending", None, self.pause_s * 2 ** row["doubts"], 1, sent_until)

    def _still_mine(self, row: RowMapping, began: float) -> None:
        """Raise NotNow when this relay was frozen since its claim and another one took over meanwhile."""
        if time.monotonic() - began < self.lease_s / 4:
            return
        with self.store.write() as connection:
            if not outbox.renew(connection, row["key"], row["claim"] + 1, self.lease_s):
                raise NotNow(retry_after=0.0)

    @contextlib.asynccontextmanager
    async def _kept(self, row: RowMapping, limit: asyncio.Timeout) -> AsyncIterator[None]:
        """Keep the claim meanwhile; whoever cannot lets go of the request, which another one may repeat."""

        async def keep() -> None:
            await self._keep(row)
            limit.reschedule(asyncio.get_running_loop().time())

        keeper = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self, row: RowMapping) -> None:
        """Until the claim is lost, or could not be renewed for as long as it holds."""
        kept = time.monotonic()
        while time.monotonic() - kept < self.lease_s:
            await asyncio.sleep(self.lease_s / 4)
            with contextlib.suppress(StudioError), self.store.write() as connection:
                if not outbox.renew(connection, row["key"], row["claim"] + 1, self.lease_s):
                    return
                kept = time.monotonic()

    def _way(self, row: RowMapping, still_mine: Callable[[], None]) -> Way:
        if row["kind"] == DELIVER:
            return self._delivery(row, still_mine)
        message = Outgoing(row["key"], row["conversation"], row["kind"], row["body"], still_mine)
        channel = next((each for each in self.channels if message.conversation.startswith(each.prefix)), None)
        if channel is None:
            raise StudioError(f"No channel speaks to {message.conversation.partition(':')[0]}.")
        return Way(partial(channel.send, message), partial(channel.find, message), channel.lands_within_s)

    def _delivery(self, row: RowMapping, still_mine: Callable[[], None]) -> Way:
        body = row["body"]
        destination = self.destinations.get(body["destination"])
        if destination is None:
            raise StudioError(f"There is no destination “{body['destination']}”.")
        delivery = Delivery(row["key"], body["sha256"], body["name"], still_mine, row["conversation"])

        async def go() -> str:
            with self.store.read() as connection:
                production = productions.get(connection, row["production_id"])
                personas.require_consent(connection, personas.by_id(connection, production["persona_id"]))
            return await destination.deliver(delivery)

        return Way(go, partial(destination.find, delivery), destination.lands_within_s)


def _sent_until(row: RowMapping) -> float:
    """When a claim of before ended; in the future only because the clock went back."""
    return min(float(row["lease_until"]), time.time())


def _tell(connection: Connection, row: RowMapping, outcome: Outcome) -> None:
    """Say in the conversation what could not be sent there, or may not have been; never about such a word."""
    key = f"outcome:{hashlib.sha256(row['key'].encode()).hexdigest()[:24]}:{row['claim'] + 1}"
    text = _sentence(row, outcome)
    if text and not row["key"].startswith("outcome:"):
        body: dict[str, Any] = {"text": text}
        if outcome.state == "unknown" and row["kind"] not in (DELIVER, SAY):
            body["choices"] = [{"id": f"resend|{row['key']}", "title": "Send it again"}]
        outbox.put(connection, key, row["conversation"], SAY, body, row["production_id"])


def _sentence(row: RowMapping, outcome: Outcome) -> str:
    failed, why = outcome.state == "failed", outcome.ref or ""
    if row["kind"] == DELIVER:
        where = f"the {row['body']['destination']}"
        again = "Approve it once more and I will hand it over again."
        if failed:
            return f"The video could not be handed over to {where}: {why} {again}"
        return f"It is not certain that the video arrived in {where}. Please look there. {again}"
    if row["kind"] == SAY:
        return "" if failed else f"It is not certain that you got this: “{row['body']['text']}”"
    name = {SCRIPT: "script", PREVIEW: "preview"}.get(row["kind"], "")
    what = f"{name} {row['body']['version']}" if name else "the news of the delivery"
    if failed:
        return f"I could not show you {what} here: {why}"
    return f"It is not certain that {what} reached you. If you do not see it, tell whoever runs this studio."
