"""
Who is at the desk: signing in, staying signed in, signing out.

It never tells an unknown name from a wrong password or a locked account, keeps no token but its
hash, and decides nothing about what a signed-in person may see.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.desk.acts import OFFICE
from bot.desk.late_lines import LateLines
from bot.desk.members import DEMO_RIGHTS
from bot.desk.vaults import Vaults
from bot.errors import ConfigError
from bot.office.passwords import Passwords
from bot.office.sources import Sources
from bot.office.ways.codes import Codes
from bot.office.ways.safe import Safe
from bot.ports import (
    Audit,
    Clock,
    Method,
    Shown,
    StaffAccount,
    StaffSession,
    StaffStore,
    Way,
    WaysStore,
    is_demo_name,
)

#: The account of the demo environment. Its password is printed at the start, so production never lets it in.
DEMO_NAME = "demo"
_MAX_NAME_LENGTH = 64
#: A session's last use is written at this grain, so that looking around does not write at every click.
_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How often one may try, and how long one stays signed in. Source: SECURITY T23, T24.

    A refusal is not answered before `answer_after` has passed, however it came about.
    """

    tries: int = 5
    lock_for: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=8)
    proof: timedelta = timedelta(minutes=10)
    answer_after: timedelta = timedelta(milliseconds=600)


@dataclass(frozen=True, slots=True)
class Guess:
    """One try to sign in, or to prove again who one is. `code`: a one-time code; empty without one."""

    name: str = field(repr=False)
    password: str = field(repr=False)
    source: str = field(repr=False)
    code: str = field(default="", repr=False)


class Means(Protocol):
    """What the desk works with; `visit.Parts` has it."""

    @property
    def staff(self) -> StaffStore:
        """The accounts, and who is signed in."""
        ...

    @property
    def ways(self) -> WaysStore:
        """The ways in beside a password."""
        ...

    @property
    def audit(self) -> Audit:
        """The log."""
        ...

    @property
    def late(self) -> LateLines:
        """Notes what only takes away."""
        ...

    @property
    def vaults(self) -> Vaults:
        """What closes when its member goes."""
        ...

    @property
    def safe(self) -> Safe:
        """What the secrets of one-time codes are locked in."""
        ...

    @property
    def clock(self) -> Clock:
        """The time, aware UTC."""
        ...

    @property
    def new_token(self) -> Callable[[], str]:
        """Makes 256 random bits as text."""
        ...


