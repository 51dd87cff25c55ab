"""conversations.*, users.*, reactions.* and the assistant's status line."""

from __future__ import annotations

from tests.fakes.slack.arguments import Call, method
from tests.fakes.slack.chat import shown
from tests.fakes.slack.workspace import HISTORY, Channel, Json, Refusal

_PAGE = "limit:int cursor latest oldest inclusive:bool include_all_metadata:bool"


def _page(call: Call, found: list[Json]) -> Json:
    """A page of messages: after `oldest`, before `latest`, at most `limit` from `cursor` on."""
    args = call.args
    oldest, latest = args.get("oldest") or "0", args.get("latest") or "9" * 10
    inclusive = args.get("inclusive", False)
    found = [
        m for m in found
        if float(oldest) < float(m["ts"]) < float(latest) or (inclusive and m["ts"] in (oldest, latest))
    ]  # fmt: skip
    start, limit = int(args.get("cursor") or 0), min(args.get("limit") or 100, 999)
    page = [shown(m, args.get("include_all_metadata", False)) for m in found[start : start + limit]]
    more = len(found) > start + limit
    following = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
    return {"messages": page, "has_more": more, **following}


@method("conversations.history", f"channel! {_PAGE}")
def history(call: Call) -> Json:
    """The channel's messages, newest first, without replies."""
    channel = _readable(call)
    tops = [m for m in channel.messages.values() if m.get("thread_ts") in (None, m["ts"])]
    return _page(call, tops[::-1])


@method("conversations.replies", f"channel! ts! {_PAGE}")
def replies(call: Call) -> Json:
    """A thread, its parent first."""
    channel = _readable(call)
    root = call.message(channel, error="thread_not_found")
    first = root.get("thread_ts", root["ts"])
    found = [m for m in channel.messages.values() if first in (m["ts"], m.get("thread_ts"))]
    return _page(call, found)


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.needs(f"{HISTORY[channel.kind]}:history")
    return channel


def _shown(channel: Channel) -> Json:
    kind = channel.kind
    return {
        "id": channel.id, "name": channel.name, "is_channel": kind == "channel", "is_group": kind == "group",
        "is_im": kind == "im", "is_mpim": kind == "mpim", "is_private": kind != "channel",
        "is_archived": channel.is_archived, "context_team_id": channel.team, "is_member": True,
    }  # fmt: skip


@method("conversations.info", "channel! include_num_members:bool include_locale:bool")
def info(call: Call) -> Json:
    """One channel."""
    channel = call.channel(member=False)
    call.needs(f"{HISTORY[channel.kind]}:read")
    return {"channel": {**_shown(channel), "is_member": call.token.user in channel.members}}


@method("conversations.list", "types limit:int cursor exclude_archived:bool team_id", scope="channels:read")
def list_conversations(call: Call) -> Json:
    """The channels the token may see, of the kinds asked for."""
    kinds = {"public_channel": "channel", "private_channel": "group"}
    asked = {kinds.get(k, k) for k in (call.args.get("types") or "public_channel").split(",")}
    own = [c for c in call.world.channels.values() if c.team == call.token.team and c.kind in asked]
    seen = [c for c in own if c.kind == "channel" or call.token.user in c.members]
    return {"channels": [_shown(c) for c in seen], "response_metadata": {"next_cursor": ""}}


@method("conversations.members", "channel! limit:int cursor")
def members(call: Call) -> Json:
    """Who is in a channel."""
    channel = call.channel(member=False)
    call.needs(f"{HISTORY[channel.kind]}:read")
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


@method("conversations.open", "users channel return_im:bool prevent_creation:bool", scope="im:write")
def open_conversation(call: Call) -> Json:
    """The direct conversation with one user."""
    users = (call.args.get("users") or "").split(",")
    if len(users) > 1:
        call.needs("mpim:write")
        raise Refusal("not_supported_by_the_fake")
    if users[0] not in call.world.users:
        raise Refusal("user_not_found")
    if users[0] == call.token.user or call.world.users[users[0]].is_bot:
        raise Refusal("cannot_dm_bot")
    channel = call.world.im(users[0], call.token.user)
    return {"channel": _shown(channel) if call.args.get("return_im") else {"id": channel.id}}


@method("users.info", "user! include_locale:bool", scope="users:read")
def user_info(call: Call) -> Json:
    """One person; the address only with `users:read.email`."""
    if (user := call.world.users.get(call.args["user"])) is None:
        raise Refusal("user_not_found")
    found = call.world.profile(user)
    if "users:read.email" not in call.token.scopes:
        found["profile"].pop("email", None)
    return {"user": {**found, "is_stranger": user.team != call.token.team}}


@method("users.list", "limit:int cursor include_locale:bool team_id", scope="users:read")
def list_users(call: Call) -> Json:
    """Everybody of the team."""
    own = [u for u in call.world.users.values() if u.team == call.token.team]
    return {"members": [call.world.profile(u) for u in own], "response_metadata": {"next_cursor": ""}}


@method("reactions.add", "channel! name! timestamp!", scope="reactions:write")
def react(call: Call) -> Json:
    """Add one's reaction."""
    message, users = _reaction(call)
    if call.token.user in users:
        raise Refusal("already_reacted")
    message.setdefault("reactions", {}).setdefault(call.args["name"], []).append(call.token.user)
    return {}


@method("reactions.remove", "channel name! timestamp", scope="reactions:write")
def unreact(call: Call) -> Json:
    """Take one's reaction back."""
    message, users = _reaction(call)
    if call.token.user not in users:
        raise Refusal("no_reaction")
    users.remove(call.token.user)
    if not users:
        del message["reactions"][call.args["name"]]
    return {}


def _reaction(call: Call) -> tuple[Json, list[str]]:
    if ":" in call.args["name"]:
        raise Refusal("invalid_name")
    message = call.message(call.channel(), "timestamp")
    return message, message.get("reactions", {}).get(call.args["name"], [])


@method(
    "assistant.threads.setStatus",
    "channel_id! thread_ts! status! loading_messages:list username icon_url icon_emoji",
)
def set_status(call: Call) -> Json:
    """The line under a thread that says what the app is doing."""
    call.needs("chat:write|assistant:write")
    channel = call.channel("channel_id")
    call.message(channel, "thread_ts", "thread_not_found")
    if len(call.args.get("loading_messages") or []) > 10:
        raise Refusal("invalid_arguments", "[ERROR] loading_messages: at most 10")
    call.world.statuses.append(call.args)
    return {}
