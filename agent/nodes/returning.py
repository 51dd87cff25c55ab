"""Going back to a version: how it is told, and that its preview needs no take that it had already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping

from agent.facts import Facts
from agent.visit import Visit
from studio.domain import Edit, Script, TakeId
from studio.store import productions, reviews, takes
from tools.context import Context
from tools.describe import describe_changes
from tools.plan import Planned, plan

SEEN = "It was rendered before, so the preview is there in seconds."
Made = dict[str, tuple[str, int]]
"""role → the engine and the seed of the take in use."""


def name_of(edits: Sequence[Edit], context: Context) -> str:
    """The version that edits go back to as a whole, "" for none."""
    back = next((edit for edit in edits if edit.tool == "go_back" and edit.args.get("line") is None), None)
    return "" if back is None else str(back.args.get("version") or context.trail[0])


def told(old: Script, new: Script, name: str, context: Context) -> str:
    """What changes, in a sentence without its end: "Back to script 1: line 2 (words)"."""
    if not name:
        return f"Changed: {describe_changes(old, new)}"
    there = context.versions[name]
    if new == there:
        return f"Back to {name}: {describe_changes(old, new)}"
    return f"Back to {name}, and changed: {describe_changes(there, new)}"


def restore(visit: Visit, facts: Facts, connection: Connection, script: Script) -> bool:
    """Whether a preview of exactly this script was made; the takes it was made of are wanted again then.

    A retake holds for a role whatever its words are, so one made since would render a version that was seen
    anew, and differently; it is answered by a retake with the engine and seed of what was seen.
    """
    cuts = productions.all_cuts(connection, facts.id)
    cut = next((cut for cut in reversed(cuts) if _script_of(connection, cut) == script), None)
    if cut is None:
        return False
    rows = takes.of_production(connection, facts.id, orders=True)
    made = _made_of(cut, rows)
    artifacts = {TakeId(row["id"]): row["artifact"] for row in rows if row["state"] == "done"}
    for _ in range(2):  # pictures can be named once the voices are right
        retakes = reviews.latest_retakes(connection, facts.id)
        label = visit.settings.label
        planned = plan(script, facts.persona, visit.catalogue, retakes, artifacts.get, label, visit.read_json)
        wrong = {each.role: each for each in planned.takes if made.get(each.role, _as(each)) != _as(each)}
        for role in {role.partition("~")[0]: role for role in wrong}.values():
            (engine, seed), now, name = made[role], wrong[role].seed, role.partition("~")[0]
            seed += int(retakes[name]["seed"] if name in retakes else 0) - now
            reviews.add_retake(connection, facts.id, name, seed, engine, f"As in preview {cut['version']}.")
    return True


def _as(planned: Planned) -> tuple[str, int]:
    return planned.engine, planned.seed


def _script_of(connection: Connection, cut: RowMapping) -> Script | None:
    row = productions.script_row(connection, cut["production_id"], cut["script_version"])
    return productions.script_of(row) if row is not None else None


def _made_of(cut: RowMapping, rows: Sequence[RowMapping]) -> Made:
    """Engine and seed of the voices and pictures in a cut, followed from file to file."""
    made: Made = {}
    shots = [row for row in rows if row["id"] == cut["take_id"]]
    finished = [found for row in shots for found in _inputs(row, rows, "shot")]
    pictures = [found for row in finished for found in _inputs(row, rows, "picture")]
    for row in (*pictures, *(found for each in finished for found in _inputs(each, rows, "voice"))):
        made[row["role"]] = (row["engine"], row["order"]["seed"])
    return made


def _inputs(row: RowMapping, rows: Sequence[RowMapping], start: str) -> Iterator[RowMapping]:
    """The takes that a take was made of, of the inputs whose names start so."""
    wanted = {sha for name, sha in row["order"]["inputs"].items() if name.startswith(start)}
    return (each for each in rows if each["artifact"] in wanted)