class Desk:
    """Signs staff in and out, and knows who is at work."""

    def __init__(self, means: Means, passwords: Passwords, *, limits: Limits, demo: bool) -> None:
        self.codes = Codes(means.ways, means.safe, means.clock)
        self._staff = means.staff
        self._ways = means.ways
        self._audit = means.audit
        self._late = means.late
        self._vaults = means.vaults
        self._passwords = passwords
        self._clock = means.clock
        self._new_token = means.new_token
        self._limits = limits
        self._demo = demo
        self._sources = Sources(limits.tries, limits.lock_for)
        #: Whose session a token was when it was last seen here, and since when.
        self._seen: dict[str, tuple[str, datetime]] = {}

    # Coming in

    async def sign_in(self, guess: Guess) -> str | None:
        """Check a guess and open a session: its token. None, always after the same time: refused."""
        account = await self.recognise(guess)
        if account is None:
            return None
        shown = Shown(at=self._clock(), password_hash=account.password_hash, totp=account.totp)
        return await self.admit(account, "password", shown=shown)

    async def recognise(self, guess: Guess) -> StaffAccount | None:
        """Say whose name, password and code these are. None, always after the same time: nobody's, or locked."""
        async with self._taking_its_time() as answer:
            account = await self._staff.find_account(guess.name) if self._is_a_name(guess.name) else None
            nth = await self._claim(guess.source, account)
            if nth is None:
                return None
            stored = account.password_hash if account is not None and nth else None
            is_right = await self._passwords.is_right(guess.password, stored)
            if account is None:
                return None
            is_right = is_right and await self._has_second(account, guess.code)
            answer.is_yes = await self._settle(account, guess.source, nth, is_right=is_right)
        return account if answer.is_yes else None

    async def recognise_code(self, account: StaffAccount, code: str, source: str) -> bool:
        """Check a code alone, of somebody whom their agency vouches for. False, after the same time: refused."""
        async with self._taking_its_time() as answer:
            nth = await self._claim(source, account)
            is_right = bool(nth) and account.totp is not None and await self._is_code(account, code)
            answer.is_yes = await self._settle(account, source, nth or 0, is_right=is_right)
        return answer.is_yes

    async def is_own_password(self, account: StaffAccount, password: str, source: str) -> bool:
        """Check the present password of somebody signed in, counted as a try to sign in. False, after the same time: refused."""
        async with self._taking_its_time() as answer:
            nth = await self._claim(source, account)
            if nth is None:
                return False
            stored = account.password_hash if nth else None
            is_right = await self._passwords.is_right(password, stored)
            answer.is_yes = await self._settle(account, source, nth, is_right=is_right)
        return answer.is_yes

    async def admit(self, account: StaffAccount, method: Method, *, shown: Shown) -> str | None:
        """
        Open a session for somebody who was recognised: its token. AuditDown: it cannot be noted, so none.

        None: what they showed is no longer the account's, as after a new password or a reset.
        """
        if method == "password" and shown.totp is None and not self._is_excused(account.name):
            method = "half"
        await self._audit.write("signed_in", actor=account.id, subject=account.id, detail={"method": method})
        now = self._clock()
        await self._staff.drop_sessions(now - self._limits.longest)
        token = self._new_token()
        if not await self._staff.add_session(hash_token(token), account.id, now, method=method, shown=shown):
            await self._late.note("signed_out", actor=account.id, subject=account.id)
            return None
        self._note_seen(hash_token(token), account.id, now)
        return token

    def lets_in(self, account: StaffAccount) -> bool:
        """Say whether this account may come in here at all: those of the demo only in the demo."""
        return self._demo or not is_demo_name(account.name)

    # Being in

    async def find_session(self, token: str, *, is_use: bool = True) -> StaffSession | None:
        """Say who holds this token, if the session is alive, and at which seat; remember that it was used, if it was."""
        now, key = self._clock(), hash_token(token)
        found = await self._staff.find_session(key) if token else None
        if found is None:
            self._close_behind(key)
            return None
        self._note_seen(key, found.account_id, found.created_at)
        if not self._is_alive(found, now):
            await self._end(key)
            return None
        if is_use and now - found.seen_at >= _TOUCH_AFTER:
            await self._staff.touch_session(key, now)
        return replace(found, seat=key)

    def is_live(self, session: StaffSession) -> bool:
        """Say whether a session could still be used."""
        return self._is_alive(session, self._clock())

    def is_proved(self, session: StaffSession) -> bool:
        """Say whether this member proved in the last minutes who they are; being asked for it at the sign-in is proof."""
        return session.proved_at is not None and self._clock() - session.proved_at < self._limits.proof

    async def prove(self, token: str, session: StaffSession, method: Method) -> None:
        """
        Note that a member proved again who they are. With a log that is down it counts all the same.

        By itself it opens nothing: what it leads to is noted first, or only takes away, as putting an intruder out does.
        """
        mine = session.account_id
        await self._late.note("proved", actor=mine, subject=mine, detail={"method": method})
        await self._staff.prove_session(hash_token(token), self._clock())

    def needs_second(self, session: StaffSession) -> bool:
        """
        Say whether this member came in with a password alone, and may only set up a second way in.

        It is a property of the session: a second way that the account has by now makes no other session whole.
        """
        return session.method == "half"

    def close_others(self, session: StaffSession) -> None:
        """A half session became whole, and the account's others ended with that: close what they had open."""
        if self.needs_second(session):
            self._vaults.leave_others(session.account_id, keep=session.seat)

    # Going

    async def sign_out(self, token: str) -> None:
        """End the session of this token, and close its member's vault at its seat."""
        found = await self._staff.find_session(hash_token(token)) if token else None
        if found is None:
            return
        self._note_seen(hash_token(token), found.account_id, found.created_at)
        await self._end(hash_token(token))
        await self._late.note("signed_out", actor=found.account_id, subject=found.account_id)

    async def _end(self, token_hash: str) -> None:
        await self._staff.end_session(token_hash)
        self._close_behind(token_hash)

    def _close_behind(self, token_hash: str) -> None:
        """Close the vault of whoever had this session, at the seat that it was."""
        account_id, _ = self._seen.pop(token_hash, (None, None))
        if account_id is not None:
            self._vaults.leave(account_id, token_hash)

    def _note_seen(self, token_hash: str, account_id: str, since: datetime) -> None:
        if token_hash in self._seen:
            return
        oldest = self._clock() - self._limits.longest
        self._seen = {key: kept for key, kept in self._seen.items() if kept[1] > oldest}
        self._seen[token_hash] = (account_id, since)

    # Trying

    async def _claim(self, source: str, account: StaffAccount | None) -> int | None:
        """Count a try before it is looked at: which one of the account's it is, 0 without one. None: locked source."""
        now = self._clock()
        if not self._sources.claim(source, now):
            return None
        if account is None:
            return 0
        limits = self._limits
        return await self._staff.claim_attempt(account.id, now, limit=limits.tries, lock_for=limits.lock_for)

    async def _settle(self, account: StaffAccount, source: str, nth: int, *, is_right: bool) -> bool:
        """Take a right try back from the counts; note the wrong one that locks the account."""
        if is_right:
            self._sources.forgive(source)
            await self._staff.record_success(account.id)
        elif nth == self._limits.tries:
            await self._note_lock(account, "tries")
        return is_right

    async def _has_second(self, account: StaffAccount, code: str) -> bool:
        """A password alone is enough only until there is another way in: then it needs its code, or is none."""
        if account.totp is not None:
            return await self._is_code(account, code)
        return self.takes_password(account.name, await self._ways.list_ways(account.id))

    def takes_password(self, name: str, ways: frozenset[Way]) -> bool:
        """Say whether an account with these ways in is recognised by its password, with its code if it has codes."""
        return self._is_excused(name) or "code" in ways or ways <= {"password"}

    def _is_excused(self, name: str) -> bool:
        """Whether a printed password is enough: everything can be tried at once, in the demo environment."""
        return self._demo and is_demo_name(name)

    async def _is_code(self, account: StaffAccount, code: str) -> bool:
        seen = await self.codes.check(account, code)
        if seen.is_last:
            await self._note_lock(account, "codes")
        return seen.is_right

    async def _note_lock(self, account: StaffAccount, by: str) -> None:
        await self._late.note("locked_out", actor=OFFICE, subject=account.id, detail={"by": by})

    async def note_copy(self, account: StaffAccount) -> None:
        """Note that a passkey was refused because it may be a copy."""
        await self._note_lock(account, "sign_count")

    @asynccontextmanager
    async def _taking_its_time(self) -> AsyncIterator[_Answer]:
        """Hold a no back until the time that every no takes has passed."""
        loop, answer = asyncio.get_running_loop(), _Answer()
        answer_at = loop.time() + self._limits.answer_after.total_seconds()
        yield answer
        if not answer.is_yes:
            await asyncio.sleep(answer_at - loop.time())

    def _is_a_name(self, name: str) -> bool:
        """PostgreSQL refuses NUL; nobody's name needs it or any other control character."""
        if is_demo_name(name) and not self._demo:
            return False
        return 0 < len(name) <= _MAX_NAME_LENGTH and name.isprintable()

    def _is_alive(self, session: StaffSession, now: datetime) -> bool:
        if is_demo_name(session.name) and not self._demo:
            return False
        is_idle = now - session.seen_at >= self._limits.idle
        return not is_idle and now - session.created_at < self._limits.longest


