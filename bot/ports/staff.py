"""The staff of the back office as its program needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

#: What an account may do. Source: SECURITY T6. `accounts` never goes together with `open` or `export`.
Right = Literal["list", "open", "export", "accounts", "audit"]
#: Who made an invitation at the host itself, in place of an account's id.
BY_COMMAND: Final = "command"
#: How somebody signed in. `half`: with a password alone, while there was no second way in; they may only set one up.
Method = Literal["password", "half", "passkey", "oidc"]


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """
    One staff member's account. Never a shared one.

    `password_hash` is empty without a password; `totp` is the shared secret, locked with the office's own key.
    `old_passwords`: hashes of passwords used before, newest first. `seen_at`: when they were last signed in. `opens_since`: when
    they were given the right to open handoffs, if that was after the account was made.
    """

    id: str
    name: str
    password_hash: str = field(repr=False)
    rights: frozenset[Right] = frozenset()
    created_at: datetime | None = None
    disabled_at: datetime | None = None
    password_at: datetime | None = None
    old_passwords: tuple[str, ...] = field(default=(), repr=False)
    totp: bytes | None = field(default=None, repr=False)
    seen_at: datetime | None = None
    opens_since: datetime | None = None


def is_demo_name(name: str) -> bool:
    """Say whether a name is kept for the demo environment: `demo`, or `demo-` and more. Its password is printed."""
    return name == "demo" or name.startswith("demo-")


@dataclass(frozen=True, slots=True)
class StaffSession:
    """
    A staff member at work. Which session it is only the hash of its token tells; `id` names it for ending it.

    `method`: how they came in, and so how strong the session is. `proved_at`: when they last proved who they are, by coming in
    or again (step-up); None: nobody asked them. `password_at`: since when the account has its password; None: it has none.
    `seat`: the hash of the token that was sent with this request, by which a vault is open; empty wherever no token was.
    """

    name: str
    created_at: datetime
    seen_at: datetime
    id: str = ""
    account_id: str = ""
    rights: frozenset[Right] = frozenset()
    method: Method = "password"
    proved_at: datetime | None = None
    password_at: datetime | None = None
    seat: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What somebody showed to come in, as it was when it was checked. It must still be the account's when the session opens.

    `at`: when they were asked for it; None: nobody knows, so the session begins unproved. The others are None where they were
    not asked for: the stored hash of the password, the locked secret of the codes, a passkey's id, an outside identity.
    """

    at: datetime | None = None
    password_hash: str | None = field(default=None, repr=False)
    totp: bytes | None = field(default=None, repr=False)
    passkey: str | None = field(default=None, repr=False)
    subject: str | None = field(default=None, repr=False)


