"""
Opening a session, and making a half one whole; part of `bot.store.staff` and `bot.store.ways`.

Each looks again, in the transaction that writes, at what was looked at before it: with the account's row held, so that a new
password, a reset or a second way in comes before it or after it and never between.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, select, update

from bot.ports import Method, Shown
from bot.store.database import Conn
from bot.store.schema import staff_account, staff_passkey, staff_session

#: Of somebody who came in with a password alone, and may only set up a second way in.
_HALF: Final[Method] = "half"
_WHOLE: Final[Method] = "password"


async def hold_account(conn: Conn, account_id: str) -> Any:
    """Return an account's row, and let nobody else change it until the transaction ends. None: it is not open."""
    mine = select(staff_account).where(
        staff_account.c.id == account_id, staff_account.c.disabled_at.is_(None)
    )
    return await conn.row(mine.with_for_update())


async def may_enter(conn: Conn, account: Any, shown: Shown, method: Method) -> bool:
    """Whether the account still has what was shown and, for half a session, still nothing beside its password."""
    is_kept = (
        shown.password_hash in (None, account.password_hash)
        and shown.totp in (None, account.totp)
        and shown.subject in (None, account.oidc_subject)
    )
    keys = {row.id for row in await conn.rows(_passkeys_of(account.id))}
    if not is_kept or (shown.passkey is not None and shown.passkey not in keys):
        return False
    return method != _HALF or not (keys or account.totp or account.oidc_subject)


async def hold_session(conn: Conn, account_id: str, session_id: str) -> Any:
    """Return a session that is still there; nobody ends it before the transaction does. None: it has ended."""
    theirs = _theirs(account_id), staff_session.c.id == session_id
    account = await hold_account(conn, account_id)
    return account and await conn.row(select(staff_session).where(*theirs).with_for_update())


async def make_whole(conn: Conn, session: Any) -> None:
    """A second way in is stored: end the account's other sessions and lift this one, if it is half a one."""
    if session.method != _HALF:
        return
    own = staff_session.c.id == session.id
    await conn.run(delete(staff_session).where(_theirs(session.account_id), ~own))
    await conn.run(update(staff_session).where(_theirs(session.account_id), own).values(method=_WHOLE))


def _theirs(account_id: str) -> Any:
    return staff_session.c.account_id == account_id


def _passkeys_of(account_id: str) -> Any:
    return select(staff_passkey.c.id).where(staff_passkey.c.account_id == account_id)
