"""Asides (studio/asides.py) are done and answered here, for every channel alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from studio.asides import Aside, Wish
from studio.messages import SAY, place_of
from studio.store import outbox, people
from studio.store.personas import HOUSE

Row = Mapping[Any, Any]
CODE = (
    "Your code is {code}. Write “link {code}” to me from your other channel within ten minutes; it works once. "
    "Give it to nobody: whoever uses it may do there what you may do here."
)
LINKED = (
    "Linked with {place}. What you may do in one you may do in the other, and videos you ask for in one are shown "
    "in the other, too. “mute” stops the copies in a channel, “unlink” ends it."
)
WRONG = (
    "That code is not right, was used, or its ten minutes are over. "
    "Write “link” in your other channel for a new one."
)
WORN_OUT = (
    "These were too many wrong codes. Please wait an hour, "
    "then ask for a new one with “link” in your other channel."
)
OWN = "That code was made here; write it to me from your other channel."
ALREADY = "These two are linked already."
ALONE = "Nothing is linked with this channel. “link” gives you a code for another one."
UNLINKED = "Unlinked: this channel stands for itself again."
MUTED = "Videos that you ask for elsewhere are not shown here any more. “unmute” brings them back."
UNMUTED = "Videos that you ask for elsewhere are shown here, too."
FORGET = (
    "Whoever runs this studio can erase you: send them “aiclone person erase {address}”. Your number or address, "
    "links and codes go then; what you asked for and decided stays under a made-up name. “unlink” ends the links "
    "at once."
)
HOUSEHOLD = "You sit at the studio itself; there is no address of yours to erase. “unlink” ends your links."


def answer(connection: Connection, row: Row, aside: Aside) -> str:
    """Do what an inbox row wishes for; the answer, meant for the writer alone."""
    address = str(row["person"])
    match aside.wish:
        case Wish.LINK:
            code = people.issue_code(connection, address, row["conversation"])
            return CODE.format(code=f"{code[:4]}-{code[4:]}")
        case Wish.REDEEM:
            return _redeem(connection, row, aside.code)
        case Wish.UNLINK:
            return UNLINKED if people.unlink(connection, address) else ALONE
        case Wish.MUTE | Wish.UNMUTE:
            mutes = aside.wish is Wish.MUTE
            done = people.mute(connection, address, mutes)
            return ALONE if not done else MUTED if mutes else UNMUTED
        case Wish.FORGET:
            return HOUSEHOLD if HOUSE.fullmatch(address) else FORGET.format(address=address)


def _redeem(connection: Connection, row: Row, code: str) -> str:
    address, event = str(row["person"]), f"{row['source']}:{row['event_id']}"
    if not people.may_try(connection, address):
        return WORN_OUT
    if people.has_code(connection, address, code):
        return OWN
    issued = people.use_code(connection, code)
    if issued is None:
        people.note_wrong_try(connection, address, event)
        return WRONG
    if not people.link(connection, issued["address"], address):
        return ALREADY
    told = {"text": LINKED.format(place=place_of(row["conversation"])), "only": issued["address"]}
    outbox.put(connection, f"linked:{event}"[:160], issued["conversation"], SAY, told)
    return LINKED.format(place=place_of(issued["conversation"]))
