"""What has to be there before anything runs: schema, default weights, a persona."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from studio.weights import State, Weights
from workers.onboarding import SAMPLE_EXEMPTION, Onboarding


def prepare(settings: Settings, console: Console) -> None:
    """Bring an installation to where it can render; does nothing when it is."""
    store = Store(settings.database)
    store.migrate()
    pull_weights(settings, console)
    media = MediaStore(settings.home / "media")
    sample = asyncio.run(Onboarding(settings, store, media).add_sample())
    if sample is not None:
        console.print(f"Made the sample persona “{sample.name}”. {SAMPLE_EXEMPTION}", style="dim")
    store.close()


def pull_weights(settings: Settings, console: Console, names: Sequence[str] = (), pin: bool = False) -> None:
    """Fetch weight sets that are missing (without names: the default ones), with progress.

    Raises WeightsMissing with the reason of every file that no source gave.
    """
    weights = Weights(settings.cache, settings.weights_folder)
    missing = [name for name in weights.wanted(names) if weights.state(name) is not State.READY]
    if not missing:
        return
    plan = weights.plan(missing)
    console.print(f"Fetching weights: {', '.join(missing)} ({sum(plan.values()) / 1e6:.0f} MB)")
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console) as bars:
        tasks = {key: bars.add_task(key, total=size) for key, size in plan.items()}
        weights.pull(
            missing, lambda key, grown: bars.advance(tasks[key], grown) if key in tasks else None, pin
        )
