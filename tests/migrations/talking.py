"""
Talks with people through a release's own store while somebody else migrates the database under it.

    cd TREE_OF_THE_RELEASE && PYTHONPATH=. python …/tests/migrations/talking.py sqlite+aiosqlite:////tmp/new.sqlite3 /tmp/stop
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bot.errors import StaleSession, StoreDown
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, VAULT, FakeClock, begin, post

PERSON = VAULT.person_key("line", "U-talks-on")
_T = TypeVar("_T")


@dataclass
class Talk:
    """How it went. `refused`: told "later", so that nobody knows whether it happened; `letters`: acknowledged."""

    turns: int = 0
    letters: int = 0
    refused: int = 0


async def talk(url: str, has_ended: Callable[[], bool]) -> Talk:
    """Take turn after turn until told to end. Whatever a channel would not send again is raised."""
    store = open_store(url, VAULT, clock=FakeClock())
    told = Talk()
    try:
        await _insist(told, lambda: begin(store, PERSON, turn=0))
        while not has_ended():
            await _insist(told, lambda: _take_turn(store))
            told.turns += 1
            await _insist(told, lambda: post(store, f"{told.turns}", PERSON, now=NOON))
            told.letters += 1
            await _insist(told, lambda: _deliver(store))
            await asyncio.sleep(0.002)
    finally:
        await store.close()
    return told


async def _take_turn(store: SqlStore) -> None:
    async with store.transaction() as tx:
        stored = await tx.load_session(PERSON)
        assert stored is not None, "the conversation is gone"
        further = replace(stored.session, turn=stored.session.turn + 1)
        await tx.save_session(PERSON, further, expected_version=stored.version)


async def _deliver(store: SqlStore) -> None:
    for letter in await store.claim_due(NOON + timedelta(seconds=1), 9):
        await store.mark_sent(letter)


async def _insist(told: Talk, work: Callable[[], Awaitable[_T]]) -> _T:
    """Do as a channel does: what was refused comes again."""
    for _ in range(2000):
        try:
            return await work()
        except (StoreDown, StaleSession):
            told.refused += 1
            await asyncio.sleep(0.005)
    raise AssertionError("refused for ever")


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(talk(sys.argv[1], Path(sys.argv[2]).exists)))))
