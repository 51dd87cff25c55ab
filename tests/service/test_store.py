"""The store's promises: once, first, fenced."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from studio.domain import PersonaId, ProductionId, Script, TakeId
from studio.store import Fenced, Held, Hold, Store, inbox, outbox, productions, reviews, spending, takes
from studio.store.inbox import Inbound
from studio.store.schema import metadata

pytestmark = pytest.mark.service
P = ProductionId("p1")


@pytest.fixture(autouse=True)
def production(store: Store) -> None:
    with store.write() as connection:
        productions.create(connection, P, "desk:1", PersonaId("x"), "ann", "a brief", {})


def test_an_event_that_arrives_twice_is_one_row(store: Store) -> None:
    event = Inbound("desk", "e1", "desk:1", "ann", "text", {"text": "hello"})
    with store.write() as connection:
        assert inbox.append(connection, event)
        assert not inbox.append(connection, event)
        assert len(inbox.pending(connection)) == 1


def test_the_first_decision_on_a_subject_wins(store: Store) -> None:
    with store.write() as connection:
        given = {"sha256": "a" * 64, "person": "ann"}
        assert reviews.decide(connection, "cut:p1:1", P, decision="approve", reply_id="r1", **given)
        assert not reviews.decide(connection, "cut:p1:1", P, decision="cancel", reply_id="r2", **given)
        found = reviews.decision_on(connection, "cut:p1:1")
    assert found is not None
    assert found["decision"] == "approve"


def test_only_one_process_holds_a_production(store: Store) -> None:
    with store.hold(P), pytest.raises(Held), store.hold(P):
        pass
    with store.hold(P) as again:
        assert again.fence == 2


def test_a_writer_that_lost_its_hold_changes_nothing(store: Store) -> None:
    with store.hold(P) as old:
        zombie = Hold(P, old.fence)
    with store.hold(P):
        with pytest.raises(Fenced), store.write(zombie) as connection:
            productions.add_script(connection, P, 1, Script(()), approved=False, note="")
        with store.read() as connection:
            assert productions.script_row(connection, P) is None


def test_a_hold_is_kept_alive_beyond_its_lease(store: Store) -> None:
    with store.hold(P, lease_s=0.3):
        threading.Event().wait(0.8)
        with pytest.raises(Held), store.hold(P):
            pass


def test_a_zombie_attempt_cannot_finish_a_take(store: Store) -> None:
    take, outcome = TakeId("t1"), {"artifact": "a" * 64, "facts": {}, "cost": {}}
    with store.write() as connection:
        assert takes.order(connection, take, "voice", "kokoro", {})
        assert not takes.order(connection, take, "voice", "kokoro", {})
        assert takes.try_again(connection, take, 1, "died", 0.0)
        assert not takes.finish(connection, take, 1, outcome)
        assert takes.finish(connection, take, 2, outcome)
        assert not takes.fail(connection, take, 2, "EngineDied", "late")


def test_attempts_end(store: Store) -> None:
    take = TakeId("t1")
    with store.write() as connection:
        takes.order(connection, take, "voice", "kokoro", {})
        tries = sum(takes.try_again(connection, take, attempt, "died", 0.0) for attempt in range(1, 9))
    assert tries == takes.MAX_FAULTS - 1


def test_a_killed_worker_counts_less_and_a_person_opens_all_attempts_again(store: Store) -> None:
    take = TakeId("t1")
    with store.write() as connection:
        takes.order(connection, take, "voice", "kokoro", {})
        lost = {"faults": 0, "losses": 1}
        tries = sum(takes.try_again(connection, take, n, "gone", 0.0, **lost) for n in range(1, 40))
        assert tries == takes.MAX_LOSSES - 1
        assert takes.fail(connection, take, tries + 1, "EngineDied", "gone")
        takes.reopen(connection, take)
        first = tries + 2
        again = sum(takes.try_again(connection, take, n, "died", 0.0) for n in range(first, first + 9))
    assert again == takes.MAX_FAULTS - 1


def test_what_is_ordered_is_reserved_until_it_is_settled(store: Store) -> None:
    def price(engine: str, request: dict[str, object]) -> float:
        return len(str(request["text"])) / 100

    with store.write() as connection:
        for take, text in (("a", "four"), ("b", "sixsix")):
            takes.order(connection, TakeId(take), "voice", "dear", {"request": {"text": text}})
            takes.use(connection, P, TakeId(take), f"voice:{take}", reused=False)
        takes.use(connection, ProductionId("p2"), TakeId("a"), "voice:a", reused=True)
        assert spending.reserved(connection, ["dear"], price) == pytest.approx(0.1)
        assert spending.reserved(connection, ["dear"], price, P) == pytest.approx(0.1)
        assert spending.reserved(connection, ["dear"], price, ProductionId("p2")) == 0
        assert spending.reserved(connection, ["cheap"], price) == 0
        outcome = {"artifact": "c" * 64, "facts": {}, "cost": {"characters": 4}}
        assert takes.finish(connection, TakeId("a"), 1, outcome)
        spending.settle(connection, TakeId("a"), "dear", 4, 0.04)
        assert spending.reserved(connection, ["dear"], price, P) == pytest.approx(0.06)
        assert productions.spent(connection, P) == pytest.approx(0.04)
        assert spending.spent_since(connection, 0.0) == pytest.approx(0.04)
        assert spending.spent_since(connection, 4e9) == 0


def test_a_message_leaves_once_for_its_key(store: Store) -> None:
    with store.write() as connection:
        assert outbox.put(connection, "k", "desk:1", "say", {"text": "one"}, P)
        assert not outbox.put(connection, "k", "desk:1", "say", {"text": "two"}, P)
        assert [row["body"]["text"] for row in outbox.due(connection)] == ["one"]
        assert outbox.claim(connection, "k", 5.0) is not None
        assert outbox.claim(connection, "k", 5.0) is None
        assert not outbox.mark(connection, "k", 7, "failed")
        assert outbox.mark(connection, "k", 1, "done", ref="m1")
        assert outbox.due(connection) == []


def test_news_wake_a_production_and_a_visit_clears_them(store: Store) -> None:
    with store.read() as connection:
        assert productions.to_visit(connection) == [P]
    with store.hold(P):
        pass
    with store.read() as connection:
        assert productions.to_visit(connection) == []
    with store.write() as connection:
        productions.wake(connection, [P])
        assert productions.to_visit(connection) == [P]


def test_the_migrations_give_exactly_the_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert found == []
