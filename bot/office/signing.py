"""Signing in and out, and proving again who one is. The ways in beside a password have doors of their own."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot.office.auth import Guess, read_name
from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.ways import agency_doors, code_doors, passkey_doors
from bot.office.ways.coming_in import SEE_OTHER, first_page, sign_in_form, source_of, welcome
from bot.office.ways.proving import ask_for_proof, proof_page, prove_by_password

__all__ = ["DOORS", "ask_for_proof", "is_for_half_in"]

#: Where somebody may go who has not set up a second way in: their own account, and out.
_OWN = "/me"
_FOR_HALF_IN = {_OWN, "/logout", "/prove"}


async def sign_in_page(visit: Visit) -> Response:
    """Show the sign-in form, unless somebody is signed in already."""
    if session := await visit.office.desk.find_session(visit.token):
        return RedirectResponse(first_page(session), SEE_OTHER)
    return sign_in_form(visit)


async def sign_in(visit: Visit) -> Response:
    """Check name, password and code. A refusal says the same whatever the reason."""
    guess = Guess(
        name=read_name(visit.form.get("name", "")),
        password=visit.form.get("password", ""),
        code=visit.form.get("code", ""),
        source=source_of(visit),
    )
    token = await visit.office.desk.sign_in(guess)
    return sign_in_form(visit, refused="signing_refused") if token is None else await welcome(visit, token)


async def sign_out(visit: Visit) -> Response:
    """End the session here and in the browser, with what the browser keeps of the pages."""
    await visit.office.desk.sign_out(visit.token)
    response = RedirectResponse("/login", SEE_OTHER, headers={"Clear-Site-Data": '"cache"'})
    visit.office.cookies.drop(response, visit.office.cookies.session)
    return response


def is_for_half_in(path: str) -> bool:
    """Say whether a door is open to a member who came in with a password alone and must set up a second way."""
    return path in _FOR_HALF_IN or path.startswith(f"{_OWN}/")


DOORS = (
    Door("/logout", "POST", sign_out),
    Door("/login", "GET", sign_in_page, is_open=True),
    Door("/login", "POST", sign_in, is_open=True),
    Door("/prove", "GET", proof_page),
    Door("/prove", "POST", prove_by_password),
    *passkey_doors.DOORS,
    *code_doors.DOORS,
    *agency_doors.DOORS,
)
