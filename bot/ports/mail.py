"""What travels between a channel and the conversation: inputs on their way in, replies on their way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.core.inputs import Input
from bot.core.model import PersonKey
from bot.core.reply import Reply


@dataclass(frozen=True, slots=True)
class Address:
    """
    Where a reply can go, once.

    `to` is the channel's own id for the person, `token` a reply token or a callback id. Both are
    secrets: they live only in memory and in an encrypted outbox row. `until` ends the token's life.
    """

    to: str = field(repr=False)
    token: str = field(default="", repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """
    One input with where it came from.

    `delivery_id` is the channel's own id of the event: the same event always has the same one.
    `sent_at` is the channel's own time for it (aware UTC), so that late arrivals are known; None
    where the channel gives none, because our clock and theirs cannot be compared. `locale` is
    the language the channel reports, in any form. Without a `reply_to` nothing is queued: the reply
    is handed back to the caller (web page, terminal). `message_id` is the channel's own id of the
    message that this was, or that it is about. `order` is its place among all messages of the chat, ours
    included, where the channel counts them (Telegram). `source`: where a page was asked from, as far as that can be
    told; it is counted under a keyed hash and never stored. `fault`: our code failed while reading it, so `what` stands
    for nothing that they did.
    """

    channel: str
    user_id: str = field(repr=False)
    delivery_id: str
    what: Input
    sent_at: datetime | None = None
    locale: str = ""
    reply_to: Address | None = None
    message_id: str = field(default="", repr=False)
    order: int | None = None
    source: str = field(default="", repr=False)
    fault: Exception | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Errand:
    """
    A courtesy that a channel wants and that is no part of any conversation: tried once, never stored.

    `answer_tap` stops a button's spinner (`to` is the callback), `leave_place` leaves a group or room.
    `detail` says which kind of place.
    """

    kind: Literal["answer_tap", "leave_place"]
    to: str = field(repr=False)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What one request of a channel held: inputs in the order they happened, and errands."""

    inbounds: tuple[Inbound, ...] = ()
    errands: tuple[Errand, ...] = ()


@dataclass(frozen=True, slots=True)
class Wipe:
    """
    Messages to take out of the chat before the reply is sent; `partly` is said when some could not be.

    An empty id stands for a message that was noted and that nobody can name any more.
    """

    message_ids: tuple[str, ...] = field(repr=False)
    partly: Reply = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """
    A reply on its way into the outbox.

    `after`: how long it waits for what the person says in the same breath. With a `wipe`, messages are
    taken out of the chat before it is sent. `final`: it is the last of an erased conversation, so no later
    reply takes its place.
    """

    channel: str
    address: Address
    reply: Reply = field(repr=False)
    after: timedelta = timedelta(0)
    wipe: Wipe | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Replies on their way: `unsent` can still be recalled, `sending` may arrive at any moment."""

    unsent: bool = False
    sending: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One reply to deliver.

    `attempts` counts this one too; `reached`: an earlier one may have arrived. `done` of its bubbles
    surely arrived before. With a `wipe`, messages are taken out of the chat first.
    """

    id: str
    person: PersonKey
    channel: str
    address: Address
    reply: Reply = field(repr=False)
    attempts: int
    reached: bool
    done: int = 0
    wipe: Wipe | None = None
