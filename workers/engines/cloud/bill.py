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

Json = dict[str, Any]


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

    def pay(self, identity: str, characters: int, answer: Json) -> None:
        """Note what the vendor did under which id and how many characters it billed; keep its answer."""
        self.claim(identity)
        _publish(self._answer, json.dumps(answer).encode())
        self._write({**self.known, "state": "paid", "id": identity, "characters": characters})

    def answer(self) -> Json | None:
        """What the vendor answered, once paid."""
        if self.state != "paid" or not self._answer.is_file():
            return None
        found: Json = json.loads(self._answer.read_bytes())
        return found

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


def _publish(target: Path, body: bytes) -> None:
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    with temporary.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(target)
