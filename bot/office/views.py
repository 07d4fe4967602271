"""
What the back office answers, one function per door.

`app` has already decided that the visitor may come in and that a post is genuine.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.office.auth import Guess, form_token, read_name
from bot.office.visit import Visit

#: After a post the browser must fetch the next page with GET. Source: RFC 9110 §15.4.4.
_SEE_OTHER = 303


async def health(_visit: Visit) -> Response:
    """Say that the process answers; nothing about the service."""
    return PlainTextResponse("ok\n")


async def home(visit: Visit) -> Response:
    """Show the state of the service."""
    state = await visit.office.look()
    return visit.office.pages.render(
        "home.html",
        visit.tongue,
        offers_tongues=True,
        path="/",
        state=state,
        looked_at=visit.office.clock(),
        session=visit.session,
        token=form_token(visit.token, "/logout"),
    )


async def sign_in_page(visit: Visit) -> Response:
    """Show the sign-in form, unless somebody is signed in already."""
    if await visit.office.desk.find_session(visit.token):
        return RedirectResponse("/", _SEE_OTHER)
    return _sign_in_form(visit)


async def sign_in(visit: Visit) -> Response:
    """Check name and password. A refusal says the same whatever the reason."""
    client = visit.request.client
    guess = Guess(
        name=read_name(visit.form.get("name", "")),
        password=visit.form.get("password", ""),
        source=client.host if client else "",
    )
    token = await visit.office.desk.sign_in(guess)
    if token is None:
        return _sign_in_form(visit, refused=True)
    await visit.office.desk.sign_out(visit.token)
    response = RedirectResponse("/", _SEE_OTHER)
    visit.office.cookies.put(response, visit.office.cookies.session, token)
    visit.office.cookies.drop(response, visit.office.cookies.form)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session here and in the browser, with what the browser keeps of the pages."""
    await visit.office.desk.sign_out(visit.token)
    response = RedirectResponse("/login", _SEE_OTHER, headers={"Clear-Site-Data": '"cache"'})
    visit.office.cookies.drop(response, visit.office.cookies.session)
    return response


def _sign_in_form(visit: Visit, *, refused: bool = False) -> Response:
    """Draw the form. It never repeats what was typed: the name could be a password put in haste."""
    cookies = visit.office.cookies
    secret = visit.cookie(cookies.form) or visit.office.new_token()
    response = visit.office.pages.render(
        "login.html",
        visit.tongue,
        status=403 if refused else 200,
        offers_tongues=True,
        path="/login",
        refused=refused,
        token=form_token(secret, "/login"),
    )
    cookies.put(response, cookies.form, secret)
    return response
