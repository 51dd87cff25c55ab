"""The promises of docs/promises.md, checked against the facts and the outside world after everything is calm."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from studio.domain import ProductionId, Status
from studio.messages import PREVIEW, PROGRESS, cut_subject
from studio.store import Store, inbox, outbox, productions, reviews
from studio.store.schema import approvals, replies
from studio.store.schema import inbox as inbox_table
from studio.store.schema import outbox as outbox_table
from tests.chaos.ledger import Ledger

Lines = list[dict[str, Any]]


def broken_promises(store: Store, ledger: Ledger, doubts_allowed: bool = False) -> list[str]:
    """Everything that is not as promised, in words; `doubts_allowed`: unknown outcomes may be shown."""
    posts, deliveries = ledger.read("post"), ledger.read("delivery")
    with store.read() as connection:
        rows = productions.latest(connection, limit=10_000)
        found = lost_answers(connection, ledger.read("ack"))
        found += repeated(posts, "shown") + repeated(deliveries, "delivered")
        found += out_of_order(connection, posts)
        found += unsettled(connection, doubts_allowed)
        for row in rows:
            found += wrong_ending(connection, row, posts, deliveries)
            found += wrong_click(connection, row, ledger.read("ack"))
    return found


def lost_answers(connection: Connection, acks: Lines) -> list[str]:
    """What was acknowledged and is not in the facts, or was never handled."""
    handled = {
        row.event_id: row.handled_at
        for row in connection.execute(select(inbox_table.c.event_id, inbox_table.c.handled_at))
    }
    lost = [ack["key"] for ack in acks if ack["key"] not in handled]
    unread = [row["event_id"] for row in inbox.pending(connection)]
    return [f"lost answer: {key}" for key in lost] + [f"unread answer: {key}" for key in unread]


def repeated(lines: Lines, how: str) -> list[str]:
    """What the outside world got twice."""
    counts = Counter(line["key"] for line in lines)
    return [f"{how} {count} times: {key}" for key, count in counts.items() if count > 1]


def out_of_order(connection: Connection, posts: Lines) -> list[str]:
    """Conversations whose messages arrived in another order than they were written."""
    found = []
    for conversation in {post["conversation"] for post in posts}:
        written = [row["key"] for row in outbox.of_conversation(connection, conversation)]
        mine = [post for post in posts if post["conversation"] == conversation and post["kind"] != PROGRESS]
        shown = list(dict.fromkeys(post["key"] for post in mine))
        if shown != [key for key in written if key in set(shown)]:
            found.append(f"out of order in {conversation}: {shown}")
    return found


def unsettled(connection: Connection, doubts_allowed: bool) -> list[str]:
    """Rows of the outbox that did not leave, or whose outcome stayed unknown without need."""
    fine = ("done", "unknown") if doubts_allowed else ("done",)
    rows = connection.execute(
        select(outbox_table.c.key, outbox_table.c.state).where(outbox_table.c.state.not_in(fine))
    )
    return [f"left {row.state}: {row.key}" for row in rows]


def wrong_ending(connection: Connection, row: RowMapping, posts: Lines, deliveries: Lines) -> list[str]:
    """A production that did not end, or whose delivered file is not the one that was shown and approved."""
    identity = ProductionId(row["id"])
    if row["status"] not in productions.ENDED:
        return [f"never ended: {identity} is {row['status']}"]
    arrived = [line for line in deliveries if line["key"].split(":")[1] == identity]
    cut = productions.cut_row(connection, identity)
    subject = cut_subject(identity, cut["version"]) if cut is not None else ""
    decision = reviews.decision_on(connection, subject)
    if row["status"] == Status.CANCELLED:
        approved = decision is not None and decision["decision"] == "approve"
        wrong = [f"delivered or approved although cancelled: {identity}"] if arrived or approved else []
        return wrong + not_the_first(connection, identity)
    if len(arrived) != 1:
        return [f"{len(arrived)} deliveries of {identity}"]
    found = []
    shown = {line["body"]["sha256"] for line in posts if line["body"].get("subject") == subject}
    if shown != {arrived[0]["sha256"]}:
        found.append(f"{identity}: delivered another file than was shown as {subject}")
    if decision is None or (decision["decision"], decision["sha256"]) != ("approve", arrived[0]["sha256"]):
        found.append(f"{identity}: delivered without an approval of that file")
    return found + not_the_first(connection, identity) + previews_wrong(connection, row, posts)


def not_the_first(connection: Connection, identity: ProductionId) -> list[str]:
    """Decisions that were not the first answer to what they decided."""
    decided = connection.execute(
        select(approvals.c.subject, approvals.c.reply_id).where(approvals.c.production_id == identity)
    )
    return [
        f"{subject}: {reply_id} decided, but {first} was the first answer"
        for subject, reply_id in decided
        if subject.startswith("cut:")
        and (first := first_answer(connection, identity, subject)) not in (None, reply_id)
    ]


def wrong_click(connection: Connection, row: RowMapping, acks: Lines) -> list[str]:
    """Decisions by a button that belonged to something else."""
    pressed: dict[str, str] = {}
    for ack in acks:
        pressed.setdefault(ack["key"], ack["subject"])
    decisions = connection.execute(
        select(approvals.c.subject, approvals.c.reply_id).where(approvals.c.production_id == row["id"])
    )
    return [
        f"{decided.subject} was decided by a click on {clicked}"
        for decided in decisions
        if (clicked := pressed.get(decided.reply_id.partition(":")[2], "")) not in ("", decided.subject)
    ]


def first_answer(connection: Connection, identity: ProductionId, subject: str) -> str | None:
    """The reply that answered this preview first: by its button, or in words that were taken as a decision."""
    return connection.execute(
        select(replies.c.id)
        .where(replies.c.production_id == identity, replies.c.subject == subject)
        .where(replies.c.verdict.in_(("approve", "revise", "cancel")))
        .order_by(replies.c.created_at)
    ).scalar()


def previews_wrong(connection: Connection, row: RowMapping, posts: Lines) -> list[str]:
    """One preview message a version in each conversation that shows the production."""
    keys = {each["key"] for each in outbox.of_production(connection, ProductionId(row["id"]), PREVIEW)}
    shown = [post for post in posts if post["kind"] == PREVIEW and post["key"] in keys]
    versions = Counter((post["conversation"], post["body"]["subject"]) for post in shown)
    return [
        f"{count} previews of {subject} in {talk}" for (talk, subject), count in versions.items() if count > 1
    ]
