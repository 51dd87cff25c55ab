"""All facts in one file, and back into an empty database of either kind.

A backup is gzipped lines of JSON, read in one snapshot while others write: a header {"aiclone": "backup",
"format", "schema", "made"}, then [table, {column: value}] for every row, then {"rows", "sha256"} where the hash
is that of all lines before it. It carries its schema's version: it is restored into that and then migrated.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, MetaData, Table, insert, select

from studio.errors import DiskFull, Misconfigured
from studio.store import Store
from studio.store.dialects import catch_up
from studio.store.revisions import revision_of

FORMAT = 1
BATCH = 500
Row = tuple[str, dict[str, Any]]


def write_backup(store: Store, path: Path) -> int:
    """Write every row to `path`, whole or not at all; how many. Raises Misconfigured and DiskFull."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as out:
            with gzip.GzipFile(fileobj=out, mode="wb", filename="") as lines:
                count = _write(lines, _lines(store))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        say = f"The backup cannot be written to {path} ({error.strerror})."
        raise (DiskFull(say) if full else Misconfigured(say)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def verify(path: Path) -> dict[str, Any]:
    """Read a backup from end to end; its header, with "rows". Raises Misconfigured unless it is whole."""
    digest, last = hashlib.sha256(), b""
    for line in _raw(path):
        digest.update(last)
        last = line
    end, header = _json(last), _json(next(_raw(path), b""))
    if not isinstance(header, dict) or header.get("aiclone") != "backup":
        raise Misconfigured(f"{path} is not a backup of AIClone.")
    if not isinstance(end, dict) or end.get("sha256") != digest.hexdigest():
        raise Misconfigured(f"The backup {path} is damaged or cut short; take another one.")
    if header["format"] != FORMAT:
        raise Misconfigured(f"A newer AIClone wrote the backup {path}; install that version.")
    return header | {"rows": end["rows"]}


def restore(path: Path, store: Store) -> int:
    """Put a verified backup's rows into an empty database and bring it up to date; how many rows."""
    header = verify(path)
    with store.read() as connection:
        if tables_of(connection):
            raise Misconfigured(
                "That database is not empty. Create another one, set AICLONE_DATABASE_URL to it and restore there."
            )
    store.migrate(header["schema"])
    with store.write() as connection:
        tables = {table.name: table for table in tables_of(connection)}
        for name, rows in groupby(_rows(path), key=lambda row: row[0]):
            _fill(connection, tables[name], (values for _, values in rows))
        for table in tables.values():
            catch_up(connection, table)
    store.migrate()
    return int(header["rows"])


def tables_of(connection: Connection) -> list[Table]:
    """The tables that are really there, parents first, with every NULL of a JSON column the database's own."""
    found = MetaData()
    found.reflect(connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _lines(store: Store) -> Iterator[Any]:
    with store.read() as connection:
        if not (schema := revision_of(connection)):
            raise Misconfigured("There are no facts yet: the database is empty.")
        yield {"aiclone": "backup", "format": FORMAT, "schema": schema, "made": datetime.now(UTC).isoformat()}
        for table in tables_of(connection):
            rows = connection.execution_options(yield_per=BATCH).execute(
                select(table).order_by(*table.primary_key)
            )
            for row in rows.mappings():
                yield table.name, dict(row)


def _write(out: gzip.GzipFile, values: Iterable[Any]) -> int:
    digest, count = hashlib.sha256(), -1  # the header is no row
    for value in values:
        line = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        out.write(line)
        count += 1
    out.write(json.dumps({"rows": count, "sha256": digest.hexdigest()}).encode() + b"\n")
    return count


def _raw(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as lines:
            yield from lines
    except FileNotFoundError:
        raise Misconfigured(f"There is no file {path}.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Misconfigured(f"The backup {path} is damaged or cut short; take another one.") from None


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _rows(path: Path) -> Iterator[Row]:
    for line in _raw(path):
        value = _json(line)
        if isinstance(value, list):
            yield value[0], value[1]


def _fill(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(table), batch)
