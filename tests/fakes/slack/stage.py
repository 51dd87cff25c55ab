"""What people do in Slack, and what the app hears of it. Every method takes and returns plain JSON."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from tests.fakes.slack.chat import root_of, shown, store
from tests.fakes.slack.files import new_file, public
from tests.fakes.slack.forms import Impossible, answer_of, element_of, filled, interactive
from tests.fakes.slack.workspace import Channel, Json, Workspace


class Stage:
    """The people's side of the workspace."""

    def __init__(self, world: Workspace) -> None:
        self.world = world

    def _place(self, user: str, channel: str) -> Channel:
        """The channel, "@" for the direct conversation with the app. Raises Impossible for a stranger."""
        if channel == "@":
            return self.world.im(user, self.world.bot_for(user).user)
        found = self.world.channels[channel]
        if user not in found.members:
            raise Impossible(f"{user} is not in {channel}")
        return found

    def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, mention: bool = False,
        files: list[Json] | None = None,
    ) -> Json:  # fmt: skip
        """Write a message; in a channel a mention of the app makes two events with the same ts."""
        world, place = self.world, self._place(user, channel)
        bot = world.installation(place.team)
        written = html.escape(text, quote=False)
        written = re.sub(r"&lt;(@\w+|#\w+(?:\|\w*)?|https?://[^&|]+)&gt;", r"<\1>", written)
        if mention and bot:
            written = f"<@{bot.user}> {written}"
        said: Json = {"user": user, "text": written, "client_msg_id": world.number("client-")}
        said["blocks"] = [_rich(world, written)]
        if files:
            said |= {"files": files, "subtype": "file_share", "upload": True}
        message = store(world, place, said, root_of(world, place, thread_ts))
        event = shown(message)
        if files:
            event.pop("client_msg_id")
        if bot and f"<@{bot.user}>" in written and place.kind != "im":
            about = {k: v for k, v in event.items() if k not in ("subtype", "parent_user_id", "upload")}
            about |= {"type": "app_mention", "channel": place.id, "event_ts": message["ts"]}
            world.tell(about, place)
        world.tell_message(place, event)
        return {**message, "channel": place.id}

    def upload(
        self, user: str, channel: str, name: str, content: str, text: str = "", thread_ts: str | None = None,
        more: Json | None = None, mention: bool = False,
    ) -> Json:  # fmt: skip
        """Share a file (base64), with a word about it."""
        body = base64.b64decode(content)
        file = new_file(self.world, name, len(body), user, **(more or {}))
        self.world.contents[file["id"]] = body
        place = self._place(user, channel)
        seen = public(file)
        if seen["file_access"] == "check_file_info":
            seen = {"id": file["id"], "file_access": "check_file_info", "created": file["created"]}
        message = self.say(user, channel, text, thread_ts, mention, [seen])
        file.setdefault("shares", {})[place.id] = [message["ts"]]
        event = {"type": "file_shared", "file_id": file["id"], "user_id": user, "file": {"id": file["id"]},
                 "channel_id": place.id, "event_ts": message["ts"]}  # fmt: skip
        self.world.tell(event, place)
        return message

    def edit(self, user: str, channel: str, ts: str, text: str) -> Json:
        """Change one's own message."""
        place = self._place(user, channel)
        message = place.messages[ts]
        if message.get("user") != user:
            raise Impossible(f"{user} cannot edit {ts}")
        before = shown(message)
        message |= {"text": html.escape(text, quote=False), "edited": {"user": user, "ts": self.world.ts()}}
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": self.world.ts(),
                 "message": shown(message), "previous_message": before}  # fmt: skip
        self.world.tell_message(place, event)
        return {**message, "channel": place.id}

    def remove(self, user: str, channel: str, ts: str) -> Json:
        """Delete one's own message."""
        place = self._place(user, channel)
        message = place.messages.pop(ts)
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": self.world.ts(),
                 "deleted_ts": ts, "previous_message": shown(message)}  # fmt: skip
        self.world.tell_message(place, event)
        return {"channel": place.id, "ts": ts}

    def react(self, user: str, channel: str, ts: str, name: str, add: bool = True) -> Json:
        """Add a reaction to a message, or take it back."""
        place = self._place(user, channel)
        message = place.messages[ts]
        users = message.setdefault("reactions", {}).setdefault(name, [])
        if add == (user in users):
            raise Impossible(f"{user} has {'already' if add else 'not'} reacted with {name}")
        users.append(user) if add else users.remove(user)
        event = {"type": "reaction_added" if add else "reaction_removed", "user": user, "reaction": name,
                 "item": {"type": "message", "channel": place.id, "ts": ts}, "item_user": message.get("user"),
                 "event_ts": self.world.ts()}  # fmt: skip
        self.world.tell(event, place)
        return event

    def open_home(self, user: str) -> Json:
        """Look at the app's home tab."""
        place = self._place(user, "@")
        event: Json = {"type": "app_home_opened", "user": user, "channel": place.id, "tab": "home",
                       "event_ts": self.world.ts()}  # fmt: skip
        if view := self.world.views.get(self.world.homes.get(user, "")):
            event["view"] = view
        self.world.tell(event, place)
        return event

    def command(self, user: str, line: str, channel: str = "C1") -> Json:
        """Run a slash command; the delivery that tells the app."""
        world, place = self.world, self._place(user, channel)
        name, _, text = line.partition(" ")
        if name not in world.app.commands:
            raise Impossible(f"{name} is not a command of the app: {world.app.commands}")
        payload = {
            "token": "verification-token", "team_id": place.team, "team_domain": "team", "command": name,
            "channel_id": place.id, "channel_name": {"im": "directmessage"}.get(place.kind, place.name),
            "user_id": user, "user_name": world.users[user].name, "text": text.strip(),
            "api_app_id": world.app.id, "is_enterprise_install": "false", "trigger_id": world.trigger(user),
            "response_url": world.hook("commands", place.id, user),
        }  # fmt: skip
        return world.deliver("slash_commands", payload, True)

    def click(
        self, user: str, channel: str, ts: str, action_id: str, value: Any = None,
        message: Json | None = None, view_id: str | None = None,
    ) -> Json:  # fmt: skip
        """Press or choose something in a message, or in a view; `message` is an older sight of it."""
        world = self.world
        payload = self._interaction(user, "block_actions")
        if view_id is not None:
            view = world.views[view_id]
            blocks, state = view["blocks"], _state(view["blocks"])
            payload |= {"view": {**view, "state": state}, "container": {"type": "view", "view_id": view_id}}
        else:
            place = self._place(user, channel)
            ephemeral = next((e for e in world.ephemerals if e["ts"] == ts and e["user"] == user), None)
            there = message or ephemeral or place.messages.get(ts)
            if there is None:
                raise Impossible(f"{user} does not see {ts} in {channel}")
            blocks = there.get("blocks", [])
            payload |= _in_message(place, there, ephemeral is not None)
            payload["response_url"] = world.hook("actions", place.id, user, ts)
            payload["state"] = _state(blocks)
        block, element = element_of(blocks, action_id, value if isinstance(value, str) else None)
        action = {"action_id": action_id, "block_id": block["block_id"], "action_ts": world.ts()}
        pressed = {"type": "button", "value": element.get("value", ""), "text": element.get("text")}
        answer = pressed if element["type"] == "button" else answer_of(element, value)
        return world.deliver("interactive", {**payload, "actions": [{**answer, **action}]}, False)

    def submit(self, user: str, view_id: str, values: Json) -> Json:
        """Fill in and send a modal."""
        view = self._open_view(user, view_id)
        sent = {**view, "state": filled(view, values)}
        payload = {**self._interaction(user, "view_submission"), "view": sent, "response_urls": []}
        return self.world.deliver("interactive", payload, True)

    def dismiss(self, user: str, view_id: str) -> Json:
        """Close a modal with its cross; the app hears of it only if it asked to."""
        view = self._open_view(user, view_id)
        self.world.stacks[user].remove(view_id)
        del self.world.views[view_id]
        if not view["notify_on_close"]:
            return {}
        payload = {**self._interaction(user, "view_closed"), "view": view, "is_cleared": False}
        return self.world.deliver("interactive", payload, False)

    def _open_view(self, user: str, view_id: str) -> Json:
        if view_id not in self.world.stacks.get(user, [])[-1:]:
            raise Impossible(f"{user} does not see the view {view_id}")
        return self.world.views[view_id]

    def shortcut(self, user: str, callback_id: str, channel: str = "", ts: str = "") -> Json:
        """Choose a shortcut: of a message, or a global one."""
        if callback_id not in self.world.app.shortcuts:
            raise Impossible(f"{callback_id} is not a shortcut of the app: {self.world.app.shortcuts}")
        payload = {**self._interaction(user, "shortcut"), "callback_id": callback_id}
        payload["action_ts"] = self.world.ts()
        if ts:
            place = self._place(user, channel)
            payload |= {"type": "message_action", "message_ts": ts, "message": shown(place.messages[ts]),
                        "channel": {"id": place.id, "name": place.name},
                        "response_url": self.world.hook("app", place.id, user, ts)}  # fmt: skip
        return self.world.deliver("interactive", payload, False)

    def _interaction(self, user: str, kind: str) -> Json:
        person = self.world.users[user]
        who = {"id": user, "username": person.name, "name": person.name, "team_id": person.team}
        return {
            "type": kind, "user": who, "api_app_id": self.world.app.id, "token": "verification-token",
            "team": {"id": self.world.bot_for(user).team, "domain": "team"}, "enterprise": None,
            "is_enterprise_install": False, "trigger_id": self.world.trigger(user),
        }  # fmt: skip


def _state(blocks: list[Json]) -> Json:
    """The state of everything that holds a choice, as first shown."""
    values: Json = {}
    for block, element in interactive(blocks):
        if element["type"] not in ("button", "overflow"):
            values.setdefault(block["block_id"], {})[element["action_id"]] = answer_of(element, None)
    return {"values": values}


def _in_message(place: Channel, message: Json, ephemeral: bool) -> Json:
    container = {"type": "message", "message_ts": message["ts"], "channel_id": place.id,
                 "is_ephemeral": ephemeral}  # fmt: skip
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    name = {"im": "directmessage", "group": "privategroup"}.get(place.kind, place.name)
    about: Json = {"container": container, "channel": {"id": place.id, "name": name}}
    return about if ephemeral else {**about, "message": shown(message, metadata=True)}


def _rich(world: Workspace, text: str) -> Json:
    """What Slack's editor makes of typed text."""
    elements = [{"type": "rich_text_section", "elements": [{"type": "text", "text": html.unescape(text)}]}]
    return {"type": "rich_text", "block_id": world.number("b"), "elements": elements}
