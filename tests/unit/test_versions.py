"""Which versions led to the present one, and what people call them."""

from __future__ import annotations

import pytest

from agent.versions import named_versions
from studio.domain import Script
from tools.script import build_lines

pytestmark = pytest.mark.unit
A, B, C = (Script(build_lines([text])) for text in ("One thing.", "Another thing.", "A third thing."))


@pytest.mark.parametrize(
    ("history", "trail"),
    [
        ([A], ()),
        ([A, B, C], ("script 2", "script 1")),
        ([A, B, C, B], ("script 1",)),
        ([A, B, C, B, A], ()),
        ([A, B, A, C], ("script 1",)),
        ([A, B, C, A, B], ("script 1",)),
    ],
)
def test_what_was_gone_back_over_led_nowhere(history: list[Script], trail: tuple[str, ...]) -> None:
    assert named_versions(history, {})[1] == trail


def test_a_version_with_a_preview_is_called_by_it() -> None:
    versions, trail = named_versions([A, B, C], {1: 2, 2: 3})
    assert trail == ("preview 1", "script 1")
    assert versions == {"script 1": A, "script 2": B, "script 3": C, "preview 1": B, "preview 2": C}
