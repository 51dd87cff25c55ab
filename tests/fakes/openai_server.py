"""A loopback stand-in for an OpenAI-compatible service: strict about requests, scripted in its answers.

It speaks real HTTP, refuses what the vendor refuses (key, model, parameters, schemas that are not strict)
with the vendor's error shape, and remembers every request it accepted.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Json = dict[str, Any]
KEY = "sk-test-1234"
MODELS = ("gpt-4.1", "gpt-6-luna")
_KNOWN = {
    "model", "messages", "max_completion_tokens", "temperature", "reasoning_effort", "response_format",
    "tools", "tool_choice", "parallel_tool_calls",
}  # fmt: skip


@dataclass
class Answer:
    """One scripted answer; `seconds` is how long it takes."""

    status: int = 200
    body: Json | str = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def text(content: str | Json, finish: str = "stop", refusal: str | None = None) -> Answer:
    """A message of text or JSON."""
    said = content if isinstance(content, str) else json.dumps(content)
    return _completion(
        {"role": "assistant", "content": None if refusal else said, "refusal": refusal}, finish
    )


def functions(*calls: tuple[str, Json | str]) -> Answer:
    """A message that calls functions."""
    tools = [
        {
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
        }
        for at, (name, args) in enumerate(calls)
    ]
    return _completion(
        {"role": "assistant", "content": None, "refusal": None, "tool_calls": tools}, "tool_calls"
    )


def fault(status: int, code: str = "", **headers: str) -> Answer:
    """An error as the vendor words it."""
    body = {"error": {"message": f"fault {status}", "type": "test", "param": None, "code": code or None}}
    return Answer(status, body, {key.replace("_", "-"): value for key, value in headers.items()})


def _completion(message: Json, finish: str) -> Answer:
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    return Answer(
        body={"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4.1",
              "choices": [choice], "usage": usage}
    )  # fmt: skip


class OpenAiServer:
    """`with OpenAiServer(answers…) as server:` listens on `server.url`; requests in `server.asked`."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = deque(answers)
        self.asked: list[Json] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> OpenAiServer:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def respond(self, path: str, authorization: str, body: Json) -> Answer:
        """The answer to one request: a refusal when it is not right, else the next scripted one."""
        if path != "/v1/chat/completions":
            return fault(404)
        if authorization != f"Bearer {KEY}":
            return fault(401, "invalid_api_key")
        if body.get("model") not in MODELS:
            return fault(404, "model_not_found")
        if wrong := _wrong(body):
            return Answer(400, {"error": {"message": wrong, "type": "invalid_request_error", "code": None}})
        self.asked.append(body)
        return self.answers.popleft() if self.answers else fault(500)


def _wrong(body: Json) -> str:
    """What the vendor would refuse in a request, or ""."""
    if unknown := set(body) - _KNOWN:
        return f"Unrecognized request arguments: {sorted(unknown)}"
    if body["model"] == "gpt-6-luna" and body.get("reasoning_effort") != "none":
        return "Function tools with reasoning_effort are not supported in chat completions."
    if body["model"] == "gpt-4.1" and "reasoning_effort" in body:
        return "Unrecognized request argument supplied: reasoning_effort"
    if wrong := _wrong_messages(body.get("messages") or []):
        return wrong
    schemas = [tool["function"] for tool in body.get("tools", [])]
    if form := body.get("response_format"):
        schemas.append({"name": form["json_schema"]["name"], **form["json_schema"]})
    for entry in schemas:
        if entry.get("strict") is not True:
            return f"{entry['name']}: not strict"
        if wrong := _loose(entry.get("parameters") or entry.get("schema") or {}, entry["name"]):
            return wrong
    return ""


def _wrong_messages(messages: list[Json]) -> str:
    if [message.get("role") for message in messages[:2]] != ["system", "user"]:
        return "messages must start with system and user"
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            return f"An assistant message with 'tool_calls' must be followed by tool messages: {open_calls}"
        open_calls |= {call["id"] for call in message.get("tool_calls") or []}
    return f"tool messages are missing for {open_calls}" if open_calls else ""


def _loose(schema: Json, where: str) -> str:
    """Why a schema is not strict: every object closed, every property required, no defaults, no bare refs."""
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            return f"{where}: 'additionalProperties' is required to be supplied and to be false."
        if sorted(schema.get("required", [])) != sorted(schema.get("properties", {})):
            return f"{where}: 'required' must include every key in properties."
    if "default" in schema:
        return f"{where}: 'default' is not permitted."
    if "$ref" in schema and len(schema) > 1:
        return f"{where}: $ref cannot have keywords beside it."
    parts = {**schema.get("properties", {}), **schema.get("$defs", {})}
    parts |= {f"anyOf{at}": part for at, part in enumerate(schema.get("anyOf", []))}
    if "items" in schema:
        parts["items"] = schema["items"]
    return next(filter(None, (_loose(part, f"{where}.{name}") for name, part in parts.items())), "")


def _handler(server: OpenAiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            answer = server.respond(self.path, self.headers.get("authorization", ""), body)
            time.sleep(answer.seconds)
            raw = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
            try:
                self.send_response(answer.status)
                for name, value in {"content-type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
