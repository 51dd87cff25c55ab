"""WhatsApp's error codes as our failures; its sentences name phone numbers, so only the code is passed on."""

from __future__ import annotations

from studio.errors import (
    KeyMissing,
    Misconfigured,
    NeedsFounder,
    NotNow,
    ProviderBusy,
    ProviderDown,
    StudioError,
)

PATIENCE = {4: 5.0, 80007: 5.0, 130429: 5.0, 131056: 6.0, 131048: 600.0, 131049: 900.0}
"""Code → seconds: too much at once, for the app, the account, the number, one person; held back for quality."""
DOWN = (1, 2, 131000, 131016, 131057, 133004, 135000)
GONE = (131021, 131026, 131030, 131050, 131062, 130472, 130497)
TOKEN = (0, 3, 10, 190, *range(200, 300))
ACCOUNT = (368, 131005, 131031, 131042, 131045, 133010)
MEDIA = (131052, 131053)
WINDOW = 131047
PARAMETER = 100


class WindowClosed(NotNow):
    """More than a day has passed since the last message from there; it waits for the next one."""


class NotReachable(NeedsFounder):
    """WhatsApp cannot bring messages to that number."""


class MediaRefused(NeedsFounder):
    """WhatsApp does not take this file."""


class Refused(StudioError):
    """WhatsApp refused this."""

    def __init__(self, code: int) -> None:
        """`code` is WhatsApp's own for what is wrong."""
        super().__init__(f"WhatsApp refused this (code {code}).")
        self.code = code


def error_of(code: int) -> StudioError:
    """What an error code means, of an answer or of a status that says "failed"."""
    if code in PATIENCE:
        return ProviderBusy("WhatsApp asks for patience.", retry_after=PATIENCE[code])
    if code in DOWN:
        return ProviderDown(f"WhatsApp is not well (code {code}); it will be tried again.")
    if code == WINDOW:
        return WindowClosed(retry_after=60.0)
    if code in GONE:
        return NotReachable(f"WhatsApp cannot bring messages to that number (code {code}).")
    if code in MEDIA:
        return MediaRefused(f"WhatsApp does not take this file (code {code}).")
    if code in TOKEN:
        return KeyMissing(f"WhatsApp does not accept the token (code {code}); see `aiclone whatsapp setup`.")
    if code in ACCOUNT or code // 1000 == 132:
        return Misconfigured(f"WhatsApp wants something set up (code {code}); see `aiclone whatsapp setup`.")
    return Refused(code)
