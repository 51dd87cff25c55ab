"""WhatsApp's signature on the raw body, and the word it says once to see whether the address is ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def is_signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether exactly these bytes were signed with the app's secret; never raises."""
    if not secret:
        return False
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogateescape"))


def challenge_of(token: str, query: Mapping[str, str]) -> str | None:
    """What to answer the handshake with, None when it is not for us."""
    said = query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    if not token or query.get("hub.mode") != "subscribe" or not hmac.compare_digest(said, token.encode()):
        return None
    return query.get("hub.challenge", "")
