"""One attempt at a take: what may run, what counts, what a failure says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.media import MediaStore
from studio.queue import Order
from studio.settings import Settings
from workers.engines import ENGINES
from workers.rendering import Outcome, Renderer

pytestmark = pytest.mark.service
FAKES = {"hum": "Hum", "personal-hum": "PersonalHum", "slide": "Slide"}


@pytest.fixture(autouse=True)
def fakes() -> Iterator[None]:
    ENGINES.update({name: f"tests.fakes.takes:{found}" for name, found in FAKES.items()})
    yield
    for name in FAKES:
        del ENGINES[name]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Every run of a fake leaves a line here."""
    path = tmp_path / "runs"
    path.touch()
    return path


def order(log: Path, engine: str = "hum", take_id: str = "t1", attempt: int = 1, **request: Any) -> Order:
    request["log"] = str(log)
    return Order(take_id, attempt, engine, request, request.pop("inputs", {}), 0, "p1", "grace")


def attempt(settings: Settings, *orders: Order) -> list[Outcome]:
    """The outcomes of these orders, rendered at once by one worker."""

    async def play() -> list[Outcome]:
        renderer = Renderer(settings, MediaStore(settings.home / "media"))
        try:
            return list(await asyncio.gather(*(renderer.attempt(each, lambda _: None) for each in orders)))
        finally:
            await renderer.close()

    return asyncio.run(play())


def runs(log: Path) -> int:
    return len(log.read_text().splitlines())


def test_a_take_becomes_an_artifact_with_measured_facts_and_costs(
    settings: Settings, media: MediaStore, log: Path
) -> None:
    [done] = attempt(settings, order(log))
    assert (done["ok"], done["take_id"], done["attempt"]) == (True, "t1", 1)
    assert done["facts"]["seconds"] == pytest.approx(0.5)
    assert done["cost"]["wall_s"] > 0
    assert media.fetch(done["artifact"]).read_bytes()[:4] == b"RIFF"
    assert media.receipt("t1") == {name: done[name] for name in ("artifact", "facts", "cost")}
    assert list((media.root / "tmp").iterdir()) == []


def test_what_has_a_receipt_is_not_rendered_again(settings: Settings, log: Path) -> None:
    [first] = attempt(settings, order(log))
    [again] = attempt(settings, order(log, attempt=2))
    assert again == first | {"attempt": 2}
    assert runs(log) == 1


def test_a_receipt_without_its_file_counts_for_nothing(
    settings: Settings, media: MediaStore, log: Path
) -> None:
    [first] = attempt(settings, order(log))
    media.erase(first["artifact"])
    [again] = attempt(settings, order(log, attempt=2))
    assert again["artifact"] == first["artifact"]
    assert runs(log) == 2


def test_an_attempt_that_was_given_up_too_early_spares_the_next_one_the_work(
    settings: Settings, log: Path
) -> None:
    both = attempt(settings, order(log, sleep=0.3), order(log, attempt=2, sleep=0.3))
    assert [each["ok"] for each in both] == [True, True]
    assert runs(log) == 1


def test_a_licence_that_forbids_the_use_stops_it(settings: Settings, log: Path) -> None:
    [refused] = attempt(settings, order(log, "personal-hum"))
    assert (refused["reason"], refused["retry_after"]) == ("LicenceForbids", None)
    assert "personal-hum" in refused["say"]
    assert runs(log) == 0
    [done] = attempt(settings.model_copy(update={"use": "personal"}), order(log, "personal-hum"))
    assert done["ok"]


def test_a_revoked_persona_is_refused_even_for_takes_that_are_done(
    settings: Settings, media: MediaStore, log: Path
) -> None:
    [done] = attempt(settings, order(log))
    assert done["ok"]
    media.revoke("grace")
    for take_id in ("t1", "t2"):
        [refused] = attempt(settings, order(log, take_id=take_id))
        assert (refused["reason"], refused["retry_after"]) == ("ConsentMissing", None)
        assert "revoked" in refused["say"]
    assert runs(log) == 1


def test_an_order_that_waits_when_the_consent_is_revoked_is_refused(
    settings: Settings, media: MediaStore, log: Path
) -> None:
    async def play() -> list[Outcome]:
        renderer = Renderer(settings, media)
        two = [order(log, take_id="t1", sleep=0.5), order(log, take_id="t2")]
        both = asyncio.gather(*(renderer.attempt(each, lambda _: None) for each in two))
        while not runs(log):
            await asyncio.sleep(0.02)
        media.revoke("grace")
        try:
            return list(await both)
        finally:
            await renderer.close()

    first, second = asyncio.run(play())
    assert first["ok"]
    assert second["reason"] == "ConsentMissing"
    assert runs(log) == 1


@pytest.mark.parametrize(
    ("engine", "request_", "sentence"),
    [
        ("hum", {"level": 0.0}, "The take is silent."),
        ("slide", {"colour": "black"}, "The take is black throughout."),
    ],
)
def test_a_silent_or_black_take_is_refused_and_tried_again(
    settings: Settings, media: MediaStore, log: Path, engine: str, request_: dict[str, Any], sentence: str
) -> None:
    [refused] = attempt(settings, order(log, engine, **request_))
    assert (refused["reason"], refused["say"]) == ("TakeRefused", sentence)
    assert refused["retry_after"] is not None
    assert media.receipt("t1") is None
    assert not [path for path in (media.root / "sha256").rglob("*") if path.is_file()]


def test_a_bright_picture_passes(settings: Settings, log: Path) -> None:
    [done] = attempt(settings, order(log, "slide", colour="orange"))
    assert done["facts"]["frames"] == 5


@pytest.mark.logs_errors
def test_a_bug_carries_only_a_reference(
    settings: Settings, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [broken] = attempt(settings, order(log, bug=True))
    assert broken["reason"] == "EngineDied"
    assert broken["retry_after"] is not None
    assert "private" not in str(broken)
    assert "Zero" not in str(broken)
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.reference in broken["say"]  # type: ignore[attr-defined]
    assert "a private detail" in caplog.text


def test_a_lost_input_and_an_unknown_engine_are_told_and_not_tried_again(
    settings: Settings, log: Path
) -> None:
    [lost] = attempt(settings, order(log, inputs={"audio": "f" * 64}))
    assert (lost["reason"], lost["retry_after"]) == ("MediaUnusable", None)
    [unknown] = attempt(settings, order(log, "nonesuch"))
    assert (unknown["reason"], unknown["retry_after"]) == ("EngineUnknown", None)
