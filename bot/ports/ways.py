"""The ways in of a staff account beside its password: passkeys, one-time codes, the agency's own sign-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from bot.ports.staff import Passkey, StaffAccount

#: What somebody can come in with. `code` is nothing without `password`, and `password` alone only until there is another.
Way = Literal["password", "code", "passkey", "agency"]


class WaysStore(Protocol):
    """Passkeys, one-time codes and outside identities of the database. StoreDown from each."""

    async def list_ways(self, account_id: str) -> frozenset[Way]:
        """Say which ways in an account has."""
        ...

    async def list_passkeys(self, account_id: str) -> Sequence[Passkey]:
        """Return the passkeys of an account, oldest first."""
        ...

    async def find_passkey(self, passkey_id: str) -> tuple[Passkey, StaffAccount] | None:
        """Find a passkey and its account, unless that is disabled."""
        ...

    async def add_passkey(self, passkey: Passkey, *, by: str = "") -> bool:
        """
        Add one. False: it is known already, or the session `by` has ended; nothing changed.

        `by`: the id of the session that adds it. Was that half a one, it becomes whole and the account's other sessions end, in
        the same transaction: no password alone is worth more than before because its owner has a second way in.
        """
        ...

    async def use_passkey(self, passkey_id: str, *, sign_count: int, now: datetime) -> bool:
        """Note a use. False: the counter did not grow, so it may be a copy; nothing changed."""
        ...

    async def remove_passkey(self, account_id: str, passkey_id: str) -> bool:
        """Remove one of an account. False: there is none, or nobody could get in without it; nothing changed."""
        ...

    async def set_totp(
        self, account_id: str, secret: bytes | None, now: datetime, *, step: int | None = None, by: str = ""
    ) -> bool:
        """
        Set the locked secret of the one-time codes, or take it away; tries are forgotten.

        `step`: the one whose code counts as used up. `by`: as with a passkey. False: the session `by` has ended; nothing changed.
        """
        ...

    async def claim_totp(self, account_id: str, *, limit: int) -> int:
        """
        Count a code as wrong before it is looked at: which one it is, from 1.

        0: `limit` wrong ones since the last right one, an administrator must reset it.
        """
        ...

    async def use_totp_step(self, account_id: str, step: int) -> bool:
        """The code of this 30-second step was right: forget the tries. False: it, or a later one, was used before."""
        ...

    async def find_subject(self, subject_hash: str) -> StaffAccount | None:
        """Find the account of an outside identity, unless it is disabled."""
        ...

    async def set_subject(self, account_id: str, subject_hash: str | None) -> bool:
        """
        Bind an account to an outside identity, or to none any more.

        False: another account has it, or nobody could get in without it; nothing changed.
        """
        ...


class Agency(Protocol):
    """An agency's own sign-in, as its OpenID Connect provider offers it. AgencyDown from each: it did not answer."""

    @property
    def issuer(self) -> str:
        """The provider's name, as staff know its address."""
        ...

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser must go to be asked there, anew, who it is."""
        ...

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> Mapping[str, object] | None:
        """Return the checked claims of who signed in there. None: it is not proven."""
        ...
