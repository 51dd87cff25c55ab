"""Media: upload, information, download by an address that expires, deletion."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from tests.fakes.whatsapp.errors import GraphError, Json, missing_object
from tests.fakes.whatsapp.inspect_media import KINDS, LARGEST, UPLOADS, bare
from tests.fakes.whatsapp.world import PHONE_NUMBER_ID, URL_LIFE, Media, World


@dataclass
class Part:
    """One part of a multipart form."""

    content: bytes
    mime: str = ""
    filename: str = ""

    @property
    def text(self) -> str:
        """A plain field."""
        return self.content.decode(errors="replace")


def upload(world: World, parts: dict[str, Part]) -> Json:
    """POST /{phone number}/media.

    Raises:
        GraphError: 100 for the form or the media type, 131053 for the size.
    """
    if unknown := set(parts) - {"file", "type", "messaging_product", "ttl_minutes"}:
        raise GraphError(100, f"Unexpected fields {sorted(unknown)}.")
    for name in ("messaging_product", "file", "type"):
        if name not in parts:
            raise GraphError(100, message=f"(#100) The parameter {name} is required.")
    if parts["messaging_product"].text != "whatsapp":
        raise GraphError(100, message="(#100) Param messaging_product must be one of {WHATSAPP}.")
    file, declared = parts["file"], parts["type"].text
    if not file.filename:
        raise GraphError(100, message="(#100) Param file must be a file.")
    if bare(declared) not in UPLOADS or bare(file.mime) != bare(declared):
        raise GraphError(
            100,
            message="(#100) Param file must be a file with one of the following types: "
            f"{', '.join(sorted(UPLOADS))}. Received file of type '{file.mime}' declared as '{declared}'.",
        )
    kinds = [kind for kind, mimes in KINDS.items() if bare(declared) in mimes] or ["document"]
    most = LARGEST[kinds[0] if world.switches.uploads_by_kind else "document"]
    if not 0 < len(file.content) <= most:
        raise GraphError(131053, f"the file has {len(file.content)} bytes, at most {most}")
    return {"id": world.add_media(file.content, declared, file.filename).id}


def media_url(world: World, identity: str) -> str:
    """A fresh address, good for five minutes."""
    until, token = world.now() + URL_LIFE, secrets.token_urlsafe(16)
    world.urls[token] = {"media": identity, "until": until}
    return f"{world.url}/whatsapp_business/attachments/?mid={identity}&ext={int(until)}&hash={token}"


def information(world: World, identity: str, phone_number_id: str = "") -> Json:
    """GET /{media}."""
    media = _found(world, identity, phone_number_id, "get")
    return {
        "url": media_url(world, identity), "mime_type": media.mime, "file_size": len(media.content),
        "sha256": hashlib.sha256(media.content).hexdigest(), "id": identity, "messaging_product": "whatsapp",
    }  # fmt: skip


def delete(world: World, identity: str, phone_number_id: str = "") -> Json:
    """DELETE /{media}."""
    del world.media[_found(world, identity, phone_number_id, "delete").id]
    return {"success": True}


def download(world: World, token: str) -> Media | None:
    """The file behind an address, None once that has expired."""
    issued = world.urls.get(token)
    if issued is None or world.now() >= issued["until"]:
        return None
    return world.living_media(issued["media"])


def _found(world: World, identity: str, phone_number_id: str, verb: str) -> Media:
    media = world.living_media(identity)
    if media is None or phone_number_id not in ("", PHONE_NUMBER_ID):
        raise missing_object(identity, verb)
    return media
