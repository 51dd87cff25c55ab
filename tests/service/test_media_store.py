"""The media store on a real disk: published whole or not at all, also when the disk is full."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.errors import DiskFull, MediaUnusable
from studio.media import MediaStore, sha256_of
from studio.queue import Order
from studio.settings import Settings
from workers.engines import ENGINES
from workers.rendering import Renderer

pytestmark = pytest.mark.service


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of one megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk of one megabyte needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_the_same_bytes_are_one_file_however_many_put_them(media: MediaStore, tmp_path: Path) -> None:
    source = written(tmp_path, "a", b"x" * 300_000)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(media.put(source))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {sha256_of(source)}
    [stored] = [path for path in (media.root / "sha256").rglob("*") if path.is_file()]
    assert stored.read_bytes() == source.read_bytes()
    assert list((media.root / "tmp").iterdir()) == []


def test_what_is_gone_is_said_and_its_receipt_counts_for_nothing(media: MediaStore, tmp_path: Path) -> None:
    sha = media.put(written(tmp_path, "a", b"bytes"))
    media.write_receipt("t", {"artifact": sha})
    assert media.receipt("t") == {"artifact": sha}
    media.erase(sha)
    assert media.receipt("t") is None
    assert media.receipt("other") is None
    with pytest.raises(MediaUnusable, match="missing from the media store"):
        media.fetch(sha)


def test_what_a_killed_process_left_is_removed_only_when_it_is_old(media: MediaStore) -> None:
    old, young = media.root / "tmp" / "old", media.root / "tmp" / "young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "out.mp4").touch()
    os.utime(old, (time.time() - 180_000,) * 2)
    media.tidy()
    assert not old.exists()
    assert (young / "out.mp4").exists()


def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(tiny: Path, tmp_path: Path) -> None:
    media = MediaStore(tiny)
    source = written(tmp_path, "big", os.urandom(2_000_000))
    with pytest.raises(DiskFull, match="The disk is full"):
        media.put(source)
    assert not media.has(sha256_of(source))
    assert list((tiny / "tmp").iterdir()) == []
    media.put(written(tmp_path, "small", b"fits"))


def test_a_take_on_a_full_disk_is_made_after_there_is_room(
    tiny: Path, settings: Settings, tmp_path: Path
) -> None:
    media = MediaStore(tiny)
    filler = tiny / "filler"
    with filler.open("wb", buffering=0) as out, pytest.raises(OSError, match="No space"):
        while True:
            out.write(b"x" * 4096)
    order = Order("t1", 1, "hum", {"log": str(tmp_path / "log")}, {}, 0, "p1", "grace")

    async def play() -> None:
        renderer = Renderer(settings, media)
        full = await renderer.attempt(order, lambda _: None)
        assert (full["ok"], full["reason"]) == (False, "DiskFull")
        assert full["say"].startswith("The disk is full")
        assert full["retry_after"] > 0
        filler.unlink()
        assert (await renderer.attempt(order, lambda _: None))["ok"]
        await renderer.close()

    ENGINES["hum"] = "tests.fakes.takes:Hum"
    try:
        asyncio.run(play())
    finally:
        del ENGINES["hum"]
    assert list((tiny / "tmp").iterdir()) == []
