"""When a video is said to be ready, against when it is ready in the simulated studio."""

from __future__ import annotations

import random

import pytest

from agent.queue_position import said
from bench.simulation.video import RATES, Video
from bench.simulation.world import World
from studio.estimate import REVISION_PART, Estimate, Floor, Work, assumed, estimate, measured, of_engines

pytestmark = pytest.mark.unit
TRUE = of_engines(RATES, "meshwarp")


def quote(world: World, video: Video, others: list[Video]) -> Estimate:
    """What the agent would say now."""
    done = {other.name: 0.0 for other in others}
    for take in world.takes:
        if take.ended and take.video.name in done:
            done[take.video.name] += take.row.seconds
    ahead = [
        Work(other.founder, other.rank, other.born, max(0.1 * other.work(), other.work() - done[other.name]))
        for other in others
        if other.born < world.now and not other.previewed
    ]
    mine = Work(video.founder, video.rank, video.born, video.work())
    workers = len(world.workers)
    return estimate(mine, ahead, video.length, TRUE, Floor(workers, world.slots), world.usage().founders)


@pytest.mark.parametrize(
    ("workers", "gap_s", "of"), [(1, 400.0, 1.0), (1, 45.0, 0.9), (4, 12.0, 0.9), (1, 25.0, 0.75)]
)
def test_the_estimate_is_within_a_factor_of_one_and_a_half(workers: int, gap_s: float, of: float) -> None:
    # at 25 s a machine is given all it can do: who comes later overtakes, and that is not foreseen
    chance = random.Random(7)
    world = World(workers)
    videos, quotes, born = [], {}, 0.0
    for number in range(30):
        born += chance.expovariate(1 / gap_s)
        lines = tuple(chance.uniform(3, 7) for _ in range(chance.randint(4, 9)))
        videos.append(Video(f"v{number}", f"f{chance.randint(0, 9)}", 1, born, lines, sum(lines)))

    def ask(video: Video) -> None:
        quotes[video.name] = quote(world, video, videos)
        world.add(video)

    for video in videos:
        world.at(video.born, lambda video=video: ask(video))
    world.run(born + 5000)
    ratios = [quotes[each.name].ready_s / (each.previewed - each.born) for each in videos]
    good = sum(1 / 1.5 <= ratio <= 1.5 for ratio in ratios)
    assert good >= of * len(ratios), sorted(ratios)


def test_rates_come_from_recent_takes_of_the_same_engines() -> None:
    takes = [("kokoro", 4.0, 5.0), ("meshwarp", 1.0, 5.0)] * 3
    found = measured(takes, "kokoro", "meshwarp")
    assert found is not None
    assert (found.total, found.slowest) == (pytest.approx(1.0), pytest.approx(0.8))
    assert measured(takes, "piper", "meshwarp") is None
    assert measured([("kokoro", 0.0, 5.0)] * 3, "kokoro", "meshwarp") is None
    assert assumed(1.0).total > 1.0


def test_the_more_urgent_and_my_own_earlier_count_in_full_and_others_to_my_length() -> None:
    mine = Work("ann", 1, 100.0, 10.0)
    others = [Work("ann", 1, 50.0, 8.0), Work("bob", 1, 60.0, 99.0), Work("cy", 0, 90.0, 5.0)]
    batch = [Work("bob", 2, 1.0, 1000.0), Work("ann", 1, 200.0, 1000.0)]
    found = estimate(mine, others + batch, 10.0, TRUE, Floor(1, 1))
    assert found.ahead == 3
    assert found.ready_s == pytest.approx(3.0 + (10 + 8 + 18 + 5) + TRUE.last * 10)
    assert 0 < REVISION_PART < 1


def test_the_sentence_counts_in_words() -> None:
    assert said(Estimate(350.0, 2)).endswith("ready in about 6 minutes, two videos are ahead of yours.")
    assert said(Estimate(61.0, 1)).endswith("ready in about a minute, one video is ahead of yours.")
