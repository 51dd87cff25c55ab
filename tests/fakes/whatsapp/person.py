"""One person in front of WhatsApp."""

from __future__ import annotations

import base64
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.whatsapp.errors import Json

VOICE = "audio/ogg; codecs=opus"


class Performs(Protocol):
    """A driver."""

    def perform(self, deed: str, /, **args: Any) -> Any:
        """Do something in the server."""
        ...


@dataclass(frozen=True)
class Person:
    """`ann = wa.person("Ann", phone="+49…")`; messages are what these methods or `wa.message` returned.

    What a person could not do in WhatsApp (a button that is not there, a video it would not send, an edit too
    late) raises `world.Impossible`, an AssertionError. Every deed returns the message, with `delivery`.
    """

    wa: Performs
    id: str

    def now(self) -> Json:
        """{id, name, phone, bsuid, username} at this moment."""
        found: Json = self.wa.perform("person", id=self.id)
        return found

    def address(self) -> Json:
        """How the business writes to this person: {"to"} or {"recipient"}."""
        me = self.now()
        return {"to": me["phone"]} if me["phone"] else {"recipient": me["bsuid"]}

    def writes(self, text: str, *, forwarded: bool = False, often: bool = False) -> Json:
        """A text."""
        return self._do("write", text=text, forwarded=forwarded, often=often)

    def replies(self, message: Json, text: str) -> Json:
        """A text that quotes a message."""
        return self._do("write", text=text, quote=message["id"])

    def says(self, file: Path | bytes, quoting: Json | None = None) -> Json:
        """A voice note: ogg with opus, mono."""
        return self._file("audio", file, VOICE, quoting, voice=True)

    def sends(
        self, kind: str, file: Path | bytes, caption: str = "", *, mime: str = "", filename: str = "",
        quoting: Json | None = None,
    ) -> Json:  # fmt: skip
        """An "image", "video", "audio" (not a voice note), "document" or "sticker"."""
        name = filename or (file.name if isinstance(file, Path) else "")
        mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        more: Json = {"caption": caption} if caption else {}
        if kind == "document":
            more["filename"] = name or "file"
        if kind == "sticker":
            more["animated"] = False
        return self._file(kind, file, mime, quoting, **more)

    def presses(self, message: Json, title: str) -> Json:
        """A reply button, or a template's quick reply."""
        return self._do("press", message=message["id"], title=title)

    def picks(self, message: Json, row: str) -> Json:
        """A row of a list, by title or id."""
        return self._do("pick", message=message["id"], title=row)

    def reacts(self, message: Json, emoji: str) -> Json:
        """An emoji on a message; "" takes it back."""
        return self._do("react", message=message["id"], emoji=emoji)

    def edits(self, message: Json, text: str) -> Json:
        """Change one's own text."""
        return self._do("edit", message=message["id"], text=text)

    def revokes(self, message: Json) -> Json:
        """Delete one's own message for everyone."""
        return self._do("revoke", message=message["id"])

    def shares_location(self, latitude: float, longitude: float, **more: str) -> Json:
        """A place."""
        return self._do(
            "share", kind="location", content={"latitude": latitude, "longitude": longitude, **more}
        )

    def shares_contact(self, name: str, phone: str) -> Json:
        """Somebody's card."""
        card = {
            "name": {"formatted_name": name, "first_name": name},
            "phones": [{"phone": phone, "type": "CELL"}],
        }
        return self._do("share", kind="contacts", content=[card])

    def sends_unsupported(self, kind: str = "poll") -> Json:
        """Something the API does not carry."""
        return self._do("send_unsupported", kind=kind)

    def changes_number(self, phone: str = "") -> Json:
        """A new phone number and BSUID; a system message."""
        return self._do("change_number", phone=phone)

    def reads(self, message: Json | None = None) -> int:
        """Open the chat (see `habits(reads=False)`); how many statuses that made."""
        made: int = self.wa.perform("read", person=self.id, message=message["id"] if message else "")
        return made

    def plays(self, message: Json) -> int:
        """Listen to a voice message."""
        made: int = self.wa.perform("read", person=self.id, message=message["id"], status="played")
        return made

    def habits(self, **changes: Any) -> None:
        """`reads=False`, `reachable=False` (the phone is off), `takes_bsuid=False`, `username=…`."""
        self.wa.perform("habits", person=self.id, **changes)

    def fails_next(self, code: int, times: int = 1) -> None:
        """What is sent next is accepted, and then fails with a code."""
        self.wa.perform("fail_next", person=self.id, code=code, times=times)

    def _file(self, kind: str, file: Path | bytes, mime: str, quoting: Json | None, **more: Any) -> Json:
        body = file if isinstance(file, bytes) else file.read_bytes()
        content = base64.b64encode(body).decode()
        return self._do(
            "send", kind=kind, content=content, mime=mime, quote=quoting["id"] if quoting else "", **more
        )

    def _do(self, deed: str, /, **args: Any) -> Json:
        done: Json = self.wa.perform(deed, person=self.id, **args)
        return done
