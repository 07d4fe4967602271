"""
Who works at the desk: inviting, rights, letting back in, disabling; and that nobody shares an account.

Each step checks by itself who takes it, and answers with what became of it. What gives anything is in the audit log first,
or is not done; what only takes away is done first, because a log that is down must keep nobody in. The name of a member
stands in no audit line and no address.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from bot.desk.acts import COMMAND, OFFICE, Act
from bot.desk.late_lines import LateLines
from bot.desk.vaults import Vaults
from bot.errors import AuditDown
from bot.ports import (
    BY_COMMAND,
    Audit,
    Clock,
    Invitation,
    Newcomer,
    Right,
    StaffAccount,
    StaffSession,
    StaffStore,
    is_demo_name,
)

RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
#: Accounts of the demo environment. Their password is printed, so production neither makes them nor lets them in.
DEMO_RIGHTS: Final[Mapping[str, frozenset[Right]]] = {
    "demo": frozenset({"list", "open", "export"}),
    "demo-admin": frozenset({"accounts"}),
    "demo-auditor": frozenset({"list", "audit"}),
}
#: Not used for so long, an account is disabled. Source: SECURITY §6, checklist; 90 days is our own figure.
IDLE_AFTER: Final = timedelta(days=90)
MAX_NAME_CHARS: Final = 64
_INVITED_FOR = timedelta(hours=48)
_SETUP_FOR = timedelta(minutes=30)
#: An account administrator cannot open a handoff. Source: SECURITY T6.
_NEVER_WITH_ACCOUNTS: Final[frozenset[Right]] = frozenset({"open", "export"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")

#: Why a step was not taken; each has a sentence in the words of the office.
Refusal = Literal[
    "no_right",
    "own_rights",
    "mixed_rights",
    "no_rights",
    "bad_name",
    "taken",
    "gone",
    "last_admin",
    "vault_stays",
]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed, and why."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class Link:
    """A way in that works once. The token is told once and not kept."""

    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step, and with which rights."""

    id: str
    rights: frozenset[Right]


#: Whoever can run a command at the host could as well change the database.
HOST: Final = Actor(COMMAND, frozenset({"accounts"}))


