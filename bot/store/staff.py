"""
Staff accounts and who is signed in; see `ports.StaffStore`.

It keeps hashes of passwords and tokens only, and never a word about anyone who wrote to us.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import case, delete, insert, literal, or_, select, update

from bot.ports import StaffAccount, StaffSession
from bot.store.database import Conn, Database
from bot.store.moments import Moment
from bot.store.schema import staff_account, staff_session

_IS_OPEN = staff_account.c.disabled_at.is_(None)
_NO_TRIES = {"failures": 0, "locked_until": None}


class SqlStaff:
    """The staff of one database. Every method is a transaction of its own and may raise StoreDown."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_account(self, name: str) -> StaffAccount | None:
        """Find an account that is not disabled."""
        wanted = select(staff_account).where(staff_account.c.name == name, _IS_OPEN)
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else StaffAccount(row.id, row.name, row.password_hash)

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        """Add an account. False: the name is taken, and nothing changed."""
        row = {"id": str(uuid.uuid4()), "name": name, "password_hash": password_hash, "created_at": now}
        return await self._db.write(lambda conn: conn.insert_new(staff_account, row))

    async def set_password(self, account_id: str, password_hash: str) -> None:
        """Replace the password, lift any lock and end the account's sessions."""
        mine = update(staff_account).where(staff_account.c.id == account_id)

        async def work(conn: Conn) -> None:
            await conn.run(mine.values(password_hash=password_hash, **_NO_TRIES))
            await conn.run(delete(staff_session).where(staff_session.c.account_id == account_id))

        await self._db.write(work)

    async def disable_account(self, name: str, now: datetime) -> None:
        """Close an account and end its sessions in the same transaction."""
        named = select(staff_account.c.id).where(staff_account.c.name == name)

        async def work(conn: Conn) -> None:
            await conn.run(
                update(staff_account).where(staff_account.c.name == name, _IS_OPEN).values(disabled_at=now)
            )
            await conn.run(delete(staff_session).where(staff_session.c.account_id.in_(named)))

        await self._db.write(work)

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> bool:
        """Count a try as failed before its password is looked at. False: locked, do not look."""
        tries = staff_account.c.failures + 1
        is_free = or_(staff_account.c.locked_until.is_(None), staff_account.c.locked_until <= now)
        counted = (
            update(staff_account)
            .where(staff_account.c.id == account_id, _IS_OPEN, is_free)
            .values(
                failures=case((tries >= limit, 0), else_=tries),
                locked_until=case((tries >= limit, literal(now + lock_for, Moment)), else_=None),
            )
        )
        return (await self._db.write(lambda conn: conn.run(counted))).rowcount == 1

    async def record_success(self, account_id: str) -> None:
        """The password was right: forget the tries and lift the lock."""
        mine = update(staff_account).where(staff_account.c.id == account_id)
        await self._db.write(lambda conn: conn.run(mine.values(_NO_TRIES)))

    async def add_session(self, token_hash: str, account_id: str, now: datetime) -> None:
        """Open a session; nothing happens for an account disabled meanwhile."""
        account = select(staff_account.c.id).where(staff_account.c.id == account_id, _IS_OPEN)
        row = {"token_hash": token_hash, "account_id": account_id, "created_at": now, "seen_at": now}

        async def work(conn: Conn) -> None:
            if await conn.row(account.with_for_update()):
                await conn.run(insert(staff_session).values(row))

        await self._db.write(work)

    async def find_session(self, token_hash: str) -> StaffSession | None:
        """Find a session of an account that is not disabled, however old the session is."""
        wanted = (
            select(staff_account.c.name, staff_session.c.created_at, staff_session.c.seen_at)
            .join_from(staff_session, staff_account)
            .where(staff_session.c.token_hash == token_hash, _IS_OPEN)
        )
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else StaffSession(row.name, row.created_at, row.seen_at)

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        mine = update(staff_session).where(staff_session.c.token_hash == token_hash)
        await self._db.write(lambda conn: conn.run(mine.values(seen_at=now)))

    async def end_session(self, token_hash: str) -> None:
        """End it; ending one that is gone is no error."""
        mine = delete(staff_session).where(staff_session.c.token_hash == token_hash)
        await self._db.write(lambda conn: conn.run(mine))

    async def drop_sessions(self, created_before: datetime) -> None:
        """Delete sessions that are past their time."""
        old = delete(staff_session).where(staff_session.c.created_at < created_before)
        await self._db.write(lambda conn: conn.run(old))
