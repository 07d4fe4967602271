"""R1, R2 in small: the real program dies under load, and nobody is lost or doubled. More: `make chaos-nightly`."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.databases import Breakable, SqliteFile, open_postgres
from tests.chaos.run import Plan, play
from tests.chaos.stage import Cast
from tests.conftest_postgres import _BOTH

#: A busy machine is slow; what is judged does not depend on it.
SMALL = Cast(people=8, steps=(3, 8), senders=0.3, patience_s=20, webhook_patience_s=10)


@pytest.fixture(params=_BOTH)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Breakable]:
    """Both databases, in a shape that can be taken away."""
    if request.param == "sqlite":
        request.getfixturevalue("sqlite_url")
        yield SqliteFile(tmp_path / "frontdoor.sqlite3")
        return
    server: Any = request.getfixturevalue("postgres_server")
    async with open_postgres(server) as behind_wire:
        yield behind_wire


async def test_nobody_is_lost_or_doubled(database: Breakable, tmp_path: Path) -> None:
    """R1, R2: every acknowledged event took effect once, every reply came once, everybody is answered."""
    seed = secrets.randbelow(10**6)
    result = await play(Plan("some", 3, seed, SMALL, cold=False), tmp_path, database)
    assert result.events > 0
    assert result.verdict.is_clean, (f"seed {seed}", result.verdict.counts(), result.verdict.notes[:5])
