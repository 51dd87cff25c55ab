"""Looks at the WhatsApp number step by step, as far as the steps before allow."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from bot.whatsapp.http import WEBHOOK
from studio.errors import StudioError
from studio.settings import Settings
from studio.store import Store, personas
from workers.steps import Step
from workers.whatsapp import graph_of

TOKEN = (
    "business.facebook.com → Settings → System users → your user → Generate token, for the app, with "
    "whatsapp_business_messaging and whatsapp_business_management; set AICLONE_WHATSAPP_TOKEN=… in .env."
)
NUMBER = (
    "developers.facebook.com → your app → WhatsApp → API Setup: copy “Phone number ID” and “WhatsApp Business "
    "Account ID”; set AICLONE_WHATSAPP_PHONE_NUMBER_ID=… and AICLONE_WHATSAPP_ACCOUNT_ID=…"
)
SECRET = "your app → App settings → Basic → App secret; set AICLONE_WHATSAPP_APP_SECRET=…"
VERIFY = "Think of a word and set AICLONE_WHATSAPP_VERIFY_TOKEN=…"
CALLBACK = (
    "your app → WhatsApp → Configuration → Webhook → Edit: https://<your public address>{path} and the verify token; "
    "then Manage → subscribe to “messages”."
)
SUBSCRIBE = "your app → WhatsApp → Configuration → Webhook fields: subscribe to “messages” for this account."
TEMPLATE = (
    "aiclone whatsapp setup --template hands it in; or make one in WhatsApp Manager → Message templates, without "
    "variables, and set AICLONE_WHATSAPP_TEMPLATE and AICLONE_WHATSAPP_TEMPLATE_LANGUAGE."
)
BODY = "Your video studio has something for you. Answer here to see it."
REPLY = "Show me"


async def examine(settings: Settings) -> list[Step]:
    """Every step that could be looked at."""
    return [step async for step in _steps(settings)]


async def hand_in_template(settings: Settings) -> str:
    """Ask for the template's review; what came of it. Raises StudioError."""
    body: dict[str, Any] = {
        "name": settings.whatsapp_template,
        "language": settings.whatsapp_template_language,
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": BODY},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": REPLY}]},
        ],
    }
    said = await graph_of(settings).make_template(settings.whatsapp_account_id, body)
    return f"The template “{settings.whatsapp_template}” is handed in; its state is {said or 'PENDING'}."


async def _steps(settings: Settings) -> AsyncIterator[Step]:
    if not settings.whatsapp_token.get_secret_value():
        yield Step("token", "none", TOKEN)
        return
    if not settings.whatsapp_phone_number_id:
        yield Step("phone number id", "none", NUMBER)
        return
    number = await _number(settings)
    yield number[0]
    if number[0].mend:
        return
    yield _secret(settings)
    yield _verify(settings)
    yield _webhook(number[1])
    if not settings.whatsapp_account_id:
        yield Step("account id", "none", NUMBER)
    else:
        yield await _subscribed(settings)
        yield await _template(settings)
    yield _approvers(settings)


async def _number(settings: Settings) -> tuple[Step, dict[str, Any]]:
    fields = "display_phone_number,verified_name,quality_rating,status,webhook_configuration"
    try:
        found = await graph_of(settings).get(settings.whatsapp_phone_number_id, fields=fields)
    except StudioError as trouble:
        return Step("number", trouble.say, f"{TOKEN} {NUMBER}"), {}
    said = f"{found.get('display_phone_number')} “{found.get('verified_name')}”, quality {found.get('quality_rating')}"
    state = str(found.get("status") or "CONNECTED")
    mend = (
        "" if state == "CONNECTED" else f"The number is {state}: WhatsApp Manager → Phone numbers says why."
    )
    return Step("number", f"{said}, {state.lower()}", mend), found


def _secret(settings: Settings) -> Step:
    secret = settings.whatsapp_app_secret.get_secret_value()
    right = re.fullmatch(r"[0-9a-f]{32}", secret) is not None
    says = (
        "there" if right else "none" if not secret else "this does not look like one (32 hexadecimal digits)"
    )
    return Step("app secret", says, "" if right else SECRET)


def _verify(settings: Settings) -> Step:
    there = bool(settings.whatsapp_verify_token.get_secret_value())
    return Step("verify token", "there" if there else "none", "" if there else VERIFY)


def _webhook(number: dict[str, Any]) -> Step:
    where = number.get("webhook_configuration")
    found = [str(url) for url in where.values()] if isinstance(where, dict) else []
    ours = next((url for url in found if url.endswith(WEBHOOK)), "")
    says = ours or (f"goes to {found[0]}" if found and found[0] else "none")
    return Step("webhook", says, "" if ours else CALLBACK.replace("{path}", WEBHOOK))


async def _subscribed(settings: Settings) -> Step:
    try:
        found = await graph_of(settings).get(f"{settings.whatsapp_account_id}/subscribed_apps")
    except StudioError as trouble:
        return Step("subscription", trouble.say, NUMBER)
    there = bool(found.get("data"))
    return Step(
        "subscription", "the app hears of this account" if there else "none", "" if there else SUBSCRIBE
    )


async def _template(settings: Settings) -> Step:
    name, language = settings.whatsapp_template, settings.whatsapp_template_language
    try:
        found = await graph_of(settings).get(f"{settings.whatsapp_account_id}/message_templates", name=name)
    except StudioError as trouble:
        return Step("template", trouble.say, NUMBER)
    rows = [each for each in found.get("data") or () if each.get("name") == name]
    ours = next((each for each in rows if each.get("language") == language), None)
    if ours is None:
        others = ", ".join(str(each.get("language")) for each in rows)
        return Step(
            "template",
            f"“{name}” is not there in {language}{f', but in {others}' if others else ''}",
            TEMPLATE,
        )
    if ours.get("status") != "APPROVED":
        return Step(
            "template", f"“{name}” is {ours.get('status')}", "Wait for its review, or see WhatsApp Manager."
        )
    if "{{" in str(ours.get("components")):
        return Step("template", f"“{name}” has variables, which nobody fills in", TEMPLATE)
    return Step("template", f"“{name}” in {language} is approved")


def _approvers(settings: Settings) -> Step:
    store = Store(settings.database)
    store.migrate()
    with store.read() as connection:
        named = {
            persona.name: sum(
                person.startswith("whatsapp:") for person in personas.approvers_of(connection, persona.id)
            )
            for persona in personas.all_of(connection)
        }
    store.close()
    if not named:
        return Step(
            "persona", "none yet", "aiclone persona add, or start once with `aiclone run` for the sample."
        )
    if not any(named.values()):
        return Step(
            "approval", "no number may write", f"aiclone whatsapp allow +49… --persona {next(iter(named))}"
        )
    return Step("approval", "; ".join(f"{name}: {count} by WhatsApp" for name, count in named.items()))
