"""What becomes of the app's acknowledgements and of its posts to a response_url."""

from __future__ import annotations

from tests.fakes.slack.arguments import Call
from tests.fakes.slack.chat import by_app, content, root_of, store
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.forms import interactive
from tests.fakes.slack.views import close, open_on_top, stored, valid
from tests.fakes.slack.workspace import Channel, Json, Refusal, Workspace

_HOOK = {"text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts",
         "metadata", "unfurl_links", "unfurl_media", "mrkdwn"}  # fmt: skip


class Answers:
    """Applies what the app answers."""

    def __init__(self, world: Workspace) -> None:
        self.world = world

    def delivered(self, delivery: Delivery) -> None:
        """A delivery came to its end; what its acknowledgement says is done."""
        payload = delivery.payload
        if delivery.state != "acknowledged":
            return
        try:
            if delivery.kind == "slash_commands" and delivery.answer:
                self._post(payload["channel_id"], payload["user_id"], delivery.answer)
            elif payload.get("type") == "view_submission":
                self._submitted(payload["view"], payload["user"]["id"], delivery.answer or {})
        except Refusal as refusal:
            self.world.violation(
                refusal.code, f"acknowledgement: {refusal.messages} {delivery.answer}"[:1000]
            )

    def _submitted(self, view: Json, user: str, answer: Json) -> None:
        action = answer.get("response_action")
        if set(answer) - {"response_action", "errors", "view"}:
            raise Refusal("invalid_arguments", f"[ERROR] acknowledgement {sorted(answer)}")
        if action is None or action == "clear":
            close(self.world, user, everything=action == "clear")
        elif action == "errors":
            inputs = {b["block_id"] for b, _ in interactive(view["blocks"]) if b["type"] == "input"}
            errors = answer.get("errors") or {}
            if (
                not errors
                or set(errors) - inputs
                or not all(isinstance(e, str) and e for e in errors.values())
            ):
                raise Refusal("invalid_arguments", f"[ERROR] errors must name input blocks {sorted(inputs)}")
            self.world.views[view["id"]]["errors"] = errors
        elif action == "update":
            stored(self.world, valid(answer.get("view") or {}, "modal"), user, view["id"])
        elif action == "push":
            open_on_top(self.world, valid(answer.get("view") or {}, "modal"), user)
        else:
            raise Refusal("invalid_arguments", f"[ERROR] response_action {action}")

    def hook(self, key: str, body: Json) -> tuple[int, str]:
        """A post to a response_url: five uses within thirty minutes. (status, text)"""
        hook = self.world.hooks.get(key)
        if hook is None:
            self.world.violation("unknown_response_url", key)
            return 404, "no_service"
        if self.world.now() > hook["until"]:
            return 404, "expired_url"
        if hook["left"] == 0:
            return 404, "used_url"
        try:
            if set(body) - _HOOK:
                raise Refusal("invalid_arguments", f"[ERROR] unknown: {sorted(set(body) - _HOOK)}")
            hook["left"] -= 1
            self._apply(hook, body)
        except Refusal as refusal:
            self.world.violation(refusal.code, f"response_url: {refusal.messages} {body}"[:1000])
            return 400, refusal.code
        return 200, "ok"

    def _apply(self, hook: Json, body: Json) -> None:
        channel = self.world.channels[hook["channel"]]
        original = channel.messages.get(hook["ts"])
        hidden = next((e for e in self.world.ephemerals if e["ts"] == hook["ts"]), None)
        if body.get("delete_original"):
            channel.messages.pop(hook["ts"], None)
            self.world.ephemerals = [e for e in self.world.ephemerals if e is not hidden]
        elif body.get("replace_original") and (original or hidden):
            said = content(self.world, body)
            target = original if original is not None else hidden
            assert target is not None
            if "blocks" not in said:
                target.pop("blocks", None)
            target |= said
        else:
            self._post(hook["channel"], hook["user"], body)

    def _post(self, channel_id: str, user: str, body: Json) -> None:
        """To one person, or to all of the channel."""
        if isinstance(body, dict) and set(body) - _HOOK:
            raise Refusal("invalid_arguments", f"[ERROR] unknown: {sorted(set(body) - _HOOK)}")
        channel: Channel = self.world.channels[channel_id]
        if body.get("response_type") not in (None, "ephemeral", "in_channel"):
            raise Refusal("invalid_arguments", "[ERROR] response_type")
        said = content(self.world, body)
        if body.get("response_type") != "in_channel":
            entry = {"ts": self.world.ts(), "channel": channel_id, "user": user, **said}
            self.world.ephemerals.append({**entry, "thread_ts": body.get("thread_ts")})
            return
        bot = self.world.installation(channel.team)
        assert bot is not None
        root = root_of(self.world, channel, body.get("thread_ts"))
        message = store(self.world, channel, {**by_app(Call(self.world, "", bot, {})), **said}, root)
        self.world.tell_message(channel, message)
