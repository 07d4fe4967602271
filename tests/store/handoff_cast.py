"""Handoffs for the store's tests: sealed by nobody, so that what is inside is known to be noise."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model import PersonKey
from bot.ports import NewConsent, NewHandoff, NewRequest, RequestKind, Sealed
from bot.store.sql import SqlStore
from tests.store.cast import NOON, SURVIVOR, a_session

HOUR = NOON.replace(minute=0, second=0, microsecond=0)
SOON = HOUR + timedelta(minutes=20)
QUARTER = timedelta(minutes=15)
RECEIPT = "K7MD-2QXW-9PTA"
TEXT = '{"lines":["我們會把下面的內容交給社工。"],"locale":"zh_TW"}'


def a_seal(content: bytes = b"") -> Sealed:
    """Something that looks sealed and is like no other."""
    return Sealed(b"\x01" + content + os.urandom(48), os.urandom(64), "front 1f2e")


def a_consent(text: str = TEXT) -> NewConsent:
    return NewConsent(str(uuid.uuid4()), text, hashlib.sha256(text.encode()).hexdigest(), a_seal())


def a_handoff(receipt: str = RECEIPT, **changes: object) -> NewHandoff:
    new = NewHandoff(str(uuid.uuid4()), receipt, HOUR, a_seal(), a_consent())
    return replace(new, **changes)  # type: ignore[arg-type]


def a_request(handoff_id: str, kind: RequestKind = "withdraw", *, at: datetime = HOUR) -> NewRequest:
    return NewRequest(str(uuid.uuid4()), handoff_id, kind, at, a_seal())


async def send(store: SqlStore, receipt: str = RECEIPT, **changes: object) -> NewHandoff:
    """Send one, and nothing else."""
    new = a_handoff(receipt, **changes)
    async with store.transaction() as tx:
        await tx.add_handoff(new)
    return new


async def take_seat(store: SqlStore, seat: str = "seat", person: PersonKey = SURVIVOR) -> None:
    """Let a person who has a session ask for a page and open it."""
    async with store.transaction() as tx:
        await tx.load_session(person)
        await tx.add_page(person, f"token of {seat}", NOON + QUARTER)
    async with store.transaction() as tx:
        assert await tx.open_page(f"token of {seat}", seat, NOON, NOON + QUARTER) is not None


async def submit(store: SqlStore, seat: str, receipt: str) -> bool:
    """Send what a page shows, in one transaction, as the conversation does. False: the page had ended."""
    async with store.transaction() as tx:
        page = await tx.find_page(seat)
        if page is None:
            return False
        stored = await tx.load_session(page.person)
        if stored is None or not await tx.close_page(seat):
            return False
        await tx.add_handoff(a_handoff(receipt))
        emptied = a_session(turn=stored.session.turn + 1)
        await tx.save_session(page.person, emptied, expected_version=stored.version)
        return True
