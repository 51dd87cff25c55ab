"""Prometheus metrics, computed from the facts at every scrape; no person, no text, no production is a label."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy import Connection

from studio.errors import reasons
from studio.health import Health
from studio.queue import AGENT_QUEUE, media_queue
from studio.store import watch

QUEUES = {"agent": AGENT_QUEUE, "cpu": media_queue(False), "gpu": media_queue(True)}
UNSENT = ("new", "sending", "unknown", "failed")


def scrape(health: Health) -> bytes:
    """The page; a few aggregate queries."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Facts(health))
    return generate_latest(registry)


class Facts(Collector):
    """Everything the database, Redis and the disk say, as metric families."""

    def __init__(self, health: Health) -> None:
        self.health = health

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not query."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families; those of Redis are missing while it is away."""
        begun = time.perf_counter()
        yield _gauge("disk_free_bytes", "Free space of the home folder", float(self.health.free_bytes()))
        parts: tuple[Callable[[Connection], Iterator[Metric]], ...] = (_takes, _outbox, _rest)
        with self.health.store.read() as connection:
            for part in parts:
                yield from part(connection)
        try:
            yield from list(self._redis())
        except (RedisError, OSError):
            yield _gauge("redis_up", "Whether Redis answered", 0.0)
        yield _gauge("scrape_seconds", "What this page cost", time.perf_counter() - begun)

    def _redis(self) -> Iterator[Metric]:
        queues = _labelled("queue_jobs", "Jobs in a Redis queue", "queue")
        for name, key in QUEUES.items():
            queues.add_metric([name], float(self.health.length(key)))
        processes = self.health.processes()
        roles = _labelled("processes", "Living processes", "role")
        for role in ("web", "agent", "media"):
            roles.add_metric([role], float(sum(each["role"] == role for each in processes)))
        sweeps = [each["sweep_s"] for each in processes if "sweep_s" in each]
        yield _gauge("redis_up", "Whether Redis answered", 1.0)
        yield from (queues, roles)
        if sweeps:
            yield _gauge("sweep_seconds", "How long the agent's last sweep took", max(sweeps))


def _takes(connection: Connection) -> Iterator[Metric]:
    states = _labelled("takes", "Takes by state: waiting, rung, done, failed", "kind", "engine", "state")
    failed = _labelled("takes_failed", "Failed takes by reason", "engine", "reason")
    retries = CounterMetricFamily(
        "aiclone_take_retries", "Attempts beyond the first", labels=["kind", "engine"]
    )
    spent = {
        name: SummaryMetricFamily(f"aiclone_take_{name}_seconds", f"{words} of done takes", labels=["kind", "engine"])
        for name, words in (("wall", "Wall seconds"), ("cpu", "CPU seconds"))
    }  # fmt: skip
    again: dict[tuple[str, str], int] = {}
    for row in watch.takes_by_engine(connection):
        stage = row["kind"], row["engine"]
        if row["state"] == "failed":
            failed.add_metric(
                [row["engine"], row["reason"] if row["reason"] in reasons() else "other"], row["n"]
            )
        again[stage] = again.get(stage, 0) + row["retries"]
        states.add_metric([*stage, row["state"]], row["n"])
        if row["state"] == "done":
            for name, family in spent.items():
                family.add_metric(list(stage), row["n"], row[f"{name}_s"] or 0.0)
    for stage, count in again.items():
        retries.add_metric(list(stage), count)
    yield from (states, failed, retries, *spent.values())


def _outbox(connection: Connection) -> Iterator[Metric]:
    rows = _labelled("outbox", "Messages and deliveries by state", "kind", "state")
    oldest = _labelled("outbox_oldest_seconds", "Age of the oldest that has not left", "state")
    ages: dict[str, float] = dict.fromkeys(UNSENT, 0.0)
    for row in watch.outbox_by_state(connection):
        rows.add_metric([row["kind"], row["state"]], row["n"])
        if row["state"] in ages:
            ages[row["state"]] = max(ages[row["state"]], time.time() - row["oldest"])
    for state, age in ages.items():
        oldest.add_metric([state], age)
    yield from (rows, oldest)


def _rest(connection: Connection) -> Iterator[Metric]:
    productions = _labelled("productions", "Productions by status", "status")
    for status, count in watch.productions_by_status(connection).items():
        productions.add_metric([status], count)
    usd = CounterMetricFamily("aiclone_spend_usd", "USD spent on paid calls", labels=["model"])
    tokens = CounterMetricFamily("aiclone_spend_tokens", "Tokens of paid calls", labels=["model", "way"])
    for row in watch.spend_by_model(connection):
        usd.add_metric([row["model"]], row["usd"])
        for way in ("in", "out"):
            tokens.add_metric([row["model"], way], row[f"tokens_{way}"])
    count, oldest = watch.inbox_waiting(connection)
    yield from (productions, usd, tokens)
    yield _gauge("inbox_waiting", "Inbox rows that nobody handled", count)
    lag = time.time() - oldest if oldest is not None else 0.0
    yield _gauge("inbox_lag_seconds", "Age of the oldest of them", max(0.0, lag))


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aiclone_{name}", words, value=value)


def _labelled(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aiclone_{name}", words, labels=labels)
