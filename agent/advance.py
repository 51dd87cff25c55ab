"""advance(production): level-triggered. Look at the facts, walk the graph until they ask to wait."""

from __future__ import annotations

from typing import Any

from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agent.facts import Stage
from agent.graph import State
from agent.visit import Visit
from studio.failpoints import failpoint

Graph = CompiledStateGraph[State, Visit, State, State]
MAX_STEPS = 200


def advance(graph: Graph, visit: Visit) -> Stage:
    """Walk until a wait that the facts do not satisfy, or the end; the caller holds the production.

    A checkpoint that is missing, crashed or waits for something else costs nothing: the graph is resumed by
    interrupt id, or entered anew at the stage that the facts imply.
    """
    config: Any = {"configurable": {"thread_id": visit.id}, "recursion_limit": MAX_STEPS}
    for _ in range(MAX_STEPS):
        stage = visit.stage()
        snapshot = graph.get_state(config)
        waiting = snapshot.interrupts[0] if snapshot.interrupts else None
        if stage is Stage.DONE or (waiting is not None and waiting.value["wait"] == stage):
            return stage
        # a node that wrote its facts and died before its checkpoint must not run again: no walk is continued
        step: Any = {"stage": ""} if waiting is None else Command(resume={waiting.id: stage.value})
        failpoint("before resume")
        graph.invoke(step, config, context=visit, durability="sync")
        failpoint("after resume")
    raise RuntimeError(f"production {visit.id} did not come to rest in {MAX_STEPS} steps, last {stage}")
