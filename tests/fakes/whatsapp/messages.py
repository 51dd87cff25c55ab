"""The body of POST /{phone number}/messages: every kind, its fields and limits. No state is asked here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from tests.fakes.whatsapp.attachments import MEDIA, check_media
from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.interactive import check_interactive
from tests.fakes.whatsapp.shapes import fields, flag, items, one_of, text

TEXT, CALLBACK_DATA = 4096, 512
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
PHONE = re.compile(r"\+?[\d\s().-]{7,24}")
_ADDRESSING = "messaging_product recipient_type to recipient type context biz_opaque_callback_data"


def check_message(body: Any) -> str:
    """The kind of message this body sends.

    Raises:
        GraphError: 100, 131008, 131009 or 131051, whatever is the first thing wrong.
    """
    if not isinstance(body, dict):
        raise GraphError(100, "The body must be a JSON object.")
    _product(body)
    if (kind := body.get("type")) is None:
        raise GraphError(131008, "Parameter 'type' is mandatory.")
    if kind not in _CONTENT:
        raise GraphError(131051, f"Message type {kind!r} is not supported.")
    fields(body, "message", kind, _ADDRESSING)
    one_of(body.get("recipient_type", "individual"), "recipient_type", "individual")
    check_recipient(body)
    if body.get("context") is not None:
        text(fields(body["context"], "context", "message_id")["message_id"], "context['message_id']", 512)
        if kind == "reaction":
            raise GraphError(100, "A reaction has no context.")
    if body.get("biz_opaque_callback_data") is not None:
        text(body["biz_opaque_callback_data"], "biz_opaque_callback_data", CALLBACK_DATA)
    _CONTENT[kind](body[kind])
    return str(kind)


def check_receipt(body: Json) -> None:
    """A read receipt, perhaps with the typing indicator."""
    _product(body)
    fields(body, "message", "messaging_product status message_id", "typing_indicator")
    one_of(body["status"], "status", "read")
    text(body["message_id"], "message_id", 512)
    if body.get("typing_indicator") is not None:
        one_of(fields(body["typing_indicator"], "typing_indicator", "type")["type"], "type", "text")


def check_recipient(body: Json) -> None:
    """Either a phone number in `to`, or a BSUID in `recipient`."""
    to, recipient = body.get("to"), body.get("recipient")
    if (to is None) == (recipient is None):
        raise GraphError(100 if to else 131008, "Either 'to' or 'recipient' is mandatory, not both.")
    if to is not None and not (isinstance(to, str) and PHONE.fullmatch(to)):
        raise GraphError(131009, "Param to must be a phone number.")
    if recipient is not None and not (isinstance(recipient, str) and BSUID.fullmatch(recipient)):
        raise GraphError(131009, "Param recipient must be a business-scoped user ID.")


def _product(body: Json) -> None:
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")


def _text(content: Any) -> None:
    text(fields(content, "text", "body", "preview_url")["body"], "text['body']", TEXT)
    flag(content.get("preview_url", False), "text['preview_url']")


def _reaction(content: Any) -> None:
    fields(content, "reaction", "message_id emoji")
    text(content["message_id"], "reaction['message_id']", 512)
    emoji = text(content["emoji"], "reaction['emoji']", 16, least=0)
    if emoji and not is_emoji(emoji):
        raise GraphError(131009, "reaction['emoji'] must be a single emoji.")


def is_emoji(text: str) -> bool:
    """One pictogram, with its modifiers (selectors, skin tones, joiners), or a flag."""
    bare = re.sub("[\ufe0f\U0001f3fb-\U0001f3ff]", "", text)
    parts = bare.split("\u200d")
    flags = len(bare) == 2 and all(0x1F1E6 <= ord(char) <= 0x1F1FF for char in bare)
    return flags or all(len(part) == 1 and unicodedata.category(part) in ("So", "Sm", "Po") for part in parts)


def _location(content: Any) -> None:
    fields(content, "location", "latitude longitude", "name address")
    for name, most in (("latitude", 90), ("longitude", 180)):
        try:
            inside = abs(float(content[name])) <= most
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise GraphError(131009, f"location['{name}'] is not valid.")


def _template(content: Any) -> None:
    fields(content, "template", "name language", "components")
    text(content["name"], "template['name']", 512)
    text(fields(content["language"], "language", "code", "policy")["code"], "language['code']", 16)
    for component in items(content.get("components") or [], "components", 0, 20):
        fields(component, "component", "type", "parameters sub_type index")
        kind = one_of(_lower(component["type"]), "component.type", "header body button")
        if kind == "button":
            fields(component, "component", "type sub_type index parameters")
            one_of(_lower(component["sub_type"]), "sub_type", "quick_reply url copy_code flow")
        elif "sub_type" in component or "index" in component:
            raise GraphError(100, "Only a button has sub_type and index.")
        for parameter in items(component.get("parameters") or [], "parameters", 0, 100):
            _parameter(parameter)


def _lower(word: Any) -> Any:
    """Components are named in either case."""
    return word.lower() if isinstance(word, str) else word


def _parameter(parameter: Any) -> None:
    kind = fields(parameter, "parameter", "type", "text payload parameter_name image video document")["type"]
    one_of(kind, "parameter.type", "text payload image video document")
    fields(parameter, "parameter", f"type {kind}", "parameter_name")
    if kind in MEDIA:
        check_media(parameter[kind], kind, caption=False)
    else:
        text(parameter[kind], f"parameter['{kind}']", 256 if kind == "payload" else 32768)


def _media(kind: str) -> Callable[[Any], None]:
    return lambda content: check_media(content, kind)


_CONTENT: dict[str, Callable[[Any], None]] = {
    "text": _text, "interactive": check_interactive, "template": _template, "reaction": _reaction,
    "location": _location, **{kind: _media(kind) for kind in MEDIA},
}  # fmt: skip
