"""
Proving again who one is, before what must not happen at a desk that somebody has left open.

Afterwards the member is back where they came from: a page of ours, never an address from elsewhere. Source: SECURITY T6, ASVS 7.5.3.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from bot.office.auth import Guess
from bot.office.visit import Visit
from bot.office.ways.coming_in import REFUSED, SEE_OTHER, source_of
from bot.ports import Method, StaffSession, Way

_MAX_PATH = 500
#: Nobody is sent back to these.
_NO_PAGES = {"/prove", "/login"}
#: Why somebody who comes from their agency is asked once more: the key of the word that says so.
_REFUSED_THERE = {
    "refused": "signing_prove_agency_refused",
    "down": "signing_agency_down",
    "code": "signing_code_refused",
}


def ask_for_proof(visit: Visit, *, to: str = "") -> Response:
    """
    Answer somebody who must prove again who they are before they may go on.

    What they posted is not kept: they come back to the page that the form stands on, or to `to`, and press again.
    """
    request = visit.request
    if request.method == "POST":
        back = {"to": to or _page_above(request), "again": "1"}
    else:
        back = {"to": f"{request.url.path}?{request.url.query}".rstrip("?")}
    return RedirectResponse(f"/prove?{urlencode(back)}", SEE_OTHER)


async def proof_page(visit: Visit) -> Response:
    """Ask who is there."""
    asked = visit.request.query_params
    to = find_page(visit.request, asked.get("to", ""))
    refused = _REFUSED_THERE.get(asked.get("agency", ""), "")
    return await _draw(visit, to=to, again=bool(asked.get("again")), refused=refused, status=200)


async def prove_by_password(visit: Visit) -> Response:
    """Check the member's own password, with a code where there is one."""
    guess = Guess(
        name=visit.member.name,
        password=visit.form.get("password", ""),
        code=visit.form.get("code", ""),
        source=source_of(visit),
    )
    if await visit.office.desk.recognise(guess) is None:
        return await _refuse(visit)
    return await _accept(visit, "password")


async def prove_by_passkey(visit: Visit) -> Response:
    """Check a passkey of the member's own."""
    passkeys, mine = visit.office.ways.passkeys, visit.member.account_id
    signed = await passkeys.finish_signing(visit.token, visit.form.get("answer", ""), account_id=mine)
    if signed is None:
        return await _refuse(visit)
    if signed.is_copy:
        await visit.office.desk.note_copy(signed.account)
        return await _refuse(visit)
    return await _accept(visit, "passkey")


def find_page(request: Request, wanted: str) -> str:
    """Return a page of ours that a member may be sent to; the first page for anything else."""
    path, _, query = wanted.partition("?")
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= _MAX_PATH
    if not is_plain or not _is_page(request, path):
        return "/"
    return f"{path}?{query}".rstrip("?")


async def accept_proof(visit: Visit, member: StaffSession, method: Method, *, page: str) -> Response:
    """Note that a member proved who they are, and send them on to a page of ours."""
    await visit.office.desk.prove(visit.token, member, method)
    return RedirectResponse(page, SEE_OTHER)


def go_to_proof(page: str, refused: str = "") -> Response:
    """Send a member who comes from their agency back to where they are asked; `refused`: why they are asked once more."""
    back = {"to": page} | ({"agency": refused} if refused else {})
    return RedirectResponse(f"/prove?{urlencode(back)}", SEE_OTHER)


async def _accept(visit: Visit, method: Method) -> Response:
    page = find_page(visit.request, visit.form.get("to", ""))
    return await accept_proof(visit, visit.member, method, page=page)


async def _refuse(visit: Visit) -> Response:
    to = find_page(visit.request, visit.form.get("to", ""))
    return await _draw(visit, to=to, again=False, refused="signing_prove_refused", status=REFUSED)


async def _draw(visit: Visit, *, to: str, again: bool, refused: str, status: int) -> Response:
    has = await visit.office.parts.ways.list_ways(visit.member.account_id)
    ways = visit.office.ways
    return visit.render(
        "signing_prove.html",
        status=status,
        to=to,
        again=again,
        refused=refused,
        with_passkey="passkey" in has and ways.passkeys.are_possible,
        with_password=_is_password_enough(visit, has),
        with_code="code" in has,
        with_agency="agency" in has and ways.travel is not None,
        awaits_code=ways.halfway_proved.look(visit.token) is not None,
    )


def _is_password_enough(visit: Visit, has: frozenset[Way]) -> bool:
    """Whether a password, with its code, would be believed: see `Desk.recognise`."""
    return "password" in has and visit.office.desk.takes_password(visit.member.name, has)


def _page_above(request: Request) -> str:
    """Find the page that a form most likely stands on: the nearest one above the path that it posts to."""
    path = request.url.path
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    return path or "/"


def _is_page(request: Request, path: str) -> bool:
    """Whether this path is answered by a door of ours that only shows."""
    if not path.startswith("/") or path.startswith("//") or path in _NO_PAGES:
        return False
    scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
    doors = (route for route in request.app.routes if isinstance(route, Route))
    return any(door.matches(scope)[0] is Match.FULL for door in doors)
