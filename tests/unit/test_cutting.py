"""Recordings cut into clips at silences: lengths, places, and what cannot be cut."""

from __future__ import annotations

import numpy as np
import pytest

from workers.engines.train.cutting import Samples, clipped_share, cut

pytestmark = pytest.mark.unit
RATE = 16_000


def recording(*parts: float) -> Samples:
    """Sound and silence in turns, seconds of each; the silence has a little noise."""
    chance = np.random.default_rng(1)
    sounds = [
        chance.standard_normal(round(seconds * RATE)) * (0.001 if at % 2 else 0.2)
        for at, seconds in enumerate(parts)
    ]
    return np.concatenate(sounds).astype(np.float32)


def test_a_clip_ends_at_the_longest_silence_that_leaves_it_a_right_length() -> None:
    spans = cut(recording(3.0, 0.3, 2.0, 0.8, 2.5, 0.3, 4.0), RATE)
    assert [(round(span.start, 1), round(span.end, 1)) for span in spans] == [(0.0, 5.4), (6.0, 12.9)]
    assert all(span.usable for span in spans)


def test_every_clip_has_a_right_length_and_none_overlap() -> None:
    chance = np.random.default_rng(2)
    parts = [float(each) for _ in range(30) for each in (chance.uniform(0.4, 4.0), chance.uniform(0.1, 0.9))]
    spans = cut(recording(*parts), RATE)
    assert len(spans) > 5
    assert all(3.0 <= span.seconds <= 11.3 for span in spans if span.usable)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= sum(parts)
    assert sum(span.seconds for span in spans if span.usable) > 0.6 * sum(parts)


def test_what_is_too_long_without_a_silence_or_too_short_is_not_usable() -> None:
    spans = cut(recording(14.0, 0.6, 5.0, 12.0, 1.0), RATE)
    assert [span.usable for span in spans] == [False, True, False]
    assert cut(np.zeros(RATE * 5, np.float32), RATE) == []
    assert cut(np.zeros(10, np.float32), RATE) == []


def test_clipping_is_measured() -> None:
    assert clipped_share(recording(1.0)) == 0.0
    assert clipped_share(np.clip(recording(1.0) * 20, -1, 1)) > 0.5
