"""The workers of a chaos run: the product's, but with its outside world, its engines and shorter leases."""

from __future__ import annotations

import asyncio
import os
import sys

from studio.settings import Settings
from tests.chaos.engines import FAKES
from tests.chaos.world import HttpChannel, HttpDestination, Wire
from workers import agent, media
from workers.desk import Desk, open_desk
from workers.engines import ENGINES
from workers.logs import set_up_logs
from workers.relay import Relay

LEASE_S = 4
WORLD = "AICLONE_CHAOS_WORLD"


def opened(settings: Settings) -> Desk:
    """A desk that speaks to the outside world of the run."""
    desk, wire = open_desk(settings), Wire(os.environ[WORLD])
    desk.store.lease_s, desk.silent_s = float(LEASE_S), LEASE_S + 1.0
    desk.channels = (HttpChannel(wire),)
    desk.outgoing = Relay(
        desk.store, desk.channels, {"folder": HttpDestination(wire)}, lease_s=LEASE_S, pause_s=0.3
    )
    return desk


def main() -> None:
    """agent | media."""
    settings, name = Settings(), sys.argv[1]
    set_up_logs(settings, f"{name}-{os.getpid()}")
    if name == "media":
        ENGINES.update(FAKES)
        with media.worker_name(settings.home) as worker:
            asyncio.run(media.work(settings, worker, lease_ttl_s=LEASE_S))
    else:
        agent.SWEEP_SECONDS.update(range(60))
        asyncio.run(agent.work(settings, opened))


if __name__ == "__main__":
    main()
