"""Prompt texts: files beside this one, filled strictly and identified by their hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A filled prompt; `sha256` identifies the file it came from, whatever the values."""

    name: str
    text: str
    sha256: str


def load(name: str, **values: str) -> Prompt:
    """Fill `{{name}}` places of prompts/<name>.md.

    Raises FileNotFoundError for an unknown prompt and ValueError when a value is missing or not asked for.
    Values are put in as they are: a place inside a value is not filled.
    """
    raw = (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
    wanted = set(_PLACE.findall(raw))
    if wanted != set(values):
        missing, extra = sorted(wanted - set(values)), sorted(set(values) - wanted)
        raise ValueError(f"prompt {name}: missing values {missing}, values not asked for {extra}")
    text = _PLACE.sub(lambda place: values[place[1]], raw)
    return Prompt(name, text.strip(), hashlib.sha256(raw.encode()).hexdigest())
