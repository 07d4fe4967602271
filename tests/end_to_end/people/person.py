"""
Somebody at a channel: they do what people do there, and see what people see.

A test that knows only this runs on every channel. Nothing here waits for a wall time: `hear` returns
when nothing is on its way to the person any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar

#: Longer than anybody needs to read a question. Source: core/breath.READING_TIME.
READS_FOR_S = 2


class Person(ABC):
    """
    One person on one channel. What only some channels can stands in their own class.

    `settle` waits until nothing is on its way to them any more.
    """

    channel: ClassVar[str]

    def __init__(
        self, user_id: str, settle: Callable[[Person], Awaitable[None]], *, language: str = ""
    ) -> None:
        self.user_id = user_id
        self.language = language
        self._settle = settle
        self._heard = 0

    # What they do

    @abstractmethod
    async def arrive(self) -> None:
        """Open the chat for the first time, or again after leaving."""

    @abstractmethod
    async def write(self, text: str, *, at_once: bool = False) -> None:
        """Write something, after reading what was said unless `at_once`."""

    @abstractmethod
    async def press(self, carried: str) -> None:
        """Press a button that carries this, wherever it is."""

    @abstractmethod
    async def pick_day(self, day: str) -> None:
        """Choose a day (ISO 8601) in the picker that is on the screen."""

    @abstractmethod
    async def leave(self) -> None:
        """Block the bot, or press the exit."""

    async def send_picture(self) -> None:
        """Send a picture."""
        raise NotImplementedError

    async def send_sticker(self) -> None:
        """Send a sticker."""
        raise NotImplementedError

    async def tap(self, label: str) -> None:
        """Press a button that is on the screen."""
        await self.press(self.find(label))

    # What they see

    @abstractmethod
    def list_buttons(self) -> dict[str, str]:
        """Return the buttons on the screen: label, and what each carries."""

    @abstractmethod
    def list_said(self) -> list[str]:
        """Return every bubble of ours that ever reached them, oldest first."""

    def buttons(self) -> list[str]:
        """Return the labels on the screen."""
        return list(self.list_buttons())

    def find(self, label: str) -> str:
        """Return what a button on the screen carries."""
        return self.list_buttons()[label]

    async def hear(self) -> str:
        """Return what we said since they last listened; empty: nothing was said."""
        await self._settle(self)
        said = self.list_said()
        fresh, self._heard = said[self._heard :], len(said)
        return "\n".join(fresh)

    async def go(self, *labels: str) -> str:
        """Press these buttons one after the other; returns what the last one said."""
        heard = ""
        for label in labels:
            await self.tap(label)
            heard = await self.hear()
        return heard