@dataclass(slots=True)
class _Answer:
    """What came of a try."""

    is_yes: bool = False


def read_name(typed: str) -> str:
    """Bring a typed name into the one form in which names are stored."""
    return unicodedata.normalize("NFC", typed).strip()


def hash_token(token: str) -> str:
    """Hash a token for storage. It is random and long, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(secret: str, purpose: str) -> str:
    """Derive the token that a form must carry from a cookie that only our own pages can send."""
    return hmac.new(secret.encode("utf-8", "replace"), purpose.encode(), "sha256").hexdigest()


async def ensure_demo_account(
    staff: StaffStore, password: str, *, clock: Clock, demo: bool, passwords: Passwords | None = None
) -> None:
    """
    Make the printed demo logins work, one for each kind of work, in the demo environment only.

    Idempotent; an older demo password is replaced. ConfigError outside the demo environment.
    """
    if not demo:
        raise ConfigError(f"staff account `{DEMO_NAME}`: exists in the demo environment only")
    passwords = passwords or Passwords(demo=True)
    for name, rights in DEMO_RIGHTS.items():
        account = await staff.find_account(name)
        if account is None:
            await staff.add_account(name, await passwords.hash(password), clock())
            account = await staff.find_account(name)
        elif not await passwords.is_right(password, account.password_hash):
            await staff.set_password(account.id, await passwords.hash(password))
        if account is not None and account.rights != rights:
            await staff.set_rights(account.id, rights)
