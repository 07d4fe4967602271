"""Who and what the store's tests speak of: a person, sessions, replies, and a clock that tests own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot.core.model import ChoiceId, PersonKey, Session, StateId, Step, VisitId
from bot.core.reply import Button, Reply
from bot.crypto import RootVault
from bot.errors import StaleSession, StoreDown
from bot.ports import Address, Mail, Wipe
from bot.store.sql import SqlStore

T = TypeVar("T")

NOON = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)
VAULT = RootVault(bytes(range(32)))
SURVIVOR = VAULT.person_key("line", "U-survivor")
PARENT = VAULT.person_key("line", "U-parent")
YES = ChoiceId("yes")


class FakeClock:
    """A clock that moves when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


def a_session(**changes: object) -> Session:
    """A session in the middle of a conversation."""
    session = Session(
        visit=VisitId("v1"),
        turn=1,
        state=StateId("what_happened"),
        locale="zh_TW",
        seen_at=NOON,
        sent_at=NOON,
        answers={"age": "adult"},
        trail=(Step(StateId("start"), {}),),
    )
    return replace(session, **changes)  # type: ignore[arg-type]


def a_reply(text: str = "我們在這裡。") -> Reply:
    """A question with one button."""
    return Reply((text,), (Button(YES, "是", "choice"),), VisitId("v1"), 1, "zh_TW")


def a_mail(text: str = "我們在這裡。", *, until: datetime | None = None, **changes: object) -> Mail:
    """A letter that is due at once."""
    mail = Mail("line", an_address(until=until), a_reply(text))
    return replace(mail, **changes)  # type: ignore[arg-type]


def a_wipe(*message_ids: str) -> Wipe:
    """Messages to take back, with what is said when some stay."""
    return Wipe(message_ids, a_reply("有些還在。"))


def an_address(to: str = "U-survivor", *, until: datetime | None = None) -> Address:
    """Where a reply goes."""
    return Address(to, "token-1", until)


async def insist(work: Callable[[], Awaitable[T]], tries: int = 60) -> T:
    """Do what the runner and the channel do together: try again when refused."""
    for _ in range(tries):
        try:
            return await work()
        except (StaleSession, StoreDown):
            continue
    raise AssertionError("refused for ever")


async def begin(store: SqlStore, person: PersonKey = SURVIVOR, **changes: object) -> None:
    """Let a person write for the first time."""
    async with store.transaction() as tx:
        await tx.save_session(person, a_session(**changes), expected_version=None)


async def post(
    store: SqlStore,
    text: str,
    person: PersonKey = SURVIVOR,
    *,
    now: datetime = NOON,
    **changes: object,
) -> None:
    """Queue one reply."""
    async with store.transaction() as tx:
        await tx.queue(person, a_mail(text, **changes), now)
