"""`python -m tests.fakes.slack [port]`: the server as a process; its first line of output is its address."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from tests.fakes.slack.server import started, stopped
from tests.fakes.slack.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, App


async def main() -> None:
    """Until TERM or INT."""
    runner, backstage = await started(App(), int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    known = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SIGNING_SECRET}
    print(json.dumps({"url": backstage.world.url, **known}), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await stopped(runner, backstage)


if __name__ == "__main__":
    asyncio.run(main())
