"""What the stand-in for Slack knows: people, channels, messages, tokens, files, views; one clock for all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]
TEAM = "T1"
APP = "A1"
BOT_TOKEN = "xoxb-test-bot"
APP_TOKEN = "xapp-1-test-app"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SCOPES = (
    "app_mentions:read channels:history groups:history im:history mpim:history im:write chat:write commands "
    "files:read files:write users:read reactions:read reactions:write"
).split()
EVENTS = (
    "app_mention message.channels message.groups message.im message.mpim file_shared reaction_added "
    "app_home_opened app_uninstalled tokens_revoked assistant_thread_started"
).split()
HISTORY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Refusal(Exception):
    """`{"ok": false, "error": code}` with Slack's explanations."""

    def __init__(self, code: str, *messages: str, **extra: Any) -> None:
        super().__init__(code, *messages)
        self.code, self.messages, self.extra = code, messages, extra


@dataclass
class User:
    """A person or a bot."""

    id: str
    name: str
    team: str = TEAM
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    email: str = ""


@dataclass
class Channel:
    """A conversation; `kind` is channel, group, im or mpim."""

    id: str
    name: str
    kind: str = "channel"
    team: str = TEAM
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: dict[str, Json] = field(default_factory=dict)


@dataclass
class Token:
    """A bearer token: `kind` is bot or app; a bot token carries the bot's user and its scopes."""

    value: str
    kind: str
    scopes: tuple[str, ...]
    team: str = TEAM
    user: str = ""
    bot: str = ""
    revoked: str = ""


