"""A loopback Slack, as strict as Slack: Web API, Socket Mode and HTTP mode, with people to drive it."""

from tests.fakes.slack.forms import Impossible
from tests.fakes.slack.person import Person
from tests.fakes.slack.server import RemoteSlack, SlackServer
from tests.fakes.slack.workspace import App

__all__ = ["App", "Impossible", "Person", "RemoteSlack", "SlackServer"]
