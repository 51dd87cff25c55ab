"""What stands before every endpoint: path, token, permission, planned faults; and the record of all calls."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.whatsapp.errors import TABLE, GraphError, Json
from tests.fakes.whatsapp.files import Part
from tests.fakes.whatsapp.world import World

NEWEST, OLDEST = 26, 20


@dataclass
class Request:
    """One request, read. `parts` is the path behind the version; `body` is JSON or, of a form, its parts."""

    method: str
    parts: tuple[str, ...]
    query: dict[str, str]
    bearer: str
    body: Any = None
    form: dict[str, Part] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong with the next call: `do` says whether it is carried out, `then` what is answered.

    `then` is "500", "html", "cut", "garbled" (downloads), "late" (after `seconds`), or an error code of Graph.
    """

    then: str
    do: bool = False
    seconds: float = 0.0


@dataclass
class Answer:
    """What goes over the wire."""

    status: int
    body: Json
    fault: Fault | None = None


@dataclass(frozen=True)
class Endpoint:
    """`pattern` matches "METHOD part/part"; `scope` is the permission it needs ("" for none)."""

    name: str
    pattern: str
    scope: str
    run: Callable[[Request], Awaitable[Json]]


class Gate:
    """`ask` takes one request of the Graph API to its answer."""

    def __init__(self, world: World, endpoints: list[Endpoint]) -> None:
        self.world, self.endpoints = world, endpoints
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)

    def fault(self, name: str) -> Fault | None:
        """The next planned fault of an endpoint."""
        waiting = self.faults.get(name)
        return waiting.popleft() if waiting else None

    async def ask(self, version: str, request: Request) -> Answer:
        """Check, carry out, record."""
        path = f"{request.method} {'/'.join(request.parts)}"
        endpoint = next((e for e in self.endpoints if re.fullmatch(e.pattern, path)), None)
        body = None if isinstance(request.body, GraphError) else request.body
        record: Json = {"name": endpoint.name if endpoint else path, "path": path, "body": body,
                        "query": request.query, "code": 0, "carried_out": True, "at": self.world.now()}  # fmt: skip
        self.world.calls.append(record)
        fault = self.fault(_fault_name(endpoint.name, body)) if endpoint else None
        if fault is not None and not fault.do and fault.then != "late":
            record |= {"code": int(fault.then) if fault.then.isdigit() else -1, "carried_out": False}
            return _faulty(fault, Answer(200, {}))
        try:
            answer = Answer(200, await self._run(version, request, endpoint, path))
        except GraphError as error:
            record |= {"code": error.code, "carried_out": False}
            if error.is_wrong:
                said = error.details or error.message or error.title
                self.world.violation(str(error.code), f"{path}: {said} {request.body}")
            answer = Answer(error.status, error.envelope())
        return answer if fault is None else _faulty(fault, answer)

    async def _run(self, version: str, request: Request, endpoint: Endpoint | None, path: str) -> Json:
        number = re.fullmatch(r"v(\d+)\.0", version)
        if endpoint is None or number is None or not OLDEST <= int(number[1]) <= NEWEST:
            raise GraphError(2500, message=f"Unknown path components: /{version}/{path.partition(' ')[2]}")
        if endpoint.scope:
            self._allow(request, endpoint.scope)
        if request.method == "POST" and isinstance(request.body, GraphError):
            raise request.body
        return await endpoint.run(request)

    def _allow(self, request: Request, scope: str) -> None:
        if not request.bearer:
            raise GraphError(190, message="An access token is required to request this resource.")
        if (scopes := self.world.tokens.get(request.bearer)) is None:
            raise GraphError(190, message="Invalid OAuth access token - Cannot parse access token")
        if "expired" in scopes:
            raise GraphError(190, message="Error validating access token: Session has expired", subcode=463)
        if scope not in scopes:
            raise GraphError(10 if scope == "whatsapp_business_messaging" else 200, f"needs {scope}")


def _fault_name(endpoint: str, body: Any) -> str:
    """Read receipts share their address with messages, not their faults."""
    return "receipts" if endpoint == "messages" and isinstance(body, dict) and "status" in body else endpoint


def _faulty(fault: Fault, answer: Answer) -> Answer:
    answer.fault = fault
    if fault.then.isdigit() and int(fault.then) in TABLE:
        error = GraphError(int(fault.then))
        return Answer(error.status, error.envelope(), fault)
    if fault.then == "500":
        return Answer(500, {}, fault)
    return answer
