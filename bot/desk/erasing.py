"""
Erasing what is over, and again what a restore brought back; each is noted in the audit log before it is gone.

The line is written first and by itself, never within the store's transaction: on SQLite only one may write at a time, and
the two would wait for each other. What cannot be noted stays until the next time. A clock that may have jumped erases nothing.
Source: SECURITY §1 rule 9, §6, T32, R18.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.desk.acts import Act
from bot.desk.clock_mark import ClockMark
from bot.desk.ledger import Ledger
from bot.ports import DeskStore, Ending


class Note(Protocol):
    """Writes one line about one handoff, or about one file."""

    async def __call__(self, act: Act, subject: str, **detail: str | int) -> None:
        """Write it; when it returns it is committed."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """Which handoffs were erased: `due` because their time was over, `again` because they were back."""

    due: Sequence[str]
    again: Sequence[str]


async def erase_what_is_over(
    store: DeskStore, ledger: Ledger, note: Note, *, mark: ClockMark, now: datetime, even_so: bool = False
) -> Erased:
    """
    Replay the ledger, then erase what is due, if the clock is to be believed.

    ClockDoubtful: it is not, and nothing that is due was erased; with `even_so` somebody has said that it is right.
    AuditDown, and ConfigError without the desk's signing key: what was not noted was not erased. StoreDown, LedgerBroken:
    as in `Ledger`; what is noted and still there is noted again the next time.
    """
    again = await _erase_again(store, ledger, note)
    if even_so:
        await note("clock_confirmed", "")
    else:
        mark.require_belief(now)
    mark.put(now)
    due = await store.list_due(now)
    return Erased(await _erase_noted(due, note, lambda ids: store.erase_due(now, only=ids)), again)


async def _erase_again(store: DeskStore, ledger: Ledger, note: Note) -> Sequence[str]:
    async def erase(ids: Sequence[str]) -> Sequence[str]:
        return await _erase_noted(await store.list_left(ids), note, store.erase)

    return await ledger.replay(erase)


async def _erase_noted(
    endings: Iterable[Ending], note: Note, erase: Callable[[Sequence[str]], Awaitable[Sequence[str]]]
) -> Sequence[str]:
    """Erase all, or as many as could be noted: the log says already that they are."""
    noted: list[str] = []
    try:
        for one in endings:
            await note("erased", one.id, rule=one.rule, status=one.status)
            noted.append(one.id)
    except Exception:
        await erase(noted)
        raise
    return await erase(noted)
