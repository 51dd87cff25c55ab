"""One attempt at one take: inputs out of the media store, a child process, facts, artifact in."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from studio.engine import EngineSpec, Kind
from studio.errors import (
    ConsentMissing,
    DiskFull,
    EngineDied,
    NotNow,
    StudioError,
    TakeRefused,
)
from studio.licences import check_licence
from studio.media import MediaStore
from studio.queue import Order
from studio.settings import Settings
from studio.weights import Weights
from workers import billing
from workers.engine_process import EngineProcess, engine_process
from workers.engines import ENGINES, engine_spec
from workers.gate import Gate
from workers.probe import check_take, probe

log = logging.getLogger(__name__)
Outcome = dict[str, Any]
CHECKPOINTS = ("last.ckpt", "best.safetensors")


class Renderer:
    """Keeps engines warm and renders with them; at most `cores` engines work at a time.

    `at_work` holds the takes whose engine has begun; the others wait.
    """

    def __init__(self, settings: Settings, media: MediaStore, cores: int | None = None) -> None:
        self.settings = settings
        self.media = media
        self.weights = Weights(settings.cache, settings.weights_folder)
        self.children: dict[str, EngineProcess] = {}
        # an attempt that was given up may still be at work when the next one comes
        self.takes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.at_work: set[str] = set()
        self.gate = Gate(cores or max(2, os.cpu_count() or 2))

    async def attempt(self, order: Order, progress: Callable[[float], None]) -> Outcome:
        """Render one attempt; never raises for what went wrong, the outcome says it."""
        try:
            spec = engine_spec(order.engine)
            async with self.takes.setdefault(order.take_id, asyncio.Lock()):
                self._permit(order, spec)
                receipt = self.media.receipt(order.take_id) or await self._render(order, spec, progress)
            return {"take_id": order.take_id, "attempt": order.attempt, "ok": True, **receipt}
        except StudioError as trouble:
            if self.is_refused(order):
                shutil.rmtree(self.media.training(order.persona), ignore_errors=True)
            return self._unusable(order, trouble)
        except Exception as bug:  # the edge where an unknown failure becomes a reference
            if isinstance(bug, OSError) and bug.errno in (errno.ENOSPC, errno.EDQUOT):
                return failed(order, DiskFull())
            if self.is_refused(order):  # what it worked on may have been erased under it
                return await self.attempt(order, progress)
            reference = uuid.uuid4().hex[:8]
            log.error("bug", exc_info=bug, extra={"reference": reference, "take": order.take_id})
            return failed(order, EngineDied(f"Something broke in {order.engine} (reference {reference})."))

    def warm(self) -> list[str]:
        """Engines whose child is loaded."""
        return [name for name, child in self.children.items() if child.is_warm]

    async def close(self) -> None:
        """End all children."""
        await asyncio.gather(*(child.close() for child in self.children.values()))

    async def _render(self, order: Order, spec: EngineSpec, progress: Callable[[float], None]) -> Outcome:
        inputs = {name: self.media.fetch(sha) for name, sha in order.inputs.items()}
        if spec.paid:
            inputs["receipt"] = self.media.paid(order.take_id)
        trains, work = spec.kind is Kind.TRAIN, self.media.training(order.persona)
        if trains:
            inputs["work"] = work
        child = self._child(order.engine, spec)
        with self.media.workspace() as folder, self._noted(order.take_id) as begun:
            out = Path(folder) / f"out{spec.suffix}"
            async with self.gate.turn(order.engine, order.rank):
                self._permit(order, spec)  # it may have waited long
                if not trains:  # what goes on at its last checkpoint is not waited for when this worker stops
                    begun()
                cost = await child.run(order.request, inputs, out, order.seed, spec.limit_s, progress)
            facts = await asyncio.to_thread(probe, out)
            check_take(spec.kind, facts)
            told = {"training": json.loads((work / "result.json").read_bytes())} if trains else {}
            receipt = {
                "artifact": await asyncio.to_thread(self.media.put, out),
                "facts": facts.as_json() | told,
                "cost": {
                    "wall_s": round(cost.seconds, 3),
                    "cpu_s": round(cost.cpu_seconds, 3),
                    "rss_mb": round(cost.peak_rss_bytes / 1e6),
                    "load_s": round(cost.loaded_seconds, 3),
                    **billing.billed(self.media.paid(order.take_id)),
                },
            }
        self.media.write_receipt(order.take_id, receipt)
        billing.close(self.media.paid(order.take_id))
        for left in CHECKPOINTS if trains else ():
            (work / left).unlink(missing_ok=True)
        return receipt

    def _unusable(self, order: Order, trouble: StudioError) -> Outcome:
        """The outcome of an attempt that failed; what was paid for in vain is not bought again unasked."""
        paid = self.media.paid(order.take_id)
        cost = billing.billed(paid)
        refused = isinstance(trouble, TakeRefused)
        if not cost or (isinstance(trouble, NotNow) and not refused):
            return failed(order, trouble)
        billing.set_aside(paid)
        say = (
            f"{trouble.say} It was paid for already; say “try again” to buy another."
            if refused
            else trouble.say
        )
        return {**failed(order, trouble), "say": say, "retry_after": None, "cost": cost}

    @contextmanager
    def _noted(self, take_id: str) -> Iterator[Callable[[], None]]:
        try:
            yield lambda: self.at_work.add(take_id)
        finally:
            self.at_work.discard(take_id)

    def is_refused(self, order: Order) -> bool:
        """Whether the consent for its persona was revoked."""
        return bool(order.persona) and self.media.is_revoked(order.persona)

    def _permit(self, order: Order, spec: EngineSpec) -> None:
        if self.is_refused(order):
            raise ConsentMissing("The consent for this persona was revoked; nothing is rendered with it.")
        check_licence(spec, self.settings, map(engine_spec, ENGINES))

    def _child(self, name: str, spec: EngineSpec) -> EngineProcess:
        if name not in self.children:
            folders = {each: self.weights.folder(each) for each in spec.weights}
            self.children[name] = engine_process(name, folders, self.settings)
        return self.children[name]


def failed(order: Order, trouble: StudioError) -> Outcome:
    """The outcome of an attempt that ended with an error; `retry_after` None when trying again is useless."""
    retry = trouble.retry_after if isinstance(trouble, NotNow) else None
    return {
        "take_id": order.take_id,
        "attempt": order.attempt,
        "ok": False,
        "reason": trouble.reason,
        "say": trouble.say,
        "retry_after": retry,
    }
