"""Slack's signature (v0) on the raw body: a wrong one is refused, however odd the request is."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping

WINDOW_S = 300.0


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> bool:
    """Whether Slack signed exactly these bytes in the last five minutes; never raises.

    `headers` has names in small letters.
    """
    stamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not secret or not re.fullmatch(r"[0-9]{1,12}", stamp, re.ASCII):
        return False
    if abs((time.time() if now is None else now) - int(stamp)) > WINDOW_S:
        return False
    base = b"v0:" + stamp.encode() + b":" + body
    wanted = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogateescape"))
