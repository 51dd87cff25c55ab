"""All of the control plane's numbers, with what the machine was like meanwhile."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rich.console import Console

from bench.control import agent, idle, parked, webhook


def measure(console: Console, quick: bool) -> dict[str, float]:
    """Values by name (bench/results.py); `quick` drives the webhook for ten seconds instead of sixty."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        synced = webhook.fsync_ms(root)
        seconds = 10.0 if quick else webhook.SECONDS
        found, cpu = webhook.measure(root / "web", seconds)
        phones, phone_cpu = webhook.measure(root / "phones", seconds, webhook.phones)
        for name, each, spent in (("webhook", found, cpu), ("webhook (WhatsApp)", phones, phone_cpu)):
            shown = ", ".join(f"p{100 * part:g} {each.at(part):.1f} ms" for part in (0.5, 0.9, 0.99, 0.999))
            console.print(f"{name} at {webhook.RATE:g}/s: {shown}; {1000 * spent:.1f} CPU ms each")
        console.print(
            f"write and fsync of 4 kB {synced:.1f} ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        seconds, takes = agent.measure(root / "agent")
        console.print(f"agent: {seconds:.2f} CPU s a production of {takes:.0f} takes")
        wall, cpu, scraped = parked.measure(root / "parked")
        console.print(f"sweep with {parked.PARKED:,} parked: {1000 * wall:.0f} ms, {1000 * cpu:.0f} CPU ms")
        console.print(
            f"a scrape of the metrics with {parked.PARKED * parked.TAKES:,} takes: {1000 * scraped:.0f} CPU ms"
        )
        still = idle.measure(root / "idle")
        by_name = ", ".join(f"{name} {value:.2f}" for name, value in still.items())
        console.print(f"idle stack, CPU s a minute: {by_name}")
    return {
        "webhook_p99": found.at(0.99),
        "webhook_whatsapp": phones.at(0.5),
        "webhook_whatsapp_p99": phones.at(0.99),
        "agent_cpu": seconds,
        "sweep_parked": wall,
        "scrape": scraped,
        "idle_cpu": sum(still.values()),
    }
