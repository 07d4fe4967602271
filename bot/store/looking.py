"""A look into the database beside everything else that goes on: it locks nothing, and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, make_url

from bot.errors import StoreDown
from bot.store.database import answering
from bot.store.engine import make_engine

_T = TypeVar("_T")


def look(url: str, work: Callable[[Connection], _T]) -> _T:
    """
    Run a reading transaction in which everything is of one moment. StoreDown: the database did not answer.

    In a thread of its own, so that callers need not care whether a loop is running.
    """
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).is_file():
        raise StoreDown("the database is not there yet")  # looking at it would make it
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _look(url, work)).result()


async def _look(url: str, work: Callable[[Connection], _T]) -> _T:
    engine = make_engine(url, patient=True)
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with answering():
            async with engine.connect() as conn:
                apart = await conn.execution_options(**options)
                async with apart.begin():
                    return await apart.run_sync(work)
    finally:
        await engine.dispose()
