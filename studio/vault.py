"""Secrets at rest: sealed (Fernet) under keys in a file of the home folder, which no backup of the database holds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import KeyMissing, Misconfigured

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

SEALED = "sealed"
KEPT = 2
GONE = (
    "The key file {path} is missing, so the tokens of Slack workspaces cannot be read. Put it back from where you "
    "keep it, or install the app again at /slack/install; a new key is made then."
)
WRONG = (
    "The key file {path} does not open the tokens of a Slack workspace: it belongs to another home or an older "
    "backup. Put the right one back, or install the app again at /slack/install."
)


class Vault:
    """Seals with the first key of its file, one a line, and opens with any; the file is read anew each time,
    so that processes follow a change of keys without a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def seal(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as {"sealed": …}; the key file is made when there is none. Raises Misconfigured."""
        if not self.path.exists():
            self._create()
        return {SEALED: self._keys().encrypt(json.dumps(dict(body)).encode()).decode()}

    def opened(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What was sealed; a body of before there was a vault comes back as it is. Raises KeyMissing."""
        from cryptography.fernet import InvalidToken

        if not is_sealed(body):
            return dict(body)
        try:
            found: dict[str, Any] = json.loads(self._keys().decrypt(str(body[SEALED]).encode()))
        except InvalidToken as error:
            raise KeyMissing(WRONG.format(path=self.path)) from error
        return found

    def renew(self) -> None:
        """Put a new key first; all older ones still open what they sealed. Raises Misconfigured."""
        lines = self.path.read_text().split() if self.path.exists() else []
        self._write([_new_key(), *lines]).replace(self.path)

    def forget_old(self) -> None:
        """Drop keys that seal nothing any more, but for one: a process may be about to use it."""
        self._write(self.path.read_text().split()[:KEPT]).replace(self.path)

    def _create(self) -> None:
        temporary = self._write([_new_key()])
        try:
            os.link(temporary, self.path)
        except FileExistsError:
            pass  # another process was quicker: its key counts
        finally:
            temporary.unlink()

    def _write(self, lines: list[str]) -> Path:
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
                out.write("".join(f"{line}\n" for line in lines))
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise Misconfigured(f"The key file {self.path} cannot be written: {error.strerror}.") from error
        return temporary

    def _keys(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            return MultiFernet([Fernet(line) for line in self.path.read_text().split()])
        except FileNotFoundError as error:
            raise KeyMissing(GONE.format(path=self.path)) from error
        except ValueError as error:  # no key, or something else than keys
            raise KeyMissing(WRONG.format(path=self.path)) from error
        except OSError as error:
            raise Misconfigured(f"The key file {self.path} cannot be read: {error.strerror}.") from error


def is_sealed(body: Mapping[str, Any]) -> bool:
    """Whether a body is sealed."""
    return SEALED in body


def _new_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
