"""
Staff accounts and who is signed in; see `ports.StaffStore`.

It keeps hashes of passwords and tokens only, and never a word about anyone who wrote to us.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, insert, literal, or_, select, update

from bot.ports import (
    NOTHING_SHOWN,
    Invitation,
    Joined,
    Method,
    Newcomer,
    Right,
    Shown,
    StaffAccount,
    StaffSession,
    is_demo_name,
)
from bot.store import entering, joining
from bot.store.database import Conn, Database
from bot.store.moments import Moment
from bot.store.rights import read_rights, write_rights
from bot.store.schema import staff_account, staff_session

_IS_OPEN = staff_account.c.disabled_at.is_(None)
_NO_TRIES = {"failures": 0, "locked_until": None}
#: Somebody at work, with what the account may do.
_SESSIONS = select(
    staff_account.c.name,
    staff_account.c.rights,
    case((staff_account.c.password_hash != "", staff_account.c.password_at)).label("password_at"),
    *staff_session.c,
).join_from(staff_session, staff_account)
#: Held by whoever may leave the office without anybody who manages accounts. No other lock has this number.
_ADMIN_LOCK = 7_064_113_006


class SqlStaff:
    """The staff of one database. Every method is a transaction of its own and may raise StoreDown."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_account(self, name: str) -> StaffAccount | None:
        """Find an account that is not disabled."""
        wanted = select(staff_account).where(staff_account.c.name == name, _IS_OPEN)
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else read_account(row)

    async def find_member(self, account_id: str) -> StaffAccount | None:
        """Find an account by its id, a disabled one too."""
        wanted = select(staff_account).where(staff_account.c.id == account_id)
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else read_account(row)

    async def list_accounts(self) -> Sequence[StaffAccount]:
        """Return all accounts by name, disabled ones too."""
        wanted = select(staff_account).order_by(staff_account.c.name)
        return [read_account(row) for row in await self._db.read(lambda conn: conn.rows(wanted))]

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        """Add an account. False: the name is taken, and nothing changed."""
        row = {
            "id": str(uuid.uuid4()),
            "name": name,
            "password_hash": password_hash,
            "password_at": now,
            "created_at": now,
        }
        return await self._db.write(lambda conn: conn.insert_new(staff_account, row))

    async def set_rights(
        self, account_id: str, rights: frozenset[Right], *, now: datetime | None = None
    ) -> bool:
        """Say what an account may do, and with `now` since when it may open. False: nobody would be left who manages accounts."""
        mine = update(staff_account).where(staff_account.c.id == account_id)
        stays = "accounts" in rights

        async def work(conn: Conn) -> bool:
            if not stays and await _is_last_admin(conn, staff_account.c.id == account_id):
                return False
            new: dict[str, Any] = {"rights": write_rights(rights)}
            if now is not None and "open" in rights and not await _may_open(conn, account_id):
                new["opens_since"] = now
            await conn.run(mine.values(new))
            if not stays:
                await joining.drop_invitations_of(conn, account_id, also_for=False)
            return True

        return await self._db.write(work)

    async def set_password(
        self,
        account_id: str,
        password_hash: str,
        *,
        now: datetime | None = None,
        old: Sequence[str] = (),
        keep: str = "",
    ) -> None:
        """Replace the password, lift any lock and end the account's sessions, but the one with the id `keep`."""
        new: dict[str, Any] = {"password_hash": password_hash, "old_passwords": " ".join(old), **_NO_TRIES}
        if now is not None:
            new["password_at"] = now
        mine = update(staff_account).where(staff_account.c.id == account_id)

        async def work(conn: Conn) -> None:
            await conn.run(mine.values(new))
            await _end_sessions(conn, account_id, keep=keep)

        await self._db.write(work)

    async def disable_account(self, name: str, now: datetime, *, even_last: bool = False) -> bool:
        """Close an account, with its sessions and links. False: nobody would be left who manages accounts."""
        named = staff_account.c.name == name
        close = update(staff_account).where(named, _IS_OPEN).values(disabled_at=now)

        async def work(conn: Conn) -> bool:
            if not even_last and await _is_last_admin(conn, named):
                return False
            await conn.run(close)
            for row in await conn.rows(select(staff_account.c.id).where(named)):
                await _end_sessions(conn, row.id)
                await joining.drop_invitations_of(conn, row.id, also_for=True)
            return True

        return await self._db.write(work)

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> int:
        """Count a try as failed before its password is looked at: which one it is. 0: locked, do not look."""
        tries = staff_account.c.failures + 1
        is_free = or_(staff_account.c.locked_until.is_(None), staff_account.c.locked_until <= now)
        counted = (
            update(staff_account)
            .where(staff_account.c.id == account_id, _IS_OPEN, is_free)
            .values(
                failures=case((tries >= limit, 0), else_=tries),
                locked_until=case((tries >= limit, literal(now + lock_for, Moment)), else_=None),
            )
            .returning(staff_account.c.failures)
        )
        row = await self._db.write(lambda conn: conn.row(counted))
        return 0 if row is None else int(row.failures) or limit

    async def record_success(self, account_id: str) -> None:
        """The password was right: forget the tries and lift the lock."""
        mine = update(staff_account).where(staff_account.c.id == account_id)
        await self._db.write(lambda conn: conn.run(mine.values(_NO_TRIES)))

    async def add_session(
        self,
        token_hash: str,
        account_id: str,
        now: datetime,
        *,
        method: Method = "password",
        shown: Shown = NOTHING_SHOWN,
    ) -> bool:
        """Open a session, and note when the account was last used. False: what was shown is no longer the account's."""
        used = update(staff_account).where(staff_account.c.id == account_id).values(seen_at=now)
        row = {
            "token_hash": token_hash,
            "account_id": account_id,
            "created_at": now,
            "seen_at": now,
            "id": str(uuid.uuid4()),
            "method": method,
            "proved_at": shown.at,
        }

        async def work(conn: Conn) -> bool:
            account = await entering.hold_account(conn, account_id)
            if account is None or not await entering.may_enter(conn, account, shown, method):
                return False
            await conn.run(used)
            await conn.run(insert(staff_session).values(row))
            return True

        return await self._db.write(work)

    async def find_session(self, token_hash: str) -> StaffSession | None:
        """Find a session of an account that is not disabled, however old the session is."""
        wanted = _SESSIONS.where(staff_session.c.token_hash == token_hash, _IS_OPEN)
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else _read_session(row)

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        mine = update(staff_session).where(staff_session.c.token_hash == token_hash)
        await self._db.write(lambda conn: conn.run(mine.values(seen_at=now)))

    async def prove_session(self, token_hash: str, now: datetime) -> None:
        """Note that its member proved again who they are."""
        mine = update(staff_session).where(staff_session.c.token_hash == token_hash)
        await self._db.write(lambda conn: conn.run(mine.values(proved_at=now)))

    async def end_session(self, token_hash: str) -> None:
        """End it; ending one that is gone is no error."""
        mine = delete(staff_session).where(staff_session.c.token_hash == token_hash)
        await self._db.write(lambda conn: conn.run(mine))

    async def list_sessions(self, account_id: str) -> Sequence[StaffSession]:
        """Return the sessions of an account, newest first."""
        wanted = _SESSIONS.where(staff_session.c.account_id == account_id).order_by(
            staff_session.c.created_at.desc(), staff_session.c.id
        )
        return [_read_session(row) for row in await self._db.read(lambda conn: conn.rows(wanted))]

    async def list_seats(self, account_id: str) -> frozenset[str]:
        """Return the hashes of the tokens of an account's sessions, none of one that is disabled."""
        wanted = (
            select(staff_session.c.token_hash)
            .join_from(staff_session, staff_account)
            .where(staff_session.c.account_id == account_id, _IS_OPEN)
        )
        return frozenset(row.token_hash for row in await self._db.read(lambda conn: conn.rows(wanted)))

    async def end_one_session(self, account_id: str, session_id: str) -> bool:
        """End the session of that id if it is the account's. False: it is not."""
        mine = delete(staff_session).where(
            staff_session.c.account_id == account_id, staff_session.c.id == session_id
        )
        return (await self._db.write(lambda conn: conn.run(mine))).rowcount > 0

    async def end_other_sessions(self, account_id: str, *, keep: str) -> int:
        """End an account's sessions but the one with the id `keep`."""
        return await self._db.write(lambda conn: _end_sessions(conn, account_id, keep=keep))

    async def add_invitation(self, token_hash: str, invitation: Invitation, now: datetime) -> None:
        """Keep an invitation in place of those it replaces; those past their time go."""
        await self._db.write(lambda conn: joining.put_invitation(conn, token_hash, invitation, now))

    async def find_invitation(self, token_hash: str, now: datetime) -> Invitation | None:
        """Find an invitation that still works."""
        return await self._db.read(lambda conn: joining.get_invitation(conn, token_hash, now))

    async def list_invitations(self, now: datetime) -> Sequence[Invitation]:
        """Return the invitations that still work, the one that ends first first."""
        return await self._db.read(lambda conn: joining.get_invitations(conn, now))

    async def withdraw_invitation(self, invitation_id: str) -> bool:
        """Take one back. False: it is gone already."""
        return await self._db.write(lambda conn: joining.drop_invitation(conn, invitation_id))

    async def join(self, token_hash: str, newcomer: Newcomer, now: datetime) -> Joined:
        """Use an invitation up with what it does, in one transaction."""
        try:
            used = await self._db.write(lambda conn: joining.use_invitation(conn, token_hash, newcomer, now))
        except joining.NameTaken:
            return "taken"
        return "gone" if used is None else "joined"

    async def drop_sessions(self, created_before: datetime) -> None:
        """Delete sessions that are past their time."""
        old = delete(staff_session).where(staff_session.c.created_at < created_before)
        await self._db.write(lambda conn: conn.run(old))


