"""A plain HTTP client of the Graph API, for tests of the server itself."""

from __future__ import annotations

from typing import Any

import httpx

from tests.fakes.whatsapp.driver import WhatsApp
from tests.fakes.whatsapp.errors import Json
from tests.fakes.whatsapp.person import Person


class Client:
    """A plain HTTP client of the Graph API."""

    def __init__(self, wa: WhatsApp, token: str = "") -> None:
        bearer = {"Authorization": f"Bearer {token or wa.token}"}
        self.wa, self.http = wa, httpx.Client(base_url=wa.api_url, headers=bearer, timeout=5)

    def post(self, body: Json) -> httpx.Response:
        return self.http.post(f"/{self.wa.phone_number_id}/messages", json=body)

    def send(self, to: Person, kind: str, content: Any, **more: Any) -> httpx.Response:
        common = {"messaging_product": "whatsapp", "recipient_type": "individual", **to.address()}
        return self.post({**common, "type": kind, kind: content, **more})

    def upload(self, content: bytes, mime: str, name: str = "file") -> str:
        form = {"messaging_product": "whatsapp", "type": mime}
        answer = self.http.post(
            f"/{self.wa.phone_number_id}/media", data=form, files={"file": (name, content, mime)}
        )
        return str(answer.json().get("id", answer.json()))


def code(answer: httpx.Response) -> int:
    """The error of an answer, 0 for none; the envelope is Graph's."""
    if answer.status_code == 200:
        return 0
    error = answer.json()["error"]
    assert error.keys() <= {"message", "type", "code", "error_subcode", "error_data", "fbtrace_id"}
    assert {"message", "type", "code", "fbtrace_id"} <= error.keys()
    assert set(error.get("error_data", {})) <= {"messaging_product", "details"}
    return int(error["code"])


def sent_id(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["messages"][0]["id"])


def status(wa: WhatsApp, identity: str, wanted: str) -> Json:
    return wa.wait(lambda: wa.find_status({"id": identity}, wanted))
