"""`python -m tests.fakes.whatsapp [port] [webhook URL]`: a process; its first line of output says what to use."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from tests.fakes.whatsapp.server import started, stopped
from tests.fakes.whatsapp.world import APP_SECRET, PHONE_NUMBER_ID, TOKEN, VERIFY_TOKEN


async def main() -> None:
    """Until TERM or INT."""
    runner, backstage = await started(APP_SECRET, int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    if len(sys.argv) > 2:
        backstage.deliver_to(sys.argv[2], VERIFY_TOKEN)
    known = {"token": TOKEN, "phone_number_id": PHONE_NUMBER_ID, "app_secret": APP_SECRET,
             "verify_token": VERIFY_TOKEN}  # fmt: skip
    print(json.dumps({"url": backstage.world.url, **known}), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await stopped(runner, backstage)


if __name__ == "__main__":
    asyncio.run(main())
