"""Events that arrive together share a commit, and each gets its own answer after it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import SQLAlchemyError

from studio.store import Store, inbox
from studio.store.inbox import Inbound
from studio.store.inbox_writer import InboxWriter

pytestmark = pytest.mark.service


def event(name: str | None) -> Inbound:
    return Inbound("desk", name, "desk:1", "ann", "text", {"text": str(name)})  # type: ignore[arg-type]


def answers(store: Store, *names: str | None) -> list[object]:
    async def play() -> list[object]:
        writer = InboxWriter(store)
        appended = (writer.append(event(name)) for name in names)
        return list(await asyncio.gather(*appended, return_exceptions=True))

    return asyncio.run(play())


def test_all_are_there_when_they_are_answered(store: Store) -> None:
    names = [f"e{number}" for number in range(150)]
    assert answers(store, *names) == [True] * 150
    with store.read() as connection:
        assert len(inbox.of_conversation(connection, "desk:1")) == 150


def test_the_same_event_twice_at_once_is_one_row(store: Store) -> None:
    assert sorted(map(str, answers(store, "a", "b", "a"))) == ["False", "True", "True"]
    assert answers(store, "b") == [False]


def test_one_that_cannot_be_written_spoils_no_other(store: Store) -> None:
    first, bad, last = answers(store, "a", None, "b")
    assert (first, last) == (True, True)
    assert isinstance(bad, SQLAlchemyError)


def test_whoever_hangs_up_is_recorded_all_the_same(store: Store) -> None:
    async def play() -> bool:
        writer = InboxWriter(store)
        gone = asyncio.create_task(writer.append(event("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        return await writer.append(event("next"))

    assert asyncio.run(play())
    assert answers(store, "gone") == [False]