class Members:
    """
    The use cases. StoreDown from each: nothing was changed. AuditDown from those that give something: the same.

    Those that only take away (`withdraw`, `disable`, ending sessions, `set_rights` to fewer) are noted by `late`, afterwards.
    """

    def __init__(
        self,
        staff: StaffStore,
        audit: Audit,
        vaults: Vaults,
        *,
        late: LateLines,
        clock: Clock,
        new_token: Callable[[], str],
        new_id: Callable[[], str],
        demo: bool = False,
    ) -> None:
        """`demo`: accounts of the demo environment can be signed in to, so they count as administrators too."""
        self._demo = demo
        self._staff = staff
        self._audit = audit
        self._vaults = vaults
        self._late = late
        self._clock = clock
        self._new_token = new_token
        self._new_id = new_id

    async def needs_setup(self) -> bool:
        """Whether nobody can manage accounts, so that only the host can let somebody in."""
        return not self._list_admins(await self._staff.list_accounts())

    async def open_setup(self) -> Link:
        """Make the link for an administrator at the host; one made before ends."""
        return await self._make_link(
            HOST,
            Invitation("", HOST.rights, BY_COMMAND, self._clock() + _SETUP_FOR),
            act="account_invited",
        )

    async def invite(self, by: Actor, name: str, rights: Collection[str]) -> Link | Refused:
        """Invite somebody new."""
        name, chosen = read_member_name(name), _read_rights(rights)
        refused = _refuse(by) or _refuse_rights(chosen) or await self._refuse_name(name)
        if refused:
            return refused
        invitation = Invitation(name, chosen, by.id, self._clock() + _INVITED_FOR)
        return await self._make_link(by, invitation, act="account_invited")

    async def invite_back(self, by: Actor, account_id: str) -> Link | Refused:
        """
        Make a link by which a member sets all ways in anew; it also opens a disabled account again.

        Until it is used everything stays as it is. It never opens the member's vault.
        """
        account = await self._staff.find_member(account_id)
        refused = _refuse(by) or (Refused("own_rights") if account_id == by.id else None)
        if refused or account is None:
            return refused or Refused("gone")
        invitation = Invitation(account.name, account.rights, by.id, self._clock() + _INVITED_FOR, account.id)
        return await self._make_link(by, invitation, act="account_reset")

    async def withdraw(self, by: Actor, invitation_id: str) -> Refused | None:
        """Take an invitation back."""
        pending = await self._staff.list_invitations(self._clock())
        found = next((each for each in pending if each.id == invitation_id), None)
        refused = _refuse(by)
        if refused or found is None:
            return refused or Refused("gone")
        if not await self._staff.withdraw_invitation(invitation_id):
            return Refused("gone")
        await self._note("invitation_withdrawn", by, found.account_id or "")
        return None

    async def set_rights(self, by: Actor, account_id: str, rights: Collection[str]) -> Refused | None:
        """Say what a member may do. Nobody changes their own rights. AuditDown: it adds one, so nothing was changed."""
        chosen = _read_rights(rights)
        refused = (
            _refuse(by)
            or (Refused("own_rights") if account_id == by.id else None)
            or _refuse_rights(chosen)
            or await self._refuse_leaving(account_id, chosen)
        )
        account = await self._staff.find_member(account_id)
        if refused or account is None:
            return refused or Refused("gone")
        adds = bool(chosen - account.rights)
        if adds:
            await self._write("rights_set", by, account_id, rights=_say(chosen))
        if "open" in chosen - account.rights and not await self._empty_vault(by, account_id):
            return Refused("vault_stays")
        if not await self._staff.set_rights(account_id, chosen, now=self._clock()):
            return Refused("last_admin")
        if "open" not in chosen:
            self._vaults.lock(account_id)
            with suppress(
                AuditDown
            ):  # the right is gone; before it is given again the vault is looked for once more
                await self._empty_vault(by, account_id)
        if not adds:
            await self._note("rights_set", by, account_id, rights=_say(chosen))
        return None

    async def disable(self, by: Actor, account_id: str) -> Refused | None:
        """Close an account: its sessions end in the same transaction, its vault closes. At the host also the last."""
        account = await self._staff.find_member(account_id)
        refused = _refuse(by) or (None if by is HOST else await self._refuse_leaving(account_id, frozenset()))
        if refused or account is None:
            return refused or Refused("gone")
        refused = await self._close(account, self._clock(), even_last=by is HOST)
        if not refused:
            await self._note("account_disabled", by, account_id)
        return refused

    async def disable_idle(self, now: datetime) -> int:
        """Close the accounts that nobody has used for 90 days, never the last that manages accounts; how many."""
        accounts = await self._staff.list_accounts()
        managing = {each.id for each in self._list_admins(accounts)}
        admins = len(managing)
        closed = 0
        for account in sorted(accounts, key=idle_since):
            is_admin = account.id in managing
            if account.disabled_at or now - idle_since(account) < IDLE_AFTER or (is_admin and admins == 1):
                continue
            if await self._close(account, now) is None:
                closed, admins = closed + 1, admins - is_admin
                await self._late.note(
                    "account_disabled", actor=OFFICE, subject=account.id, detail={"idle": 1}
                )
        return closed

    async def end_session(self, by: Actor, account_id: str, session_id: str) -> Refused | None:
        """End a session: one's own, or anybody's for whoever manages accounts. The vault closes with it."""
        refused = None if account_id == by.id else _refuse(by)
        theirs = {session.id for session in await self._staff.list_sessions(account_id)}
        if refused or session_id not in theirs:
            return refused or Refused("gone")
        self._vaults.lock(account_id)
        if not await self._staff.end_one_session(account_id, session_id):
            return Refused("gone")
        await self._note("session_ended", by, account_id)
        return None

    async def end_other_sessions(self, session: StaffSession) -> int:
        """End all of one's own sessions but this one; returns how many ended."""
        actor = actor_of(session)
        ended = await self._staff.end_other_sessions(actor.id, keep=session.id)
        self._vaults.leave_others(actor.id, keep=session.seat)
        await self._note("session_ended", actor, actor.id, others=ended)
        return ended

    async def find_link(self, token: str) -> Invitation | None:
        """Find what a link is for, if it still works. Looking uses nothing up."""
        if not _TOKEN.fullmatch(token):
            return None
        return await self._staff.find_invitation(hash_link(token), self._clock())

    async def join(
        self, token: str, *, name: str, password_hash: str, old: tuple[str, ...] = ()
    ) -> str | Refused:
        """
        Use a link up: the id of the account that has joined.

        `name` counts for a first administrator only. `password_hash` may be empty: then a passkey must follow at once.
        Whoever loses a race for one link has a line already; a second one says that nothing came of it.
        """
        found = await self.find_link(token)
        if found is None:
            return Refused("gone")
        name = found.name or read_member_name(name)
        refused = None if found.name else await self._refuse_name(name)
        if refused:
            return refused
        newcomer = Newcomer(found.account_id or self._new_id(), name, password_hash, old)
        await self._audit.write(
            "account_reset" if found.account_id else "account_made",
            actor=newcomer.id,
            subject=newcomer.id,
            detail={"rights": _say(found.rights), "invited_by": found.made_by},
        )
        joined = await self._staff.join(hash_link(token), newcomer, self._clock())
        if joined != "joined":
            lost = {"why": joined}
            await self._late.note("invitation_lost", actor=newcomer.id, subject=newcomer.id, detail=lost)
            return Refused(joined)
        self._vaults.lock(newcomer.id)
        return newcomer.id

    async def _make_link(self, by: Actor, invitation: Invitation, *, act: Act) -> Link:
        await self._write(act, by, invitation.account_id or "", rights=_say(invitation.rights))
        token = self._new_token()
        await self._staff.add_invitation(hash_link(token), invitation, self._clock())
        return Link(token, invitation.until)

    async def _close(
        self, account: StaffAccount, now: datetime, *, even_last: bool = False
    ) -> Refused | None:
        if not await self._staff.disable_account(account.name, now, even_last=even_last):
            return Refused("last_admin")
        self._vaults.lock(account.id)
        return None

    async def _empty_vault(self, by: Actor, account_id: str) -> bool:
        """
        Set aside what somebody could open who may open handoffs anew: one person must not hold both hands.

        Else a social worker who comes to manage accounts keeps the desk's key, and later gives themselves a place to use it.
        """
        return await self._vaults.set_aside(account_id, by=by.id) in {None, "none"}

    async def _refuse_name(self, name: str) -> Refused | None:
        """Two names that look alike would be one person in every list."""
        if not is_member_name(name):
            return Refused("bad_name")
        known = {account.name for account in await self._staff.list_accounts()}
        known |= {each.name for each in await self._staff.list_invitations(self._clock())}
        is_taken = _look_of(name) in {_look_of(each) for each in known}
        return Refused("taken") if is_taken or is_demo_name(_look_of(name)) else None

    async def _refuse_leaving(self, account_id: str, rights: frozenset[Right]) -> Refused | None:
        """Refuse for an account that is not there, and where nobody would be left who manages accounts."""
        accounts = await self._staff.list_accounts()
        account = next((each for each in accounts if each.id == account_id), None)
        if account is None:
            return Refused("gone")
        is_last = [each.id for each in self._list_admins(accounts)] == [account_id]
        return Refused("last_admin") if is_last and "accounts" not in rights else None

    def _list_admins(self, accounts: Sequence[StaffAccount]) -> list[StaffAccount]:
        """Those who can come in and manage accounts: outside the demo nobody comes in with a name of the demo."""
        return [
            each
            for each in accounts
            if each.disabled_at is None
            and "accounts" in each.rights
            and (self._demo or not is_demo_name(each.name))
        ]

    async def _write(self, act: Act, by: Actor, subject: str, **detail: str | int) -> None:
        await self._audit.write(act, actor=by.id, subject=subject, detail=detail)

    async def _note(self, act: Act, by: Actor, subject: str, **detail: str | int) -> None:
        await self._late.note(act, actor=by.id, subject=subject, detail=detail)


