"""auth.*, apps.*, oauth.*: who the token is, where to connect, how a team installs the app."""

from __future__ import annotations

from tests.fakes.slack.arguments import Call, method
from tests.fakes.slack.workspace import Json, Refusal, Token, Workspace


@method("auth.test", "team_id")
def test(call: Call) -> Json:
    """Whose token this is."""
    user = call.world.users[call.token.user]
    return {
        "url": call.world.url, "team": f"team {call.token.team}", "user": user.name, "user_id": user.id,
        "team_id": call.token.team, "bot_id": call.token.bot, "is_enterprise_install": False,
    }  # fmt: skip


@method("api.test", "foo error", token="none")
def api_test(call: Call) -> Json:
    """Is anybody there."""
    if call.args.get("error"):
        raise Refusal(call.args["error"])
    return {"args": call.args}


@method("auth.revoke", "test:bool")
def revoke(call: Call) -> Json:
    """Give the token back."""
    if not call.args.get("test"):
        uninstall(call.world, call.token.team, "token_revoked")
    return {"revoked": not call.args.get("test")}


@method("apps.uninstall", "client_id! client_secret!")
def uninstall_app(call: Call) -> Json:
    """Leave the team."""
    uninstall(call.world, call.token.team, "account_inactive")
    return {}


def uninstall(world: Workspace, team: str, why: str = "account_inactive") -> None:
    """The team's token dies; the app hears of it."""
    bot = world.installation(team)
    if bot is None:
        raise Refusal("account_inactive")
    world.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot.user]}}, team=team)
    if why == "account_inactive":
        world.tell({"type": "app_uninstalled"}, team=team)
    bot.revoked = why


@method("apps.connections.open", scope="connections:write", token="app")
def connect(call: Call) -> Json:
    """A WebSocket address, good for one connection within thirty seconds."""
    ticket = call.world.number("ticket-")
    call.world.tickets[ticket] = call.world.now() + 30.0
    address = call.world.url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.world.app.id}"}


@method(
    "oauth.v2.access", "client_id! client_secret! code redirect_uri grant_type refresh_token", token="none"
)
def access(call: Call) -> Json:
    """Exchange a code for the team's bot token."""
    world, args = call.world, call.args
    if args["client_id"] != world.app.client_id:
        raise Refusal("invalid_client_id")
    if args["client_secret"] != world.app.client_secret:
        raise Refusal("bad_client_secret")
    grant = world.codes.pop(args.get("code") or "", None)
    if grant is None or world.now() > grant["until"]:
        raise Refusal("invalid_code")
    if (args.get("redirect_uri") or "") != grant["redirect_uri"]:
        raise Refusal("bad_redirect_uri")
    token = _installed(world, grant["team"], grant["scopes"])
    return {
        "access_token": token.value, "token_type": "bot", "scope": ",".join(token.scopes), "enterprise": None,
        "bot_user_id": token.user, "app_id": world.app.id, "is_enterprise_install": False,
        "team": {"id": token.team, "name": f"team {token.team}"}, "authed_user": {"id": grant["user"]},
    }  # fmt: skip


def _installed(world: Workspace, team: str, scopes: tuple[str, ...]) -> Token:
    known = next((t for t in world.tokens.values() if t.kind == "bot" and t.team == team), None)
    user = known.user if known else f"UBOT{team}"
    world.users.setdefault(user, type(next(iter(world.users.values())))(user, "aiclone", team, is_bot=True))
    token = Token(f"xoxb-{team}-{world.number('')}", "bot", scopes, team, user, f"BBOT{team}")
    world.tokens[token.value] = token
    return token
