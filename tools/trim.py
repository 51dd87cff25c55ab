"""Shortening a script without inventing a word.

A multiple-choice knapsack: every line offers itself whole, its shorter forms (a sentence or a clause left
out), or nothing; the choice that keeps the most important words within the wanted length wins. The hook and
the close are always kept in some form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from studio.domain import Line, Script
from studio.errors import EditInvalid
from tools.script import split_sentences
from tools.speech import line_seconds, script_seconds

TOLERANCE = 0.1
STEP = 0.1
_TAIL = re.compile(
    r"(?:,? (?:because|which|while|although|so that)|, (?:so|but|and (?:we|I|they|it|you|this))|[;—–])\s",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to keep a line; `worth` grows with what it says, `steps` is its length in 0.1 s."""

    text: str
    worth: float
    steps: int


def trim(script: Script, seconds: float) -> Script:
    """Shorten to `seconds` within 10 % where the words allow it, else to the nearest shorter length.

    Raises EditInvalid when the script is shorter already, or cannot get that short.
    """
    if not 3 <= seconds <= 600:
        raise EditInvalid("A video lasts from 3 seconds to 10 minutes.")
    now = script_seconds(script)
    if now < seconds * (1 - TOLERANCE):
        raise EditInvalid(
            f"The script takes about {now:.0f} seconds already, and I add no words of my own: "
            "tell me what else to say."
        )
    if now > seconds * (1 + TOLERANCE):
        script = replace(script, lines=_chosen(script, seconds))
    return replace(script, target_seconds=seconds)


def _chosen(script: Script, seconds: float) -> tuple[Line, ...]:
    forms = [_forms(script, at) for at in range(len(script.lines))]
    low, high = round(seconds * (1 - TOLERANCE) / STEP), round(seconds * (1 + TOLERANCE) / STEP)
    best = _knapsack(forms, high)
    if not best:
        shortest = sum(min(form.steps for form in options) for options in forms) * STEP
        raise EditInvalid(f"The shortest I can make it without new words is about {shortest:.0f} seconds.")
    within = [steps for steps in best if steps >= low]
    steps = max(within, key=lambda used: best[used][0]) if within else max(best)
    kept = zip(script.lines, best[steps][1], strict=True)
    return tuple(replace(line, text=form.text) for line, form in kept if form.text)


def _knapsack(forms: list[list[_Form]], high: int) -> dict[int, tuple[float, tuple[_Form, ...]]]:
    """For each reachable length up to `high`, the most worthwhile choice of one form a line."""
    best: dict[int, tuple[float, tuple[_Form, ...]]] = {0: (0.0, ())}
    for options in forms:
        grown: dict[int, tuple[float, tuple[_Form, ...]]] = {}
        for used, (worth, chosen) in best.items():
            for form in options:
                total = used + form.steps
                if total <= high and worth + form.worth > grown.get(total, (-1.0, ()))[0]:
                    grown[total] = (worth + form.worth, (*chosen, form))
        best = grown
    return best


def _forms(script: Script, at: int) -> list[_Form]:
    line, last = script.lines[at], len(script.lines) - 1
    weight = 4.0 if at in (0, last) else _importance(line.text)
    shorter = shorter_forms(line.text) if script.look.language == "en" else ()
    texts = [line.text, *shorter] + ([] if at in (0, last) else [""])
    whole = line_seconds(line, script.look)
    forms = []
    for text in texts:
        length = line_seconds(replace(line, text=text), script.look) if text else 0.0
        kept = length / whole if whole else 0.0
        worth = weight * whole * kept * (1.0 if text == line.text else 0.8)
        forms.append(_Form(text, worth, round(length / STEP)))
    return forms


def _importance(text: str) -> float:
    """Facts weigh more than framing: numbers, names, and not a question."""
    names = len(re.findall(r"(?<=[a-z,] )[A-Z]\w+", text))
    return 1.0 + 0.5 * bool(re.search(r"\d", text)) + 0.2 * min(names, 3) - 0.3 * ("?" in text)


def shorter_forms(text: str) -> list[str]:
    """Shorter forms that are still sentences, made by leaving words out only."""
    sentences = split_sentences(text)
    found = [sentences[0], sentences[-1]] if len(sentences) > 1 else []
    found += [_ASIDE.sub("", text)]
    if len(sentences) == 1:
        found += [text[: cut.start()].rstrip(" ,;:—–") + _ending(text) for cut in _TAIL.finditer(text)]
    enough = (short for short in found if len(short.split()) >= 4 and short != text)
    return list(dict.fromkeys(enough))


def _ending(text: str) -> str:
    mark = re.search(r"[.!?…]+[\"”'’)]*$", text)
    return mark.group() if mark else "."
