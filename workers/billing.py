"""The receipts of paid takes, as the media worker keeps them beside the artifacts (engines/cloud/bill.py)."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any


def billed(receipt: Path) -> dict[str, Any]:
    """{"characters", "vendor_id"} once the vendor was paid, else nothing."""
    known = json.loads(receipt.read_bytes()) if receipt.is_file() else {}
    if known.get("state") != "paid":
        return {}
    return {"characters": int(known["characters"]), "vendor_id": str(known["id"])}


def close(receipt: Path) -> None:
    """The take is published: the vendor's answer is not needed any more, what it cost is kept."""
    receipt.with_suffix(".answer").unlink(missing_ok=True)


def set_aside(receipt: Path) -> None:
    """What was bought cannot be used: the next attempt, which a person asks for, buys anew."""
    close(receipt)
    names = (receipt.with_suffix(f".unusable-{number}") for number in itertools.count(1))
    receipt.rename(next(name for name in names if not name.exists()))
