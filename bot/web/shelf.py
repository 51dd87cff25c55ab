"""Stored files for the browser: only those that a cut or a persona of this studio names."""

from __future__ import annotations

from sqlalchemy import Connection

from studio.messages import cut_subject
from studio.store import personas, productions, reviews

KEPT = "private, max-age=86400, immutable"
NOT_KEPT = "no-store"


def may_show(connection: Connection, sha256: str) -> str:
    """The Cache-Control under which a file may be shown, "" when it may not be shown at all.

    Only an approved cut may stay in the browser's cache.
    """
    cut = productions.cut_holding(connection, sha256)
    if cut is not None:
        subject = cut_subject(cut["production_id"], cut["version"])
        decided = reviews.decision_on(connection, subject)
        return KEPT if decided is not None and decided["decision"] == "approve" else NOT_KEPT
    portraits = {sha for one in personas.all_of(connection) for sha in one.portraits.values()}
    return NOT_KEPT if sha256 in portraits else ""
