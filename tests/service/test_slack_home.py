"""The home tab: what waits, what has a date, how the personas are, and this week counted over everything."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import insert, update

from bot.slack.home import Overview, listed, overview, week_in
from studio.domain import ProductionId, Status
from studio.store import Store, personas, productions, schema
from tests.fakes.studio import GRACE, furnish

pytestmark = pytest.mark.service
ME, OTHER = "slack:T1:U1", "slack:T1:U2"
DAY = 24 * 3600.0


def add(store: Store, count: int, status: Status, at: float, by: str = ME, due: float | None = None) -> None:
    """So many productions that came to stand there at that moment."""
    rows = [
        {
            "id": f"{status[:4]}{by[-1]}{at % 1000:.0f}{due or 0:.0f}{n}"[:32],
            "conversation": "slack:T1:C1:+x",
            "persona_id": GRACE.id,
            "asked_by": by,
            "brief": f"{status} {n}",
            "options": {},
            "status": status,
            "fence": 0,
            "lease_until": 0.0,
            "wake": 0,
            "created_at": at,
            "updated_at": at,
            "due": due,
            "zone": "Europe/Berlin",
        }
        for n in range(count)
    ]
    with store.write() as connection:
        connection.execute(insert(schema.productions), rows)


def look(store: Store, person: str = ME) -> Overview:
    with store.read() as connection:
        return overview(connection, person, "Europe/Berlin")


def test_this_week_is_counted_over_all_of_a_persons_productions(store: Store) -> None:
    furnish(store)
    since, until = week_in("Europe/Berlin", time.time())
    add(store, 45, Status.DELIVERED, since + 1)
    add(store, 7, Status.DELIVERED, since - DAY)
    add(store, 2, Status.SCHEDULED, since - 2 * DAY, due=until - 1)
    add(store, 1, Status.SCHEDULED, since - 2 * DAY, due=until + 1)
    add(store, 3, Status.DELIVERED, since + 2, by=OTHER)
    with store.write() as connection:
        call = {"model": "m", "prompt_hash": "", "tokens_in": 0, "tokens_out": 0, "usd": 0.25}
        newest = productions.latest(connection, 1)[0]["id"]
        productions.add_spend(connection, ProductionId(newest), "draft", call)
    [mine] = look(store).week
    assert (mine.persona, mine.asked, mine.delivered, mine.coming) == ("Grace", 45, 45, 2)
    [theirs] = look(store, OTHER).week
    assert (theirs.asked, theirs.delivered, theirs.coming, theirs.usd) == (3, 3, 0, 0.25)
    with store.write() as connection:
        personas.allow(connection, GRACE, ME)
    assert look(store).week[0].delivered == 48


def test_what_waits_is_found_behind_any_number_of_newer_ones(store: Store) -> None:
    furnish(store)
    now = time.time()
    add(store, 1, Status.CUT_REVIEW, now - DAY)
    add(store, 60, Status.DELIVERED, now)
    add(store, 2, Status.SCHEDULED, now - 3, due=now + 2 * DAY)
    add(store, 1, Status.SCHEDULED, now - 4, due=now + DAY)
    seen = look(store)
    assert [video.brief for video in seen.videos["Waits for you"]] == ["cut_review 0"]
    assert len(seen.videos["Waits for its date"]) == 3
    first, second, _ = (video.when for video in seen.videos["Waits for its date"])
    assert first and first != second  # the next one first, whenever it was asked for
    assert len(seen.videos["Ended"]) == 8
    with store.read() as connection:
        assert [video.status for video in listed(connection, ME, now=True)].count(Status.SCHEDULED) == 3
        assert listed(connection, OTHER, now=False) == []


def test_persona_states_say_who_approves(store: Store) -> None:
    furnish(store)
    assert "others approve" in look(store).states[0]
    with store.write() as connection:
        personas.allow(connection, GRACE, ME)
    assert "you may approve" in look(store).states[0]
    with store.write() as connection:
        connection.execute(update(schema.consents).values(revoked_at=time.time()))
    assert ":red_circle: *Grace*" in look(store).states[0]
