"""An address is erased on request: nothing of it is left in any table, and what happened stays on record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from typer.testing import CliRunner, Result

from studio.domain import Status
from studio.settings import Settings
from studio.store import personas, reviews, schema
from tests.fakes.phone import NUMBER, PERSON, link, phone_of
from tests.fakes.studio import GRACE, Floor
from workers.cli import build, mending

pytestmark = pytest.mark.service
BRIEF = "Script: We build compilers. They are fast."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


@pytest.fixture
def phone(floor: Floor) -> Floor:
    made = phone_of(floor)
    link(floor, made)
    return made


@pytest.fixture(autouse=True)
def impatient() -> Any:
    """There is no agent that could take a wish while the command waits."""
    patience, mending.WAIT_S = mending.WAIT_S, 0.0
    yield
    mending.WAIT_S = patience


def aiclone(floor: Floor, *words: str) -> Result:
    environment = {"AICLONE_HOME": str(floor.settings.home), "AICLONE_REDIS_URL": floor.settings.redis_url}
    environment |= {"AICLONE_DATABASE_URL": floor.settings.database_url, "COLUMNS": "200"}
    return CliRunner().invoke(build(("person",)), ["person", *words], env=environment)


def everything(floor: Floor) -> str:
    """All that the database says."""
    with floor.store.read() as connection:
        tables = [connection.execute(select(table)).all() for table in schema.metadata.sorted_tables]
    return str(tables)


def test_an_erased_number_is_nowhere_and_the_decision_keeps_a_made_up_name(
    floor: Floor, phone: Floor
) -> None:
    with floor.store.write() as connection:
        personas.allow(connection, GRACE, PERSON)
        connection.execute(  # as a channel's own table may hold it
            insert(schema.slack_uploads).values(
                key="x", file_id="f", state="s", permalink=f"https://wa.me/{NUMBER}", ts="", at=0.0
            )
        )
        connection.execute(
            insert(schema.slack_installations).values(
                id=NUMBER, team_id="+49 30 9876", body={}, installed_at=0.0
            )
        )
    subject = floor.to_preview(BRIEF)["subject"]
    phone.press(subject)
    phone.look()
    assert floor.production()["status"] == Status.DELIVERED
    phone.write(f"Script: Call me on {NUMBER} or +49 30 9876, I build compilers.")
    phone.look()
    phone.write("cancel")
    phone.look()
    assert NUMBER in everything(floor)
    done = aiclone(floor, "erase", PERSON, "--yes")
    assert done.exit_code == 0, done.output
    assert "was linked with ann" in done.output
    assert "removed: 1 in approvers" in done.output
    assert "in approvals" in done.output
    assert NUMBER not in everything(floor)
    assert "30 9876" not in everything(floor)
    assert "removed: 1 in slack_installations" in done.output
    [name] = set(re.findall("erased:[0-9a-f]{8}", done.output))
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, subject)
        assert decision is not None
        assert decision["person"] == name
        told = connection.execute(
            select(schema.replies.c.person).where(schema.replies.c.id == decision["reply_id"])
        ).scalar()
        assert told == name
        assert not personas.may_approve(connection, GRACE.id, name)
        assert connection.execute(text("select count(*) from people")).scalar() == 0
    again = aiclone(floor, "erase", PERSON, "--yes")
    assert "Nothing is known" in str(again.exception)


def test_an_open_video_is_cancelled_first(floor: Floor, phone: Floor) -> None:
    phone.write(BRIEF)
    phone.look()
    refused = aiclone(floor, "erase", PERSON, "--yes")
    assert "still open" in str(refused.exception)
    early = aiclone(floor, "erase", PERSON, "--yes", "--cancel")
    assert "as soon as the agent runs" in early.output
    assert "still open" in str(early.exception)
    floor.look()
    assert floor.production()["status"] == Status.CANCELLED
    assert aiclone(floor, "erase", PERSON, "--yes", "--cancel").exit_code == 0
    assert NUMBER not in everything(floor)


def test_what_is_unread_or_of_somebody_elses_open_video_is_left_alone(floor: Floor, phone: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    phone.write("line 1: We build ships.")
    early = aiclone(floor, "erase", PERSON, "--yes")
    assert "try it again in a minute" in str(early.exception)
    phone.look()
    done = aiclone(floor, "erase", PERSON, "--yes")
    assert "belong to open videos of others" in done.output
    assert NUMBER in everything(floor)
    floor.write("cancel")
    floor.look()
    assert aiclone(floor, "erase", PERSON, "--yes").exit_code == 0
    assert NUMBER not in everything(floor)


def test_links_are_listed(floor: Floor) -> None:
    assert "Nobody has linked anything" in aiclone(floor, "list").output
    link(floor, phone_of(floor))
    shown = aiclone(floor, "list").output
    assert "ann" in shown
    assert PERSON in shown


@pytest.mark.sqlite
def test_what_is_no_address_erases_nothing(floor: Floor) -> None:
    floor.write("We build 10 compilers a year. They are fast.")
    floor.look()
    before = everything(floor)
    for address in ("whatsapp:", "whatsapp: ", ":"):
        assert "is no address" in str(aiclone(floor, "erase", address, "--yes").exception)
    assert "Nothing is known" in str(aiclone(floor, "erase", "whatsapp:10", "--yes").exception)
    assert everything(floor) == before


def test_whoever_sits_at_the_machine_has_no_address_to_erase(floor: Floor) -> None:
    assert "sits at this machine" in str(aiclone(floor, "erase", "owner", "--yes").exception)
