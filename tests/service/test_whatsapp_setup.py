"""`aiclone whatsapp setup` against the Graph API's answers, and who is let in by number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.whatsapp.http import WEBHOOK
from bot.whatsapp.names import Namer
from studio.settings import Settings
from studio.store import Store, personas, whatsapp
from tests.fakes.studio import furnish
from tests.fakes.whatsapp import WhatsAppServer
from tests.fakes.whatsapp_room import settings_for
from workers.cli import build
from workers.steps import Step
from workers.supervisor import environment_of
from workers.whatsapp_setup import examine, hand_in_template

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
NUMBER = "+49 (151) 123-4567"


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    with WhatsAppServer() as server:
        yield server


def steps(settings: Settings) -> dict[str, Step]:
    return {step.name: step for step in asyncio.run(examine(settings))}


def run(settings: Settings, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build(["whatsapp"]), ["whatsapp", *words], env=environment_of(settings))
    return done.exit_code, " ".join(done.output.split())


def test_one_step_after_the_other(settings: Settings, wa: WhatsAppServer, store: Store) -> None:
    whole = settings.model_copy(update=settings_for(wa))
    [step] = steps(settings).values()
    assert "System users" in step.mend
    assert "code 190" in steps(whole.model_copy(update={"whatsapp_token": SecretStr("no")}))["number"].says
    found = steps(whole)
    missing = [name for name, step in found.items() if step.mend]
    assert missing == ["webhook", "template", "persona"]
    assert WEBHOOK in found["webhook"].mend
    wa.deliver_to(f"http://127.0.0.1:1{WEBHOOK}")
    assert "PENDING" in asyncio.run(hand_in_template(whole))
    assert "is PENDING" in steps(whole)["template"].says
    wa.perform("review", name="aiclone_waiting")
    furnish(store)
    assert [name for name, step in steps(whole).items() if step.mend] == ["approval"]
    assert run(whole, "setup")[0] == 1
    assert "may approve videos of Grace" in run(whole, "allow", NUMBER, "--persona", "Grace")[1]
    status, said = run(whole, "setup")
    assert status == 0, said
    assert "1 by WhatsApp" in said
    wa.pardon(190)


def test_a_number_is_let_in_and_out_under_a_name_that_says_nothing(settings: Settings, store: Store) -> None:
    furnish(store)
    given = settings.model_copy(update={"home": settings.home})
    first = run(given, "allow", NUMBER)[1]
    assert "as before" in run(given, "allow", "0049 151 1234567")[1]
    assert "1234567" not in first
    with store.write() as connection:
        contact = whatsapp.contact_of(connection, "491511234567", "", Namer(settings.home))
        assert personas.knows(connection, f"whatsapp:{contact['id']}")
    assert (settings.home / "whatsapp.key").stat().st_mode & 0o777 == 0o600
    assert "no longer" in run(given, "disallow", NUMBER, "--persona", "Grace")[1]
    with store.read() as connection:
        assert not personas.knows(connection, f"whatsapp:{contact['id']}")
    assert run(given, "allow", "12")[0] != 0
    assert "may approve" in run(given, "allow", "US.13491208655302741918")[1]
