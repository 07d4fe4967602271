"""
A disk that breaks while people write, at one place after the other; what was found at each is printed as a line of JSON.

    LD_PRELOAD=broken_disk.so python -m tests.store.broken_disk FOLDER broken STEP   # every STEPth call on the database fails
    python -m tests.store.broken_disk FOLDER short STEP                              # nothing is written beyond so many KiB

Both are what SQLite itself calls a disk I/O error. `short` needs no compiler; it breaks writes alone. FOLDER holds template.sqlite3.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import json
import resource
import shutil
import signal
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.core.inputs import Typed
from bot.errors import StoreDown
from bot.store.sql import SqlStore, open_store
from tests.fakes.chat_world import VAULT, Chatter, ChatWorld
from tests.fakes.memory_store import MemoryClock
from tests.store.handoff_cast import a_handoff

WHO = ("U-her", "U-him")


@dataclass
class Found:
    """
    What became of one try: at which place, what was refused, and what is wrong afterwards.

    `unsure`: handoffs that are stored although whoever sent them was told to try again, which finds them sent.
    """

    place: int
    struck: int = 0
    refused: int = 0
    unsure: int = 0
    wrong: list[str] = field(default_factory=list)


class Broken:
    """Fails at a call on the database's files: once, or from then on until it is mended."""

    def __init__(self, *, once: bool) -> None:
        self._library = ctypes.CDLL(None)
        self._span = 1 if once else 1_000_000

    def break_at(self, place: int) -> None:
        self._library.disk_arm(place, self._span)

    def mend(self) -> int:
        """Mend it; returns how many calls failed."""
        struck = int(self._library.disk_struck())
        self._library.disk_arm(0, 0)
        return struck


class Short:
    """Lets nobody write beyond so many KiB of a file: EFBIG, which is no full disk. Source: setrlimit(2), RLIMIT_FSIZE."""

    def __init__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def break_at(self, place: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, ((place - 1) * 1024, self._before[1]))

    def mend(self) -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
        return 0


@dataclass
class Try:
    """One database, two people, one handoff, one worker; and a disk that breaks at a place."""

    path: Path
    place: int
    found: Found = field(init=False)

    async def run(self, disk: Broken | Short) -> Found:
        self.found = Found(self.place)
        clock = MemoryClock()
        store = open_store(f"sqlite+aiosqlite:///{self.path}", VAULT, clock=clock)
        world = ChatWorld(store, clock)
        people = [Chatter(world, name) for name in WHO]
        for person in people:
            await person.start()
        disk.break_at(self.place)
        await asyncio.gather(*(self._tell(person) for person in people))
        handoff_id, is_handed = await self._hand_over(store)
        await self._refusing(world.deliver())
        self.found.struck = disk.mend() or self.found.refused
        await self._go_on(world, people)
        await store.close()
        self._look(handoff_id, is_handed=is_handed)
        return self.found

    async def _tell(self, person: Chatter) -> bool:
        """Deliver a message. False: refused, so it comes again."""
        return await self._refusing(person.send(Typed("1"), delivery_id=f"1 of {person.user_id}"))

    async def _hand_over(self, store: SqlStore) -> tuple[str, bool]:
        new = a_handoff()

        async def add() -> None:
            async with store.transaction() as tx:
                await tx.add_handoff(new)

        return new.id, await self._refusing(add())

    async def _refusing(self, work: Any) -> bool:
        try:
            await work
        except StoreDown:
            self.found.refused += 1
            return False
        return True

    async def _go_on(self, world: ChatWorld, people: list[Chatter]) -> None:
        """The disk is well: all of it comes once more, as after an answer that was not heard, and then everybody writes again."""
        for person in people:
            await person.send(Typed("1"), delivery_id=f"1 of {person.user_id}")
            await person.listen()
            await person.send(Typed("1"), delivery_id=f"2 of {person.user_id}")
            session = await person.get_session()
            expected = ("loop", 3)
            if (session.state, session.turn) != expected:
                self.found.wrong.append(f"{session.state} {session.turn} instead of {expected}")
        world.clock.pass_by(seconds=30)
        with contextlib.suppress(StoreDown):
            await world.store.sweep(world.clock())

    def _look(self, handoff_id: str, *, is_handed: bool) -> None:
        """Look at the file from outside."""
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            checked = database.execute("PRAGMA integrity_check").fetchall()
            stored = database.execute("SELECT count(*) FROM handoff WHERE id = ?", (handoff_id,)).fetchone()[
                0
            ]
            cases = database.execute("SELECT count(*) FROM handoff_case").fetchone()[0]
        if checked != [("ok",)]:
            self.found.wrong.append(f"damaged: {checked}")
        if is_handed and not stored:
            self.found.wrong.append("told as sent, and not stored")
        if stored != cases:
            self.found.wrong.append("half a handoff")
        self.found.unsure += int(bool(stored) and not is_handed)


def main() -> None:
    """Try place after place until nothing breaks any more."""
    folder, kind, step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    disks: list[Broken | Short] = [Broken(once=True), Broken(once=False)] if kind == "broken" else [Short()]
    for disk in disks:
        for place in itertools.count(1, step):
            path = folder / "tried.sqlite3"
            shutil.copy(folder / "template.sqlite3", path)
            found = asyncio.run(Try(path, place).run(disk))
            if not found.struck:
                break
            print(json.dumps(vars(found)), flush=True)


if __name__ == "__main__":
    main()
