"""chat.*: posting, updating, deleting, streams; and the text rules they share."""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.fakes.slack.arguments import Call, method
from tests.fakes.slack.blocks import message_faults
from tests.fakes.slack.forms import walk
from tests.fakes.slack.workspace import Channel, Json, Refusal, Workspace

_CONTENT = "text blocks:list attachments:list metadata:dict markdown_text"
_LOOKS = "unfurl_links:bool unfurl_media:bool mrkdwn:bool parse link_names:bool"
_STREAM = "markdown_text chunks:list"


def content(world: Workspace, args: Json, longest: int = 40_000) -> Json:
    """The validated text, blocks and metadata of a message. Raises Refusal as Slack words it."""
    text, blocks, markdown = args.get("text"), args.get("blocks"), args.get("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > 12_000:
            raise Refusal("msg_too_long")
        text = markdown
    if not text and not blocks and not args.get("attachments"):
        raise Refusal("no_text")
    if len(text or "") > longest:
        raise Refusal("msg_too_long")
    if faults := message_faults(blocks or []):
        raise Refusal("invalid_blocks", *(f"[ERROR] {fault}" for fault in faults))
    _harmless(world, text or "", blocks)
    if "links.embed:write" not in world.app.scopes and any(b["type"] == "video" for b in blocks or []):
        raise Refusal("invalid_blocks", "[ERROR] video blocks need links.embed:write")
    shown: Json = {"text": text or ""}
    if blocks:
        shown["blocks"] = with_ids(world, blocks)
    if args.get("metadata"):
        shown["metadata"] = _metadata(args["metadata"])
    return shown


def with_ids(world: Workspace, blocks: list[Json]) -> list[Json]:
    """A copy of the blocks, each with a block_id, each interactive element with an action_id."""
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", world.number("b"))
    for block, element in walk(named):
        block.setdefault("block_id", world.number("b"))
        element.setdefault("action_id", world.number("a"))
    return named


def _harmless(world: Workspace, text: str, blocks: Any) -> None:
    """Slack would send it, and everyone's telephone would ring."""
    if re.search(r"<!(channel|here|everyone)", f"{text}{blocks}"):
        world.violation("pings_everyone", text[:200])


def _metadata(metadata: Json) -> Json:
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refusal("invalid_metadata_format")
    return metadata


def root_of(world: Workspace, channel: Channel, thread_ts: str | None) -> Json | None:
    """The parent of a thread; a reply's ts is taken for its parent's, and noted."""
    if thread_ts is None:
        return None
    root = channel.messages.get(thread_ts)
    if root is None:
        raise Refusal("thread_not_found")
    if root.get("thread_ts") not in (None, root["ts"]):
        world.violation("thread_ts_is_a_reply", thread_ts)
        return channel.messages[root["thread_ts"]]
    return root


def store(world: Workspace, channel: Channel, message: Json, root: Json | None) -> Json:
    """Put a message (without ts) into a channel and tell the app of it."""
    message = {"type": "message", **message, "ts": world.ts(), "team": channel.team}
    if root is not None:
        message |= {"thread_ts": root["ts"], "parent_user_id": root.get("user", "")}
        replies = sum(m.get("thread_ts") == root["ts"] for m in channel.messages.values() if m is not root)
        root |= {"thread_ts": root["ts"], "reply_count": replies + 1, "latest_reply": message["ts"]}
    channel.messages[message["ts"]] = message
    return message


def by_app(call: Call) -> Json:
    """Who speaks when the app speaks."""
    profile = {"id": call.token.bot, "app_id": call.world.app.id, "name": "aiclone", "deleted": False}
    return {"user": call.token.user, "bot_id": call.token.bot, "app_id": call.world.app.id,
            "bot_profile": profile}  # fmt: skip


def shown(message: Json, metadata: bool = False) -> Json:
    """A message as the API returns it: metadata only when asked for."""
    seen = dict(message) if metadata else {k: v for k, v in message.items() if k != "metadata"}
    if by_name := seen.pop("reactions", None):
        seen["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in by_name.items()]
    return seen


@method(
    "chat.postMessage",
    f"channel! thread_ts reply_broadcast:bool username icon_url icon_emoji {_CONTENT} {_LOOKS}",
    scope="chat:write",
)
def post(call: Call) -> Json:
    """Post to a channel; a user id stands for the direct conversation with that user."""
    world, args = call.world, call.args
    if args["channel"] in world.users and args["channel"][0] == "U":
        args["channel"] = world.im(args["channel"], call.token.user).id
    if any(args.get(key) for key in ("username", "icon_url", "icon_emoji")):
        call.needs("chat:write.customize")
    channel = call.channel()
    root = root_of(world, channel, args.get("thread_ts"))
    message = store(world, channel, {**by_app(call), **content(world, args)}, root)
    world.tell_message(channel, shown(message))
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.update", f"channel! ts! file_ids:list {_CONTENT} {_LOOKS} as_user:bool", scope="chat:write")
def update(call: Call) -> Json:
    """Change one's own message: text without blocks drops the blocks; metadata stays unless it is given."""
    channel = call.channel()
    message = call.message(channel)
    if message.get("bot_id") != call.token.bot:
        raise Refusal("cant_update_message")
    if message["ts"] in call.world.streams:
        raise Refusal("streaming_state_conflict")
    before = dict(message)
    if "blocks" in call.args and not call.args["blocks"] and not call.args.get("text"):
        call.args["text"] = message["text"]
    changed = content(call.world, call.args, longest=4_000)
    if not call.args.get("blocks"):
        message.pop("blocks", None)
    if call.args.get("metadata") == {}:
        message.pop("metadata", None)
    message |= changed
    message["edited"] = {"user": call.token.user, "ts": call.world.ts()}
    call.world.edits.append({"channel": channel.id, "ts": message["ts"], "before": shown(before)})
    _tell_changed(call.world, channel, before, message)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": shown(message)}


def _tell_changed(world: Workspace, channel: Channel, before: Json, after: Json) -> None:
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": world.ts(),
             "message": shown(after), "previous_message": shown(before)}  # fmt: skip
    world.tell_message(channel, event)


@method("chat.delete", "channel! ts! as_user:bool", scope="chat:write")
def delete(call: Call) -> Json:
    """Delete one's own message."""
    channel = call.channel()
    message = call.message(channel)
    if message.get("bot_id") != call.token.bot:
        raise Refusal("cant_delete_message")
    del channel.messages[message["ts"]]
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": call.world.ts(),
             "deleted_ts": message["ts"], "previous_message": shown(message)}  # fmt: skip
    call.world.tell_message(channel, event)
    return {"channel": channel.id, "ts": message["ts"]}


