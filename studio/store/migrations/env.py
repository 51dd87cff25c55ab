"""Alembic's entry: run the migrations on the store's own engine, one process at a time."""

from __future__ import annotations

from alembic import context

from studio.store.dialects import lock
from studio.store.schema import metadata

engine = context.config.attributes["engine"]
with engine.connect().execution_options(write=True) as connection, connection.begin():
    lock(connection, "migrations")
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
