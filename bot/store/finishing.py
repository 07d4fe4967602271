"""
Letters that arrived: closed with the next message of their person, or a moment later together with others.

Each has a reply that was seen, so nobody waits for it to be closed; and a transaction of its own, with its waits for the
disk, would cost more than the message did. Who is killed before finds it open, asks for nothing twice, as the token is spent,
and counts it as one that may have arrived (`sweep.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from bot.core.model import PersonKey
from bot.errors import StoreDown
from bot.ports import Letter

#: How long a letter waits for others, in seconds: sooner than a person can read and answer.
GATHER_S = 0.05
#: Closes letters, of which it asks once it has its turn to write: it returns the ids of those that are closed and stored,
#: or raises, and none is.
Close = Callable[[Callable[[], Sequence[Letter]]], Awaitable[Collection[str]]]


class Finishing:
    """Letters of this program that arrived and are not closed yet."""

    def __init__(self, close: Close, *, gather_s: float = GATHER_S) -> None:
        self._close = close
        self._gather_s = gather_s
        self._open: dict[str, tuple[Letter, asyncio.Future[bool]]] = {}
        self._of: dict[PersonKey, Letter] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self, letter: Letter) -> bool:
        """
        Wait until a letter is closed. False: not in company; it must be closed by itself. Raises what kept it from being stored.

        Who stops waiting changes nothing: it is closed all the same.
        """
        if letter.id not in self._open:
            if not self._open:
                self._start()
            self._open[letter.id] = letter, asyncio.get_running_loop().create_future()
            self._of[letter.person] = letter
        return await asyncio.shield(self._open[letter.id][1])

    def find_open(self, person: PersonKey) -> tuple[Letter, ...]:
        """Return what a transaction of this person may close on its way; once it is stored, `settle` must be told."""
        letter = self._of.get(person)
        return () if letter is None else (letter,)

    def settle(self, letters: Iterable[Letter]) -> None:
        """These are closed and stored."""
        for _, stored in self._take(letter.id for letter in letters):
            if not stored.done():
                stored.set_result(True)

    def _start(self) -> None:
        task = asyncio.create_task(self._run())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _run(self) -> None:
        taken: list[tuple[Letter, asyncio.Future[bool]]] = []
        is_taken = False

        def take() -> Sequence[Letter]:
            nonlocal is_taken
            if not is_taken:  # who comes from now on is in the next one
                taken.extend(self._take(tuple(self._open)))
                is_taken = True
            return tuple(letter for letter, _ in taken)

        closed: Collection[str] = ()
        fault: Exception | None = StoreDown("the letters were not closed")
        try:
            await asyncio.sleep(self._gather_s)
            closed = await self._close(take) if self._open else ()
            fault = None
        except Exception as one:  # noqa: BLE001 - each of those who wait is told
            fault = one
        finally:
            if fault:
                take()
            for letter, stored in taken:
                _tell(stored, fault, is_closed=letter.id in closed)

    def _take(self, letter_ids: Iterable[str]) -> list[tuple[Letter, asyncio.Future[bool]]]:
        taken = [found for letter_id in letter_ids if (found := self._open.pop(letter_id, None))]
        for letter, _ in taken:
            if self._of.get(letter.person) is letter:
                del self._of[letter.person]
        return taken


def _tell(stored: asyncio.Future[bool], fault: Exception | None, *, is_closed: bool) -> None:
    if stored.done():  # nobody waits any more
        return
    if fault is None:
        stored.set_result(is_closed)
    else:
        stored.set_exception(fault)
