"""Graph's errors: the code table, and the envelope they are answered in."""

from __future__ import annotations

import secrets
from typing import Any

Json = dict[str, Any]

# code -> (HTTP status, title). The codes are documented; the statuses and titles are the vendor's table as
# remembered, and a client must not branch on them.
TABLE: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Application does not have permission for this action"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    2200: (400, "Callback verification failed"),
    2500: (400, "Unknown path components"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Business-scoped user ID recipients are not supported for this message"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    133004: (503, "Server temporarily unavailable"),
    133010: (400, "Phone number not registered"),
    135000: (400, "Generic user error"),
}

# What a client that follows the rules never meets: recorded, and the test fails unless it pardons them.
WRONG = {0, 10, 100, 190, 200, 2500, 131008, 131009, 131021, 131047, 131051, 131053,
         132000, 132001, 132005, 132012, 132015, 132016}  # fmt: skip


class GraphError(Exception):
    """A refusal. `details` go into error_data; `message` replaces the title; `planned` by the test: nobody's fault."""

    def __init__(
        self, code: int, details: str = "", *, message: str = "", subcode: int = 0, planned: bool = False
    ) -> None:
        super().__init__(code, details or message)
        self.is_wrong = code in WRONG and not planned
        self.code, self.details, self.message, self.subcode = code, details, message, subcode

    @property
    def status(self) -> int:
        """The HTTP status."""
        return TABLE[self.code][0]

    @property
    def title(self) -> str:
        """The table's name of the error."""
        return TABLE[self.code][1]

    def envelope(self) -> Json:
        """The body of the answer."""
        kind = "GraphMethodException" if self.subcode == 33 else "OAuthException"
        error: Json = {
            "message": self.message or f"(#{self.code}) {self.title}",
            "type": kind,
            "code": self.code,
        }
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode:
            error["error_subcode"] = self.subcode
        return {"error": {**error, "fbtrace_id": "A" + secrets.token_urlsafe(16)}}

    def in_status(self) -> Json:
        """As a status or a message in a webhook carries it."""
        return {
            "code": self.code, "title": self.title, "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
        }  # fmt: skip


def missing_object(identity: str, verb: str = "get") -> GraphError:
    """An id that is nobody's."""
    return GraphError(
        100,
        message=f"Unsupported {verb} request. Object with ID '{identity}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation",
        subcode=33,
    )
