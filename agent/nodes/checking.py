"""Looking before showing: the report on a cut, retakes for what is red, the preview."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from agent.facts import Facts
from agent.nodes.rendering import where
from agent.nodes.scheduling import note
from agent.purse import refusal
from agent.visit import Visit
from studio.domain import Line, Status, TakeId
from studio.engine import Kind
from studio.marks import plain
from studio.messages import PREVIEW, SAY, cut_subject
from studio.picking import faults_of
from studio.profiles import profile_named
from studio.report import HeardLine, Item, Report, SeenShot, build_report
from studio.store import following, outbox, productions, reviews
from tools.plan import Plan

RETAKES = 2


def check(visit: Visit) -> None:
    """Build the report; what is red is taken again with another seed, then by the next engine, then said."""
    facts = visit.facts()
    assert facts.plan is not None
    report = report_on(visit, facts, facts.plan)
    wanted = retakes_for(visit, facts, facts.plan, report)
    planned = facts.plan.take("cut")
    assert planned is not None
    with visit.store.write(visit.hold) as connection:
        costs = {role: _price(visit, facts.plan, role, engine) for role, _, engine, _ in wanted}
        if refusal(visit, connection, sum(costs.values())):  # then what is red is shown as it is
            wanted = [each for each in wanted if not costs[each[0]]]
        for role, seed, engine, why in wanted:
            reviews.add_retake(connection, visit.id, role, seed, engine, why)
        if wanted:
            text = "Not good enough yet: " + " ".join(why for *_, why in wanted)
            key = f"retake:{visit.id}:{planned.take_id}"
            outbox.put(connection, key, facts.production["conversation"], SAY, {"text": text}, visit.id)
            return
        productions.add_cut(
            connection,
            visit.id,
            (facts.cut["version"] if facts.cut is not None else 0) + 1,
            script_version=facts.version,
            take_id=planned.take_id,
            artifact=artifact(facts, "cut"),
            sheet=artifact(facts, "sheet"),
            report={"state": str(report.state), "items": report.as_json()},
        )


def _price(visit: Visit, plan: Plan, role: str, engine: str) -> float:
    planned = plan.take(role)
    return visit.catalogue.price(engine, planned.request) if planned is not None else 0.0


def report_on(visit: Visit, facts: Facts, plan: Plan) -> Report:
    """The report from what the inspecting takes measured."""
    assert facts.script is not None
    lines = [_heard(visit, facts, plan, line) for line in facts.script.lines]
    shots = [
        SeenShot(tuple(line.id for line in shot.lines), visit.read_json(artifact(facts, f"look:{shot.id}")))
        for shot in plan.shots
    ]
    profile = profile_named(facts.script.look.profile)
    measured = visit.read_json(artifact(facts, "facts"))
    return build_report(lines, shots, measured, profile, facts.script.target_seconds)


def _heard(visit: Visit, facts: Facts, plan: Plan, line: Line) -> HeardLine:
    """The line's take in use, as it was heard and measured."""
    assert facts.script is not None
    language, words = facts.script.look.language, plan.voice_role("words", line.id)
    measured = visit.read_json(artifact(facts, plan.voice_role("ear", line.id)))
    heard = visit.read_json(artifact(facts, words)) if plan.take(words) else None
    faults = faults_of(plain(line.text), heard, measured, str(line.tone), language=language)
    agreed = str(heard.get("agreed") or heard["text"]) if heard else None
    return HeardLine(line.id, plain(line.text), agreed, tuple(faults), language)


def roles_of(item: Item, plan: Plan) -> list[str]:
    """The takes that would have to be made again for an item."""
    if item.remedy is Kind.VOICE:
        return [f"voice:{line_id}" for line_id in item.line_ids]
    if item.remedy is Kind.ANIMATE:
        return [f"shot:{plan.shots[index].id}" for index in item.shots]
    return []


def retakes_for(visit: Visit, facts: Facts, plan: Plan, report: Report) -> list[tuple[str, int, str, str]]:
    """(role, seed, engine, why) for each red item that another take may mend."""
    with visit.store.read() as connection:
        before = reviews.latest_retakes(connection, visit.id)
    found: dict[str, tuple[str, int, str, str]] = {}
    for item in report.red():
        for role in roles_of(item, plan):
            planned = plan.take(role)
            past = before.get(role)
            round_ = past["round"] + 1 if past else 1
            if planned is None or role in found or round_ > RETAKES:
                continue
            engine = planned.engine if round_ == 1 else facts.next_engine(role, planned.engine)
            if engine:
                usd = _price(visit, plan, role, engine)
                why = f"{where(facts, role)}: {item.sentence} Taking it again"
                why += f" for about ${usd:.2f}" if usd else ""
                why += "." if engine == planned.engine else f" with {engine}, the next engine of the recipe."
                found[role] = (role, round_, engine, why)
    return list(found.values())


def artifact(facts: Facts, role: str) -> str:
    """The SHA-256 of the finished take in a role."""
    planned = facts.plan.take(role) if facts.plan else None
    assert planned is not None, role
    return str(facts.rows[planned.take_id]["artifact"])


def show_cut(visit: Visit) -> None:
    """Put the preview with its report into the outbox."""
    facts = visit.facts()
    assert facts.cut is not None
    with visit.store.write(visit.hold) as connection:
        row = productions.script_row(connection, visit.id, facts.version)
        changed = row["note"] if row is not None and facts.cut["version"] > 1 else ""
        usd = productions.spent(connection, visit.id)
        body = preview(facts, facts.cut, " ".join(filter(None, (changed, alternatives(facts)))), usd)
        following.put(connection, facts.cut_key, facts.production, PREVIEW, body)
        productions.set_status(connection, visit.id, Status.CUT_REVIEW)


def alternatives(facts: Facts) -> str:
    """Of lines with several takes: which one is used, and how to hear another."""
    picked = facts.plan.picked if facts.plan else {}
    numbers = {line.id: at for at, line in enumerate(facts.script.lines, 1)} if facts.script else {}
    said = [
        f"Line {numbers[line_id]} uses take {each.index + 1} of {len(each.scores)}"
        + (" (the best measured)." if each.scores[each.index] == max(each.scores) else ".")
        for line_id, each in picked.items()
    ]
    more = "" if not said else " Say “take 2 of line 3” for another."
    return " ".join(said) + more


def preview(facts: Facts, cut: RowMapping, changed: str, usd: float) -> dict[str, Any]:
    """The preview's body (studio/messages.py); counts and seconds are those of this version's new takes."""
    wanted = {planned.take_id for planned in facts.plan.takes} if facts.plan else set()
    rows = [row for row in facts.rows.values() if TakeId(row["id"]) in wanted]
    fresh = [row for row in rows if not row.get("reused") and row["created_at"] >= facts.script_at]
    cut_facts = facts.rows[TakeId(cut["take_id"])]["facts"]
    started = min((row["created_at"] for row in fresh), default=0.0)
    ended = max((row["finished_at"] for row in fresh), default=0.0)
    return {
        "subject": cut_subject(facts.id, cut["version"]),
        "version": cut["version"],
        "sha256": cut["artifact"],
        "sheet": cut["sheet"],
        "seconds": round(cut_facts["seconds"], 2),
        "report": cut["report"]["items"],
        "changed": changed,
        "rendered": len(fresh),
        "reused": len(rows) - len(fresh),
        "render_s": round(ended - started, 1),
        "usd": round(usd, 4),
        "delivery": note(facts.production),
    }
