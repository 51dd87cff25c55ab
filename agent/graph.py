"""The production's graph: wiring only. Every node writes facts; the router reads them (agent/facts.py)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent.facts import Facts, Stage
from agent.nodes import checking, delivering, drafting, rendering, settling
from agent.visit import Visit
from studio.failpoints import failpoint


class State(TypedDict):
    """All a checkpoint holds: the next stage, which the facts would give as well."""

    stage: str


class Node(Protocol):
    """A node as LangGraph calls it."""

    def __call__(self, state: State, runtime: Runtime[Visit]) -> State:
        """What the node adds to the state."""


Work = Callable[[Visit], Facts | None]
WORK: dict[Stage, Work] = {
    Stage.DRAFT: drafting.draft,
    Stage.SHOW_SCRIPT: drafting.show_script,
    Stage.SETTLE: settling.settle,
    Stage.ORDER: rendering.order,
    Stage.MEND: rendering.mend,
    Stage.CHECK: checking.check,
    Stage.SHOW_CUT: checking.show_cut,
    Stage.DELIVER: delivering.deliver,
    Stage.CLOSE: delivering.close,
}
WAITS = (
    Stage.AWAIT_BRIEF,
    Stage.AWAIT_SCRIPT,
    Stage.AWAIT_TAKES,
    Stage.AWAIT_FIX,
    Stage.AWAIT_CUT,
    Stage.AWAIT_DATE,
    Stage.AWAIT_DELIVERY,
)
# draft → show script → wait → settle → order takes → wait → check → show preview → wait (→ wait for its date)
# → deliver → close; a reply leads to settle from every wait, and a failed take to mend
AFTER: dict[Stage, tuple[Stage, ...]] = {
    Stage.DRAFT: (Stage.SHOW_SCRIPT, Stage.AWAIT_BRIEF, Stage.SETTLE),
    Stage.SHOW_SCRIPT: (Stage.AWAIT_SCRIPT, Stage.SETTLE),
    Stage.ORDER: (
        Stage.AWAIT_TAKES,
        Stage.ORDER,
        Stage.MEND,
        Stage.AWAIT_FIX,
        Stage.CHECK,
        Stage.SETTLE,
        Stage.DONE,
    ),
    Stage.MEND: (Stage.ORDER, Stage.AWAIT_FIX, Stage.AWAIT_TAKES, Stage.SETTLE),
    Stage.CHECK: (Stage.SHOW_CUT, Stage.ORDER, Stage.SETTLE),
    Stage.SHOW_CUT: (Stage.AWAIT_CUT, Stage.SETTLE),
    Stage.DELIVER: (Stage.AWAIT_DELIVERY, Stage.CLOSE, Stage.AWAIT_DATE, Stage.SETTLE, Stage.DONE),
    Stage.CLOSE: (Stage.DONE, Stage.SETTLE),
}


def build_graph(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[State, Visit, State, State]:
    """The graph over a checkpointer; invoke it with a Visit as context."""
    graph = StateGraph(State, context_schema=Visit)
    graph.add_node("resume_point", _resume_point)
    graph.add_edge(START, "resume_point")
    graph.add_conditional_edges("resume_point", _route, _targets(tuple(Stage)))
    for stage, work in WORK.items():
        graph.add_node(stage.value, _worker(work))
        graph.add_conditional_edges(stage.value, _route, _targets(AFTER.get(stage, tuple(Stage))))
    for stage in WAITS:
        graph.add_node(stage.value, _waiter(stage))
        graph.add_conditional_edges(stage.value, _route, _targets(tuple(Stage)))
    return graph.compile(checkpointer=saver)


def _resume_point(state: State, runtime: Runtime[Visit]) -> State:
    return {"stage": runtime.context.stage().value}


def _worker(work: Work) -> Node:
    def node(state: State, runtime: Runtime[Visit]) -> State:
        facts = work(runtime.context)
        failpoint("node over")
        runtime.context.know(facts)
        return {"stage": runtime.context.stage().value}

    return node


def _waiter(stage: Stage) -> Node:
    def node(state: State, runtime: Runtime[Visit]) -> State:
        if runtime.context.stage() == stage:
            interrupt({"wait": stage.value})  # the answer is ignored: the facts are read again
        return {"stage": runtime.context.stage().value}

    return node


def _route(state: State) -> str:
    return state["stage"]


def _targets(stages: tuple[Stage, ...]) -> dict[Hashable, str]:
    return {stage.value: END if stage is Stage.DONE else stage.value for stage in stages}
