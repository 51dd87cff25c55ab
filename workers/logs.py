"""Logs: one JSON object a line in home/logs; on a terminal short text. Nothing personal is in messages."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime

from studio.about import known
from studio.settings import Settings

EXTRA = ("production", "take", "attempt", "engine", "reference", "prompt")
MAX_BYTES, OLD_ONES = 10_000_000, 3
NOISY = ("httpx", "httpx2", "arq", "alembic", "openai", "slack_bolt", "slack_sdk")


class JsonLines(logging.Formatter):
    """A record as one JSON line: UTC time, process, what the work is about, and known fields of `extra`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": moment(record.created),
            "level": record.levelname,
            "process": self.process,
            "where": record.name,
            "message": record.getMessage(),
        }
        line |= known()
        line |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Words(logging.Formatter):
    """A record for a person's eyes."""

    def format(self, record: logging.LogRecord) -> str:
        """Level, message, what it is about."""
        fields = {**known(), **{name: getattr(record, name) for name in EXTRA if hasattr(record, name)}}
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        text = f"{record.levelname} {record.name}: {record.getMessage()}{f' ({told})' if told else ''}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def moment(seconds: float) -> str:
    """Unix seconds as UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def speaks_json(settings: Settings) -> bool:
    """Whether this process's own output is JSON lines: as AICLONE_LOG says, else when nobody is looking."""
    return settings.log == "json" or (settings.log == "" and not sys.stderr.isatty())


def set_up_logs(settings: Settings, process: str, terminal: bool = True) -> None:
    """Log to home/logs/<process>.jsonl (10 MB, three old ones) and, unless told not to, warnings to stderr."""
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    lines = logging.handlers.RotatingFileHandler(
        folder / f"{process}.jsonl", maxBytes=MAX_BYTES, backupCount=OLD_ONES
    )
    lines.setFormatter(JsonLines(process))
    words = logging.StreamHandler()
    words.setLevel(logging.WARNING)
    words.setFormatter(JsonLines(process) if speaks_json(settings) else Words())
    handlers: list[logging.Handler] = [lines, words] if terminal else [lines]
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
