"""
Doors of the agency's own sign-in: going there, coming back, proving by it, and binding one's account to it.

Our cookies are not sent with a request that another site starts (SameSite=Strict), coming back included. So whoever comes back gets a page
that goes on by itself to the same address, now from ours; and since a form may lead to our own pages only, so does whoever leaves.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot.errors import AgencyDown
from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.ways.agency import AGENCY_BACK, Errand, Outside, Travel
from bot.office.ways.coming_in import (
    REFUSED,
    SEE_OTHER,
    browser_of,
    come_in,
    may_begin,
    open_page,
    sign_in_form,
    source_of,
)
from bot.office.ways.proving import accept_proof, find_page, go_to_proof
from bot.office.ways.ways_in import Halfway
from bot.ports import Shown, StaffSession

_MAX_QUERY = 4000


async def leave_to_sign_in(visit: Visit) -> Response:
    """Send the browser to the agency, unless too many came from there."""
    _travel(visit)
    if not may_begin(visit):
        return sign_in_form(visit, refused="signing_agency_refused")
    return await _leave(visit, browser_of(visit), "sign in")


async def leave_to_bind(visit: Visit) -> Response:
    """Send a member's browser to the agency, to bind the account."""
    _refuse_half_in(visit)
    return await _leave(visit, visit.token, "bind")


async def leave_to_prove(visit: Visit) -> Response:
    """Send a member's browser to the agency, to be asked there anew who sits before it."""
    page = find_page(visit.request, visit.form.get("to", ""))
    try:
        return _go_on(visit, await _travel(visit).leave(visit.token, "prove", page=page), back=False)
    except AgencyDown:
        return go_to_proof(page, "down")


async def come_back(visit: Visit) -> Response:
    """Receive a browser from the agency: first from there, then from our own page, with our cookies."""
    _travel(visit)
    asked = visit.request.query_params
    if len(visit.request.url.query) > _MAX_QUERY:
        raise HTTPException(404)
    if not asked.get("again"):
        kept = {name: asked.get(name, "") for name in ("state", "code")} | {"again": "1"}
        return _go_on(visit, f"{AGENCY_BACK}?{urlencode(kept)}", back=True)
    try:
        return await _receive(visit, state=asked.get("state", ""), code=asked.get("code", ""))
    except AgencyDown:
        return sign_in_form(visit, refused="signing_agency_down")


async def check_code(visit: Visit) -> Response:
    """Check the code of somebody whom the agency vouches for by one factor alone."""
    known = visit.office.ways.halfway.look(browser_of(visit))
    account = await visit.office.parts.staff.find_account(known.name) if known else None
    if account is None or known is None:
        return sign_in_form(visit, refused="signing_agency_refused")
    desk = visit.office.desk
    if not await desk.recognise_code(account, visit.form.get("code", ""), source_of(visit)):
        return open_page(visit, "signing_code.html", status=REFUSED, refused=True)
    visit.office.ways.halfway.take(browser_of(visit))
    shown = Shown(at=visit.office.clock(), totp=account.totp, subject=known.subject_hash)
    return await come_in(visit, account, "oidc", shown=shown)


async def prove_by_code(visit: Visit) -> Response:
    """Check the code of a member whom the agency has just vouched for by one factor alone."""
    page = visit.office.ways.halfway_proved.look(visit.token)
    account = await visit.office.parts.staff.find_member(visit.member.account_id)
    if page is None or account is None:
        return go_to_proof(page or "/", "refused")
    if not await visit.office.desk.recognise_code(account, visit.form.get("code", ""), source_of(visit)):
        return go_to_proof(page, "code")
    visit.office.ways.halfway_proved.take(visit.token)
    return await accept_proof(visit, visit.member, "oidc", page=page)


async def agency_page(visit: Visit) -> Response:
    """Show whether one's account is bound."""
    _travel(visit)
    return await _draw(visit)


async def unbind(visit: Visit) -> Response:
    """Bind the account to nobody any more, unless nobody could get in without it."""
    _travel(visit)
    mine, store = visit.member.account_id, visit.office.parts.ways
    ways = await store.list_ways(mine)
    if "agency" not in ways:
        return RedirectResponse("/me/agency", SEE_OTHER)
    if not ("passkey" in ways or {"password", "code"} <= ways):
        return await _draw(visit, refused="signing_last_way")
    await visit.office.parts.audit.write("agency_unbound", actor=mine, subject=mine)
    await store.set_subject(mine, None)
    return RedirectResponse("/me/agency", SEE_OTHER)


async def _leave(visit: Visit, owner: str, errand: Errand) -> Response:
    try:
        return _go_on(visit, await _travel(visit).leave(owner, errand), back=False)
    except AgencyDown:
        return sign_in_form(visit, refused="signing_agency_down")