#: Nothing was asked for.
NOTHING_SHOWN: Final = Shown()


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of an account. `id`: the credential id as base64url text; `credential`: its public half and data."""

    id: str
    account_id: str
    credential: bytes = field(repr=False)
    sign_count: int
    label: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """
    A way in that works once. `account_id` is None for somebody new; else its ways in are set anew.

    `name` is empty for a first administrator, who chooses it. `made_by`: an account's id, or `command`.
    `id` names it for taking it back and lets nobody in.
    """

    name: str
    rights: frozenset[Right]
    made_by: str
    until: datetime
    account_id: str | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """
    Whoever uses an invitation. `id`, `name`: of a new account; `password_hash` is empty without a password.

    `old`: hashes of passwords to remember, newest first.
    """

    id: str
    name: str
    password_hash: str = field(repr=False)
    old: tuple[str, ...] = field(default=(), repr=False)


#: What became of using an invitation: `gone` was used, taken back or is too old; `taken`: somebody has that name.
Joined = Literal["joined", "gone", "taken"]


class StaffStore(Protocol):
    """
    Staff accounts, their ways in, and who is signed in. StoreDown from each.

    A disabled account is found by `list_accounts` alone.
    """

    async def find_account(self, name: str) -> StaffAccount | None:
        """Find an account that is not disabled."""
        ...

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        """Add an account without rights. False: the name is taken, and nothing changed."""
        ...

    async def find_member(self, account_id: str) -> StaffAccount | None:
        """Find an account by its id, a disabled one too."""
        ...

    async def set_password(
        self,
        account_id: str,
        password_hash: str,
        *,
        now: datetime | None = None,
        old: Sequence[str] = (),
        keep: str = "",
    ) -> None:
        """
        Replace the password, lift any lock and end the account's sessions, but the one with the id `keep`.

        `now`: since when it is the password; `old`: the hashes to remember, newest first.
        """
        ...

    async def disable_account(self, name: str, now: datetime, *, even_last: bool = False) -> bool:
        """
        Close an account and end its sessions in the same transaction, with the invitations it made and those for it.

        False: nobody would be left who manages accounts, so nothing changed; `even_last`: all the same.
        """
        ...

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> int:
        """
        Count a try as failed before its password is looked at: which one it is, from 1. 0: locked, do not look.

        Counting first, in one statement, is what keeps a burst of guesses at once from being looked
        at before the first of them has failed. The `limit`-th try locks and starts a new count.
        """
        ...

    async def record_success(self, account_id: str) -> None:
        """The password was right: forget the tries and lift the lock."""
        ...

    async def add_session(
        self,
        token_hash: str,
        account_id: str,
        now: datetime,
        *,
        method: Method = "password",
        shown: Shown = NOTHING_SHOWN,
    ) -> bool:
        """
        Open a session, and note when the account was last used.

        False: the account was disabled meanwhile or no longer has what was `shown`, or for `half` has a second way in; nothing
        changed.
        """
        ...

    async def find_session(self, token_hash: str) -> StaffSession | None:
        """Find a session of an account that is not disabled, however old the session is."""
        ...

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        ...

    async def prove_session(self, token_hash: str, now: datetime) -> None:
        """Note that its member proved again who they are."""
        ...

    async def end_session(self, token_hash: str) -> None:
        """End it; ending one that is gone is no error."""
        ...

    async def drop_sessions(self, created_before: datetime) -> None:
        """Delete sessions that are past their time."""
        ...

    async def list_accounts(self) -> Sequence[StaffAccount]:
        """Return all accounts by name, disabled ones too."""
        ...

    async def set_rights(
        self, account_id: str, rights: frozenset[Right], *, now: datetime | None = None
    ) -> bool:
        """
        Say what an account may do; it counts from the next request. Who no longer manages accounts invites nobody.

        `now`: written down as `opens_since` where it gives the right to open, which the account did not have.
        False: nobody would be left who manages accounts, so nothing changed.
        """
        ...

    async def list_sessions(self, account_id: str) -> Sequence[StaffSession]:
        """Return the sessions of an account, newest first, however old they are."""
        ...

    async def list_seats(self, account_id: str) -> frozenset[str]:
        """Return the hashes of the tokens of an account's sessions, none of one that is disabled."""
        ...

    async def end_one_session(self, account_id: str, session_id: str) -> bool:
        """End the session of that id if it is the account's. False: it is not."""
        ...

    async def end_other_sessions(self, account_id: str, *, keep: str) -> int:
        """End an account's sessions but the one with the id `keep`; returns how many ended."""
        ...

    async def add_invitation(self, token_hash: str, invitation: Invitation, now: datetime) -> None:
        """Keep an invitation in place of any for the same account or, without name, any other without; old ones go."""
        ...

    async def find_invitation(self, token_hash: str, now: datetime) -> Invitation | None:
        """Find an invitation that still works, made by one who still manages accounts. Looking uses nothing up."""
        ...

    async def list_invitations(self, now: datetime) -> Sequence[Invitation]:
        """Return the invitations that still work, the one that ends first first."""
        ...

    async def withdraw_invitation(self, invitation_id: str) -> bool:
        """Take one back. False: it is gone already."""
        ...

    async def join(self, token_hash: str, newcomer: Newcomer, now: datetime) -> Joined:
        """
        Use an invitation up, in one transaction with what it does: of two at once exactly one has joined.

        Somebody new gets an account with the invitation's rights. Otherwise password, codes, passkeys, outside
        identity and sessions of the account end and it has only the new password; a disabled one is open again.
        `taken`: nothing changed, and the invitation still works.
        """
        ...
