"""
Doors of passkeys: signing in with one, adding and removing one's own.

Each ceremony has two posts with form tokens of their own: one for what the browser needs, answered as JSON, and one that brings its answer.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.ways.coming_in import (
    REFUSED,
    SEE_OTHER,
    TOO_MANY,
    browser_of,
    come_in,
    may_begin,
    sign_in_form,
)
from bot.office.ways.passkeys import MOST_PASSKEYS, Passkeys
from bot.office.ways.proving import prove_by_passkey
from bot.ports import Shown


async def begin_sign_in(visit: Visit) -> Response:
    """Send a challenge that any passkey of ours may answer; to a source that asks too often none. Source: SECURITY T24."""
    passkeys = _passkeys(visit)
    if not may_begin(visit):
        return JSONResponse({}, TOO_MANY)
    return JSONResponse(await passkeys.begin_signing(browser_of(visit)))


async def sign_in(visit: Visit) -> Response:
    """Let somebody in whose passkey answered. No lock of passwords stands in the way."""
    desk = visit.office.desk
    signed = await _passkeys(visit).finish_signing(browser_of(visit), visit.form.get("answer", ""))
    if signed is None or not desk.lets_in(signed.account):
        return sign_in_form(visit, refused="signing_passkey_refused")
    if signed.is_copy:
        await desk.note_copy(signed.account)
        return sign_in_form(visit, refused="signing_passkey_refused")
    shown = Shown(at=visit.office.clock(), passkey=signed.passkey_id)
    return await come_in(visit, signed.account, "passkey", shown=shown)


async def begin_proof(visit: Visit) -> Response:
    """Send a challenge that only the member's own passkeys may answer."""
    options = await _passkeys(visit).begin_signing(visit.token, account_id=visit.member.account_id)
    return JSONResponse(options)


async def passkeys_page(visit: Visit) -> Response:
    """Show one's own passkeys."""
    return await _draw(visit)


async def begin_adding(visit: Visit) -> Response:
    """Send a challenge for a new passkey."""
    mine = visit.member
    return JSONResponse(
        await _passkeys(visit).begin_adding(visit.token, account_id=mine.account_id, name=mine.name)
    )


async def add(visit: Visit) -> Response:
    """Add the passkey that the browser made."""
    member, store = visit.member, visit.office.parts.ways
    made = _passkeys(visit).finish_adding(
        visit.token,
        visit.form.get("answer", ""),
        account_id=member.account_id,
        label=visit.form.get("label", ""),
    )
    known = await store.list_passkeys(member.account_id)
    if made is None or len(known) >= MOST_PASSKEYS or await store.find_passkey(made.id):
        return await _draw(visit, refused="signing_add_refused")
    await _note(visit, "passkey_added")
    if await store.add_passkey(made, by=member.id):
        visit.office.desk.close_others(member)
    return RedirectResponse("/me/passkeys", SEE_OTHER)


async def remove(visit: Visit) -> Response:
    """Remove one of one's own passkeys, unless nobody could get in without it."""
    mine, store, wanted = visit.member.account_id, visit.office.parts.ways, visit.form.get("passkey", "")
    known = [each.id for each in await store.list_passkeys(mine)]
    if wanted not in known:
        return RedirectResponse("/me/passkeys", SEE_OTHER)
    ways = await store.list_ways(mine)
    if len(known) == 1 and not ("agency" in ways or {"password", "code"} <= ways):
        return await _draw(visit, refused="signing_last_way")
    await _note(visit, "passkey_removed")
    await store.remove_passkey(mine, wanted)
    return RedirectResponse("/me/passkeys", SEE_OTHER)


async def _note(visit: Visit, act: str) -> None:
    mine = visit.member.account_id
    await visit.office.parts.audit.write(act, actor=mine, subject=mine)


async def _draw(visit: Visit, *, refused: str = "") -> Response:
    return visit.render(
        "signing_passkeys.html",
        status=REFUSED if refused else 200,
        refused=refused,
        passkeys=await visit.office.parts.ways.list_passkeys(visit.member.account_id),
        most=MOST_PASSKEYS,
        are_possible=visit.office.ways.passkeys.are_possible,
    )


def _passkeys(visit: Visit) -> Passkeys:
    """Return the passkeys of this office. 404: at an address without a name there are none."""
    passkeys = visit.office.ways.passkeys
    if not passkeys.are_possible:
        raise HTTPException(404)
    return passkeys


DOORS = (
    Door("/login/passkey/begin", "POST", begin_sign_in, is_open=True),
    Door("/login/passkey", "POST", sign_in, is_open=True),
    Door("/prove/passkey/begin", "POST", begin_proof),
    Door("/prove/passkey", "POST", prove_by_passkey),
    Door("/me/passkeys", "GET", passkeys_page, proves=True),
    Door("/me/passkeys/begin", "POST", begin_adding, proves=True),
    Door("/me/passkeys/add", "POST", add, proves=True),
    Door("/me/passkeys/remove", "POST", remove, proves=True),
)
