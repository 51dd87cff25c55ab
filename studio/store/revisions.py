"""Which schema this program wants and which one a database has; Alembic itself is imported to change one only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).parent / "migrations"
KNOWN = tuple(sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))
NEWEST = KNOWN[-1]


def revision_of(connection: Connection) -> str:
    """The schema's version in a transaction, "" for an empty database."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
