"""A loopback WhatsApp Business Cloud API, as strict as the vendor: Graph endpoints, webhooks, people to drive it."""

from tests.fakes.whatsapp.person import Person
from tests.fakes.whatsapp.server import RemoteWhatsApp, WhatsAppServer
from tests.fakes.whatsapp.world import Impossible

__all__ = ["Impossible", "Person", "RemoteWhatsApp", "WhatsAppServer"]
