"""What a founder is told about waiting: an honest time, and how many videos are ahead."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from agent.facts import Facts, rank_of
from studio.domain import Script
from studio.engine import Kind
from studio.estimate import REVISION_PART, Estimate, Floor, Rates, Work, assumed, estimate, measured
from studio.recipes import recipe_named
from studio.store import productions, queueing
from tools.speech import script_seconds

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def estimate_for(connection: Connection, facts: Facts, script: Script, floor: Floor) -> Estimate:
    """When this production's next preview will be there, were it approved now."""
    rates = rates_of(connection, script)
    rows = [row for row in queueing.rendering(connection) if row["id"] != facts.id]
    done = queueing.rendered_s(connection, [row["id"] for row in rows])
    others = []
    for row in rows:
        rank = rank_of(row["options"], row["version"] > 1)
        whole = rates.total * script_seconds(productions.SCRIPT.validate_python(row["body"]))
        part = (
            REVISION_PART * whole if row["version"] > 1 else max(0.1 * whole, whole - done.get(row["id"], 0))
        )
        others.append(Work(row["founder"], rank, row["created_at"], part))
    speech_s = script_seconds(script)
    part = REVISION_PART if facts.cut is not None else 1.0
    mine = Work(
        facts.persona.founder, facts.rank, facts.production["created_at"], part * rates.total * speech_s
    )
    past, _ = queueing.past(connection, time.time())
    return estimate(mine, others, speech_s, rates, floor, past.founders)


def rates_of(connection: Connection, script: Script) -> Rates:
    """What the script's recipe took lately, else its own word for it."""
    recipe = recipe_named(script.look.recipe)
    voice, animate = recipe.chains[Kind.VOICE][0], recipe.chains[Kind.ANIMATE][0]
    return measured(queueing.recent(connection), voice, animate) or assumed(recipe.render_rate)


def said(found: Estimate) -> str:
    """The sentence for the chat."""
    count = NUMBERS[found.ahead] if found.ahead < len(NUMBERS) else str(found.ahead)
    videos = "one video is" if found.ahead == 1 else f"{count} videos are"
    return f"Rendering is queued: ready in {about(found.ready_s)}, {videos} ahead of yours."


def about(seconds: float) -> str:
    """A time nobody takes for exact."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes >= 120:
        return f"about {minutes / 60:.0f} hours"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"