@dataclass
class App:
    """What the manifest declares."""

    id: str = APP
    scopes: tuple[str, ...] = tuple(SCOPES)
    events: tuple[str, ...] = tuple(EVENTS)
    commands: tuple[str, ...] = ("/clone",)
    shortcuts: tuple[str, ...] = ()
    client_id: str = "111.222"
    client_secret: str = "client-secret"
    signing_secret: str = SIGNING_SECRET

    @classmethod
    def declared(cls, manifest: Json) -> App:
        """The app as a manifest (already parsed) declares it; nothing is added to it."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        return cls(
            scopes=tuple(manifest["oauth_config"]["scopes"]["bot"]),
            events=tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
            commands=tuple(c["command"] for c in features.get("slash_commands", ())),
            shortcuts=tuple(s["callback_id"] for s in features.get("shortcuts", ())),
        )


class Workspace:
    """All state; touched only from the server's own thread."""

    def __init__(self, url: str, app: App) -> None:
        self.url, self.app = url, app
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.tokens: dict[str, Token] = {}
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, str] = {}
        self.stacks: dict[str, list[str]] = {}
        self.ephemerals: list[Json] = []
        self.edits: list[Json] = []
        self.triggers: dict[str, Json] = {}
        self.hooks: dict[str, Json] = {}
        self.codes: dict[str, Json] = {}
        self.tickets: dict[str, float] = {}
        self.streams: dict[str, str] = {}
        self.statuses: list[Json] = []
        self.calls: list[Json] = []
        self.violations: list[Json] = []
        self.ahead = 0.0
        self.share_after = 0.05
        self.files_elsewhere = False
        self.deliver: Callable[[str, Json, bool], Json] = lambda kind, payload, accepts: {}
        self.later: Callable[[float, Callable[[], object]], object] = lambda seconds, do: do()
        self._numbers = itertools.count(1)
        self._last = 0

    def populate(self) -> None:
        """The default cast: U1 alice, U2 bob, U3 a guest, U9 of another team, the bot UBOT; C1, C2, G1."""
        for user in (
            User("U1", "alice", email="alice@example.com"),
            User("U2", "bob", email="bob@example.com"),
            User("U3", "gus", is_restricted=True),
            User("U4", "gina", is_restricted=True, is_ultra_restricted=True),
            User("U9", "olga", team="T2"),
            User("UBOT", "aiclone", is_bot=True),
            User("UOTHERBOT", "otherbot", is_bot=True),
        ):
            self.users[user.id] = user
        everyone = set(self.users)
        self.channels["C1"] = Channel("C1", "videos", members=everyone)
        self.channels["C2"] = Channel("C2", "random", members={"U1", "U2"})
        self.channels["G1"] = Channel("G1", "secret", "group", members={"U1", "UBOT"})
        self.tokens[BOT_TOKEN] = Token(BOT_TOKEN, "bot", self.app.scopes, TEAM, "UBOT", "BBOT")
        self.tokens[APP_TOKEN] = Token(APP_TOKEN, "app", ("connections:write",))

    def now(self) -> float:
        """Unix seconds, moved ahead by the driver."""
        return time.time() + self.ahead

    def number(self, prefix: str) -> str:
        """A new id."""
        return f"{prefix}{next(self._numbers):08d}"

    def ts(self) -> str:
        """A message timestamp, strictly increasing."""
        self._last = max(self._last + 1, int(self.now() * 1e6))
        return f"{self._last // 10**6}.{self._last % 10**6:06d}"

    def violation(self, code: str, detail: str) -> None:
        """Something Slack would not accept, or a person would suffer from."""
        self.violations.append({"code": code, "detail": detail})

    def installation(self, team: str) -> Token | None:
        """The live bot token of a team."""
        return next(
            (t for t in self.tokens.values() if t.kind == "bot" and t.team == team and not t.revoked), None
        )

    def bot_for(self, user: str) -> Token:
        """The installation a person talks to: of the own team, or else of the first."""
        found = self.installation(self.users[user].team) or self.installation(TEAM)
        return found or self.tokens[BOT_TOKEN]

    def im(self, user: str, bot: str) -> Channel:
        """The direct-message channel of a person and a bot."""
        found = next((c for c in self.channels.values() if c.kind == "im" and c.members == {user, bot}), None)
        if found is None:
            found = Channel(self.number("D"), "", "im", self.users[bot].team, {user, bot})
            self.channels[found.id] = found
        return found

    def trigger(self, user: str) -> str:
        """A trigger id: one use within three seconds."""
        trigger = f"{self.number('1')}.{self.number('2')}.{self.number('abc')}"
        self.triggers[trigger] = {"user": user, "until": self.now() + 3.0, "used": False}
        return trigger

    def hook(self, kind: str, channel: str, user: str, ts: str = "") -> str:
        """A response_url: five uses within thirty minutes."""
        key = self.number(f"{kind}-")
        until = self.now() + 1800
        self.hooks[key] = {"channel": channel, "user": user, "ts": ts, "left": 5, "until": until}
        return f"{self.url}/{kind}/{TEAM}/{key}"

    def tell(self, event: Json, channel: Channel | None = None, team: str = TEAM, name: str = "") -> None:
        """Send an event to the app, if it subscribed to it, may read it, and is in the channel."""
        bot = self.installation(channel.team if channel else team)
        subscription = name or event["type"]
        if subscription not in self.app.events or bot is None:
            return
        if (scope := scope_of(subscription)) and scope not in bot.scopes:
            return
        if channel is not None and bot.user not in channel.members:
            return
        self.deliver("events_api", self._envelope(event, bot), False)

    def _envelope(self, event: Json, bot: Token) -> Json:
        authorization = {
            "enterprise_id": None,
            "team_id": bot.team,
            "user_id": bot.user,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "verification-token", "team_id": bot.team, "api_app_id": self.app.id, "event": event,
            "type": "event_callback", "event_id": self.number("Ev"), "event_time": int(self.now()),
            "authorizations": [authorization], "is_ext_shared_channel": False,
            "event_context": self.number("4-"),
        }  # fmt: skip

    def tell_message(self, channel: Channel, event: Json) -> None:
        """A `message` event as this kind of conversation gets it."""
        kind = {"channel": "channels", "group": "groups"}.get(channel.kind, channel.kind)
        full = {**event, "channel": channel.id, "channel_type": channel.kind}
        self.tell({"event_ts": full.get("ts"), **full}, channel, name=f"message.{kind}")

    def profile(self, user: User) -> Json:
        """A user as `users.info` shows it."""
        shown = asdict(user)
        shown["team_id"] = shown.pop("team")
        email = {"email": shown.pop("email")} if user.email else {}
        return {
            **shown, "real_name": user.name.title(), "tz": "Europe/Berlin", "is_app_user": user.is_bot,
            "profile": {"real_name": user.name.title(), "display_name": user.name, **email},
        }  # fmt: skip


def scope_of(subscription: str) -> str:
    """The scope an event asks for, or ""."""
    if subscription.startswith("message."):
        return f"{subscription.removeprefix('message.')}:history"
    known = {"app_mention": "app_mentions:read", "reaction_added": "reactions:read",
             "reaction_removed": "reactions:read", "file_shared": "files:read"}  # fmt: skip
    return known.get(subscription, "")
