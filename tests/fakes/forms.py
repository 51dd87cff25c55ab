"""Multipart forms read by hand: aiohttp's own reading warns where a boundary lies across two pieces of a body."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from typing import NamedTuple


class Field(NamedTuple):
    """One part; `filename` is "" for a plain field."""

    name: str
    content: bytes
    mime: str
    filename: str


def fields_of(content_type: str, raw: bytes) -> list[Field]:
    """The parts of a form, in order; none for a body without a boundary."""
    kind = Message()
    kind["content-type"] = content_type
    boundary = str(kind.get_param("boundary") or "")
    found = []
    for piece in raw.split(f"--{boundary}".encode())[1:-1] if boundary else ():
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        about = message_from_bytes(head + b"\r\n\r\n")
        name = str(about.get_param("name", "", "content-disposition"))
        mime, filename = str(about.get("content-type", "")), about.get_filename() or ""
        found.append(Field(name, content.removesuffix(b"\r\n"), mime, filename))
    return found
