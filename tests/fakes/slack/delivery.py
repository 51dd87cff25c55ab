"""Deliveries to the app: attempts, retries, answers; switches for doubles, delays and disorder."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.fakes.slack.workspace import Json, Workspace

EVENTS = "events_api"


@dataclass
class Delivery:
    """One thing to tell the app. `state` is waiting, acknowledged, failed or unreachable."""

    id: str
    kind: str
    payload: Json
    accepts: bool
    state: str = "waiting"
    attempts: int = 0
    reason: str = ""
    answer: Json | None = None
    seconds: float = 0.0

    def seen(self) -> Json:
        """For the driver."""
        return {"id": self.id, "kind": self.kind, "payload": self.payload, "state": self.state,
                "attempts": self.attempts, "reason": self.reason, "answer": self.answer,
                "seconds": self.seconds}  # fmt: skip


class Missed(Exception):
    """The app did not acknowledge: `reason` in Slack's words; `blame` when it had its chance."""

    def __init__(self, reason: str, blame: bool = True, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.blame, self.final = reason, blame, final


class Transport(Protocol):
    """A way to the app."""

    async def send(self, delivery: Delivery) -> Json | None:
        """Hand over and wait for the acknowledgement's payload. Raises Missed."""
        ...


@dataclass
class Switches:
    """How badly the way to the app behaves; times in seconds."""

    double: bool = False
    delay: float = 0.0
    holding: bool = False
    ack_seconds: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)


class Dispatcher:
    """Carries deliveries over the transport, each in its own task."""

    def __init__(self, world: Workspace, switches: Switches) -> None:
        self.world, self.switches = world, switches
        self.transport: Transport | None = None
        self.answered: Callable[[Delivery], None] = lambda delivery: None
        self.deliveries: dict[str, Delivery] = {}
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, kind: str, payload: Json, accepts: bool) -> Json:
        """Start a delivery (twice with `double`); returns its record."""
        first = Delivery(self.world.number("dl-"), kind, copy.deepcopy(payload), accepts)
        twice = self.switches.double and kind == EVENTS
        for delivery in [first, copy.deepcopy(first)] if twice else [first]:
            if delivery is not first:
                delivery.id += "-again"
            self.deliveries[delivery.id] = delivery
            if self.switches.holding and kind == EVENTS:
                self._held.append(delivery)
            else:
                self._start(delivery)
        return first.seen()

    def release(self, backwards: bool) -> int:
        """Let everything held go, last first if so wished; returns how many."""
        self.switches.holding = False
        held, self._held = self._held, []
        for at, delivery in enumerate(reversed(held) if backwards else held):
            self._start(delivery, at * 0.02)
        return len(held)

    def _start(self, delivery: Delivery, after: float = 0.0) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(delivery, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, after: float) -> None:
        delays = (0.0, *self.switches.retry_delays) if delivery.kind == EVENTS else (0.0,)
        await asyncio.sleep(after + (self.switches.delay if delivery.kind == EVENTS else 0.0))
        loop = asyncio.get_running_loop()
        for delay in delays:
            await asyncio.sleep(delay)
            began = loop.time()
            try:
                if self.transport is None:
                    raise Missed("connection_failed", blame=False)
                delivery.attempts += 1
                delivery.answer = await self.transport.send(delivery)
            except Missed as missed:
                delivery.reason = missed.reason
                if missed.blame:
                    self._blame(delivery)
                if missed.final:
                    break
            else:
                delivery.state, delivery.seconds = "acknowledged", loop.time() - began
                self.answered(delivery)
                return
        delivery.state = "failed" if delivery.attempts else "unreachable"
        self.answered(delivery)

    def _blame(self, delivery: Delivery) -> None:
        what = delivery.payload.get("event", delivery.payload)
        code = {"timeout": "not_acknowledged", "http_timeout": "not_acknowledged"}.get(
            delivery.reason, "refused_delivery"
        )
        self.world.violation(
            code, f"{delivery.kind} {what.get('type') or what.get('command')}: {delivery.reason}"
        )

    async def close(self) -> None:
        """Forget what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass
class Signature:
    """How HTTP deliveries are signed: `age` seconds old, `wrong` with another secret."""

    age: float = 0.0
    wrong: bool = False
