"""advance(production): level-triggered. Look at the facts, walk the graph until they ask to wait."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from agent.facts import Stage
from agent.graph import State
from agent.visit import Visit

Graph = CompiledStateGraph[State, Visit, State, State]
MAX_STEPS = 200
log = logging.getLogger(__name__)


def advance(graph: Graph, visit: Visit) -> Stage:
    """Walk until a wait that the facts do not satisfy, or the end; the caller holds the production.

    A checkpoint that is missing, crashed or waits for something else costs nothing: the graph is resumed by
    interrupt id, continued, or entered anew at the stage that the facts imply.
    """
    config: Any = {"configurable": {"thread_id": visit.id}, "recursion_limit": MAX_STEPS}
    for _ in range(MAX_STEPS):
        stage = visit.stage()
        snapshot = _position(graph, config)
        waiting = snapshot.interrupts[0] if snapshot.interrupts else None
        if stage is Stage.DONE or (waiting is not None and waiting.value["wait"] == stage):
            return stage
        if waiting is not None:
            step: Any = Command(resume={waiting.id: stage.value})
        else:
            step = None if snapshot.next else {"stage": ""}
        graph.invoke(step, config, context=visit, durability="exit")
    raise RuntimeError(f"production {visit.id} did not come to rest in {MAX_STEPS} steps, last {stage}")


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
