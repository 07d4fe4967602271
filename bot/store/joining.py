"""
Invitations, and what using one does; part of `bot.store.staff`.

A link is used up by deleting its row: whoever deletes it has it, so that two at once never both win.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from bot.ports import BY_COMMAND, Invitation, Newcomer
from bot.store.database import Conn
from bot.store.rights import read_rights, write_rights
from bot.store.schema import staff_account, staff_invitation, staff_passkey, staff_session

_LINK = staff_invitation.c
#: Made at the host itself, or by somebody who still manages accounts: written in order, that right stands first.
_STANDS = or_(
    _LINK.made_by == BY_COMMAND,
    _LINK.made_by.in_(
        select(staff_account.c.id).where(
            staff_account.c.disabled_at.is_(None), staff_account.c.rights.like("accounts%")
        )
    ),
)


class NameTaken(Exception):
    """Somebody has that name: undo all of it."""


async def put_invitation(conn: Conn, token_hash: str, invitation: Invitation, now: datetime) -> None:
    """Keep an invitation in place of those it replaces; those past their time go."""
    await conn.run(delete(staff_invitation).where(or_(_LINK.until <= now, _replaced_by(invitation))))
    await conn.run(
        insert(staff_invitation).values(
            token_hash=token_hash,
            name=invitation.name,
            rights=write_rights(invitation.rights),
            account_id=invitation.account_id,
            made_by=invitation.made_by,
            until=invitation.until,
        )
    )


async def get_invitation(conn: Conn, token_hash: str, now: datetime) -> Invitation | None:
    """Find an invitation that still works."""
    row = await conn.row(
        select(staff_invitation).where(_LINK.token_hash == token_hash, _LINK.until > now, _STANDS)
    )
    return None if row is None else _read(row)


async def get_invitations(conn: Conn, now: datetime) -> list[Invitation]:
    """Return those that still work, the one that ends first first."""
    wanted = (
        select(staff_invitation).where(_LINK.until > now, _STANDS).order_by(_LINK.until, _LINK.token_hash)
    )
    return [_read(row) for row in await conn.rows(wanted)]


async def drop_invitation(conn: Conn, token_hash: str) -> bool:
    """Delete one. False: it is gone already."""
    return (await conn.run(delete(staff_invitation).where(_LINK.token_hash == token_hash))).rowcount == 1


async def drop_invitations_of(conn: Conn, account_id: str, *, also_for: bool) -> None:
    """Delete what an account made; `also_for`: and what would let somebody into it."""
    theirs = _LINK.made_by == account_id
    if also_for:
        theirs = or_(theirs, _LINK.account_id == account_id)
    await conn.run(delete(staff_invitation).where(theirs))


async def use_invitation(conn: Conn, token_hash: str, newcomer: Newcomer, now: datetime) -> Invitation | None:
    """Use one up and do what it is for. None: it is gone. NameTaken: nothing may stay of it."""
    found = await get_invitation(conn, token_hash, now)
    if found is None or not await drop_invitation(conn, token_hash):
        return None
    if found.account_id is None:
        await _add_account(conn, found, newcomer, now)
    else:
        await _renew_account(conn, found.account_id, newcomer, now)
    return found


async def _add_account(conn: Conn, invitation: Invitation, newcomer: Newcomer, now: datetime) -> None:
    row = {
        "id": newcomer.id,
        "name": newcomer.name,
        "password_hash": newcomer.password_hash,
        "created_at": now,
        "password_at": now,
        "rights": write_rights(invitation.rights),
    }
    if not await conn.insert_new(staff_account, row):
        raise NameTaken


async def _renew_account(conn: Conn, account_id: str, newcomer: Newcomer, now: datetime) -> None:
    """End every way in that the account had, and give it the new password alone."""
    await conn.run(
        update(staff_account)
        .where(staff_account.c.id == account_id)
        .values(
            password_hash=newcomer.password_hash,
            password_at=now,
            old_passwords=" ".join(newcomer.old),
            totp=None,
            totp_step=None,
            totp_failures=0,
            oidc_subject=None,
            failures=0,
            locked_until=None,
            disabled_at=None,
        )
    )
    await conn.run(delete(staff_passkey).where(staff_passkey.c.account_id == account_id))
    await conn.run(delete(staff_session).where(staff_session.c.account_id == account_id))


def _replaced_by(invitation: Invitation) -> ColumnElement[bool]:
    """Of the links into one account, and of those for a first administrator, only the newest works."""
    if invitation.account_id is not None:
        return _LINK.account_id == invitation.account_id
    if not invitation.name:
        return and_(_LINK.name == "", _LINK.account_id.is_(None))
    return and_(_LINK.name == invitation.name, _LINK.account_id.is_(None))


def _read(row: Any) -> Invitation:
    return Invitation(
        name=row.name,
        rights=read_rights(row.rights),
        made_by=row.made_by,
        until=row.until,
        account_id=row.account_id,
        id=row.token_hash,
    )
