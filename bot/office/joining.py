"""
Joining by a link: the first administrator, a new colleague, or one who sets all ways in anew.

Looking at a link uses nothing up, because programs that preview links look too. Whatever is wrong with one, the answer is
the same.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot.desk.members import MAX_NAME_CHARS, RIGHTS, Members, Refused
from bot.office.auth import form_token
from bot.office.choosing import find_password_fault
from bot.office.doors import Door
from bot.office.visit import Parts, Visit
from bot.ports import Invitation, Shown, StaffAccount

_SEE_OTHER = 303
_REFUSED = 400
_GONE = 404


def build_members(parts: Parts) -> Members:
    """Build the use cases over what the office was handed."""
    return Members(
        parts.staff,
        parts.audit,
        parts.vaults,
        late=parts.late,
        clock=parts.clock,
        new_token=parts.new_token,
        new_id=parts.new_id,
        demo=parts.demo,
    )


async def offer_setup(parts: Parts, origin: str) -> str | None:
    """
    Return a link for the first administrator while nobody can manage accounts: 30 minutes, once. Else None.

    For the terminal of whoever started the program, and nothing else: it lets anybody in who has it.
    """
    members = build_members(parts)
    if not await members.needs_setup():
        return None
    return address_of(origin, (await members.open_setup()).token)


def address_of(origin: str, token: str) -> str:
    """Return the address that is handed over."""
    return f"{origin}/join/{token}"


async def join_page(visit: Visit) -> Response:
    """Show who invites, and to what."""
    invitation = await build_members(visit.office.parts).find_link(_token_of(visit))
    if invitation is None:
        return _gone(visit)
    return await _form(visit, invitation)


async def join(visit: Visit) -> Response:
    """Use the link up: with the password that was chosen, or without one when a passkey follows at once."""
    office, members = visit.office, build_members(visit.office.parts)
    invitation = await members.find_link(_token_of(visit))
    if invitation is None:
        return _gone(visit)
    account = await _account_of(visit, invitation)
    name = invitation.name or visit.form.get("name", "")
    old = office.rules.remember(account.password_hash, account.old_passwords) if account else ()
    hashed = ""
    if visit.form.get("way") != "passkey" or not office.ways.passkeys.are_possible:
        fault = await find_password_fault(office, visit.form, name=name, old=old)
        if fault:
            return await _form(visit, invitation, fault=fault)
        hashed = await office.passwords.hash(visit.form["password"])
    joined = await members.join(_token_of(visit), name=name, password_hash=hashed, old=old)
    if not isinstance(joined, Refused):
        return await _come_in(visit, joined, Shown(at=office.clock(), password_hash=hashed))
    return _gone(visit) if joined.why == "gone" else await _form(visit, invitation, why=joined.why)


async def _come_in(visit: Visit, account_id: str, shown: Shown) -> Response:
    """Sign in whoever has just joined, in place of whoever sat here before; the second way in is set up next."""
    desk, cookies = visit.office.desk, visit.office.cookies
    account = await visit.office.parts.staff.find_member(account_id)
    assert account is not None, "it has just joined"  # noqa: S101 - a bug, not an input
    token = await desk.admit(account, "password", shown=shown)
    if token is None:  # somebody set it up anew once more, in this very moment
        return _gone(visit)
    await desk.sign_out(visit.token)
    response = RedirectResponse("/me", _SEE_OTHER)
    cookies.put(response, cookies.session, token)
    cookies.drop(response, cookies.form)
    return response


async def _form(visit: Visit, invitation: Invitation, *, fault: str = "", why: str = "") -> Response:
    """Draw the form. It repeats the name that was typed, and never a password."""
    office = visit.office
    account = await _account_of(visit, invitation)
    maker = await office.parts.staff.find_member(invitation.made_by)
    rights = account.rights if account else invitation.rights
    return _draw(
        visit,
        "accounts_join.html",
        status=_REFUSED if fault or why else 200,
        invitation=invitation,
        is_back=account is not None,
        is_first=await build_members(office.parts).needs_setup(),
        invited_by=maker.name if maker else "",
        rights=[right for right in RIGHTS if right in rights],
        rules=office.rules,
        with_passkey=office.ways.passkeys.are_possible,
        longest_name=MAX_NAME_CHARS,
        typed_name=visit.form.get("name", ""),
        fault=fault,
        why=why,
    )


def _gone(visit: Visit) -> Response:
    return _draw(visit, "accounts_gone.html", status=_GONE)


def _draw(visit: Visit, template: str, *, status: int, **context: object) -> Response:
    cookies, path = visit.office.cookies, visit.request.url.path
    secret = visit.cookie(cookies.form) or visit.office.new_token()
    response = visit.office.pages.render(
        template,
        visit.tongue,
        status=status,
        offers_tongues=True,
        path=path,
        token=form_token(secret, path),
        **context,
    )
    cookies.put(response, cookies.form, secret)
    return response


async def _account_of(visit: Visit, invitation: Invitation) -> StaffAccount | None:
    """Return the account whose ways in are set anew; None for somebody new."""
    if invitation.account_id is None:
        return None
    return await visit.office.parts.staff.find_member(invitation.account_id)


def _token_of(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


DOORS = (
    Door("/join/{token}", "GET", join_page, is_open=True),
    Door("/join/{token}", "POST", join, is_open=True),
)
