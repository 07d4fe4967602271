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
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import ConfigError
from bot.office.passwords import Passwords
from bot.office.sources import Sources
from bot.ports import Clock, StaffSession, StaffStore

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
    answer_after: timedelta = timedelta(milliseconds=600)


@dataclass(frozen=True, slots=True)
class Guess:
    """One try to sign in."""

    name: str = field(repr=False)
    password: str = field(repr=False)
    source: str = field(repr=False)


class Desk:
    """Signs staff in and out, and knows who is at work."""

    def __init__(
        self,
        staff: StaffStore,
        passwords: Passwords,
        *,
        clock: Clock,
        new_token: Callable[[], str],
        limits: Limits,
        demo: bool,
    ) -> None:
        self._staff = staff
        self._passwords = passwords
        self._clock = clock
        self._new_token = new_token
        self._limits = limits
        self._demo = demo
        self._sources = Sources(limits.tries, limits.lock_for)

    async def sign_in(self, guess: Guess) -> str | None:
        """Check a guess and open a session: its token. None, always after the same time: refused."""
        answer_at = asyncio.get_running_loop().time() + self._limits.answer_after.total_seconds()
        account_id = await self._recognise(guess)
        if account_id is None:
            await asyncio.sleep(answer_at - asyncio.get_running_loop().time())
            return None
        self._sources.forgive(guess.source)
        await self._staff.record_success(account_id)
        return await self._open_session(account_id)

    async def find_session(self, token: str) -> StaffSession | None:
        """Say who holds this token, if the session is alive, and remember that it was used."""
        now = self._clock()
        found = await self._staff.find_session(hash_token(token)) if token else None
        if found is None or not self._is_alive(found, now):
            return None
        if now - found.seen_at >= _TOUCH_AFTER:
            await self._staff.touch_session(hash_token(token), now)
        return found

    async def sign_out(self, token: str) -> None:
        """End the session of this token."""
        await self._staff.end_session(hash_token(token))

    async def _recognise(self, guess: Guess) -> str | None:
        """Return the account's id when everything is right; claim each try before looking at it."""
        if not self._sources.claim(guess.source, self._clock()):
            return None
        account = await self._staff.find_account(guess.name) if self._is_a_name(guess.name) else None
        may_look = account is not None and await self._staff.claim_attempt(
            account.id, self._clock(), limit=self._limits.tries, lock_for=self._limits.lock_for
        )
        stored = account.password_hash if account is not None and may_look else None
        is_right = await self._passwords.is_right(guess.password, stored)
        return account.id if account is not None and is_right else None

    async def _open_session(self, account_id: str) -> str:
        now = self._clock()
        await self._staff.drop_sessions(now - self._limits.longest)
        token = self._new_token()
        await self._staff.add_session(hash_token(token), account_id, now)
        return token

    def _is_a_name(self, name: str) -> bool:
        """PostgreSQL refuses NUL; nobody's name needs it or any other control character."""
        if name == DEMO_NAME and not self._demo:
            return False
        return 0 < len(name) <= _MAX_NAME_LENGTH and name.isprintable()

    def _is_alive(self, session: StaffSession, now: datetime) -> bool:
        if session.name == DEMO_NAME and not self._demo:
            return False
        is_idle = now - session.seen_at >= self._limits.idle
        return not is_idle and now - session.created_at < self._limits.longest


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
    Make the printed demo login work, in the demo environment only.

    Idempotent; an older demo password is replaced. ConfigError outside the demo environment.
    """
    if not demo:
        raise ConfigError(f"staff account `{DEMO_NAME}`: exists in the demo environment only")
    passwords = passwords or Passwords(demo=True)
    account = await staff.find_account(DEMO_NAME)
    if account is None:
        await staff.add_account(DEMO_NAME, await passwords.hash(password), clock())
    elif not await passwords.is_right(password, account.password_hash):
        await staff.set_password(account.id, await passwords.hash(password))
