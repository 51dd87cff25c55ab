"""The forms of an answer: a script line by line, a revision, a reason. They carry ids only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.slack.blocks import Block, context, modal, section, text_input
from bot.slack.text import clip, escape
from studio.domain import Script

MOST_FIELDS, LONGEST_LINE = 90, 300
BRIEF, RESTART, EDIT, REVISE, REJECT = "brief", "restart", "edit_script", "revise", "reject"


def about(**ids: str) -> str:
    """What a form brings back."""
    return json.dumps(ids)


def about_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What a form brought back."""
    found = json.loads(view.get("private_metadata") or "{}")
    return {str(name): str(value) for name, value in found.items()}


def script_form(script: Script, version: int, carried: str) -> Block:
    """One field a line; an emptied field takes the line out."""
    blocks = [context("Empty a field to take its line out.")]
    for number, line in enumerate(script.lines[:MOST_FIELDS], 1):
        label = f"Line {number} · {line.tone}"
        blocks.append(text_input(f"line_{number}", label, value=line.text, optional=True))
    if len(script.lines) > MOST_FIELDS:
        blocks.append(section(escape(f"Lines after {MOST_FIELDS}: write in the thread what should change.")))
    blocks.append(text_input("add", "One more line at the end", optional=True, hint="leave empty for none"))
    return modal(EDIT, f"Script {version}", "Save", carried, blocks)


def edits_of(script: Script, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a filled-in script form wants, as edits (tools/) on the script it showed."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(script.lines[:MOST_FIELDS], 1):
        text = " ".join(given.get(f"line_{number}", "").split())
        if not text:
            found.append({"tool": "remove_line", "args": {"line": number}})
        elif text != " ".join(clip(line.text, 3000).split()):
            found.append({"tool": "rewrite_line", "args": {"line": number, "text": text}})
    if added := " ".join(given.get("add", "").split()):
        found.append({"tool": "add_line", "args": {"after": None, "text": added}})
    return found


def faults_of(script: Script, given: Mapping[str, str]) -> dict[str, str]:
    """Field → what is wrong with it."""
    names = [f"line_{number}" for number in range(1, min(len(script.lines), MOST_FIELDS) + 1)]
    faults = {
        name: f"A line has at most {LONGEST_LINE} characters; this one has {len(given[name])}."
        for name in (*names, "add")
        if len(given.get(name, "")) > LONGEST_LINE
    }
    if not any(given.get(name) for name in (*names, "add")) and len(script.lines) <= MOST_FIELDS:
        faults[names[0]] = "A script needs at least one line."
    return faults


def revise_form(version: str, carried: str) -> Block:
    """What should change, in plain words."""
    hint = "line 2 softer, office background, shorter ending"
    return modal(
        REVISE,
        f"Revise preview {version}",
        "Change it",
        carried,
        [
            text_input("text", "What should change?", hint=hint),
            context("Only what your words touch is rendered again. You can also just reply in the thread."),
        ],
    )


def reject_form(version: str, carried: str) -> Block:
    """Why it ends."""
    return modal(
        REJECT,
        f"Reject preview {version}",
        "Reject",
        carried,
        [
            text_input("text", "What is wrong with it?", optional=True, hint="kept with the decision"),
            context("The production ends and nothing is delivered."),
        ],
    )
