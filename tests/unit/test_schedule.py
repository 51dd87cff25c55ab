"""What runs next: the promises of studio/schedule.py, on random rows and in the simulated studio."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.simulation.video import KINDS, Video
from bench.simulation.world import LATENCY_S, Take, World
from studio.schedule import AFFINITY_S, OVERDUE_S, Handout, Past, Rank, Running, Waiting, Worker, pick

pytestmark = pytest.mark.unit
ENGINES = sorted(KINDS)
NOW = 1e6
LONG = dict.fromkeys(ENGINES, 0.5)  # every take is longer than the agent needs to hear of it


def waiting(
    number: int, engine: str = "kokoro", rank: int = 1, founder: str = "ann", **more: float
) -> Waiting:
    born = more.get("born", NOW - 100 + number)
    since = more.get("since", NOW - 50)
    return Waiting(f"t{number}", 1, engine, KINDS[engine], False, rank, founder, born, since)


rows = st.lists(
    st.tuples(
        st.sampled_from(ENGINES), st.sampled_from(list(Rank)), st.sampled_from("abc"), st.floats(0, 30_000)
    ),
    max_size=30,
).map(
    lambda found: [
        waiting(number, engine, rank, founder, since=NOW - age, born=NOW - age)
        for number, (engine, rank, founder, age) in enumerate(found)
    ]
)
floors = st.lists(
    st.tuples(st.integers(1, 4), st.sets(st.sampled_from(ENGINES))), min_size=1, max_size=4
).map(
    lambda found: [Worker(f"w{at}", False, slots, frozenset(warm)) for at, (slots, warm) in enumerate(found)]
)


def as_running(handouts: list[Handout]) -> list[Running]:
    return [Running(h.take.engine, False, h.take.rank, h.take.founder, h.worker) for h in handouts]


@given(rows, rows, floors)
@settings(max_examples=200, deadline=None)
def test_no_slot_idles_while_something_can_run(
    before: list[Waiting], takes: list[Waiting], workers: list[Worker]
) -> None:
    under_way = as_running(pick(before, [], workers, NOW))
    handouts = pick(takes, under_way, workers, NOW)
    left = (
        {take.engine for take in takes}
        if not handouts
        else {take.engine for take in takes if take.take_id not in {each.take.take_id for each in handouts}}
    )
    for worker in workers:
        busy = {each.engine for each in under_way + as_running(handouts) if each.worker == worker.name}
        assert len(busy) >= worker.slots or left <= busy


@given(rows, floors, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_same_rows_give_the_same_answer(
    takes: list[Waiting], workers: list[Worker], chance: random.Random
) -> None:
    shuffled = list(takes)
    chance.shuffle(shuffled)
    assert pick(takes, [], workers, NOW) == pick(shuffled, [], workers, NOW)


@given(rows, floors)
@settings(max_examples=100, deadline=None)
def test_workers_hold_no_more_than_they_need(takes: list[Waiting], workers: list[Worker]) -> None:
    handouts = pick(takes, [], workers, NOW)
    assert len({each.take.take_id for each in handouts}) == len(handouts)
    for rank in Rank:
        upto = Counter(each.worker for each in handouts if each.take.rank <= rank)
        assert all(upto[worker.name] <= 2 * len(ENGINES) for worker in workers)


def test_a_revision_goes_before_a_brief_and_a_brief_before_a_batch() -> None:
    takes = [waiting(1, rank=2, born=1.0), waiting(2, rank=1, born=2.0), waiting(3, rank=0, born=3.0)]
    order = [each.take.take_id for each in pick(takes, [], [Worker("w", False, 1)], NOW)]
    assert order[0] == "t3"
    assert order.index("t2") < order.index("t1") if "t1" in order else True


def test_a_warm_engine_goes_first_for_half_a_minute_and_not_longer() -> None:
    worker = [Worker("w", False, 1, frozenset({"finish"}))]
    fresh = [waiting(1, "kokoro", since=NOW - 1), waiting(2, "finish", since=NOW - 1)]
    old = [waiting(1, "kokoro", since=NOW - AFFINITY_S - 1), waiting(2, "finish", since=NOW - 1)]
    assert pick(fresh, [], worker, NOW)[0].take.engine == "finish"
    assert pick(old, [], worker, NOW)[0].take.engine == "kokoro"


def test_the_founder_with_the_least_seconds_goes_first() -> None:
    takes = [waiting(1, founder="ann"), waiting(2, founder="bob")]
    past = Past({"ann": 400.0, "bob": 300.0})
    assert pick(takes, [], [Worker("w", False, 1)], NOW, past)[0].take.founder == "bob"


def test_the_overdue_get_a_tenth_of_the_time_and_no_more() -> None:
    takes = [waiting(1, rank=0), waiting(2, rank=2, since=NOW - OVERDUE_S[2] - 1)]
    worker = [Worker("w", False, 1)]
    assert pick(takes, [], worker, NOW, Past(ranks={0: 95.0, 2: 5.0}))[0].take.rank == 2
    assert pick(takes, [], worker, NOW, Past(ranks={0: 80.0, 2: 20.0}))[0].take.rank == 0


def test_with_no_worker_known_takes_are_rung_up_to_a_bound() -> None:
    takes = [waiting(number) for number in range(50)]
    blind = [Worker("", False, 32, blind=True)]
    handouts = pick(takes, [], blind, NOW)
    assert [each.take.take_id for each in handouts] == [f"t{number}" for number in range(32)]
    assert pick(takes[32:], as_running(handouts), blind, NOW) == []


def video(name: str, born: float, rank: int = 1, founder: str = "ann", lines: int = 3) -> Video:
    return Video(name, founder, rank, born, (4.0,) * lines, 4.0 * lines, LONG)


def play(world: World, videos: list[Video], until: float) -> list[Take]:
    for each in videos:
        world.at(each.born, lambda each=each: world.add(each))
    world.run(until)
    return world.takes


@given(st.integers(1, 3), st.lists(st.floats(0, 120), min_size=1, max_size=4))
@settings(max_examples=10, deadline=None)
def test_a_batch_delays_nobody_by_more_than_the_render_under_way(slots: int, briefs: list[float]) -> None:
    batch = [video(f"b{number}", 0.0, rank=2, founder="bob") for number in range(8)]
    asked = [video(f"v{number}", born, founder="ann") for number, born in enumerate(briefs)]
    takes = play(World(1, slots), batch + asked, 600.0)
    urgent = [take for take in takes if take.row.rank == 1]
    assert all(take.ended for take in urgent)
    for late in (take for take in takes if take.row.rank == 2 and take.started):
        busy = {take.row.engine for take in takes if take.started <= late.started < take.ended} - {
            late.row.engine
        }
        for take in urgent:
            known = take.row.since + 2 * LATENCY_S < late.started < take.started
            assert not known or take.row.engine in busy, "a batch take started while a more urgent one could"


def test_an_urgent_take_waits_for_one_render_only() -> None:
    batch = [video(f"b{number}", 0.0, rank=2, founder="bob", lines=12) for number in range(8)]
    takes = play(World(4), [*batch, video("v", 60.0, lines=1)], 400.0)
    longest = max(take.row.seconds for take in takes)
    for take in takes:
        if take.row.rank == 1:
            assert take.started - take.row.since <= longest + LATENCY_S


@pytest.mark.parametrize("born", [5.0, 500.0])
def test_nothing_starves_behind_an_endless_stream_of_revisions(born: float) -> None:
    stream = [Video(f"r{number}", f"f{number % 5}", 0, number * 40.0, (60.0,), 60.0) for number in range(800)]
    patient = Video("p", "bob", 2, born, (60.0,), 60.0)
    takes = play(World(1), [patient, *stream], 30_000.0)
    mine = next(take for take in takes if take.video is patient)
    assert born <= mine.started <= born + OVERDUE_S[2] + 120.0


@given(st.integers(1, 3), st.integers(2, 4), st.integers(3, 6))
@settings(max_examples=4, deadline=None)
def test_equal_founders_get_equal_shares(workers: int, founders: int, lines: int) -> None:
    world = World(workers)
    videos = [
        Video(f"v{who}-{number}", f"f{who}", 1, float(who), (4.0 + who,) * lines, 4.0 * lines)
        for who in range(founders)
        for number in range(1500 // lines)
    ]
    play(world, videos, 1500.0)
    shares = Counter[str]()
    for _, founder, _, seconds in world.spent:
        shares[founder] += seconds  # type: ignore[assignment]
    fair = sum(shares.values()) / founders
    assert all(abs(share - fair) <= 0.1 * fair for share in shares.values()), shares