def actor_of(session: StaffSession) -> Actor:
    """Return who is signed in as the one who takes a step."""
    return Actor(session.account_id, session.rights)


def read_member_name(typed: str) -> str:
    """Bring a typed name into the one form in which names are stored."""
    return unicodedata.normalize("NFC", typed).strip()


def is_member_name(name: str) -> bool:
    """
    Whether an account may be called so: 1 to 64 characters that can be seen, or single blanks.

    Marks that turn or hide text are none of them. Source: SECURITY T17.
    """
    return 0 < len(name) <= MAX_NAME_CHARS and name.isprintable() and "  " not in name


def idle_since(account: StaffAccount) -> datetime:
    """Return when an account was last used, or made or set up anew if that was later."""
    moments = (account.seen_at, account.password_at, account.created_at)
    return max(moment for moment in moments if moment is not None)


def hash_link(token: str) -> str:
    """Hash the token of a link for storage, apart from those of sessions: neither can be used as the other."""
    return hashlib.sha256(b"link:" + token.encode()).hexdigest()


def _refuse(by: Actor) -> Refused | None:
    return None if "accounts" in by.rights else Refused("no_right")


def _refuse_rights(rights: frozenset[Right]) -> Refused | None:
    if not rights:
        return Refused("no_rights")
    return Refused("mixed_rights") if "accounts" in rights and rights & _NEVER_WITH_ACCOUNTS else None


def _read_rights(rights: Collection[str]) -> frozenset[Right]:
    """What is no right is left out."""
    return frozenset(right for right in RIGHTS if right in rights)


def _say(rights: Iterable[Right]) -> str:
    return " ".join(sorted(rights))


def _look_of(name: str) -> str:
    """Bring names to one form that differ in width, case or blanks only."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")
