"""Accounts: the review list, invitations, and one account with its rights and sessions."""

from __future__ import annotations

import re

from starlette.responses import RedirectResponse, Response

from bot.desk.members import IDLE_AFTER, MAX_NAME_CHARS, RIGHTS, Link, Refused, actor_of, idle_since
from bot.office import joining, me
from bot.office.doors import Door
from bot.office.joining import address_of, build_members
from bot.office.visit import Visit
from bot.ports import StaffAccount

_SEE_OTHER = 303
_REFUSED = 400
_NOT_FOUND = 404
_ID = re.compile(r"[0-9a-f-]{1,36}")


async def list_page(visit: Visit, *, why: str = "") -> Response:
    """Show who has an account, with which rights, and who is invited: the review list."""
    parts, now = visit.office.parts, visit.office.clock()
    accounts = await parts.staff.list_accounts()
    return visit.render(
        "accounts_list.html",
        status=_REFUSED if why else 200,
        accounts=sorted(accounts, key=lambda each: each.disabled_at is not None),
        names={each.id: each.name for each in accounts},
        invitations=await parts.staff.list_invitations(now),
        closes_at={each.id: idle_since(each) + IDLE_AFTER for each in accounts},
        all_rights=RIGHTS,
        idle_days=IDLE_AFTER.days,
        now=now,
        why=why,
    )


async def invite_page(visit: Visit) -> Response:
    """Show the form for an invitation."""
    return _invite_form(visit)


async def invite(visit: Visit) -> Response:
    """Make an invitation and show its link, this once."""
    name, rights = visit.form.get("name", ""), visit.list_values("right")
    made = await build_members(visit.office.parts).invite(actor_of(visit.member), name, rights)
    if isinstance(made, Refused):
        return _invite_form(visit, why=made.why)
    return _show_link(visit, made, name=name, is_back=False)


async def withdraw(visit: Visit) -> Response:
    """Take an invitation back."""
    members = build_members(visit.office.parts)
    refused = await members.withdraw(actor_of(visit.member), visit.form.get("invitation", ""))
    return await list_page(visit, why=refused.why) if refused else RedirectResponse("/accounts", _SEE_OTHER)


async def account_page(visit: Visit, *, why: str = "") -> Response:
    """Show one account."""
    parts, desk = visit.office.parts, visit.office.desk
    account = await _find_account(visit)
    if account is None:
        return visit.office.pages.render_fault(visit.tongue, "not_found", _NOT_FOUND)
    sessions = await parts.staff.list_sessions(account.id)
    return visit.render(
        "accounts_one.html",
        status=_REFUSED if why else 200,
        account=account,
        is_mine=account.id == visit.member.account_id,
        all_rights=RIGHTS,
        sessions=[each for each in sessions if desk.is_live(each)],
        ways=await parts.ways.list_ways(account.id),
        passkeys=len(await parts.ways.list_passkeys(account.id)),
        closes_at=idle_since(account) + IDLE_AFTER,
        why=why,
    )


async def set_rights(visit: Visit) -> Response:
    """Say what somebody may do."""
    members = build_members(visit.office.parts)
    refused = await members.set_rights(actor_of(visit.member), _id_of(visit), visit.list_values("right"))
    return await _back(visit, refused)


async def disable(visit: Visit) -> Response:
    """Close an account."""
    members = build_members(visit.office.parts)
    return await _back(visit, await members.disable(actor_of(visit.member), _id_of(visit)))


async def invite_back(visit: Visit) -> Response:
    """Make a link by which somebody sets all ways in anew, and show it, this once."""
    members = build_members(visit.office.parts)
    made = await members.invite_back(actor_of(visit.member), _id_of(visit))
    account = await _find_account(visit)
    if isinstance(made, Link) and account is not None:
        return _show_link(visit, made, name=account.name, is_back=True)
    return await _back(visit, made if isinstance(made, Refused) else Refused("gone"))


async def end_session(visit: Visit) -> Response:
    """End a session of somebody."""
    members = build_members(visit.office.parts)
    session_id = visit.form.get("session", "")
    await members.end_session(actor_of(visit.member), _id_of(visit), session_id)
    return await _back(visit, None)


async def _back(visit: Visit, refused: Refused | None) -> Response:
    """Go back to the account, with the reason if it was refused."""
    if refused:
        return await account_page(visit, why=refused.why)
    return RedirectResponse(f"/accounts/{_id_of(visit)}", _SEE_OTHER)


def _invite_form(visit: Visit, *, why: str = "") -> Response:
    return visit.render(
        "accounts_invite.html",
        status=_REFUSED if why else 200,
        all_rights=RIGHTS,
        typed_name=visit.form.get("name", ""),
        chosen=visit.list_values("right"),
        longest_name=MAX_NAME_CHARS,
        why=why,
    )


def _show_link(visit: Visit, link: Link, *, name: str, is_back: bool) -> Response:
    """Draw the link as the answer to the post itself: an address or a cookie would keep it."""
    return visit.render(
        "accounts_link.html",
        address=address_of(visit.office.origin, link.token),
        until=link.until,
        name=name,
        is_back=is_back,
    )


async def _find_account(visit: Visit) -> StaffAccount | None:
    return await visit.office.parts.staff.find_member(_id_of(visit))


def _id_of(visit: Visit) -> str:
    """Return the id of the address; what cannot be one leads to nobody, and PostgreSQL would choke on some of it."""
    wanted = str(visit.request.path_params["account"])
    return wanted if _ID.fullmatch(wanted) else ""


DOORS: tuple[Door, ...] = (
    *joining.DOORS,
    *me.DOORS,
    Door("/accounts", "GET", list_page, right="accounts"),
    Door("/accounts/invite", "GET", invite_page, right="accounts", proves=True),
    Door("/accounts/invite", "POST", invite, right="accounts", proves=True),
    Door("/accounts/withdraw", "POST", withdraw, right="accounts"),
    Door("/accounts/{account}", "GET", account_page, right="accounts"),
    Door("/accounts/{account}/rights", "POST", set_rights, right="accounts", proves=True),
    Door("/accounts/{account}/disable", "POST", disable, right="accounts", proves=True),
    Door("/accounts/{account}/invite-back", "POST", invite_back, right="accounts", proves=True),
    Door("/accounts/{account}/sessions/end", "POST", end_session, right="accounts"),
)