async def _receive(visit: Visit, *, state: str, code: str) -> Response:
    """Whoever left from a session binds their account or proves who they are; whoever left from the sign-in page signs in."""
    travel, member = _travel(visit), await visit.office.desk.find_session(visit.token)
    outside = await travel.arrive(visit.token, state=state, code=code) if member else None
    if member is not None and outside is not None:
        if outside.errand == "prove":
            return await _prove(visit, outside, member)
        return await _bind(visit, outside, member.account_id)
    owner = browser_of(visit)
    outside = await travel.arrive(owner, state=state, code=code) if owner else None
    if outside is None or outside.errand != "sign in":
        return sign_in_form(visit, refused="signing_agency_refused")
    return await _sign_in(visit, outside)


async def _sign_in(visit: Visit, outside: Outside) -> Response:
    """
    Let in whom the agency vouches for; by one factor alone it is half the way, and the code is the other.

    Whom it did not ask just now may have left that browser open: they are in, and prove who they are before what matters.
    """
    account = await visit.office.parts.ways.find_subject(outside.subject_hash)
    if account is None or not visit.office.desk.lets_in(account):
        return sign_in_form(visit, refused="signing_agency_refused")
    if outside.is_strong:
        shown = Shown(at=outside.asked_at, subject=outside.subject_hash)
        return await come_in(visit, account, "oidc", shown=shown)
    if account.totp is None:
        return sign_in_form(visit, refused="signing_agency_weak")
    visit.office.ways.halfway.put(browser_of(visit), Halfway(account.name, outside.subject_hash))
    return open_page(visit, "signing_code.html", refused=False)


async def _prove(visit: Visit, outside: Outside, member: StaffSession) -> Response:
    """Believe the agency that it is the member, if it has just asked; by one factor alone, with a code."""
    account = await visit.office.parts.ways.find_subject(outside.subject_hash)
    if account is None or account.id != member.account_id or not outside.is_fresh:
        return go_to_proof(outside.page, "refused")
    if outside.is_strong:
        return await accept_proof(visit, member, "oidc", page=outside.page)
    if account.totp is None:
        return go_to_proof(outside.page, "refused")
    visit.office.ways.halfway_proved.put(visit.token, outside.page)
    return go_to_proof(outside.page)


async def _bind(visit: Visit, outside: Outside, account_id: str) -> Response:
    store = visit.office.parts.ways
    owner = await store.find_subject(outside.subject_hash)
    if owner is not None and owner.id != account_id:
        return RedirectResponse("/me/agency?taken=1", SEE_OTHER)
    await visit.office.parts.audit.write("agency_bound", actor=account_id, subject=account_id)
    is_bound = await store.set_subject(account_id, outside.subject_hash)
    return RedirectResponse("/me/agency" if is_bound else "/me/agency?taken=1", SEE_OTHER)


def _go_on(visit: Visit, address: str, *, back: bool) -> Response:
    """Draw the page that goes on by itself; where a browser does not, there is a link."""
    page = visit.office.pages.render(
        "signing_onward.html",
        visit.tongue,
        offers_tongues=False,
        path="/login",
        address=address,
        back=back,
    )
    page.headers["refresh"] = f"0;url={address}"
    return page


async def _draw(visit: Visit, *, refused: str = "") -> Response:
    if visit.request.query_params.get("taken"):
        refused = "signing_agency_taken"
    agency = visit.office.parts.agency
    return visit.render(
        "signing_agency.html",
        status=REFUSED if refused else 200,
        refused=refused,
        issuer=agency.issuer if agency else "",
        is_bound="agency" in await visit.office.parts.ways.list_ways(visit.member.account_id),
    )


def _refuse_half_in(visit: Visit) -> None:
    """404: a password alone must not bind the account to somebody else's identity."""
    if visit.office.desk.needs_second(visit.member):
        raise HTTPException(404)


def _travel(visit: Visit) -> Travel:
    """Return the way to the agency. 404: there is none."""
    travel = visit.office.ways.travel
    if travel is None:
        raise HTTPException(404)
    return travel


DOORS = (
    Door("/login/agency", "POST", leave_to_sign_in, is_open=True),
    Door(AGENCY_BACK, "GET", come_back, is_open=True),
    Door("/login/code", "POST", check_code, is_open=True),
    Door("/prove/agency", "POST", leave_to_prove),
    Door("/prove/code", "POST", prove_by_code),
    Door("/me/agency", "GET", agency_page, proves=True),
    Door("/me/agency/bind", "POST", leave_to_bind, proves=True),
    Door("/me/agency/unbind", "POST", unbind, proves=True),
)
