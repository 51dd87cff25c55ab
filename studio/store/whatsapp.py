"""What WhatsApp needs remembered: who writes from where, what became of each message, files it has already."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from studio.store.dialects import insert_once, lock
from studio.store.schema import inbox, outbox, whatsapp_contacts, whatsapp_media, whatsapp_messages

PREFIX = "whatsapp:"
STATES = ("sending", "accepted", "sent", "delivered", "read", "played")
"""Of a message, in their order; "failed" is the other end."""

Namer = Callable[[str], str]


def contact(connection: Connection, identity: str) -> RowMapping | None:
    """The contact of that id."""
    return connection.execute(_contacts().where(whatsapp_contacts.c.id == identity)).mappings().first()


def contact_of(connection: Connection, phone: str, bsuid: str, name: Namer) -> RowMapping:
    """Who has this phone number (digits) or business-scoped id; `name` makes the id of somebody new.

    A number that comes with another business-scoped id than before has a new owner: somebody new.
    """
    lock(connection, "whatsapp contacts")
    row = whatsapp_contacts.c
    found = _first(connection, row.phone == phone) if phone else None
    if found is not None and bsuid and found["bsuid"] not in ("", bsuid):
        _change(connection, found["id"], phone="")
        found = None
    if found is None and bsuid:
        found = _first(connection, row.bsuid == bsuid)
    if found is None:
        identity = name(f"{phone} {bsuid}")
        _add(connection, identity, phone, bsuid)
    elif phone in ("", found["phone"]) and bsuid in ("", found["bsuid"]):
        return found  # as nearly always
    else:
        identity = str(found["id"])
        if bsuid:  # of somebody who hid the number until now
            connection.execute(
                update(whatsapp_contacts).where(row.bsuid == bsuid, row.id != identity).values(bsuid="")
            )
        _change(connection, identity, phone=phone or found["phone"], bsuid=bsuid or found["bsuid"])
    after = contact(connection, identity)
    assert after is not None
    return after


def moved(connection: Connection, old: tuple[str, str], new: tuple[str, str]) -> None:
    """WhatsApp says that somebody has another (phone number, business-scoped id) now, "" being unchanged."""
    row = whatsapp_contacts.c
    for column, before in ((row.phone, old[0]), (row.bsuid, old[1])):
        found = _first(connection, column == before) if before else None
        if found is not None:
            values = zip(("phone", "bsuid"), new, strict=True)
            _change(connection, str(found["id"]), **{name: value for name, value in values if value})
            return


def known(connection: Connection, phone: str, bsuid: str) -> str:
    """The id of who has this phone number (digits) or business-scoped id now, "" for nobody."""
    row = whatsapp_contacts.c
    found = _first(connection, row.phone == phone if phone else row.bsuid == bsuid)
    return str(found["id"]) if found is not None else ""


def forget(connection: Connection, identity: str) -> int:
    """Erase the message ids of somebody's conversations, which hold their number; how many rows had one."""
    mine = f"%:{identity}"
    ours = select(outbox.c.key).where(outbox.c.conversation.like(mine))
    gone = connection.execute(delete(whatsapp_messages).where(whatsapp_messages.c.key.in_(ours))).rowcount
    sent = outbox.c.conversation.like(mine) & outbox.c.ref.is_not(None)
    gone += connection.execute(update(outbox).where(sent).values(ref="")).rowcount
    for table in (inbox, outbox):
        key = table.primary_key.columns
        for row in connection.execute(select(table).where(table.c.conversation.like(mine))).mappings().all():
            body = {name: value for name, value in row["body"].items() if name != "wamid"}
            if body != row["body"]:
                this = [column == row[column.name] for column in key]
                gone += connection.execute(update(table).where(*this).values(body=body)).rowcount
    return gone


def hear(connection: Connection, identity: str, at: float) -> bool:
    """They wrote at that moment, so the window is open; True when it was not."""
    before = contact(connection, identity)
    if before is None or at <= before["heard_at"]:
        return False
    _change(connection, identity, heard_at=at, is_closed=0)
    return bool(before["is_closed"] or before["heard_at"] < at - 24 * 3600 + 60)


def close(connection: Connection, identity: str, sent_at: float) -> None:
    """WhatsApp says that the window was closed when a message was sent, whatever we believed."""
    row = whatsapp_contacts.c
    connection.execute(
        update(whatsapp_contacts).where(row.id == identity, row.heard_at <= sent_at).values(is_closed=1)
    )


def greet(connection: Connection, identity: str, every_s: float) -> bool:
    """Whether a stranger may be answered now: once in `every_s`."""
    row, now = whatsapp_contacts.c, time.time()
    changed = connection.execute(
        update(whatsapp_contacts)
        .where(row.id == identity, row.greeted_at < now - every_s)
        .values(greeted_at=now)
    )
    return changed.rowcount == 1


