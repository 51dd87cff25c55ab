"""views.*: modals on their stack and home tabs."""

from __future__ import annotations

from tests.fakes.slack.arguments import Call, method
from tests.fakes.slack.blocks import view_faults
from tests.fakes.slack.chat import with_ids
from tests.fakes.slack.workspace import Json, Refusal, Workspace

DEEPEST = 3


def valid(view: Json, kind: str) -> Json:
    """The view, or a refusal with every fault found."""
    if view.get("type") != kind:
        raise Refusal("invalid_arguments", f"[ERROR] view.type must be {kind}")
    if faults := view_faults(view):
        raise Refusal("invalid_arguments", *(f"[ERROR] {fault}" for fault in faults))
    return view


def stored(world: Workspace, view: Json, user: str, identity: str = "") -> Json:
    """Keep a view (anew, or in the place of an older one) with id, hash and named blocks."""
    old = world.views.get(identity, {})
    full = {
        "private_metadata": "", "callback_id": "", "notify_on_close": False, "clear_on_close": False, **view,
        "blocks": with_ids(world, view["blocks"]), "id": identity or world.number("V"), "team_id": "T1",
        "hash": world.number("hash."), "app_id": world.app.id, "user": user,
        "external_id": view.get("external_id", ""),
        "root_view_id": old.get("root_view_id"), "previous_view_id": old.get("previous_view_id"),
    }  # fmt: skip
    full["root_view_id"] = full["root_view_id"] or full["id"]
    world.views[full["id"]] = full
    return full


def open_on_top(world: Workspace, view: Json, user: str) -> Json:
    """Push a modal onto a person's stack."""
    stack = world.stacks.setdefault(user, [])
    if len(stack) >= DEEPEST:
        raise Refusal("push_limit_reached")
    full = stored(world, view, user)
    if stack:
        full |= {"root_view_id": stack[0], "previous_view_id": stack[-1]}
    stack.append(full["id"])
    return full


def close(world: Workspace, user: str, everything: bool = False) -> None:
    """Take the topmost modal (or all) away."""
    stack = world.stacks.get(user, [])
    for identity in stack[:] if everything else stack[-1:]:
        stack.remove(identity)
        world.views.pop(identity, None)


def _spent(call: Call) -> str:
    """The user behind the trigger, which this call uses up."""
    trigger = call.world.triggers.get(call.args["trigger_id"])
    if trigger is None:
        raise Refusal("invalid_trigger_id")
    if trigger["used"]:
        raise Refusal("exchanged_trigger_id")
    if call.world.now() > trigger["until"]:
        raise Refusal("expired_trigger_id")
    trigger["used"] = True
    user: str = trigger["user"]
    return user


def _unique(call: Call, view: Json) -> None:
    external = view.get("external_id")
    if external and any(v["external_id"] == external for v in call.world.views.values()):
        raise Refusal("duplicate_external_id")


@method("views.open", "trigger_id! view:dict!")
def open_view(call: Call) -> Json:
    """A modal, within three seconds of the person's deed."""
    view = valid(call.args["view"], "modal")
    _unique(call, view)
    user = _spent(call)
    close(call.world, user, everything=True)
    return {"view": open_on_top(call.world, view, user)}


@method("views.push", "trigger_id! view:dict!")
def push(call: Call) -> Json:
    """A modal over the one that is open."""
    view = valid(call.args["view"], "modal")
    _unique(call, view)
    return {"view": open_on_top(call.world, view, _spent(call))}


@method("views.update", "view:dict! view_id external_id hash")
def update(call: Call) -> Json:
    """Change an open modal; with a hash, only the version one has seen."""
    args, views = call.args, call.world.views
    if not args.get("view_id") and not args.get("external_id"):
        raise Refusal("invalid_arguments", "[ERROR] view_id or external_id is required")
    named = (v for v in views.values() if v["external_id"] == args.get("external_id"))
    old = views.get(args["view_id"]) if args.get("view_id") else next(named, None)
    if old is None:
        raise Refusal("not_found")
    if args.get("hash") and args["hash"] != old["hash"]:
        raise Refusal("hash_conflict")
    return {"view": stored(call.world, valid(args["view"], "modal"), old["user"], old["id"])}


@method("views.publish", "user_id! view:dict! hash")
def publish(call: Call) -> Json:
    """A person's home tab."""
    world, user = call.world, call.args["user_id"]
    if user not in world.users:
        raise Refusal("user_not_found")
    old = world.views.get(world.homes.get(user, ""), {})
    if call.args.get("hash") and old and call.args["hash"] != old["hash"]:
        raise Refusal("hash_conflict")
    full = stored(world, valid(call.args["view"], "home"), user, old.get("id", ""))
    world.homes[user] = full["id"]
    return {"view": full}
