"""Looks at this machine and says, a line each, whether AIClone can work here. Changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.engine import Kind
from studio.errors import Misconfigured
from studio.settings import Settings
from workers.readiness import Readiness, readiness
from workers.redis_server import find_redis, is_ours, redis_address, redis_answers
from workers.supervisor import port_answers, stack_pid

GIB = 1 << 30
DISK_GIB = (1.0, 5.0)
RAM_GIB = 4.0
CHAINS = (Kind.VOICE,)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class State(StrEnum):
    """How bad it is; `missing` means that AIClone cannot work."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `mend` is the next step, empty when there is none."""

    name: str
    state: State
    says: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which a newcomer would mend them."""
    looks: list[Callable[[Settings], Finding]] = [
        _python, _machine, _home, _cache, _ffmpeg, _redis, _queue, _database, _web, _key, _gpu, _browser,
    ]  # fmt: skip
    return [look(settings) for look in looks] + _engines(settings)


def _python(settings: Settings) -> Finding:
    return Finding("python", State.OK, f"{'.'.join(map(str, sys.version_info[:3]))} at {sys.executable}")


def _machine(settings: Settings) -> Finding:
    ram = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    says = f"{os.cpu_count()} cores, {ram:.1f} GiB of memory"
    if ram >= RAM_GIB:
        return Finding("machine", State.OK, says)
    return Finding("machine", State.WARN, says, f"{RAM_GIB:g} GiB of memory are advised")


def _home(settings: Settings) -> Finding:
    return _folder("home", settings.home, "AICLONE_HOME")


def _cache(settings: Settings) -> Finding:
    return _folder("cache", settings.cache, "AICLONE_CACHE")


def _folder(name: str, folder: Path, setting: str) -> Finding:
    folder = folder.resolve()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free / GIB
    says = f"{free:.1f} GiB free for {folder}"
    if not os.access(there, os.W_OK):
        return Finding(name, State.MISSING, f"{there} cannot be written", f"set {setting} to another folder")
    least, enough = DISK_GIB
    state = State.MISSING if free < least else State.WARN if free < enough else State.OK
    return Finding(name, state, says, "" if state is State.OK else f"make room, or set {setting}")


def _ffmpeg(settings: Settings) -> Finding:
    import imageio_ffmpeg

    try:
        path = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        return Finding("ffmpeg", State.MISSING, "no ffmpeg", "make install")
    return Finding("ffmpeg", State.OK, f"{imageio_ffmpeg.get_ffmpeg_version()} at {path}")


def _redis(settings: Settings) -> Finding:
    if not is_ours(settings):
        return Finding("redis", State.OK, "not needed: the queue is on another machine")
    try:
        path, source = find_redis()
    except Misconfigured as error:
        return Finding("redis", State.MISSING, error.say, "make install")
    return Finding("redis", State.OK, f"redis-server from {source}: {path}")


def _queue(settings: Settings) -> Finding:
    at = "{}:{}".format(*redis_address(settings.redis_url))
    if redis_answers(settings):
        return Finding("queue", State.OK, f"Redis answers at {at}")
    if is_ours(settings):
        return Finding("queue", State.OK, f"Redis is not running at {at}; `aiclone run` starts it")
    return Finding("queue", State.MISSING, f"no Redis answers at {at}", "start it, or set AICLONE_REDIS_URL")


def _database(settings: Settings) -> Finding:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    url = make_url(settings.database)
    name = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return Finding("database", State.OK, f"{name}, made at the first start")
    try:
        engine = create_engine(url)
        with engine.connect():
            pass
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        return Finding("database", State.MISSING, f"{name}: {reason}", "check AICLONE_DATABASE_URL")
    return Finding("database", State.OK, f"{name} answers")


def _web(settings: Settings) -> Finding:
    at = f"{settings.web_host}:{settings.web_port}"
    if pid := stack_pid(settings):
        return Finding("web", State.OK, f"AIClone runs on this home (process {pid}) at {at}")
    if port_answers(settings.web_host, settings.web_port):
        return Finding("web", State.WARN, f"another program has {at}", "set AICLONE_WEB_PORT to a free one")
    return Finding("web", State.OK, f"{at} is free")


def _key(settings: Settings) -> Finding:
    if settings.openai_api_key.get_secret_value():
        return Finding("key", State.OK, f"present; {settings.openai_model} at {settings.openai_base_url}")
    says = "none: the built-in writer works from patterns"
    return Finding("key", State.WARN, says, "set AICLONE_OPENAI_API_KEY for a better one")


def _gpu(settings: Settings) -> Finding:
    if not (tool := shutil.which("nvidia-smi")):
        return Finding("gpu", State.OK, "none found; the embedded engines need none")
    done = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)
    says = done.stdout.strip().splitlines()[0] if done.stdout.strip() else "nvidia-smi lists none"
    return Finding("gpu", State.OK, says.partition(" (UUID")[0])


def _browser(settings: Settings) -> Finding:
    system = next(filter(None, map(shutil.which, BROWSERS)), None)
    bundled = sorted(Path("~/.cache/ms-playwright").expanduser().glob("chromium*"))
    if found := system or (bundled and str(bundled[-1])):
        return Finding("browser", State.OK, f"{found} (for tests)")
    return Finding("browser", State.WARN, "no Chromium, needed by tests only", "playwright install chromium")


def _engines(settings: Settings) -> list[Finding]:
    found = readiness(settings)
    kinds = [[one for one in found if one.spec.kind is kind] for kind in Kind]
    return [_kind(of_kind[0].spec.kind, of_kind) for of_kind in kinds if of_kind]


def _kind(kind: Kind, all_: list[Readiness]) -> Finding:
    """A chain works with its first link that is ready; of any other kind, every engine is needed."""
    local = [one for one in all_ if not one.spec.needs_gpu and (one.ready or not one.spec.paid)]
    ready = [one.spec.name for one in local if one.ready]
    lacking = [one for one in local if not one.ready]
    if kind in CHAINS:
        says = f"{ready[0]} is active" if ready else "no engine is ready"
        says += f"; then {', '.join(ready[1:])}" if ready[1:] else ""
    else:
        says = f"ready: {', '.join(ready) or 'none'}"
    says += f"; missing: {', '.join(one.spec.name for one in lacking)}" if lacking else ""
    usable = bool(ready) if kind in CHAINS else not lacking
    first = usable and (not lacking or local[0].ready)
    state = State.OK if first else State.WARN if usable else State.MISSING
    return Finding(kind, state, says, lacking[0].mend if lacking and state is not State.OK else "")
