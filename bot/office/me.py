"""One's own account: what it may do, where it is signed in, its ways in, its password."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot.desk.members import RIGHTS, actor_of
from bot.office.choosing import find_password_fault
from bot.office.doors import Door
from bot.office.joining import build_members
from bot.office.visit import Visit
from bot.office.ways.coming_in import source_of
from bot.ports import StaffAccount

_SEE_OTHER = 303
_REFUSED = 400
#: Where a password is changed.
PASSWORD = "/me/password"  # noqa: S105 - an address


async def me_page(visit: Visit) -> Response:
    """Show my account."""
    parts, member, desk = visit.office.parts, visit.member, visit.office.desk
    account = await _my_account(visit)
    sessions = await parts.staff.list_sessions(member.account_id)
    return visit.render(
        "accounts_me.html",
        account=account,
        rights=[right for right in RIGHTS if right in member.rights],
        sessions=[each for each in sessions if desk.is_live(each)],
        passkeys=await parts.ways.list_passkeys(member.account_id),
        ways=await parts.ways.list_ways(member.account_id),
        with_passkey=visit.office.ways.passkeys.are_possible,
        has_agency=parts.agency is not None,
        needs_second=desk.needs_second(member),
    )


async def end_session(visit: Visit) -> Response:
    """End one of my sessions."""
    members = build_members(visit.office.parts)
    await members.end_session(actor_of(visit.member), visit.member.account_id, visit.form.get("session", ""))
    return RedirectResponse("/me", _SEE_OTHER)


async def end_others(visit: Visit) -> Response:
    """End all of my sessions but this one."""
    await build_members(visit.office.parts).end_other_sessions(visit.member)
    return RedirectResponse("/me", _SEE_OTHER)


async def password_page(visit: Visit) -> Response:
    """Show the form for a new password."""
    return _password_form(visit, await _my_account(visit))


async def change_password(visit: Visit) -> Response:
    """Replace my password; my other sessions end, because whoever knew the old one may sit there."""
    office, account = visit.office, await _my_account(visit)
    old = office.rules.remember(account.password_hash, account.old_passwords)
    fault = await _find_fault(visit, account, old)
    if fault:
        return _password_form(visit, account, fault=fault)
    await office.parts.audit.write("password_set", actor=account.id, subject=account.id)
    await office.parts.staff.set_password(
        account.id,
        await office.passwords.hash(visit.form["password"]),
        now=office.clock(),
        old=old,
        keep=visit.member.id,
    )
    return RedirectResponse("/me", _SEE_OTHER)


def is_for_expired(path: str) -> bool:
    """Say whether a door is open to a member whose password must be changed first."""
    return path in {PASSWORD, "/logout"} or path.startswith("/prove")


async def _find_fault(visit: Visit, account: StaffAccount, old: tuple[str, ...]) -> str | None:
    office = visit.office
    if account.password_hash and office.rules.is_too_young(account.password_at, office.clock()):
        return "young"
    if _asks_present(visit, account):
        present = visit.form.get("present", "")
        if not await office.desk.is_own_password(account, present, source_of(visit)):
            return "wrong"
    return await find_password_fault(office, visit.form, name=account.name, old=old)


def _asks_present(visit: Visit, account: StaffAccount) -> bool:
    """Whoever came in with a passkey has shown more than a password, and may have forgotten it."""
    return bool(account.password_hash) and visit.member.method in {"password", "half"}


def _password_form(visit: Visit, account: StaffAccount, *, fault: str = "") -> Response:
    office = visit.office
    return visit.render(
        "accounts_password.html",
        status=_REFUSED if fault else 200,
        has_password=bool(account.password_hash),
        asks_present=_asks_present(visit, account),
        is_due=office.rules.is_password_due(visit.member.method, visit.member.password_at, office.clock()),
        rules=office.rules,
        fault=fault,
    )


async def _my_account(visit: Visit) -> StaffAccount:
    account = await visit.office.parts.staff.find_member(visit.member.account_id)
    assert account is not None, "accounts are never removed"  # noqa: S101 - a bug, not an input
    return account


DOORS = (
    Door("/me", "GET", me_page),
    Door("/me/sessions/end", "POST", end_session),
    Door("/me/sessions/end-others", "POST", end_others, proves=True),
    Door(PASSWORD, "GET", password_page, proves=True),
    Door(PASSWORD, "POST", change_password, proves=True),
)
