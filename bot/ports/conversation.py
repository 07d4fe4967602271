"""The conversation, how it sounds, and how the web page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.core.events import Said
from bot.core.model import Session
from bot.core.reply import Reply
from bot.ports.mail import Inbound


class Voice(Protocol):
    """Languages: which there are, and how a turn sounds in one."""

    def choose_locale(self, wanted: str) -> str:
        """Map any form of a language tag to a language we speak; the source language otherwise."""
        ...

    def render(
        self, said: Said, session: Session, now: datetime, *, channel: str = "", code: str = ""
    ) -> Reply:
        """
        Say a state in the session's language with facts that may be shown today.

        `code` is the one-time code that this reply tells; it is told once.
        """
        ...

    def sorry(self, locale: str) -> Reply:
        """The fixed line for when we failed: it always names the human route."""
        ...


class Conversation(Protocol):
    """The whole conversation as the public program sees it."""

    async def receive(self, inbound: Inbound) -> Reply | None:
        """
        Take one input in one transaction.

        Returns the reply to show when there is no `reply_to`; None: there is nothing to say. A
        delivery seen before gives the current question again. StoreDown: nothing was stored.
        """
        ...

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """
        Say the current question without changing anything.

        Somebody unknown gets the opening question with the visit NOT_YET at turn 0, and nothing is
        stored. StoreDown: the question could not be read.
        """
        ...

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """
        Go on here with the conversation that a one-time code stands for; it ends where it was.

        None: the code is unknown, used or past its time, and nothing changed. StoreDown as above.
        """
        ...


class Interface(Protocol):
    """The web page's own words."""

    def words(self, locale: str) -> Mapping[str, str]:
        """Words by key, from flows/interface.toml; `locale` in any form, empty for the source language."""
        ...


class FormVoice(Protocol):
    """The words of the form: questions, options, notices. They stand in the form itself, not in the interface."""

    def say(self, context: str, zh: str, locale: str) -> str:
        """Return a sentence of the form in that locale (any form of it), or as it is without a translation."""
        ...


class WebCodec(Protocol):
    """How the web page's fields become an input, and a reply becomes something to draw. No IO."""

    def decode(self, fields: Mapping[str, object], *, user_id: str, locale: str) -> Inbound | None:
        """Read what the page sent, from JSON or a form. None: not something the page can send."""
        ...

    def encode(self, reply: Reply) -> Mapping[str, Any]:
        """Make a view of a reply: JSON-ready, links already found, no markup."""
        ...


class Clock(Protocol):
    """The time, injected so that tests own it."""

    def __call__(self) -> datetime:
        """Aware UTC now."""
        ...
