"""
What bodies mean by our own reading, and whether everybody in them was answered.

Whoever said something that can be answered has a reply that went out, or one whose token was dead; names that several people share
(an event's, a message's) may cost an answer, because the same thing is taken once. Anything else is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.channels.line_events import decode as decode_line
from bot.channels.telegram_updates import decode as decode_telegram
from bot.core.inputs import Edited, Left, SentMedia, Typed, Unsent
from bot.crypto import RootVault
from bot.ports import Inbound, Received
from tests.fuzz.bodies import BOT_ID, Body

_Who = tuple[str, str]


@dataclass
class Reading:
    """What the signed bodies of one piece say. `with_events`: bodies that reach the conversation."""

    inbounds: list[Inbound] = field(default_factory=list, repr=False)
    sure: set[_Who] = field(default_factory=set, repr=False)
    with_events: int = 0
    broken: list[str] = field(default_factory=list)

    def read(self, body: Body) -> None:
        """Read one body as the front does."""
        self.sure |= {(body.channel, who) for who in body.sure}
        try:
            received = _decode(body)
        except Exception as fault:  # noqa: BLE001 - this is what is looked for
            self.broken.append(f"{body.channel}: raised {type(fault).__name__}")
            return
        self.with_events += bool(received.inbounds)
        self.inbounds += received.inbounds
        self.broken += [
            f"{one.channel}: {type(one.fault).__name__}" for one in received.inbounds if one.fault
        ]

    def list_awaiting(self) -> Mapping[_Who, set[str]]:
        """Return who waits for an answer, each with their reply tokens."""
        owners = self._find_owners()
        silent = {_who(one) for one in self.inbounds if isinstance(one.what, Left | Unsent)}
        awaiting: dict[_Who, set[str]] = {}
        for one in self.inbounds:
            if one.reply_to is None:
                continue
            if _who(one) in awaiting:
                awaiting[_who(one)].add(one.reply_to.token)
            elif not isinstance(one.what, Edited) and _who(one) not in silent and self._is_own(one, owners):
                awaiting[_who(one)] = {one.reply_to.token}
        return awaiting

    def list_left_out(self) -> set[_Who]:
        """Return whoever surely said something that our reading left out."""
        return self.sure - {_who(one) for one in self.inbounds}

    def _find_owners(self) -> Mapping[tuple[str, str], set[str]]:
        owners: dict[tuple[str, str], set[str]] = {}
        for one in self.inbounds:
            for name in _names(one):
                owners.setdefault((one.channel, name), set()).add(one.user_id)
        return owners

    def _is_own(self, one: Inbound, owners: Mapping[tuple[str, str], set[str]]) -> bool:
        """Whether nobody else has used the names of an input, nor another input of theirs."""
        return all(owners[(one.channel, name)] == {one.user_id} for name in _names(one))


def find_unanswered(
    awaiting: Mapping[_Who, set[str]],
    vault: RootVault,
    *,
    tokens: set[str],
    chats: set[str],
    settled: Iterable[str],
) -> list[_Who]:
    """Return who waits in vain. `settled`: keys of people to whom a letter was sent or lost."""
    done = set(settled)
    return [
        (channel, user_id)
        for (channel, user_id), own in awaiting.items()
        if not (own & tokens if channel == "line" else user_id in chats)
        and vault.person_key(channel, user_id) not in done
    ]


def _decode(body: Body) -> Received:
    now = datetime.now(UTC)
    return (
        decode_line(body.raw, now, own_id=BOT_ID)
        if body.channel == "line"
        else decode_telegram(body.raw, now)
    )


def _who(one: Inbound) -> _Who:
    return one.channel, one.user_id


def _names(one: Inbound) -> tuple[str, ...]:
    """Name what is taken once: the event, and on LINE the message."""
    is_message = one.message_id and one.order is None and isinstance(one.what, Typed | SentMedia | Unsent)
    return (one.delivery_id, f"message:{one.message_id}") if is_message else (one.delivery_id,)
