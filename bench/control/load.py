"""An open-loop load driver: requests leave at their scheduled moments whatever the server does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Posting:
    """One signed request; another webhook is another path and another signer."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from the scheduled moment to the answer, sorted; `refused` are answers outside 200..399."""

    seconds: list[float]
    refused: int

    def at(self, part: float) -> float:
        """The quantile in ms."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]


async def drive(
    host: str, port: int, sign: Callable[[int], Posting], rate: float, seconds: float
) -> Latencies:
    """Send `rate` requests a second over kept connections."""
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection(host, port))
    took: list[float] = []
    refused = 0

    async def one(number: int, due: float) -> None:
        nonlocal refused
        connection = await idle.get()
        status = await _post(*connection, host, port, sign(number))
        took.append(time.perf_counter() - due)
        refused += not 200 <= status < 400
        idle.put_nowait(connection)

    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    while not idle.empty():
        idle.get_nowait()[1].close()
    return Latencies(sorted(took), refused)


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, what: Posting
) -> int:
    headers = {"host": f"{host}:{port}", "content-length": str(len(what.body)), **what.headers}
    lines = [f"POST {what.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + what.body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next((line for line in head.split("\r\n") if line.startswith("content-length:")), ":0")
    await reader.readexactly(int(length.partition(":")[2]))
    return int(head.split(" ", 2)[1])
