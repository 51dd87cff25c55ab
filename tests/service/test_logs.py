"""Log lines: one JSON object an event, UTC, told what the work is about without being told at every call."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from studio.about import about
from studio.queue import Bell
from studio.settings import Settings
from studio.store import Store
from tests.fakes.studio import Floor
from workers.logs import set_up_logs

pytestmark = pytest.mark.service
log = logging.getLogger("tests.logs")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in before:
            handler.close()
    root.handlers[:], root.level = before, level


def lines(settings: Settings) -> list[dict[str, object]]:
    return [json.loads(line) for line in (settings.home / "logs" / "test.jsonl").read_text().splitlines()]


def test_a_line_says_when_where_and_what_it_is_about(settings: Settings) -> None:
    set_up_logs(settings, "test", terminal=False)

    def deep() -> None:
        log.info("first\nsecond", extra={"reference": "abc"})

    async def one(take: str) -> None:
        with about(take=take, attempt=2):
            await asyncio.sleep(0.01)
            await asyncio.to_thread(deep)

    async def play() -> None:
        with about(production="p1"):
            await asyncio.gather(one("t1"), one("t2"))
        log.info("after")

    asyncio.run(play())
    *inside, after = lines(settings)
    assert sorted((each["take"], each["attempt"], each["production"]) for each in inside) == [
        ("t1", 2, "p1"),
        ("t2", 2, "p1"),
    ]
    assert {each["process"] for each in inside} == {"test"}
    assert {each["message"] for each in inside} == {"first\nsecond"}
    assert str(after["at"]).endswith("Z")
    assert "production" not in after


@pytest.mark.parametrize(
    ("wanted", "starts"), [("json", "{"), ("text", "WARNING tests.logs: careful (take=t1)")]
)
def test_what_a_process_prints_is_text_or_json_as_asked(
    settings: Settings, capfd: pytest.CaptureFixture[str], wanted: str, starts: str
) -> None:
    set_up_logs(settings.model_copy(update={"log": wanted}), "test")
    with about(take="t1"):
        log.warning("careful")
    assert capfd.readouterr().err.startswith(starts)


def test_every_line_of_the_agent_about_a_take_names_production_take_and_attempt(
    settings: Settings, redis: str
) -> None:
    floor = Floor(settings)
    set_up_logs(settings, "test", terminal=False)

    async def handed_out() -> None:
        bell = await Bell.connect(redis)
        await floor.desk.dispatcher.hand_out(bell)
        await bell.close()

    floor.write("Script: We build compilers. They are fast.")
    asyncio.run(floor.desk.look())
    floor.press(floor.last("script")["subject"])
    asyncio.run(floor.desk.look())
    [first, *_] = floor.ordered()
    asyncio.run(handed_out())
    asyncio.run(floor.desk.take_finished(floor.outcome(first)))
    floor.write("cancel")
    asyncio.run(floor.desk.look())
    told = lines(settings)
    production = floor.production()["id"]
    assert {each.get("production") for each in told} == {production}
    about_takes = [
        each for each in told if each["where"] == "workers.handing" or "heard" in str(each["message"])
    ]
    assert {str(each["message"]).split()[0] for each in about_takes} == {"handed", "heard:", "cancelled"}
    assert all(each["attempt"] == 1 and each["take"] for each in about_takes)


def test_what_a_statement_carried_is_not_in_its_error(settings: Settings, store: Store) -> None:
    set_up_logs(settings, "test", terminal=False)
    brief = "-".join(("my", "secret", "launch"))
    try:
        with store.write() as connection:
            connection.execute(text("insert into nowhere values (:brief)"), {"brief": brief})
    except DBAPIError:
        log.warning("failed", exc_info=True)
    [line] = lines(settings)
    assert "nowhere" in str(line["trace"])
    assert brief not in str(line)
