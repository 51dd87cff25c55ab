"""Where conversations stand in the graph: LangGraph's checkpoints in a file that may be lost at any time."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

log = logging.getLogger(__name__)
NAME = "checkpoints.db"
COLUMNS = {
    "checkpoints": "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, value",
}


def open_positions(home: Path) -> SqliteSaver:
    """The checkpoints of a home; a file that cannot be read is moved aside and a new one begun."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # checkpoints are plain words: refuse anything else
    home.mkdir(parents=True, exist_ok=True)
    path = home / NAME
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
            raise
        aside = path.with_name(f"checkpoints.broken-{time.time_ns()}.db")
        path.replace(aside)
        for left in ("-wal", "-shm"):
            path.with_name(NAME + left).unlink(missing_ok=True)
        log.warning("%s cannot be read (%s): kept as %s, positions begin anew", path, error, aside.name)
        return _opened(path)


def _opened(path: Path) -> SqliteSaver:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30.0)
    try:
        saver = SqliteSaver(connection)
        saver.setup()
        for table, columns in COLUMNS.items():
            connection.execute(f"select {columns} from {table} limit 1")
        found = connection.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except BaseException:
        connection.close()
        raise
    return saver
