"""Notices that something waits, to people who are not looking at the office's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notice:
    """
    Figures, a fixed subject and fixed sentences around them, and where the office is. Nothing of anybody.

    `waiting`: handoffs that nobody opened; `asked`: requests that nobody read. `…_hours`: full hours that the oldest waits.
    """

    waiting: int
    oldest_hours: int
    subject: str
    text: str
    office: str
    asked: int = 0
    asked_hours: int = 0


class Messenger(Protocol):
    """A way to people outside. It gives up by itself within half a minute."""

    @property
    def name(self) -> str:
        """A word for the log: never an address."""
        ...

    async def send(self, notice: Notice) -> None:
        """Send it. ChannelError: refused, or no answer; the reason names no address."""
        ...
