"""advance(production): level-triggered. Look at the facts, walk the graph until they ask to wait."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt, StateSnapshot

from agent.facts import Stage
from agent.graph import State
from agent.visit import Visit
from studio.failpoints import failpoint

Graph = CompiledStateGraph[State, Visit, State, State]
MAX_STEPS = 200
log = logging.getLogger(__name__)


def advance(graph: Graph, visit: Visit) -> Stage:
    """Walk until a wait that the facts do not satisfy, or the end; the caller holds the production.

    A checkpoint that is missing, crashed or waits for something else costs nothing: the graph is resumed by
    interrupt id, or entered anew at the stage that the facts imply.
    """
    config: Any = {"configurable": {"thread_id": visit.id}, "recursion_limit": MAX_STEPS}
    waiting = _understood(_position(graph, config).interrupts)
    stage = visit.stage()
    for _ in range(MAX_STEPS):
        if stage is Stage.DONE or (waiting is not None and waiting.value["wait"] == stage):
            return stage
        # a node that wrote its facts and died before its checkpoint must not run again: no walk is continued,
        # so positions are written at its end only
        step: Any = {"stage": ""} if waiting is None else Command(resume={waiting.id: stage.value})
        failpoint("before resume")
        ended = graph.invoke(step, config, context=visit, durability="exit")
        waiting = _understood(ended.get("__interrupt__", ()))
        failpoint("after resume")
        stage = visit.stage_at_rest()
    raise RuntimeError(f"production {visit.id} did not come to rest in {MAX_STEPS} steps, last {stage}")


def _understood(found: Sequence[Interrupt]) -> Interrupt | None:
    """What the graph waits for, as far as this version understands it."""
    known = bool(found) and isinstance(found[0].value, dict) and "wait" in found[0].value
    return found[0] if known else None


def _position(graph: Graph, config: Any) -> StateSnapshot:
    try:
        return graph.get_state(config)
    except sqlite3.Error:
        raise  # the file, not what is in it
    except Exception as trouble:  # noqa: BLE001 - whatever is wrong with a position, the facts know better
        log.warning("a position cannot be read (%r): entered anew", trouble)
        assert isinstance(graph.checkpointer, BaseCheckpointSaver)
        graph.checkpointer.delete_thread(config["configurable"]["thread_id"])
        return graph.get_state(config)
