"""aiclone db: backup, restore, check."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from studio.errors import Misconfigured
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from workers.supervisor import stack_pid

app = typer.Typer(help="The facts: back them up, put them back, check them.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)


@app.command()
def backup(
    path: Annotated[Path | None, typer.Argument(help="the file to write; by default in HOME/backups")] = None,
) -> None:
    """Write all facts into one file; safe while everything runs. Copy HOME/media after it."""
    from studio.store.backup import write_backup

    settings = Settings()
    out = path or settings.home / "backups" / f"aiclone-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl.gz"
    store = _existing(settings)
    count = write_backup(store, out)
    store.close()
    console.print(f"[green]✓[/] {count} rows in {out} ({out.stat().st_size / 1e6:.1f} MB).", markup=True)
    console.print(
        f"  Files are not in it: copy {settings.home / 'media'} now; it only ever grows.", markup=False
    )


@app.command()
def restore(path: Annotated[Path, typer.Argument(help="what `aiclone db backup` wrote")]) -> None:
    """Put a backup in the place of the database, which is kept; on PostgreSQL into an empty database."""
    from studio.store.swap import put_back

    settings = Settings()
    if (pid := stack_pid(settings)) is not None:
        raise Misconfigured(f"AIClone runs on {settings.home} (process {pid}); end it first.")
    settings.home.mkdir(parents=True, exist_ok=True)
    count, aside = put_back(path, settings.database)
    console.print(f"[green]✓[/] {count} rows are back.", markup=True)
    if aside is not None:
        console.print(f"  The database that was there is {aside}.", markup=False)
    console.print("  `aiclone db check` says whether the media folder has their files.", markup=False)


@app.command()
def check(deep: Annotated[bool, typer.Option("--deep", help="hash every stored file")] = False) -> None:
    """Say what is damaged or missing and what to do; exit status 1 when anything is."""
    from studio.store.check import faults

    settings = Settings()
    store = _existing(settings)
    store.migrate()
    found = faults(store, MediaStore(settings.home / "media"), deep)
    store.close()
    for fault in found:
        console.print(f"✗ {fault.what}\n  → {fault.mend}", markup=False)
    if found:
        raise typer.Exit(1)
    console.print("[green]✓[/] The facts hold together and every file that they name is there.", markup=True)


def _existing(settings: Settings) -> Store:
    file = make_url(settings.database)
    if file.get_backend_name() == "sqlite" and not Path(file.database or "").is_file():
        raise Misconfigured(f"There is no database at {file.database}; `aiclone run` makes one.")
    return Store(settings.database)
