"""Names of things in WhatsApp: conversations, people; and the key without which a name leads to no number.

A person is "whatsapp:<contact>", a conversation "whatsapp:<phone number id>:<contact>", where <contact> is a
keyed hash of what somebody was first known by. A message's reference is its wamid.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

PREFIX = "whatsapp:"


def person_of(contact: str) -> str:
    """A person as approvals and replies know them."""
    return f"{PREFIX}{contact}"


def conversation_of(phone_number_id: str, contact: str) -> str:
    """The one conversation with somebody."""
    return f"{PREFIX}{phone_number_id}:{contact}"


def contact_in(name: str) -> str:
    """The contact of a person or conversation."""
    return name.rpartition(":")[2]


class Namer:
    """Gives people names that say nothing; the key lies in the home folder, made at first use."""

    def __init__(self, home: Path) -> None:
        self.key = _key(home / "whatsapp.key")

    def __call__(self, known_by: str) -> str:
        """The name of whoever is known by that; the same for the same words."""
        return hmac.new(self.key, known_by.encode(), "sha256").hexdigest()[:24]


def _key(path: Path) -> bytes:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):  # of two processes that start at once the first one's key counts
            os.link(whole, path)
        whole.unlink()
    return path.read_bytes()
