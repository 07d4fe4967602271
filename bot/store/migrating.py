"""
Alembic itself: runs the scripts of `migrations/` on a connection, inside its transaction.

Apart from `migrate.py`, because a program whose schema is up to date need not load it.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from bot.errors import ConfigError


def run_up(connection: Connection, revision: str) -> None:
    """Bring the schema up to a revision. ConfigError: the one it has is not known here."""
    try:
        command.upgrade(configure(connection), revision)
    except CommandError:
        raise ConfigError(
            "the database: its schema is of another release; start that release, or restore a backup of this one"
        ) from None


def run_down(connection: Connection, revision: str) -> None:
    """Take the schema back to a revision; `base` removes every table with what it holds."""
    command.downgrade(configure(connection), revision)


def configure(connection: Connection | None) -> Config:
    """Say where the scripts are; without a connection they can only be looked at."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    return config