def begin(connection: Connection, key: str, part: int, attempt: int, data: str) -> bool:
    """A part of a message is about to be sent, under a word that its statuses bring back; False: it was begun."""
    values = {"data": data, "key": key, "part": part, "attempt": attempt}
    return insert_once(
        connection, whatsapp_messages, **values, wamid="", state="sending", code=0, at=time.time()
    )


def refused(connection: Connection, data: str) -> None:
    """It was certainly not sent."""
    connection.execute(delete(whatsapp_messages).where(whatsapp_messages.c.data == data))


def note(connection: Connection, data: str, wamid: str, state: str, code: int = 0) -> RowMapping | None:
    """A state of a message by its word (or, for others' words, its id); the row when that is news.

    States only go forward; what failed stays so.
    """
    row = whatsapp_messages.c
    found = _message(connection, row.data == data) if data else None
    found = found or (_message(connection, row.wamid == wamid) if wamid else None)
    if found is None or found["state"] == "failed" or state not in (*STATES, "failed"):
        return None
    if state != "failed" and STATES.index(state) <= STATES.index(found["state"]):
        return None
    connection.execute(
        update(whatsapp_messages)
        .where(row.data == found["data"])
        .values(state=state, code=code, wamid=found["wamid"] or wamid, at=time.time())
    )
    return found


def parts(connection: Connection, key: str) -> dict[int, RowMapping]:
    """part → its newest attempt."""
    row = whatsapp_messages.c
    rows = connection.execute(
        select(whatsapp_messages).where(row.key == key).order_by(row.attempt)
    ).mappings()
    return {found["part"]: found for found in rows}


def key_of(connection: Connection, wamid: str) -> str:
    """The outbox key of one of our messages, "" for any other."""
    row = whatsapp_messages.c
    found = connection.execute(select(row.key).where(row.wamid == wamid)).scalar() if wamid else None
    return str(found or "")


def shown_as(connection: Connection, subject: str, conversation: str) -> str:
    """The message (wamid) that has the buttons of that subject there, "" while there is none."""
    rows = connection.execute(
        select(outbox.c.body, outbox.c.ref)
        .where(
            outbox.c.conversation == conversation,
            outbox.c.state == "done",
            outbox.c.kind.in_(("script", "preview")),
        )
        .order_by(outbox.c.created_at.desc())
    )
    return next((str(ref or "") for body, ref in rows if body.get("subject") == subject), "")


def was_received(connection: Connection, event_id: str) -> bool:
    """Whether somebody's message is in the inbox."""
    row = inbox.c
    found = select(row.event_id).where(row.source == PREFIX[:-1], row.event_id == event_id)
    return connection.execute(found).first() is not None


def was_told(connection: Connection, conversation: str, text: str, since: float) -> bool:
    """Whether exactly that was answered there since then."""
    row = inbox.c
    bodies = connection.execute(
        select(row.body).where(
            row.conversation == conversation, row.kind == "notice", row.received_at >= since
        )
    )
    return any(body.get("text") == text for (body,) in bodies)


def count_since(connection: Connection, conversation: str, since: float) -> int:
    """How many messages came in there since then."""
    row = inbox.c
    wanted = select(func.count()).where(row.conversation == conversation, row.received_at >= since)
    return int(connection.execute(wanted).scalar() or 0)


def upload(connection: Connection, name: str, since: float) -> str:
    """The media id under which WhatsApp has a file since then, "" for none."""
    row = whatsapp_media.c
    found = connection.execute(select(row.media_id).where(row.name == name, row.at >= since)).scalar()
    return str(found or "")


def note_upload(connection: Connection, name: str, media_id: str) -> None:
    """WhatsApp has that file now ("" when it says that it has not)."""
    connection.execute(delete(whatsapp_media).where(whatsapp_media.c.name == name))
    if media_id:
        connection.execute(insert(whatsapp_media).values(name=name, media_id=media_id, at=time.time()))


def _contacts() -> Any:
    return select(whatsapp_contacts)


def _first(connection: Connection, where: Any) -> RowMapping | None:
    row = whatsapp_contacts.c
    return connection.execute(_contacts().where(where).order_by(row.created_at)).mappings().first()


def _message(connection: Connection, where: Any) -> RowMapping | None:
    return connection.execute(select(whatsapp_messages).where(where)).mappings().first()


def _add(connection: Connection, identity: str, phone: str, bsuid: str) -> None:
    connection.execute(
        insert(whatsapp_contacts).values(
            id=identity,
            phone=phone,
            bsuid=bsuid,
            heard_at=0.0,
            is_closed=0,
            greeted_at=0.0,
            created_at=time.time(),
        )
    )


def _change(connection: Connection, identity: str, **values: Any) -> None:
    changed: Mapping[str, Any] = values
    if changed:
        connection.execute(
            update(whatsapp_contacts).where(whatsapp_contacts.c.id == identity).values(**changed)
        )
