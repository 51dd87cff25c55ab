"""Which takes a script needs, derived from facts alone.

A take's identity contains the hashes of its inputs, so a take can be named once those are rendered. `plan` is
called again and again as takes finish and names a little more each time; what a revision did not touch has
the identity it had before and is found done.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.catalogue import Catalogue
from studio.domain import Line, Script, TakeId
from studio.engine import (
    Animate,
    Assemble,
    ContactSheet,
    Finish,
    InspectCut,
    InspectShot,
    InspectVoice,
    Kind,
    Listen,
    Mix,
    Speak,
    VendorSpeak,
)
from studio.marks import plain
from studio.picking import best, faults_of, score
from studio.profiles import profile_named
from studio.recipes import recipe_named
from studio.store.personas import Persona
from tools.shots import LEAD_S, Shot, around, shots_of

Retakes = Mapping[str, Mapping[str, Any]]
ReadJson = Callable[[str], Any]
SEEDS_APART = 7919
"""Between the takes of one line, so that a retake's next seed is never another take's."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One take a script needs, in its role ("voice:l3", "shot:l3", "cut")."""

    role: str
    take_id: TakeId
    engine: str
    request: dict[str, Any]
    inputs: dict[str, str]
    seed: int


@dataclass(frozen=True, slots=True)
class Picked:
    """Which of a line's takes is used (from 0), and how each scored; 0 is without fault."""

    index: int
    scores: tuple[float, ...]


