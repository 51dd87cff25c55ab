"""files.*: the three-step upload, and what a file looks like."""

from __future__ import annotations

import mimetypes
from functools import partial
from typing import Any

from tests.fakes.slack.arguments import Call, method
from tests.fakes.slack.blocks import message_faults
from tests.fakes.slack.chat import by_app, root_of, store, with_ids
from tests.fakes.slack.workspace import Channel, Json, Refusal, Workspace

LARGEST = 1 << 30


def new_file(world: Workspace, name: str, size: int, user: str, **more: Any) -> Json:
    """A file object; its bytes come later."""
    identity = world.number("F")
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    private = f"{world.url}/files-pri/T1-{identity}"
    file = {
        "id": identity, "name": name, "title": name, "mimetype": mimetype, "user": user, "size": size,
        "filetype": name.rpartition(".")[2], "mode": "hosted", "is_external": False, "created": int(world.now()),
        "url_private": f"{private}/{name}", "url_private_download": f"{private}/download/{name}",
        "permalink": f"{world.url}/files/{user}/{identity}/{name}", "file_access": "visible", **more,
    }  # fmt: skip
    world.files[identity] = file
    return file


@method("files.getUploadURLExternal", "filename! length:int! alt_txt snippet_type", scope="files:write")
def begin(call: Call) -> Json:
    """Where to send the bytes."""
    if not 0 < call.args["length"] <= LARGEST:
        raise Refusal("file_upload_size_restricted" if call.args["length"] > 0 else "invalid_arguments")
    file = new_file(call.world, call.args["filename"], call.args["length"], call.token.user, state="open")
    return {"upload_url": f"{call.world.url}/upload/v1/{file['id']}", "file_id": file["id"]}


def receive(world: Workspace, identity: str, body: bytes) -> tuple[int, str]:
    """The bytes of an upload: (HTTP status, answer)."""
    file = world.files.get(identity)
    if file is None or file.get("state") != "open":
        return 404, "no such upload"
    if len(body) != file["size"]:
        world.violation("upload_length", f"{file['name']}: promised {file['size']}, sent {len(body)} bytes")
        return 400, "length does not match"
    world.contents[identity] = body
    file["state"] = "received"
    return 200, f"OK - {len(body)}"


@method(
    "files.completeUploadExternal",
    "files:list! channel_id channels initial_comment thread_ts blocks:list",
    scope="files:write",
)
def complete(call: Call) -> Json:
    """Finish an upload; the message that shares it appears a little later."""
    world, args = call.world, call.args
    files = [_received(world, entry) for entry in args["files"]]
    if not files:
        raise Refusal("invalid_arguments", "[ERROR] files: at least one")
    where = args.get("channels") or args.get("channel_id")
    if where and "," in where and args.get("thread_ts"):
        raise Refusal("invalid_arguments", "[ERROR] thread_ts with several channels")
    if args.get("blocks") and args.get("initial_comment"):
        raise Refusal("invalid_arguments", "[ERROR] blocks and initial_comment exclude each other")
    if faults := message_faults(args.get("blocks") or []):
        raise Refusal("invalid_blocks", *(f"[ERROR] {fault}" for fault in faults))
    for file in files:
        file["state"] = "complete"
    for identity in (where or "").split(","):
        if identity:
            channel, root = _target(call, identity)
            world.later(world.share_after, partial(share, call, channel, root, files))
    return {"files": [{"id": file["id"], "title": file["title"]} for file in files]}


def _received(world: Workspace, entry: Json) -> Json:
    if not isinstance(entry, dict) or set(entry) - {"id", "title", "highlight_type", "alt_txt"}:
        raise Refusal("invalid_arguments", f"[ERROR] files: {entry}")
    file = world.files.get(entry.get("id", ""))
    if file is None or "state" not in file:
        raise Refusal("file_not_found")
    if file["state"] == "open":
        raise Refusal("file_upload_not_completed")
    if file["state"] == "complete":
        raise Refusal("file_already_completed")
    file["title"] = entry.get("title") or file["title"]
    return file


def _target(call: Call, identity: str) -> tuple[Channel, Json | None]:
    call.args["channel"] = identity
    channel = call.channel()
    root = root_of(call.world, channel, call.args.get("thread_ts"))
    return channel, root


def share(call: Call, channel: Channel, root: Json | None, files: list[Json]) -> None:
    """The message that carries the files."""
    world, args = call.world, call.args
    message = {**by_app(call), "text": args.get("initial_comment") or "", "files": [public(f) for f in files],
               "subtype": "file_share", "upload": True}  # fmt: skip
    if args.get("blocks"):
        message["blocks"] = with_ids(world, args["blocks"])
    message = store(world, channel, message, root)
    for file in files:
        file.setdefault("shares", {}).setdefault(channel.id, []).append(message["ts"])
    world.tell_message(channel, message)
    for file in files:
        event = {"type": "file_shared", "file_id": file["id"], "user_id": call.token.user,
                 "file": {"id": file["id"]}, "channel_id": channel.id, "event_ts": message["ts"]}  # fmt: skip
        world.tell(event, channel)


def public(file: Json) -> Json:
    """A file as others see it."""
    return {k: v for k, v in file.items() if k not in ("state", "shares", "hidden")}


@method("files.info", "file! count:int page:int limit:int cursor", scope="files:read")
def info(call: Call) -> Json:
    """One file; its shares appear with the message."""
    file = _seen(call)
    shares = {"public": {c: [{"ts": ts} for ts in all_ts] for c, all_ts in file.get("shares", {}).items()}}
    return {"file": {**public(file), "file_access": "visible", "shares": shares}}


@method("files.delete", "file!", scope="files:write")
def delete(call: Call) -> Json:
    """Remove one's own file."""
    file = _seen(call)
    if file["user"] != call.token.user:
        raise Refusal("cant_delete_file")
    del call.world.files[file["id"]]
    call.world.contents.pop(file["id"], None)
    for channel in call.world.channels.values():
        for message in channel.messages.values():
            if any(f["id"] == file["id"] for f in message.get("files", [])):
                message["files"] = [{"id": file["id"], "mode": "tombstone"}]
    return {}


def _seen(call: Call) -> Json:
    file = call.world.files.get(call.args["file"])
    if file is None or file.get("state") in ("open", "received"):
        raise Refusal("file_not_found")
    return file
