"""
The conversation as the pages use it: whatever fails behind it, a page can still be drawn.

None stands for "could not be stored" or "could not be read"; the log never holds a word of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.errors import StoreDown, TooOften
from bot.front.pages import SCRIPT_WORDS, Pages
from bot.front.visitor import Visitor
from bot.log import log_incident
from bot.ports import Conversation, Inbound, WebCodec

_log = logging.getLogger(__name__)

CHANNEL = "web"


@dataclass(frozen=True, slots=True)
class Talk:
    """Asks the conversation and draws what it says."""

    conversation: Conversation
    codec: WebCodec
    pages: Pages

    async def receive(self, inbound: Inbound) -> Reply | None:
        """Take a turn; None: it is not stored. TooOften: nor will it be at once."""
        try:
            reply = await self.conversation.receive(inbound)
            reply = reply or await self.conversation.look(CHANNEL, inbound.user_id, locale=inbound.locale)
        except StoreDown:
            return None
        except TooOften:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever happened, the typed text goes back to its box
            log_incident(_log, "turn_failed", fault, channel=CHANNEL)
            return None
        return None if _is_apology(reply) else reply

    async def look(self, visitor: Visitor) -> Reply | None:
        """Read the current question; None: it cannot be read."""
        try:
            return await self.conversation.look(CHANNEL, visitor.user_id, locale=visitor.locale)
        except StoreDown:
            return None
        except Exception as fault:  # noqa: BLE001 - a page without its question still shows the human route
            log_incident(_log, "look_failed", fault, channel=CHANNEL)
            return None

    def draw(self, reply: Reply, *, lang: object) -> dict[str, Any]:
        """Make the script's view; the page's words come along when it speaks another language than `lang`."""
        words = self.pages.words(reply.locale)
        drawn: dict[str, Any] = {"view": self.codec.encode(reply)}
        if lang != words["lang"]:
            drawn["words"] = {key: words[key] for key in SCRIPT_WORDS}
        return drawn


def name_view(reply: Reply) -> str:
    """Say which question this is: the same at every look, another after every turn."""
    return f"{reply.visit}.{reply.turn}"


def is_begun(reply: Reply) -> bool:
    """Whether anything is stored: the opening question of somebody unknown has no visit yet."""
    return reply.visit != NOT_YET


def _is_apology(reply: Reply) -> bool:
    """Whether the conversation itself failed (Voice.sorry): nothing was stored, nothing may be lost."""
    return not reply.buttons and not is_begun(reply)
