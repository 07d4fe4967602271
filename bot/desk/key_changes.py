"""
Changing the recipients from the pages: each step is in the audit log first, and two people are needed.

Whoever manages accounts lets a key wait; somebody who can read handoffs already makes it active, or revokes one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.envelope import fingerprint
from bot.desk.approving import SETTLED_AFTER
from bot.ports import Audit, Clock, StaffStore
from bot.ports.keyring import Asked, KeyRefusal, KeyRing, RecipientState, Ring

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What the holder of a waiting key told by telephone: its fingerprint as they read it, and the phrase."""

    name: str
    code: str = field(repr=False)
    phrase: str = field(repr=False)


class KeyChanges:
    """Changes keys for somebody (`actor`: an account's id). AuditDown: nothing was done."""

    def __init__(self, ring: KeyRing, audit: Audit, *, staff: StaffStore, clock: Clock) -> None:
        self._ring = ring
        self._audit = audit
        self._staff = staff
        self._clock = clock

    @property
    def ring(self) -> KeyRing:
        """The keys themselves, for reading."""
        return self._ring

    def look(self) -> Ring:
        """Read all keys anew."""
        return self._ring.look()

    async def add(self, actor: str, name: str, key: str) -> Asked | KeyRefusal:
        """Let a new recipient wait."""
        refusal = self._ring.why_not("add", name, key=key)
        if refusal:
            return refusal
        await self._write("add", actor, fingerprint(key))
        return await asyncio.to_thread(self._ring.add, name, key, by=actor)

    async def rotate(self, actor: str, name: str, key: str) -> Asked | KeyRefusal:
        """Let a new key of an active recipient wait."""
        refusal = self._ring.why_not("rotate", name, key=key)
        if refusal:
            return refusal
        await self._write("rotate", actor, fingerprint(key))
        return await asyncio.to_thread(self._ring.rotate, name, key, by=actor)

    async def challenge(self, actor: str, name: str) -> Asked | KeyRefusal:
        """Make a new challenge for one who waits."""
        refusal = self._ring.why_not("challenge", name)
        if refusal:
            return refusal
        await self._write("challenge", actor, self._find(name, "pending"))
        return await asyncio.to_thread(self._ring.challenge, name)

    async def confirm(self, actor: str, told: Told, *, held: Collection[str]) -> KeyRefusal | None:
        """
        Make active a key that waits, with what its holder told by telephone.

        `held`: the fingerprints that the actor's own vault holds and has open. Only somebody who can read handoffs already
        lets another one read them: whoever manages accounts can make as many accounts as they like, and none of these holds
        a key. Neither the account that added the key nor the actor's right to open is younger than a day: there is time for
        somebody to notice. The try stands in the log before anything is compared, the activation before it is done.
        Source: SECURITY T6.
        """
        refusal = (
            self._refuse_holder(held)
            or self._ring.why_not("activate", told.name, by=actor)
            or await self._refuse_young(actor, told.name)
        )
        if refusal:
            return refusal
        key = self._find(told.name, "pending")
        await self._write("try", actor, key)
        refusal = await asyncio.to_thread(self._ring.try_phrase, told.name, told.phrase, by=actor)
        if not is_heard(told.code, key) and refusal in {None, "wrong_phrase"}:
            return await self._refuse_code(actor, key, is_phrase_right=refusal is None)
        if refusal:
            return refusal
        await self._write("activate", actor, key)
        return await asyncio.to_thread(self._ring.activate, told.name, told.phrase, by=actor)

    async def revoke(self, actor: str, name: str, *, held: Collection[str]) -> KeyRefusal | None:
        """Never seal to this name again; `held` as above."""
        refusal = self._refuse_holder(held) or self._ring.why_not("revoke", name)
        if refusal:
            return refusal
        await self._write("revoke", actor, self._find(name, "active", "pending"))
        return await asyncio.to_thread(self._ring.revoke, name)

    async def keep(self, actor: str, name: str, *, held: Collection[str]) -> KeyRefusal | None:
        """Write down that the private half of an active key is kept on paper or in a file; `held` as above."""
        refusal = self._refuse_holder(held) or self._ring.why_not("keep", name)
        if refusal:
            return refusal
        await self._write("keep", actor, self._find(name, "active"))
        return await asyncio.to_thread(self._ring.keep, name)

    def is_holder(self, held: Collection[str]) -> bool:
        """Whether one of these is the key of an active recipient."""
        return any(one.state == "active" and one.fingerprint in held for one in self.look().recipients)

    def _refuse_holder(self, held: Collection[str]) -> KeyRefusal | None:
        return None if self.is_holder(held) else "no_holder"

    async def _refuse_code(self, actor: str, key: str, *, is_phrase_right: bool) -> KeyRefusal:
        """Whoever tells the phrase has the challenge of this key; if they read another fingerprint, somebody swapped one."""
        if not is_phrase_right:
            return "wrong_code"
        await self._write("mismatch", actor, key)
        _log.error("a right phrase came with another fingerprint", extra={"channel": "office"})
        return "mismatch"

    async def _refuse_young(self, actor: str, name: str) -> KeyRefusal | None:
        waiting = (one for one in self.look().recipients if one.name == name and one.state == "pending")
        added_by = next((one.added_by for one in waiting), "")
        me = await self._staff.find_member(actor)
        moments: list[datetime | None] = [me.created_at, me.opens_since] if me else [self._clock()]
        if added_by:
            other = await self._staff.find_member(added_by)
            moments.append(other.created_at if other else self._clock())
        newest = max((one for one in moments if one is not None), default=self._clock())
        return "young" if self._clock() - newest < SETTLED_AFTER else None

    async def _write(self, step: str, actor: str, key: str) -> None:
        """Write a step down with the fingerprint alone: somebody could have named a key by a telephone number."""
        detail = {"step": step, "key": key.replace(" ", "")}
        await self._audit.write("recipient_changed", actor=actor, detail=detail)

    def _find(self, name: str, *states: RecipientState) -> str:
        """Return the fingerprint of the key of this name, in the first of these states that it has."""
        found = {one.state: one.fingerprint for one in self.look().recipients if one.name == name}
        return next((found[state] for state in states if state in found), "")


def is_heard(typed: str, fingerprint_: str) -> bool:
    """Whether what somebody typed is this fingerprint; spaces, hyphens and capitals do not count."""
    squeezed = "".join(typed.replace("-", " ").split()).casefold()
    return bool(squeezed) and squeezed == fingerprint_.replace(" ", "").casefold()
