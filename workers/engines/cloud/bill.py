"""What one take has cost at a vendor, in a file that outlives every process: asked, then paid.

A vendor without idempotency keys cannot be asked "did this request of mine arrive?". So the request is noted
before it leaves, and an attempt that finds it noted looks through the vendor's history before it pays again.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from studio.errors import NotNow, ProviderBusy, ProviderDown, StudioError

Json = dict[str, Any]


class NotSent(ProviderDown):
    """The service cannot be reached; nothing was asked of it."""

    @property
    def reason(self) -> str:
        """For everybody else it is down."""
        return ProviderDown.__name__


class Bill:
    """`path` is JSON {"state", "key", "at", "id", "characters"}; the vendor's answer lies beside it.

    `state`: "" nothing asked, "asked" it may have been paid, "paid". `claims/<vendor's id>` says which take an
    entry of the vendor's history belongs to, so that two takes of the same words never share one.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._answer = path, path.with_suffix(".answer")
        self.known: Json = json.loads(path.read_bytes()) if path.is_file() else {}

    @property
    def state(self) -> str:
        """How far it is."""
        return str(self.known.get("state", ""))

    @property
    def at(self) -> float:
        """When the vendor was asked, Unix seconds."""
        return float(self.known.get("at", 0.0))

    def ask(self, key: str) -> None:
        """Note that a request of that hash leaves now."""
        self._write({"state": "asked", "key": key, "at": time.time()})

    def pay(self, identity: str, characters: int, answer: bytes) -> None:
        """Note what the vendor did under which id and how many characters it billed; keep its answer."""
        self.claim(identity)
        _publish(self._answer, answer)
        self._write({**self.known, "state": "paid", "id": identity, "characters": characters})

    def kept(self) -> bytes:
        """What the vendor answered, once paid; else nothing."""
        return self._answer.read_bytes() if self.state == "paid" and self._answer.is_file() else b""

    def clear(self) -> None:
        """The vendor refused: nothing was bought."""
        self._answer.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.known = {}

    def claim(self, identity: str) -> bool:
        """Take an entry of the vendor's history for this take; False when another take has it."""
        claimed = self.path.parent / "claims" / identity.replace("/", "_")
        claimed.parent.mkdir(exist_ok=True)
        try:
            with claimed.open("x") as out:
                out.write(self.path.stem)
        except FileExistsError:
            return claimed.read_text() == self.path.stem
        return True

    def _write(self, known: Json) -> None:
        _publish(self.path, json.dumps(known, sort_keys=True).encode())
        self.known = known


def certainly_not(error: StudioError) -> bool:
    """Whether a request that ended so cannot have been carried out, and so was not paid."""
    return isinstance(error, NotSent | ProviderBusy) or not isinstance(error, NotNow)


def _publish(target: Path, body: bytes) -> None:
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    with temporary.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(target)