@method(
    "chat.postEphemeral", f"channel! user! thread_ts username icon_url icon_emoji {_CONTENT} {_LOOKS}",
    scope="chat:write",
)  # fmt: skip
def post_ephemeral(call: Call) -> Json:
    """Show something to one person only; it is in no history and can be changed by no chat.update."""
    channel = call.channel()
    if call.args["user"] not in channel.members:
        raise Refusal("user_not_in_channel")
    said = content(call.world, call.args)
    entry = {"ts": call.world.ts(), "channel": channel.id, "user": call.args["user"],
             "thread_ts": call.args.get("thread_ts"), **said}  # fmt: skip
    call.world.ephemerals.append(entry)
    return {"message_ts": entry["ts"]}


@method("chat.getPermalink", "channel! message_ts!")
def permalink(call: Call) -> Json:
    """The address of a message."""
    channel = call.channel(member=False)
    message = call.message(channel, "message_ts")
    link = f"{call.world.url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


@method(
    "chat.startStream",
    f"channel! thread_ts! recipient_user_id recipient_team_id task_display_mode {_STREAM}",
    scope="chat:write",
)
def start_stream(call: Call) -> Json:
    """Open a streamed message; outside direct messages its recipient must be named."""
    channel = call.channel()
    if channel.kind != "im" and not (
        call.args.get("recipient_user_id") and call.args.get("recipient_team_id")
    ):
        raise Refusal("missing_recipient_user_id")
    root = root_of(call.world, channel, call.args["thread_ts"])
    message = store(call.world, channel, {**by_app(call), "text": _streamed(call.args)}, root)
    call.world.streams[message["ts"]] = channel.id
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.appendStream", f"channel! ts! {_STREAM}", scope="chat:write")
def append_stream(call: Call) -> Json:
    """More text."""
    message = _streaming(call)
    message["text"] += _streamed(call.args)
    return {"channel": call.args["channel"], "ts": message["ts"]}


@method("chat.stopStream", f"channel! ts! blocks:list metadata:dict {_STREAM}", scope="chat:write")
def stop_stream(call: Call) -> Json:
    """Finish a streamed message."""
    message = _streaming(call)
    message["text"] += _streamed(call.args)
    message |= content(call.world, {**call.args, "markdown_text": None, "text": message["text"] or " "})
    del call.world.streams[message["ts"]]
    return {"channel": call.args["channel"], "ts": message["ts"], "message": shown(message)}


def _streaming(call: Call) -> Json:
    message = call.message(call.channel())
    if message["ts"] not in call.world.streams:
        raise Refusal("message_not_in_streaming_state")
    return message


def _streamed(args: Json) -> str:
    parts = [c.get("text", "") for c in args.get("chunks") or [] if c.get("type") == "markdown_text"]
    text = (args.get("markdown_text") or "") + "".join(parts)
    if len(text) > 12_000:
        raise Refusal("msg_too_long")
    return text
