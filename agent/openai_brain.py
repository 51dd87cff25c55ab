"""The brain that asks a language model; everything it says is checked as if a stranger had said it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.llm import Call, Llm, Said
from agent.reader import Stage, doubted, may_decide, read
from agent.verbatim import finished_script
from agent.writer import Draft, check_brief, write
from prompts import Prompt, load
from studio.domain import Edit, Look, Reading, Script, Tone, Verdict
from studio.errors import BriefTooVague, NeedsFounder
from studio.languages import listed
from studio.profiles import PROFILES
from studio.settings import Settings
from tools.context import Context
from tools.edits import TOOLS, apply_edit, one_by_one
from tools.language import reads_like
from tools.look_tools import in_language
from tools.script import build_lines, check_script, clean_text, split_lines
from tools.speech import script_seconds


class ScriptForm(BaseModel):
    """A drafted script."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(description="Two to six words, not spoken.")
    tone: Tone
    lines: list[str] = Field(description="What is spoken, in order.")
    seconds: float | None = Field(description="The length that the brief asks for.")
    profile: str | None = Field(description="The format that the brief asks for.")
    background: str | None = Field(description="The background that the brief asks for.")
    persona: str | None = Field(description="Who shall speak, if the brief names somebody.")
    note: str = Field(description="One sentence to the person who asked, or empty.")


class Approve(BaseModel):
    """The reply is a plain yes to what was shown."""

    model_config = ConfigDict(extra="forbid")


class Cancel(BaseModel):
    """The reply ends the work on this video."""

    model_config = ConfigDict(extra="forbid")


class Question(BaseModel):
    """The reply asks something."""

    model_config = ConfigDict(extra="forbid")
    say: str = Field(description="The answer, from the given facts, at most two sentences.")


class Unclear(BaseModel):
    """It is not clear what the reply wants."""

    model_config = ConfigDict(extra="forbid")
    say: str = Field(description="A question back, one sentence.")


_VERDICTS: dict[str, type[BaseModel]] = {
    "approve": Approve, "cancel": Cancel, "question": Question, "unclear": Unclear,
}  # fmt: skip
_FUNCTIONS = {tool.name: tool.args for tool in TOOLS} | _VERDICTS
_SURE = "Is that a yes? Say “approve” and I go on, or tell me what to change."
_SURE_CANCEL = "Shall I stop this video for good? Say “cancel”, or tell me what to change."


class OpenAiBrain:
    """A Brain on an OpenAI-compatible service; its errors are those of agent.llm."""

    def __init__(self, settings: Settings) -> None:
        """Raises KeyMissing without a key."""
        self._llm = Llm(settings)

    def draft(self, brief: str, look: Look, context: Context) -> tuple[Draft, Call | None]:
        """As Brain.draft; a finished script is taken word for word without asking the model."""
        check_brief(brief, context.languages)
        if finished_script(brief):
            return write(brief, default_look=look, languages=context.languages), None
        prompt = load(
            "draft_script",
            profiles=_profiles(),
            backgrounds=", ".join(context.backgrounds),
            languages=listed(context.languages),
        )
        form, call = self._llm.fill(prompt, _fenced("brief", brief), ScriptForm)
        return _drafted(form, brief, look, context), call

    def read(self, reply: str, script: Script, stage: Stage, context: Context) -> tuple[Reading, Call | None]:
        """As Brain.read; plain words of consent or cancelling cost nothing, and doubtful ones decide nothing."""
        mine = read(reply, script, stage, context)
        known = mine.verdict in (Verdict.APPROVE, Verdict.CANCEL) or doubted(reply, stage, context)
        if known or not reply.strip():
            return mine, None
        prompt = _reading_prompt(script, stage, context)
        content = f"{_fenced('script', _shown(script))}\n\n{_fenced('reply', reply[:4000])}"
        said, call = self._llm.call_functions(
            prompt, content, _FUNCTIONS, lambda one: _objection(one, script, context)
        )
        return _settled(said, reply, script, context, mine), call


def _profiles() -> str:
    return "; ".join(f"{profile.name} ({profile.summary})" for profile in PROFILES.values())


def _fenced(name: str, text: str) -> str:
    """A text between tags that it cannot close itself."""
    inside = re.sub(r"<(?=/?(?:brief|script|reply)\b)", "‹", text, flags=re.IGNORECASE)
    return f"<{name}>\n{inside}\n</{name}>"


