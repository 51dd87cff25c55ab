"""A second channel beside the web desk, as WhatsApp would be: what it shows is kept in a file."""

from __future__ import annotations

import re

from tests.chaos.ledger import Ledger, LedgerChannel
from tests.fakes.studio import Floor

NUMBER = "4915112345678"
PERSON = f"whatsapp:{NUMBER}"
CODE = re.compile(r"“link ([A-Z0-9]{4}-[A-Z0-9]{4})”")


def phone_of(floor: Floor, number: str = NUMBER) -> Floor:
    """Somebody's phone, talking to the same studio."""
    if not any(each.prefix == "whatsapp:" for each in floor.desk.outgoing.channels):
        channel = LedgerChannel(Ledger(floor.settings.home / "phone"), prefix="whatsapp:")
        floor.desk.outgoing.channels = (*floor.desk.outgoing.channels, channel)
    return Floor(
        floor.settings,
        conversation=f"whatsapp:1000:{number}",
        spoil=floor.spoil,
        furnished=floor.desk,
        source=f"whatsapp-{number}"[:32],
        person=f"whatsapp:{number}",
    )


def code_for(floor: Floor) -> str:
    """Ask for a code."""
    floor.write("link")
    floor.look()
    found = CODE.search(floor.last("say")["text"])
    assert found, floor.last("say")
    return found[1]


def link(one: Floor, other: Floor) -> None:
    """Make one person of the two."""
    code = code_for(one)
    other.write(f"Link {code.lower()}")
    other.look()
