"""The endpoints of the Graph API that a WhatsApp channel needs."""

from __future__ import annotations

from tests.fakes.whatsapp import files, templates
from tests.fakes.whatsapp.errors import GraphError, Json, missing_object
from tests.fakes.whatsapp.gate import Endpoint, Request
from tests.fakes.whatsapp.sending import Sender
from tests.fakes.whatsapp.shapes import address, fields, text
from tests.fakes.whatsapp.webhooks import Dispatcher
from tests.fakes.whatsapp.world import APP_ID, PHONE_NUMBER_ID, WABA_ID, World

_SEND, _MANAGE = "whatsapp_business_messaging", "whatsapp_business_management"
_SHOWN = (
    "verified_name code_verification_status display_phone_number quality_rating platform_type throughput id"
)
_UNSET = set(
    "certificate new_certificate conversational_automation eligibility_for_api_business_global_search quality_score "
    "health_status is_official_business_account is_on_biz_app is_pin_enabled is_preverified_number "
    "last_onboarded_time messaging_limit_tier new_name_status search_visibility username country_code "
    "country_dial_code whatsapp_business_manager_messaging_limit".split()
)


class Endpoints:
    """One method each; `all` lists them."""

    def __init__(self, world: World, sender: Sender, dispatcher: Dispatcher) -> None:
        self.world, self.sender, self.dispatcher = world, sender, dispatcher
        phone, waba, app = PHONE_NUMBER_ID, WABA_ID, APP_ID
        self.all = [
            Endpoint("messages", f"POST {phone}/messages", _SEND, self.send),
            Endpoint("media.upload", f"POST {phone}/media", _SEND, self.upload),
            Endpoint("phone", f"GET {phone}", _MANAGE, self.phone),
            Endpoint("phone.webhook", f"POST {phone}", _MANAGE, self.override),
            Endpoint("phones", f"GET {waba}/phone_numbers", _MANAGE, self.phones),
            Endpoint("subscribed", f"(GET|POST|DELETE) {waba}/subscribed_apps", _MANAGE, self.subscribed),
            Endpoint("templates", f"GET {waba}/message_templates", _MANAGE, self.templates),
            Endpoint("templates.create", f"POST {waba}/message_templates", _MANAGE, self.create_template),
            Endpoint("token", "GET oauth/access_token", "", self.token),
            Endpoint("subscriptions", f"POST {app}/subscriptions", "", self.subscribe),
            Endpoint("media.info", r"GET \d+", _SEND, self.media),
            Endpoint("media.delete", r"DELETE \d+", _SEND, self.delete_media),
            Endpoint("unknown", r"POST \d+(/\w+)?", "", self.nothing),
        ]

    async def nothing(self, request: Request) -> Json:
        """An id that is not ours."""
        raise missing_object(request.parts[0], request.method.lower())

    async def send(self, request: Request) -> Json:
        """A message, or a read receipt."""
        return await self.sender.accept(request.body)

    async def upload(self, request: Request) -> Json:
        """A file."""
        return files.upload(self.world, request.form)

    async def media(self, request: Request) -> Json:
        """Where a file can be fetched."""
        return files.information(self.world, request.parts[0], request.query.get("phone_number_id", ""))

    async def delete_media(self, request: Request) -> Json:
        """Forget a file."""
        return files.delete(self.world, request.parts[0], request.query.get("phone_number_id", ""))

    async def phone(self, request: Request) -> Json:
        """The business phone number; `fields` chooses."""
        known: Json = {
            "verified_name": "Studio", "code_verification_status": "VERIFIED", "quality_rating": "GREEN",
            "display_phone_number": "+1 555-078-3881", "platform_type": "CLOUD_API", "status": "CONNECTED",
            "throughput": {"level": "STANDARD"}, "name_status": "APPROVED", "account_mode": "LIVE",
            "webhook_configuration": {"application": self.world.webhook.get("url", "")}, "id": PHONE_NUMBER_ID,
        }  # fmt: skip
        wanted = request.query.get("fields", "").split(",") if request.query.get("fields") else _SHOWN.split()
        if unknown := set(wanted) - set(known) - _UNSET:
            raise GraphError(100, message=f"(#100) Tried accessing nonexisting field ({sorted(unknown)[0]})")
        return {name: known[name] for name in known if name in wanted or name == "id"}

    async def phones(self, request: Request) -> Json:
        """All of the account's numbers: one."""
        return {"data": [await self.phone(request)], "paging": {"cursors": {"before": "a", "after": "b"}}}

    async def override(self, request: Request) -> Json:
        """Another webhook for this number."""
        body = fields(request.body, "body", "webhook_configuration")
        asked = fields(
            body["webhook_configuration"], "webhook_configuration", "override_callback_uri", "verify_token"
        )
        return await self._take(asked)

    async def subscribed(self, request: Request) -> Json:
        """Whether the app hears of this account."""
        if request.method == "GET":
            app = {"link": "https://example.com/", "name": "AIClone", "id": APP_ID}
            entry = [{"whatsapp_business_api_data": app}] if self.world.is_subscribed else []
            return {"data": entry}
        if request.method == "POST" and request.body:
            await self._take(fields(request.body, "body", "override_callback_uri verify_token"))
        self.world.is_subscribed = request.method == "POST"
        return {"success": True}

    async def _take(self, asked: Json) -> Json:
        """Use a webhook address once it has answered the challenge."""
        url = address(asked["override_callback_uri"], "override_callback_uri")
        token = text(asked.get("verify_token"), "verify_token", 1000)
        if wrong := await self.dispatcher.challenge(url, token):
            raise GraphError(
                2200, message=f"(#2200) Callback verification failed with the following errors: {wrong}"
            )
        self.world.webhook = {"url": url, "verify_token": token}
        return {"success": True}

    async def token(self, request: Request) -> Json:
        """The app's own token."""
        if (
            request.query.get("client_id") != APP_ID
            or request.query.get("client_secret") != self.world.app_secret
        ):
            raise GraphError(190, message="Error validating client secret.")
        return {"access_token": f"{APP_ID}|{self.world.app_secret}", "token_type": "bearer"}

    async def subscribe(self, request: Request) -> Json:
        """The app's webhook."""
        asked = {**request.query, **(request.body or {})}
        if f"{APP_ID}|{self.world.app_secret}" not in (asked.get("access_token"), request.bearer):
            raise GraphError(190, message="This method must be called with an app access_token.")
        if asked.get("object") != "whatsapp_business_account" or "messages" not in asked.get(
            "fields", ""
        ).split(","):
            raise GraphError(100, "object is whatsapp_business_account, fields include messages.")
        wanted = {
            "override_callback_uri": asked.get("callback_url"),
            "verify_token": asked.get("verify_token"),
        }
        return await self._take(wanted)

    async def templates(self, request: Request) -> Json:
        """The registry."""
        name = request.query.get("name", "")
        found = [t.public() for t in self.world.templates.values() if name in t.name]
        answer: Json = {"data": found, "paging": {"cursors": {"before": "a", "after": "b"}}}
        if "summary" in request.query:
            count = {"total_count": len(found), "message_template_count": len(self.world.templates)}
            answer["summary"] = {**count, "message_template_limit": 250, "are_translations_complete": True}
        return answer

    async def create_template(self, request: Request) -> Json:
        """A new template, in review."""
        return templates.create(self.world, request.body)