def _drafted(form: ScriptForm, brief: str, look: Look, context: Context) -> Draft:
    """The form as a Draft, with the limits of every script; raises BriefTooVague when it has no lines."""
    texts = [
        clean_text(piece, context.languages)
        for line in form.lines
        if line.strip()
        for piece in split_lines(line)
    ]
    if not texts:
        raise BriefTooVague(" ".join(form.note.split())[:300])
    background = (form.background or "").lower()
    look = replace(
        look,
        profile=form.profile if form.profile in PROFILES else look.profile,
        background=background if background in context.backgrounds else look.background,
    )
    look = in_language(look, reads_like(" ".join(texts)) or "en")
    seconds = form.seconds if form.seconds and 3 <= form.seconds <= 600 else None
    script = check_script(
        Script(build_lines(texts, form.tone), look, seconds, " ".join(form.title.split())[:80])
    )
    return Draft(script, _note(form, script, brief), form.persona or None)


def _note(form: ScriptForm, script: Script, brief: str) -> str:
    """The model's own note, and the numbers that it cannot have from the brief."""
    notes = [" ".join(form.note.split())[:300]]
    told = set(re.findall(r"\d+", brief))
    strange = [word for word in script.words() if set(re.findall(r"\d+", word)) - told]
    if strange:
        notes.append(f"Please check: {', '.join(f'“{word}”' for word in strange[:5])} was not in your brief.")
    return " ".join(filter(None, notes))


def _reading_prompt(script: Script, stage: Stage, context: Context) -> Prompt:
    return load(
        "read_reply",
        stage="script" if stage == "script" else "finished cut",
        seconds=f"{script_seconds(script):.0f}",
        look=json.dumps(asdict(script.look)),
        portraits=", ".join(context.portraits) or "only the one in use",
        backgrounds=", ".join(context.backgrounds),
        profiles=_profiles(),
        versions=", ".join(context.versions) or "only the present one",
        before=next(iter(context.trail), "none"),
        languages=listed(context.languages),
    )


def _shown(script: Script) -> str:
    return "\n".join(
        f"{number}. [{line.tone}, {line.framing}] {line.text}" for number, line in enumerate(script.lines, 1)
    )


def _edit(said: Said) -> Edit | str:
    """A function call as an edit, or what is wrong with it."""
    form = _FUNCTIONS.get(said.name)
    if form is None:
        return f"there is no function {said.name}."
    try:
        args = form.model_validate_json(said.arguments).model_dump(mode="json")
    except ValidationError as error:
        return f"{said.name}: the arguments are not valid ({error.error_count()} faults)."
    return Edit(said.name, args)


def _objection(said: Said, script: Script, context: Context) -> str:
    edit = _edit(said)
    if isinstance(edit, str) or said.name in _VERDICTS:
        return edit if isinstance(edit, str) else ""
    try:
        apply_edit(script, edit, context)
    except NeedsFounder as error:
        return error.say
    return ""


def _settled(said: tuple[Said, ...], reply: str, script: Script, context: Context, mine: Reading) -> Reading:
    """The verdict in force: edits make a revision; a yes or an end counts only where a reply may decide."""
    calls = {one.name: edit for one in said if isinstance(edit := _edit(one), Edit)}
    wanted = [edit for one in said if isinstance(edit := _edit(one), Edit) and one.name not in _VERDICTS]
    kept, refused = _kept(wanted, script, context)
    refused += [fault for one in said if isinstance(fault := _edit(one), str)]
    if kept:
        return Reading(Verdict.REVISE, tuple(kept), " ".join(refused))
    if wanted or refused:
        return Reading(Verdict.UNCLEAR, (), " ".join(refused))
    if mine.verdict is Verdict.REVISE and "question" not in calls:
        return mine
    for verdict, ask_back in ((Verdict.CANCEL, _SURE_CANCEL), (Verdict.APPROVE, _SURE)):
        if str(verdict) in calls:
            sure = may_decide(reply) and mine.verdict is Verdict.UNCLEAR
            return Reading(verdict) if sure else Reading(Verdict.UNCLEAR, (), ask_back)
    verdict = Verdict.QUESTION if "question" in calls else Verdict.UNCLEAR
    return Reading(verdict, (), str(calls[str(verdict)].args["say"])[:600])


def _kept(edits: list[Edit], script: Script, context: Context) -> tuple[list[Edit], list[str]]:
    kept, refused = [], []
    for edit, after in one_by_one(script, edits, context):
        if isinstance(after, NeedsFounder):
            refused.append(after.say)
        else:
            kept.append(edit)
    return kept, refused
