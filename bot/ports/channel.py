"""The two halves of a messaging channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.core.reply import Reply
from bot.ports.mail import Address, Errand, Received


def name_door(channel: str) -> str:
    """Return the path on which a channel delivers."""
    return f"/{channel}/webhook"


class Webhook(Protocol):
    """The receiving half of a messaging channel. No IO."""

    def read(self, raw: bytes, headers: Mapping[str, str]) -> Received:
        """
        Decode one request body into the events worth handling.

        BadSignature: answer 403. A body that is signed but not understood holds nothing;
        a malformed event is left out and never harms its neighbours.
        """
        ...

    async def run_errand(self, errand: Errand) -> None:
        """Try it once. Never raises: nobody waits for it."""
        ...

    async def show_waiting(self, address: Address) -> None:
        """Show that an answer is on its way, where the channel can. Never raises."""
        ...


class Sender(Protocol):
    """The sending half of a messaging channel."""

    async def deliver(self, address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:
        """
        Deliver the reply but its first `done` bubbles, or raise ChannelError; anything else is a bug.

        Returns the channel's ids of the messages sent, where they are needed to take them back.
        """
        ...

    async def find_locale(self, address: Address) -> str:
        """Ask the channel for the person's language tag; empty when it does not tell. Never raises."""
        ...

    async def show_waiting(self, address: Address) -> None:
        """Show that an answer is on its way, where the channel can. Never raises."""
        ...

    async def wipe(self, address: Address, message_ids: tuple[str, ...]) -> bool:
        """
        Take messages out of the chat on both sides; True when every one is gone.

        ChannelError as in `deliver`; doing it again harms nothing.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
