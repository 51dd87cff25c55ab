"""Logs: one JSON object a line in home/logs, short text on the terminal; nothing personal in messages."""

from __future__ import annotations

import json
import logging
import logging.handlers

from studio.settings import Settings

FIELDS = ("production", "take", "attempt", "engine", "reference", "prompt")


class JsonLines(logging.Formatter):
    """A record as one JSON line with the fields of `extra` that we know."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "at": round(record.created, 3),
            "level": record.levelname,
            "where": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up_logs(settings: Settings, process: str, terminal: bool = True) -> None:
    """Log to home/logs/<process>.jsonl (10 MB, three old ones) and, unless told not to, warnings to stderr."""
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    lines = logging.handlers.RotatingFileHandler(
        folder / f"{process}.jsonl", maxBytes=10_000_000, backupCount=3
    )
    lines.setFormatter(JsonLines())
    words = logging.StreamHandler()
    words.setLevel(logging.WARNING)
    words.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handlers: list[logging.Handler] = [lines, words] if terminal else [lines]
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for noisy in ("httpx", "httpx2", "arq", "alembic", "openai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
