"""An operator at the command line: what is stuck is seen, tried again or cancelled by the agent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from studio.domain import ProductionId, Status
from studio.messages import DELIVER
from studio.settings import Settings
from studio.store import productions
from tests.fakes.studio import Floor
from workers.cli import build, mending

pytestmark = pytest.mark.service
SCRIPT = "Script: We build compilers. They turn words into programs."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


@pytest.fixture(autouse=True)
def impatient() -> Any:
    """There is no agent that could take a wish while the command waits."""
    patience, mending.WAIT_S = mending.WAIT_S, 0.0
    yield
    mending.WAIT_S = patience


def aiclone(floor: Floor, *words: str, answer: str = "") -> Result:
    home, redis = str(floor.settings.home), floor.settings.redis_url
    environment = {"AICLONE_HOME": home, "AICLONE_REDIS_URL": redis, "COLUMNS": "200"}
    environment["AICLONE_DATABASE_URL"] = floor.settings.database_url
    return CliRunner().invoke(
        build(("status", "production", "mending")), words, input=answer, env=environment
    )


def status(floor: Floor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aiclone(floor, "status", "--json").output)
    return found


def rendering_that_fails(floor: Floor) -> ProductionId:
    floor.spoil["meshwarp"] = ("EngineDied", "The engine's process died.")
    floor.write(SCRIPT)
    floor.look()
    floor.press(floor.last("script")["subject"])
    floor.look()
    return ProductionId(floor.production()["id"])


def test_what_waits_for_its_date_is_listed_with_it(floor: Floor) -> None:
    floor.write(SCRIPT)
    floor.look()
    production = ProductionId(floor.production()["id"])
    with floor.store.write() as connection:
        productions.set_due(connection, production, 1_795_509_000.0, "Europe/Berlin")
        productions.set_status(connection, production, Status.SCHEDULED)
    [dated] = status(floor)["dated"]
    assert dated["when"].startswith("Tuesday 24 November") and dated["production_id"] == production
    assert "waits for its date" in aiclone(floor, "status").output
    shown = aiclone(floor, "production", "show", production).output
    assert "delivery: Tuesday 24 November" in shown and "to folder" in shown


def test_failed_takes_are_seen_and_ordered_again_by_a_part_of_the_id(floor: Floor) -> None:
    production = rendering_that_fails(floor)
    [stuck] = status(floor)["stuck"]
    assert stuck["next"] == f"aiclone retry {production}"
    assert "The engine's process died" in stuck["what"]
    assert "stuck" in aiclone(floor, "status").output

    del floor.spoil["meshwarp"]
    done = aiclone(floor, "retry", production[:5])
    assert done.exit_code == 0
    assert "orders shot:" in done.output
    assert "as soon as the agent runs" in done.output
    assert not floor.messages("preview")  # the command itself wrote no fact but its own wish
    floor.look()
    assert floor.messages("preview")
    assert status(floor)["stuck"] == []
    assert [each["what"] for each in status(floor)["people"]] == ["the preview"]
    assert "nothing to try again" in aiclone(floor, "retry", production).output


def test_what_may_have_arrived_is_sent_again_only_after_a_yes(floor: Floor) -> None:
    floor.to_preview(SCRIPT)
    production = floor.production()["id"]
    with floor.store.write() as connection:
        cut_short = "update outbox set state = 'unknown', ref = 'The line was cut.' where kind = 'preview'"
        connection.exec_driver_sql(cut_short)
    [row] = status(floor)["parked"]
    assert (row["state"], row["ref"]) == ("unknown", "The line was cut.")
    assert "The line was cut" in aiclone(floor, "status").output

    assert aiclone(floor, "retry", production, answer="n\n").exit_code
    floor.look()
    assert status(floor)["parked"]
    assert aiclone(floor, "retry", production, "--yes").exit_code == 0
    floor.look()
    assert status(floor)["parked"] == []
    [event] = [each for each in shown(floor, production)["events"] if each["what"] == "preview"]
    assert event["detail"].startswith("done")


def shown(floor: Floor, production: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aiclone(floor, "production", "show", production, "--json").output)
    return found


def test_a_cancelled_production_is_cancelled_by_the_agent_and_only_once(floor: Floor) -> None:
    production = rendering_that_fails(floor)
    assert aiclone(floor, "cancel", production, answer="n\n").exit_code
    assert aiclone(floor, "cancel", production, "--yes").exit_code == 0
    assert floor.production()["status"] == Status.RENDERING
    floor.look()
    assert floor.production()["status"] == Status.CANCELLED
    assert "already" in str(aiclone(floor, "cancel", production, "--yes").exception)
    replies = [each["detail"] for each in shown(floor, production)["events"] if each["what"] == "reply"]
    assert replies[-1].startswith("cli:")
    assert replies[-1].endswith("cancel → cancel")


def test_the_story_of_a_production_is_its_facts_in_order(floor: Floor) -> None:
    floor.press(floor.to_preview(SCRIPT)["subject"])
    floor.look()
    production = floor.production()["id"]
    told = shown(floor, production)
    assert told["status"] == "delivered"
    assert told["takes"]["done"] == len(floor.takes())
    assert told["cpu_s"] == len(floor.takes())  # each costs a second here
    times = [each["at"] for each in told["events"]]
    assert times == sorted(times)
    order = [each["what"] for each in told["events"]]
    for earlier, later in (
        ("brief", "script 1"),
        ("script 1", "ordered"),
        ("ordered", "cut 1"),
        ("cut 1", DELIVER),
    ):
        assert order.index(earlier) < order.index(later)
    text = aiclone(floor, "production", "show", production[:4]).output
    assert "approve on cut 1 by ann" in text
    assert production in aiclone(floor, "production", "list").output


def test_an_unknown_id_is_answered_with_what_may_have_been_meant(floor: Floor) -> None:
    rendering_that_fails(floor)
    production = floor.production()["id"]
    wrong = production[:4] + ("0" if production[4] != "0" else "1") + production[5:]
    assert f"Did you mean {production}?" in str(aiclone(floor, "production", "show", wrong).exception)
    floor.conversation = "desk:other"
    floor.write(SCRIPT)
    floor.look()
    assert "several productions" in str(aiclone(floor, "production", "show", "").exception)


def test_nothing_is_made_up_for_an_empty_home(settings: Settings) -> None:
    environment = {"AICLONE_HOME": str(settings.home)}
    done = CliRunner().invoke(build(("status", "production")), ["status"], env=environment)
    assert "`aiclone run` starts AIClone there" in str(done.exception)
    assert not settings.home.exists()
