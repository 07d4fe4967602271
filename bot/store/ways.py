"""Passkeys, one-time codes and outside identities; see `ports.WaysStore`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from bot.ports import Passkey, StaffAccount, Way
from bot.store import entering
from bot.store.database import Conn, Database
from bot.store.schema import staff_account, staff_passkey
from bot.store.staff import read_account

_IS_OPEN = staff_account.c.disabled_at.is_(None)
_NO_CODES: dict[str, Any] = {"totp": None, "totp_step": None, "totp_failures": 0}


class SqlWays:
    """The ways in of one database. Every method is a transaction of its own and may raise StoreDown."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_ways(self, account_id: str) -> frozenset[Way]:
        """Say which ways in an account has."""
        return await self._db.read(lambda conn: _list_ways(conn, account_id))

    async def list_passkeys(self, account_id: str) -> Sequence[Passkey]:
        """Return the passkeys of an account, oldest first."""
        mine = select(staff_passkey).where(staff_passkey.c.account_id == account_id)
        wanted = mine.order_by(staff_passkey.c.created_at, staff_passkey.c.id)
        return [_read(row) for row in await self._db.read(lambda conn: conn.rows(wanted))]

    async def find_passkey(self, passkey_id: str) -> tuple[Passkey, StaffAccount] | None:
        """Find a passkey and its account, unless that is disabled."""
        wanted = select(staff_passkey).where(staff_passkey.c.id == passkey_id)

        async def work(conn: Conn) -> tuple[Passkey, StaffAccount] | None:
            found = await conn.row(wanted)
            account = found and await conn.row(_account(found.account_id))
            return (_read(found), read_account(account)) if account else None

        return await self._db.read(work)

    async def add_passkey(self, passkey: Passkey, *, by: str = "") -> bool:
        """Add one, and make the session that adds it whole. False: it is known already, or the session has ended."""
        row = {
            "id": passkey.id,
            "account_id": passkey.account_id,
            "credential": passkey.credential,
            "sign_count": passkey.sign_count,
            "label": passkey.label,
            "created_at": passkey.created_at,
        }

        async def work(conn: Conn) -> bool:
            session = await entering.hold_session(conn, passkey.account_id, by) if by else None
            if (by and session is None) or not await conn.insert_new(staff_passkey, row):
                return False
            if session is not None:
                await entering.make_whole(conn, session)
            return True

        return await self._db.write(work)

    async def use_passkey(self, passkey_id: str, *, sign_count: int, now: datetime) -> bool:
        """Note a use. False: the counter did not grow, so it may be a copy; nothing changed."""
        stored = staff_passkey.c.sign_count
        # One that does not count says 0 for ever. Source: WebAuthn 3 §6.1.1.
        has_grown = stored < sign_count if sign_count else stored == 0
        used = update(staff_passkey).where(staff_passkey.c.id == passkey_id, has_grown)
        return await self._ran(used.values(sign_count=sign_count, used_at=now))

    async def remove_passkey(self, account_id: str, passkey_id: str) -> bool:
        """Remove one of an account. False: there is none, or nobody could get in without it; nothing changed."""
        mine = staff_passkey.c.account_id == account_id
        others = select(func.count()).where(mine, staff_passkey.c.id != passkey_id)

        async def work(conn: Conn) -> bool:
            await conn.row(_account(account_id).with_for_update())
            left = await _list_ways(conn, account_id)
            if not (await conn.rows(others))[0][0]:
                left -= {"passkey"}
            if not _lets_in(left):
                return False
            gone = delete(staff_passkey).where(mine, staff_passkey.c.id == passkey_id)
            return (await conn.run(gone)).rowcount == 1

        return await self._db.write(work)

    async def set_totp(
        self,
        account_id: str,
        secret: bytes | None,
        now: datetime,  # noqa: ARG002 - the port names when, as all do that set something
        *,
        step: int | None = None,
        by: str = "",
    ) -> bool:
        """Set the locked secret of the one-time codes, or take it away, and make the session that sets it whole."""
        mine = update(staff_account).where(staff_account.c.id == account_id)
        new = _NO_CODES | {"totp": secret, "totp_step": step}

        async def work(conn: Conn) -> bool:
            session = await entering.hold_session(conn, account_id, by) if by else None
            if by and session is None:
                return False
            await conn.run(mine.values(new))
            if session is not None:
                await entering.make_whole(conn, session)
            return True

        return await self._db.write(work)

    async def claim_totp(self, account_id: str, *, limit: int) -> int:
        """Count a code as wrong before it is looked at: which one it is. 0: too many."""
        tries = staff_account.c.totp_failures
        counted = (
            update(staff_account)
            .where(staff_account.c.id == account_id, tries < limit)
            .values(totp_failures=tries + 1)
            .returning(tries)
        )
        row = await self._db.write(lambda conn: conn.row(counted))
        return 0 if row is None else int(row.totp_failures)

    async def use_totp_step(self, account_id: str, step: int) -> bool:
        """The code of this 30-second step was right: forget the tries. False: it, or a later one, was used before."""
        last = staff_account.c.totp_step
        used = update(staff_account).where(staff_account.c.id == account_id, or_(last.is_(None), last < step))
        return await self._ran(used.values(totp_step=step, totp_failures=0))

    async def find_subject(self, subject_hash: str) -> StaffAccount | None:
        """Find the account of an outside identity, unless it is disabled."""
        wanted = select(staff_account).where(staff_account.c.oidc_subject == subject_hash, _IS_OPEN)
        row = await self._db.read(lambda conn: conn.row(wanted))
        return None if row is None else read_account(row)

    async def set_subject(self, account_id: str, subject_hash: str | None) -> bool:
        """Bind an account to an outside identity, or to none any more. False: taken, or the last way in."""
        bound = (
            update(staff_account).where(staff_account.c.id == account_id).values(oidc_subject=subject_hash)
        )
        taken = select(staff_account.c.id).where(
            staff_account.c.oidc_subject == subject_hash, staff_account.c.id != account_id
        )

        async def work(conn: Conn) -> bool:
            await conn.keep_together(_BINDING, alone=True)
            await conn.row(_account(account_id).with_for_update())
            left = await _list_ways(conn, account_id) - {"agency"}
            may = not await conn.row(taken) if subject_hash else _lets_in(left)
            return bool(may) and (await conn.run(bound)).rowcount == 1

        return await self._db.write(work)

    async def _ran(self, statement: Any) -> bool:
        return (await self._db.write(lambda conn: conn.run(statement))).rowcount == 1


#: Two accounts that bind themselves to one identity at once do it one after the other.
_BINDING = 0x77617973


def _account(account_id: str) -> Any:
    return select(staff_account).where(staff_account.c.id == account_id, _IS_OPEN)


async def _list_ways(conn: Conn, account_id: str) -> frozenset[Way]:
    account = await conn.row(_account(account_id))
    if account is None:
        return frozenset()
    passkey = await conn.row(
        select(staff_passkey.c.id).where(staff_passkey.c.account_id == account_id).limit(1)
    )
    has: dict[Way, object] = {
        "password": account.password_hash,
        "code": account.totp,
        "passkey": passkey,
        "agency": account.oidc_subject,
    }
    return frozenset(way for way, there in has.items() if there)


def _lets_in(ways: frozenset[Way]) -> bool:
    """Say whether somebody gets all the way in with these: a password needs its codes."""
    return bool(ways & {"passkey", "agency"}) or {"password", "code"} <= ways


def _read(row: Any) -> Passkey:
    return Passkey(
        id=row.id,
        account_id=row.account_id,
        credential=row.credential,
        sign_count=row.sign_count,
        label=row.label,
        created_at=row.created_at,
        used_at=row.used_at,
    )
