"""SQL is compiled once for all databases of a process: tests have hundreds, the product has one.

SQLAlchemy compiles for a dialect, of which every engine makes its own; those of one kind are the same here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event

DIALECTS: dict[str, Dialect] = {}
STATEMENTS: dict[Any, Any] = {}


@event.listens_for(Engine, "engine_connect")
def share_statements(connection: Connection) -> None:
    """Give a new connection what others of its kind have compiled."""
    kind = f"{connection.dialect.name}+{connection.dialect.driver}"
    connection.dialect = DIALECTS.setdefault(kind, connection.dialect)
    connection.execution_options(compiled_cache=STATEMENTS)
