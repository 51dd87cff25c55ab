"""From a brief to a script that a person may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection

from agent.facts import Facts
from agent.llm import ModelAnswerUnusable
from agent.nodes import scheduling
from agent.purse import quote
from agent.queue_position import estimate_for
from agent.sequel import script_after
from agent.visit import Visit
from studio.domain import CaptionStyle, Look, Script, Status
from studio.errors import Misconfigured, NeedsFounder, ScriptTooLong
from studio.languages import name_of
from studio.messages import SAY, SCRIPT, script_subject
from studio.profiles import profile_named
from studio.reading import surprises
from studio.recipes import recipe_named
from studio.store import following, outbox, personas, productions
from tools.language import reads_like, speakable
from tools.look_tools import in_language
from tools.script import build_lines, check_script, split_lines
from tools.speech import line_seconds, script_seconds

MOST_WORDS = 2000  # more than ten minutes at any pace


def draft(visit: Visit) -> None:
    """Write the first version of the script, or say why that cannot be done."""
    facts = visit.facts()
    dated = scheduling.in_brief(visit, facts)
    options, brief, wanted = facts.production["options"], dated.rest, ""
    try:
        if options.get("after"):
            with visit.store.read() as connection:
                drafted, note = script_after(connection, options["after"], visit.context(facts))
            call = None
        elif options.get("verbatim"):
            drafted, call = (
                verbatim(brief, visit.context(facts).languages, str(options.get("language") or "")),
                None,
            )
            note = f"Your script, spoken as it stands{in_its_language(drafted)}."
        else:
            found, call = visit.brain.draft(brief, default_look(visit, options), visit.context(facts))
            drafted, note, wanted = found.script, found.note, found.wants_persona or ""
        script = replace(drafted, look=chosen_look(drafted.look, visit, options))
    except (NeedsFounder, Misconfigured, ModelAnswerUnusable) as trouble:
        visit.say(facts, facts.trouble_key, trouble.say, reason=trouble.reason)
        return
    with visit.store.write(visit.hold) as connection:
        productions.add_script(connection, visit.id, 1, script, approved=False, note=note)
        if dated.wish is not None and facts.production["due"] is None:
            _date(connection, visit, facts, dated)
        for persona in personas.all_of(connection) if wanted and not options.get("persona") else ():
            if persona.name.casefold() == wanted.casefold():
                productions.set_persona(connection, visit.id, persona.id)
        if call is not None:
            productions.add_spend(connection, visit.id, "draft", asdict(call))


def _date(connection: Connection, visit: Visit, facts: Facts, dated: scheduling.Dated) -> None:
    """The brief's own date, unless a form gave one; what it leaves open is asked beside the script."""
    assert dated.wish is not None
    if dated.wish.ask:
        body, conversation = {"text": dated.wish.ask}, facts.production["conversation"]
        outbox.put(connection, f"date:{visit.id}", conversation, SAY, body, visit.id)
    else:
        productions.set_due(connection, visit.id, dated.wish.due, dated.zone)


def default_look(visit: Visit, options: dict[str, Any]) -> Look:
    """What a production starts from: settings, then the options its asker chose."""
    return chosen_look(Look(), visit, options)


def chosen_look(look: Look, visit: Visit, options: dict[str, Any]) -> Look:
    """A look with the asker's explicit options laid over it; raises EditInvalid for unknown names."""
    recipe = recipe_named(str(options.get("recipe") or visit.settings.recipe))
    profile = profile_named(str(options.get("profile") or look.profile))
    chosen = replace(
        look,
        recipe=recipe.name,
        profile=profile.name,
        background=str(options.get("background") or look.background),
        portrait=str(options.get("portrait") or look.portrait),
        takes=max(look.takes, visit.settings.takes),
        captions=CaptionStyle(options["captions"]) if options.get("captions") else look.captions,
    )
    return in_language(chosen, chosen.language)


def verbatim(text: str, languages: Sequence[str] = ("en",), language: str = "") -> Script:
    """A finished script as it stands, in `language` or else the one it reads like.

    Raises ScriptTooLong, LanguageUnsupported, TextUnspeakable.
    """
    if (words := len(text.split())) > MOST_WORDS:
        raise ScriptTooLong(f"This script has {words:,} words; a video has room for about {MOST_WORDS:,}.")
    speakable(text, (language,) if language in languages else languages)
    look = in_language(Look(), language or reads_like(text) or "en")
    return check_script(Script(build_lines(split_lines(text)), look))


def in_its_language(script: Script) -> str:
    """ ", in Spanish"; nothing for English."""
    return "" if script.look.language == "en" else f", in {name_of(script.look.language)}"


def show_script(visit: Visit) -> None:
    """Put the script's card, with its quote, into the outbox."""
    facts = visit.facts()
    assert facts.script is not None
    with visit.store.read() as connection:
        row = productions.script_row(connection, visit.id, facts.version)
        spent = productions.spent(connection, visit.id)
        found = estimate_for(connection, facts, facts.script, visit.floor)
    note = row["note"] if row is not None else ""
    with visit.store.write(visit.hold) as connection:
        usd = spent + quote(visit.catalogue, facts.script)
        body = script_card(visit, facts, facts.script, note, usd, found.ready_s)
        following.put(connection, facts.script_key, facts.production, SCRIPT, body)
        productions.set_status(connection, visit.id, Status.SCRIPT_REVIEW)


def script_card(
    visit: Visit, facts: Facts, script: Script, note: str, usd: float, ready_s: float
) -> dict[str, Any]:
    """The card's body (studio/messages.py); `usd` is what was spent and what the voices will cost."""
    seconds = script_seconds(script)
    return {
        "subject": script_subject(visit.id, facts.version),
        "version": facts.version,
        "title": script.title,
        "lines": [
            {
                "number": number,
                "text": line.text,
                "tone": line.tone,
                "framing": line.framing,
                "seconds": round(line_seconds(line, script.look), 1),
                "spoken": surprises(
                    line.text, facts.persona.lexicon | script.look.pronunciations, script.look.language
                ),
            }
            for number, line in enumerate(script.lines, 1)
        ],
        "note": note,
        "speech_s": round(seconds, 1),
        "render_s": round(ready_s),
        "usd": round(usd, 4),
        "profile": script.look.profile,
        "captions": script.look.captions,
        "background": script.look.background,
        "persona": facts.persona.name,
        "delivery": scheduling.note(facts.production),
    }
