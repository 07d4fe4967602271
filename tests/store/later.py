"""A database as a later release would leave it."""

from __future__ import annotations

from sqlalchemy import text

from bot.store.engine import for_writing, make_engine
from bot.store.migrate import head

_NEXT = f"{int(head()[:4]) + 1:04}"
ROLLING, BREAKING = f"{_NEXT}_for_{head()[:4]}", _NEXT
#: What a rolling migration may do: new tables, and new columns that old programs leave out.
ADDITIONS = (
    "CREATE TABLE later (id VARCHAR(36) PRIMARY KEY)",
    "ALTER TABLE person_session ADD COLUMN later INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE outbox ADD COLUMN later VARCHAR(8)",
)


async def stamp(url: str, revision: str, *statements: str) -> None:
    """Migrate in one transaction, as patiently as a migration does."""
    engine = make_engine(url, patient=True)
    async with for_writing(engine).begin() as conn:
        for statement in statements:
            await conn.execute(text(statement))
        await conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    await engine.dispose()