async def _may_open(conn: Conn, account_id: str) -> bool:
    row = await conn.row(select(staff_account.c.rights).where(staff_account.c.id == account_id))
    return row is not None and "open" in read_rights(row.rights)


async def _end_sessions(conn: Conn, account_id: str, *, keep: str = "") -> int:
    """End the sessions of an account; a session without id is never kept."""
    theirs = delete(staff_session).where(staff_session.c.account_id == account_id)
    if keep:
        theirs = theirs.where(staff_session.c.id != keep)
    return (await conn.run(theirs)).rowcount


async def _is_last_admin(conn: Conn, who: ColumnElement[bool]) -> bool:
    """
    Say whether `who` alone manages accounts; until the transaction ends nobody else can change that.

    Accounts of the demo are nobody: after it nobody comes in with one, whatever rights it has.
    """
    await conn.keep_together(_ADMIN_LOCK, alone=True)
    manages = select(staff_account.c.name, staff_account.c.rights, who.label("is_who")).where(_IS_OPEN)
    admins = [
        row
        for row in await conn.rows(manages)
        if "accounts" in read_rights(row.rights) and not is_demo_name(row.name)
    ]
    return len(admins) == 1 and bool(admins[0].is_who)


def _read_session(row: Any) -> StaffSession:
    return StaffSession(
        name=row.name,
        created_at=row.created_at,
        seen_at=row.seen_at,
        id=row.id,
        account_id=row.account_id,
        rights=read_rights(row.rights),
        method=row.method,
        proved_at=row.proved_at,
        password_at=row.password_at,
    )


def read_account(row: Any) -> StaffAccount:
    """Read an account from its row."""
    return StaffAccount(
        id=row.id,
        name=row.name,
        password_hash=row.password_hash,
        rights=read_rights(row.rights),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        password_at=row.password_at,
        old_passwords=tuple(row.old_passwords.split()),
        totp=row.totp,
        seen_at=row.seen_at,
        opens_since=row.opens_since,
    )
