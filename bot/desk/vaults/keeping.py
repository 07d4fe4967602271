"""
The vaults of the staff: made, opened, closed, filled, granted to colleagues, removed. Each step is in the audit log first.

It must never say which words or keys it was given, and opens nothing that the log does not know of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.core.envelope import fingerprint as name_key
from bot.desk.acts import OFFICE
from bot.desk.identity import Identity, decrypt_with
from bot.desk.opening import KnownSigner, Opener
from bot.desk.reading import Opens
from bot.desk.vaults.cabinet import Cabinet, Mine
from bot.desk.vaults.known import KnownKeys
from bot.desk.vaults.locking import FLOOR, Cost
from bot.desk.vaults.looking import VaultsSeen
from bot.desk.vaults.memory import Closed, Memory, OpenVault, Rules, Why
from bot.desk.vaults.pasted import read_pasted
from bot.desk.vaults.removing import Removing
from bot.desk.vaults.seen import DeskKey, Refusal
from bot.desk.vaults.shelf import Shelf
from bot.desk.vaults.tries import Tries
from bot.desk.vaults.words import judge_words, read_words
from bot.desk.vaults.writing import MOST_KEYS, VaultFile, draw_own_key, make_vault, open_own
from bot.errors import Unreadable
from bot.ports import Audit, Clock
from bot.ports.keyring import Ring

TRIES: Final = 5
PAUSE: Final = timedelta(minutes=15)
_BEGIN: Final = "-----BEGIN AGE ENCRYPTED FILE-----"
_END: Final = "-----END AGE ENCRYPTED FILE-----"
_log = logging.getLogger(__name__)


class StaffVaults(VaultsSeen):
    """
    The vaults of one office; see `bot.desk.vaults.Vaults`.

    `free`: identities that open without words, at every seat (demo only). `ring`: the recipients of now and before; a key that is
    none of theirs opens nothing, is taken from no page and granted to nobody. AuditDown from everything that opens or changes one: nothing
    was done then. A Refusal says why nothing was done; None, or what was made: it was done.
    """

    def __init__(
        self,
        shelf: Shelf,
        signers: Iterable[KnownSigner],
        *,
        audit: Audit,
        clock: Clock,
        ring: Callable[[], Ring],
        free: Sequence[Identity] = (),
        rules: Rules | None = None,
        cost: Cost | None = None,
        least: Cost = FLOOR,
    ) -> None:
        memory, known = Memory(rules or Rules()), KnownKeys(ring)
        cabinet = Cabinet(shelf, memory, least=least)
        super().__init__(cabinet, memory, known=known, tries=Tries(TRIES, PAUSE), clock=clock, free=free)
        self._signers = tuple(signers)
        self._audit = audit
        self._cost = cost or Cost()
        self._removing = Removing(
            cabinet, known, audit=audit, clock=clock, close=lambda one: self.lock(one, why="removed")
        )

    def __repr__(self) -> str:
        """Hide what is open."""
        return "StaffVaults(…)"

    def opener(self, account_id: str, seat: str, *, is_use: bool = True) -> Opens | None:
        """Return what opens handoffs; see `Vaults`. None: the vault is not open at this seat."""
        identities = self._find_opening(account_id, seat, is_use=is_use)
        return Opener(identities, self._signers) if identities else None

    def openers(self, account_id: str, seat: str) -> Mapping[str, Opens]:
        """Return what opens with each key alone that is open at this seat, by its fingerprint. It does not count as use."""
        identities = self._find_opening(account_id, seat, is_use=False)
        return {one.fingerprint: Opener((one,), self._signers) for one in identities}

    # ─── A member's own vault ─────────────────────────────────────────────────

    async def set_up(self, account_id: str, words: str, *, seat: str) -> Refusal | None:
        """Make a member's vault. It waits until somebody grants the desk's key; its own key is open at this seat."""
        words, since = read_words(words), self._memory.count_closings(account_id)
        refusal: Refusal | None = judge_words(words)
        if refusal or self._cabinet.has_file(account_id):
            return refusal or "exists"
        own, now = draw_own_key(), self._clock()
        file = await self._cabinet.work(
            lambda: make_vault(account_id, words, own=own, made_at=now, cost=self._cost)
        )
        named = {"key": _squeeze(file.fingerprint)}
        await self._audit.write("vault_made", actor=account_id, subject=account_id, detail=named)
        refusal = await self._cabinet.create(file)
        if refusal is None:
            self._cabinet.open(Mine(file, own, since), seat, self._clock())
        return refusal

    async def unlock(self, account_id: str, words: str, *, seat: str) -> bool:
        """
        Open a member's vault at a seat. False: other words, no vault, one that is not sound, or a pause (`look` tells which);
        or whoever typed the words left before they were looked at.

        After five wrong tries the account waits 15 minutes. The count lies in memory: a restart forgets it.
        """
        mine = await self._open_own(account_id, words)
        if not isinstance(mine, Mine):
            return False
        return await self._open(mine, seat)

    def lock(self, account_id: str, *, why: Why = "asked") -> None:
        """Close a vault at every seat. `write_closed` puts it into the log; closing waits for nothing."""
        self._memory.close(account_id, why)

    def leave(self, account_id: str, seat: str) -> None:
        """Close a vault at one seat, and void what is being opened for this account."""
        self._memory.leave(account_id, seat, "asked")

    def leave_others(self, account_id: str, *, keep: str) -> None:
        """Close a vault at every seat but this one."""
        self._memory.close(account_id, "asked", keep=keep)

    async def change_words(self, account_id: str, words: str, new: str) -> Refusal | None:
        """Lock a member's vault with other words. Its key, and what was granted to it, stay as they are."""
        new = read_words(new)
        refusal: Refusal | None = judge_words(new)
        if refusal:
            return refusal
        mine = await self._open_own(account_id, words)
        if not isinstance(mine, Mine):
            return mine
        own, made_at = mine.own, mine.file.made_at
        other = await self._cabinet.work(
            lambda: make_vault(account_id, new, own=own, made_at=made_at, cost=self._cost)
        )
        await self._audit.write("vault_words_set", actor=account_id, subject=account_id)
        changed = await self._cabinet.change(mine.file, lambda now: replace(other, granted=now.granted))
        return None if isinstance(changed, VaultFile) else changed

    async def remove(self, account_id: str, *, by: str) -> Refusal | None:
        """
        Remove a vault and close it. What it held is lost to this member until somebody grants it again.

        `only_one`: no other vault holds a recipient's key that is in it. Somebody else's is not destroyed but set aside.
        """
        return await self._removing.remove(account_id, by=by)

    async def set_aside(self, account_id: str, *, by: str) -> Refusal | None:
        """Take a vault away from a member who may not open handoffs any more, without destroying it; see `Vaults`."""
        return await self._removing.set_aside(account_id, by=by)

    async def drop_old(self) -> int:
        """Destroy what was set aside long ago; how many. It looks once a day."""
        return await self._removing.drop_old()

    def find_unheld(self) -> tuple[str, ...]:
        """Return the names of active recipients whose key is in no vault, and is not kept elsewhere."""
        return () if self._free else self._removing.find_unheld()

    # ─── The desk's identities ────────────────────────────────────────────────

    async def grant(self, giver: str, other: str, *, fingerprint: str, seat: str) -> Refusal | None:
        """
        Seal to a colleague's vault every identity that the giver's own vault holds and that is, or was, a recipient.

        `fingerprint` is what the giver heard from the colleague and typed; only a vault whose key is called so is granted
        to. What a recovery identity lent is never passed on.
        """
        vault = self._cabinet.find_open(giver, seat, self._clock())
        known = self._known.choose(vault.held) if vault else ()
        if vault is None or not known:
            return "locked"
        if giver == other:
            return "yourself"
        vault.used_at = self._clock()
        return await self.grant_these(known, other, fingerprint=fingerprint, by=giver)

    async def grant_these(
        self, identities: Sequence[Identity], other: str, *, fingerprint: str, by: str
    ) -> Refusal | None:
        """Do the same with identities of a file on the desk's host, for the first vault. No words are needed."""
        file = self._cabinet.find_file(other)
        if not isinstance(file, VaultFile):
            return file
        if _squeeze(fingerprint) != _squeeze(file.fingerprint):
            return "wrong_fingerprint"
        if len(self._known.choose(identities)) < len(identities):
            return "stranger"
        added = await self._add(file, identities, by=by)
        return None if isinstance(added, VaultFile) else added

    async def import_identity(
        self, account_id: str, text: str, words: str, *, seat: str, file_words: str = ""
    ) -> Refusal | None:
        """
        Put an identity that was pasted into the member's own vault, and open it. It must be, or have been, a recipient.

        `words` are those of the vault, `file_words` those of the identity's file if it is locked. The text stays in memory.
        """
        identities = await self._read_known(text, file_words)
        if not isinstance(identities, tuple):
            return identities
        mine = await self._open_own(account_id, words)
        if not isinstance(mine, Mine):
            return mine
        added = await self._add(mine.file, identities, by=account_id)
        if not isinstance(added, VaultFile):
            return added
        await self._open(Mine(added, mine.own, mine.since), seat)
        return None

    async def make_desk_key(self, account_id: str, *, seat: str) -> DeskKey | Refusal:
        """Make a new identity of the desk in the member's open vault. Nothing is sealed to it until it is a recipient."""
        vault = self._cabinet.find_open(account_id, seat, self._clock())
        file = self._cabinet.find_file(account_id)
        if not isinstance(file, VaultFile):
            return file
        if vault is None or vault.own is None:
            return "locked"
        if {one.fingerprint for one in file.granted} - self._known.look().known:
            return "key_waits"
        key = draw_own_key()
        made = Identity(name_key(str(key.to_public())), demo=False, key=key)
        added = await self._add(file, (made,), by=account_id)
        if not isinstance(added, VaultFile):
            return added
        return DeskKey(made.fingerprint, account_id, self._clock(), _public(made))

    async def recover(self, account_id: str, text: str, *, seat: str, file_words: str = "") -> Refusal | None:
        """Open with the recovery identity, at this seat and until it closes. It is never put into a vault."""
        since = self._memory.count_closings(account_id)
        identities = await self._read_known(text, file_words)
        if not isinstance(identities, tuple):
            return identities
        named: dict[str, str | int] = {"keys": len(identities), "key": _squeeze(identities[0].fingerprint)}
        await self._audit.write("vault_recovered", actor=account_id, subject=account_id, detail=named)
        _log.warning("a vault was opened with a recovery identity", extra={"channel": "office"})
        now = self._clock()
        vault = self._cabinet.find_open(account_id, seat, now) or OpenVault(now, now)
        vault = replace(vault, lent=identities, used_at=now)
        return None if self._memory.put(account_id, seat, vault, since=since) else "locked"

    def read_challenge(self, account_id: str, text: str, *, seat: str) -> tuple[bytes, frozenset[str]]:
        """
        Open a challenge that somebody sent, with what is open at this seat; returns it and whose keys these are.

        Empty: nothing opens it. It may be anything that was sealed to these keys: whoever shows it must see that it is a
        challenge.
        """
        identities = self._use(account_id, seat)
        start, end = text.find(_BEGIN), text.find(_END)
        age = f"{text[max(start, 0) : max(end, 0)]}{_END}\n".replace("\r", "").encode("utf-8", "replace")
        try:
            opened = decrypt_with(identities, age)
        except Unreadable:
            opened = b""
        return opened, frozenset(one.fingerprint for one in identities)

    # ─── Closing ──────────────────────────────────────────────────────────────

    def list_open(self) -> tuple[str, ...]:
        """Return the accounts whose vault is open, at whatever seat."""
        return self._memory.list_open()

    def list_seats(self, account_id: str) -> tuple[str, ...]:
        """Return the seats at which an account's vault is open."""
        return self._memory.list_seats(account_id)

    def close_due(self) -> None:
        """Close what has been open for too long, or what has another file by now."""
        now = self._clock()
        for account_id in self._memory.list_open():
            for seat in self._memory.list_seats(account_id):
                self._cabinet.find_open(account_id, seat, now)

    def close_all(self) -> None:
        """Close everything: the program ends."""
        for account_id in self._memory.list_open():
            self.lock(account_id, why="shutdown")

    async def write_closed(self) -> None:
        """Put what was closed into the log. AuditDown: the rest is tried at the next call."""
        waiting = list(self._memory.take_closed())
        try:
            while waiting:
                await self._write_closed(waiting[0])
                waiting.pop(0)
        finally:
            self._memory.give_back(waiting)

    # ─── Steps ────────────────────────────────────────────────────────────────

    def _find_opening(self, account_id: str, seat: str, *, is_use: bool) -> tuple[Identity, ...]:
        identities = self._use(account_id, seat, is_use=is_use)
        return identities if self._free else self._known.choose(identities)

    def _use(self, account_id: str, seat: str, *, is_use: bool = True) -> tuple[Identity, ...]:
        """Return what is open for a member at a seat, and count it as use if it is one."""
        if self._free and account_id:
            return self._free
        now = self._clock()
        vault = self._cabinet.find_open(account_id, seat, now)
        if vault is None:
            return ()
        if is_use:
            vault.used_at = now
        return vault.identities

    async def _open_own(self, account_id: str, words: str) -> Mine | Refusal:
        """Open the member's own key with the words; a try is counted before they are looked at."""
        since = self._memory.count_closings(account_id)
        mark, file = self._cabinet.mark(account_id), self._cabinet.find_file(account_id)
        if not isinstance(file, VaultFile):
            return file
        if not self._tries.claim(account_id, self._clock()):
            return "paused"
        own = await self._cabinet.work(lambda: open_own(file, read_words(words)))
        if own is None:
            await self._refuse(account_id)
            return "wrong_words"
        self._tries.forgive(account_id)
        return Mine(file, own, since, mark)

    async def _read_known(self, text: str, file_words: str) -> tuple[Identity, ...] | Refusal:
        """Read a pasted identity, if every key of it is known. Nobody brings a key of their own. Source: SECURITY T6, T10."""
        identities = await self._cabinet.work(lambda: read_pasted(text, file_words))
        if not isinstance(identities, tuple):
            return identities
        return identities if len(self._known.choose(identities)) == len(identities) else "stranger"

    async def _refuse(self, account_id: str) -> None:
        """Write down that somebody tried too often."""
        if self._tries.paused_until(account_id, self._clock()):
            await self._audit.write(
                "locked_out", actor=account_id, subject=account_id, detail={"what": "vault"}
            )

    async def _open(self, mine: Mine, seat: str) -> bool:
        who, keys = mine.file.account_id, len(mine.file.granted)
        await self._audit.write("vault_unlocked", actor=who, subject=who, detail={"keys": keys})
        return self._cabinet.open(mine, seat, self._clock())

    async def _add(self, file: VaultFile, identities: Sequence[Identity], *, by: str) -> VaultFile | Refusal:
        new = sum(not file.has(one.fingerprint) for one in identities)
        if new and len(file.granted) + new > MOST_KEYS:
            return "full"
        await self._audit.write("vault_granted", actor=by, subject=file.account_id, detail={"keys": new})
        return await self._cabinet.add(file, identities, by=by, now=self._clock())

    async def _write_closed(self, closed: Closed) -> None:
        who = closed.account_id
        actor = who if closed.why == "asked" else OFFICE
        await self._audit.write("vault_locked", actor=actor, subject=who, detail={"why": closed.why})


def _squeeze(shown: str) -> str:
    """Bring a fingerprint as somebody typed it, and as we show it, into one form."""
    return "".join(shown.replace("-", " ").split()).casefold()


def _public(identity: Identity) -> str:
    return str(identity.key.to_public())
