"""Run migrations on the connection, and inside the transaction, that `bot.store.migrate` opened."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a column only by copying its table
)
context.run_migrations()
