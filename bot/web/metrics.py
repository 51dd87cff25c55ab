"""Prometheus metrics, computed from the facts at every scrape; no person, no text, no production is a label."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy import Connection

from studio.engine import Kind
from studio.errors import reasons
from studio.health import Health
from studio.schedule import Rank
from studio.store import watch
from studio.store.stages import Stages

CLASSES = ("interactive", "batch")
STAGE = ("kind", "engine")


def scrape(health: Health, stages: Stages) -> bytes:
    """The page; a few aggregate queries. `stages` keeps what it counted from scrape to scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Facts(health, stages))
    return generate_latest(registry)


class Facts(Collector):
    """Everything the database, Redis and the disk say, as metric families."""

    def __init__(self, health: Health, stages: Stages) -> None:
        self.health, self.stages = health, stages

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not query."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families; those of Redis are missing while it is away."""
        begun = time.perf_counter()
        yield _gauge("disk_free_bytes", "Free space of the home folder", float(self.health.free_bytes()))
        parts: tuple[Callable[[Connection], Iterator[Metric]], ...] = (self._takes, _queue, _outbox, _rest)
        with self.health.store.read() as connection:
            for part in parts:
                yield from part(connection)
        try:
            yield from list(_alive(self.health))
        except (RedisError, OSError):
            yield _gauge("redis_up", "Whether Redis answered", 0.0)
        yield _gauge("scrape_seconds", "What this page cost", time.perf_counter() - begun)

    def _takes(self, connection: Connection) -> Iterator[Metric]:
        states = _labelled("takes", "Takes by state: waiting, rung, done, failed, cancelled", *STAGE, "state")
        failed = _labelled("takes_failed", "Failed takes by reason", "engine", "reason")
        retries = _counter("take_retries", "Attempts beyond the first", *STAGE)
        wall = _histogram("take_wall_seconds", "Wall seconds of done takes", *STAGE)
        cpu = _histogram("take_cpu_seconds", "CPU seconds of done takes", *STAGE)
        again, counts = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
        for row in watch.takes_not_done(connection):
            counts[row["kind"], row["engine"], row["state"]] += row["n"]
            again[row["kind"], row["engine"]] += row["retries"]
            if row["state"] == "failed":
                reason = row["reason"] if row["reason"] in reasons() else "other"
                failed.add_metric([row["engine"], reason], row["n"])
        for stage, done in self.stages.look(connection).items():
            counts[*stage, "done"] += done.done
            again[stage] += done.retries
            for family, seconds in ((wall, done.wall), (cpu, done.cpu)):
                family.add_metric(stage, [*seconds.buckets()], seconds.total)
        for labels, count in counts.items():
            states.add_metric(labels, count)
        for stage, count in again.items():
            retries.add_metric(stage, count)
        yield from (states, failed, retries, wall, cpu)


def _queue(connection: Connection) -> Iterator[Metric]:
    """Zeros included, so that an alarm sees the difference between nothing and no answer."""
    depth = Counter({(name, str(kind)): 0 for name in CLASSES for kind in Kind})
    ages = dict.fromkeys(CLASSES, 0.0)
    for row in watch.queue_depth(connection):
        name = CLASSES[row["rank"] >= Rank.BATCH]
        depth[name, row["kind"]] += row["n"]
        ages[name] = max(ages[name], time.time() - row["oldest"])
    waiting = _labelled("queue_takes", "Takes that no worker was told of yet", "class", "kind")
    oldest = _labelled("queue_oldest_seconds", "Age of the oldest of them", "class")
    for labels, count in depth.items():
        waiting.add_metric(labels, count)
    for name, age in ages.items():
        oldest.add_metric([name], age)
    yield from (waiting, oldest)


def _outbox(connection: Connection) -> Iterator[Metric]:
    rows = _labelled("outbox", "Messages and deliveries that have not left", "kind", "state")
    sent = _counter("outbox_sent", "Messages and deliveries that left")
    oldest = _labelled("outbox_oldest_seconds", "Age of the oldest that has not left", "state")
    ages = dict.fromkeys(watch.UNSENT, 0.0)
    for row in watch.outbox_unsent(connection):
        rows.add_metric([row["kind"], row["state"]], row["n"])
        ages[row["state"]] = max(ages[row["state"]], time.time() - row["oldest"])
    for state, age in ages.items():
        oldest.add_metric([state], age)
    sent.add_metric([], watch.outbox_sent(connection))
    yield from (rows, sent, oldest)


def _rest(connection: Connection) -> Iterator[Metric]:
    productions = _labelled("productions", "Productions by status", "status")
    for status, count in watch.productions_by_status(connection).items():
        productions.add_metric([status], count)
    usd = _counter("spend_usd", "USD spent on paid calls", "model")
    tokens = _counter("spend_tokens", "Tokens of paid calls", "model", "way")
    for row in watch.spend_by_model(connection):
        usd.add_metric([row["model"]], row["usd"])
        for way in ("in", "out"):
            tokens.add_metric([row["model"], way], row[f"tokens_{way}"])
    count, oldest = watch.inbox_waiting(connection)
    yield from (productions, usd, tokens)
    yield _gauge("inbox_waiting", "Inbox rows that nobody handled", count)
    lag = time.time() - oldest if oldest is not None else 0.0
    yield _gauge("inbox_lag_seconds", "Age of the oldest of them", max(0.0, lag))


def _alive(health: Health) -> Iterator[Metric]:
    queues = _labelled("queue_jobs", "Jobs in a Redis queue", "queue")
    for name, length in health.jobs().items():
        queues.add_metric([name], length)
    processes = health.processes()
    roles = _labelled("processes", "Living processes", "role")
    for role in ("web", "agent", "media"):
        roles.add_metric([role], sum(each["role"] == role for each in processes))
    workers = _labelled("workers", "Living media workers", "device")
    slots = _labelled("worker_slots", "Engines they can run at a time", "device")
    for device in ("cpu", "gpu"):
        mine = [each["slots"] for each in processes if each.get("gpu") == (device == "gpu")]
        workers.add_metric([device], len(mine))
        slots.add_metric([device], sum(mine))
    yield _gauge("redis_up", "Whether Redis answered", 1.0)
    yield from (queues, roles, workers, slots)
    sweeps = [each["sweep_s"] for each in processes if "sweep_s" in each]
    if sweeps:
        yield _gauge("sweep_seconds", "How long the agent's last sweep took", max(sweeps))


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aiclone_{name}", words, value=value)


def _labelled(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aiclone_{name}", words, labels=labels)


def _counter(name: str, words: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"aiclone_{name}", words, labels=labels)


def _histogram(name: str, words: str, *labels: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"aiclone_{name}", words, labels=labels)