def role_of(kind: str, line_id: str, index: int) -> str:
    """ "voice:l3" for a line's first take, "voice:l3~2" for its second."""
    return f"{kind}:{line_id}" + (f"~{index + 1}" if index else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """`takes` can be named now; `whole` when nothing more will be needed. `shots` in order.

    `picked`: of a line with several takes, the index of the one in use, and the scores of all. `voices`: the
    engines that may speak, in their order.
    """

    takes: tuple[Planned, ...]
    shots: tuple[Shot, ...]
    whole: bool
    picked: dict[str, Picked] = field(default_factory=dict)
    voices: tuple[str, ...] = ()

    def voice_role(self, kind: str, line_id: str) -> str:
        """The role of a line's take in use: kind is "voice", "words" or "ear"."""
        picked = self.picked.get(line_id)
        return role_of(kind, line_id, picked.index if picked else 0)

    def take(self, role: str) -> Planned | None:
        """The take in that role, if it can be named yet."""
        return next((planned for planned in self.takes if planned.role == role), None)


@dataclass(slots=True)
class _Planner:
    script: Script
    persona: Persona
    catalogue: Catalogue
    retakes: Retakes
    artifact_of: Callable[[TakeId], str | None]
    label: str
    takes: list[Planned]
    read_json: ReadJson | None
    picked: dict[str, Picked]

    def want(
        self, role: str, engine: str, request: Any, inputs: Mapping[str, str | None], seed: int = 0
    ) -> str | None:
        """Name a take whose inputs are all there; its artifact when it is done."""
        known = {name: sha for name, sha in inputs.items() if sha is not None}
        if len(known) != len(inputs):
            return None
        body = {name: getattr(request, name) for name in request.__dataclass_fields__}
        take_id = self.catalogue.identify(engine, body, known, seed)
        self.takes.append(Planned(role, take_id, engine, body, known, seed))
        return self.artifact_of(take_id)

    def choice(self, role: str, kind: Kind, seed: int) -> tuple[str, int]:
        """Engine and seed of a role: the recipe's first, unless a retake says otherwise."""
        retake = self.retakes.get(role)
        if retake is None:
            return self.chain(kind)[0], seed
        return str(retake["engine"]), seed + int(retake["seed"])

    def chain(self, kind: Kind) -> tuple[str, ...]:
        """The recipe's engines of a kind that speak the script's language."""
        return recipe_named(self.script.look.recipe).chain(kind, self.script.look.language, self.catalogue)

    def voice(self, line: Line) -> str | None:
        """The line's voice; of several takes the best, once all are measured, or the one a person chose."""
        count = line.takes or self.script.look.takes
        made = [self.voice_take(line, index) for index in range(max(count, line.chosen))]
        if len(made) == 1:
            return made[0][0]
        known = self.read_json is not None and all(None not in take for take in made)
        if not known and not line.chosen:
            return None
        scores = (
            tuple(self.score(line, words, ear) for _, words, ear in made) if known else (0.0,) * len(made)
        )
        self.picked[line.id] = Picked(best(scores, line.chosen), scores)
        return made[self.picked[line.id].index][0]

    def score(self, line: Line, words: str | None, ear: str | None) -> float:
        """How good a measured take is."""
        assert self.read_json and ear
        heard = self.read_json(words) if words else None
        language = self.script.look.language
        return score(
            faults_of(plain(line.text), heard, self.read_json(ear), str(line.tone), language=language)
        )

    def voice_take(self, line: Line, index: int) -> tuple[str | None, str | None, str | None]:
        """One take of a line, what is heard in it ("" where nobody knows the language), and what is measured."""
        look = self.script.look
        engine, seed = self.choice(f"voice:{line.id}", Kind.VOICE, line.seed)
        text = line.text if self.catalogue.spec(engine).marks else plain(line.text)
        said = {
            word: say
            for word, say in (self.persona.lexicon | look.pronunciations).items()
            if word.casefold() in line.text.casefold()
        }
        speak = Speak(
            text, self.persona.voices.get(engine, ""), str(line.tone), look.pace, look.language, said
        )
        spec = self.catalogue.spec(engine)
        samples = self.persona.samples[: spec.references]
        imitated = self.persona.references(str(line.tone), spec.references) if spec.manner else samples
        references = {f"reference{at}": sha for at, sha in enumerate(imitated)}
        if spec.trainers and speak.voice:
            references["checkpoint"] = speak.voice
        role = role_of("voice", line.id, index)
        sound = self.want(
            role, engine, self.on_terms(engine, speak, line), references, seed + index * SEEDS_APART
        )
        words = self.heard(role_of("words", line.id, index), line, sound)
        inspect = InspectVoice(line.text, str(line.tone), look.pace, look.language)
        theirs = {f"sample{at}": sha for at, sha in enumerate(samples)}
        ear = self.want(role_of("ear", line.id, index), "inspect-voice", inspect, {"audio": sound, **theirs})
        return sound, words, ear

    def heard(self, role: str, line: Line, sound: str | None) -> str | None:
        """What is heard in a voice; "" where nobody knows the language."""
        language = self.script.look.language
        listener = recipe_named(self.script.look.recipe).listener(language, self.catalogue)
        listen = Listen(language, plain(line.text))
        return self.want(role, listener, listen, {"audio": sound}) if listener else ""

    def on_terms(self, engine: str, speak: Speak, line: Line) -> Speak:
        """The request as a paid service takes it; any other engine's as it is."""
        if not self.catalogue.spec(engine).paid:
            return speak
        terms = self.catalogue.terms_for(engine)
        before, after = around(self.script, line, terms.stitch)
        spoken = {name: getattr(speak, name) for name in speak.__dataclass_fields__}
        return VendorSpeak(**spoken, model=terms.model, format=terms.format, before=before, after=after)

    def shot(self, shot: Shot, voices: Mapping[str, str | None]) -> str | None:
        """The shot's picture, a close look at it, and its finished form."""
        look, profile = self.script.look, profile_named(self.script.look.profile)
        portrait = self.persona.portraits.get(look.portrait) or next(iter(self.persona.portraits.values()))
        spoken = {f"voice{index}": voices[line.id] for index, line in enumerate(shot.lines)}
        role = f"shot:{shot.id}"
        first = shot.lines[0]
        engine, seed = self.choice(role, Kind.ANIMATE, zlib.crc32(first.id.encode()) % 10_000 + first.seed)
        animate = Animate(
            profile.width,
            profile.height,
            profile.fps,
            str(shot.framing),
            LEAD_S,
            shot.pauses,
            tuple(str(line.tone) for line in shot.lines),
            look.background,
        )
        picture = self.want(role, engine, animate, {"portrait": portrait, **spoken}, seed)
        inspect = InspectShot(profile.fps, str(shot.framing), LEAD_S, shot.pauses)
        self.want(
            f"look:{shot.id}", "inspect-shot", inspect, {"picture": picture, "portrait": portrait, **spoken}
        )
        label = self.label if look.label else ""
        finish = Finish(profile.name, str(look.captions), label, profile.fps, LEAD_S, shot.pauses)
        return self.want(f"finish:{shot.id}", "finish", finish, {"picture": picture, **spoken})


def plan(
    script: Script,
    persona: Persona,
    catalogue: Catalogue,
    retakes: Retakes,
    artifact_of: Callable[[TakeId], str | None],
    label: str,
    read_json: ReadJson | None = None,
) -> Plan:
    """Every take that can be named now. `artifact_of` gives the SHA-256 of a finished take, else None.

    `read_json` reads an artifact; without it a line with several takes waits for its choice.
    """
    planner = _Planner(script, persona, catalogue, retakes, artifact_of, label, [], read_json, {})
    shots = shots_of(script)
    voices = {line.id: planner.voice(line) for line in script.lines}
    finished = [planner.shot(shot, voices) for shot in shots]
    profile = profile_named(script.look.profile)
    mix = Mix(
        profile.name,
        tuple(len(shot.lines) for shot in shots),
        (LEAD_S,) * len(shots),
        tuple(shot.pauses for shot in shots),
        profile.fps,
    )
    spoken = {f"voice{index}": voices[line.id] for index, line in enumerate(script.lines)}
    inputs: dict[str, str | None] = {f"shot{index}": sha for index, sha in enumerate(finished)}
    inputs["sound"] = planner.want("sound", "mix", mix, spoken)
    cut = planner.want("cut", "assemble", Assemble(profile.name, profile.fps, script.title), inputs)
    planner.want("facts", "inspect-cut", InspectCut(profile.name), {"cut": cut})
    planner.want("sheet", "contact-sheet", ContactSheet(), {"cut": cut})
    return Plan(tuple(planner.takes), shots, cut is not None, planner.picked, planner.chain(Kind.VOICE))
