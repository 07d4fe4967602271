"""What all ways in share: the sign-in page, the address of whoever asks, and what a browser gets when it is in."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot.office.auth import form_token
from bot.office.visit import Visit
from bot.ports import Method, Shown, StaffAccount, StaffSession

#: After a post the browser must fetch the next page with GET. Source: RFC 9110 §15.4.4.
SEE_OTHER = 303
REFUSED = 403
#: Answered to our script alone, which then shows the refusal of the sign-in page.
TOO_MANY = 429


def source_of(visit: Visit) -> str:
    """Return the address that a try comes from, as our own proxy tells it; empty if it is not known."""
    client = visit.request.client
    return client.host if client else ""


def browser_of(visit: Visit) -> str:
    """Return the secret of a browser that has not signed in; empty without one."""
    return visit.cookie(visit.office.cookies.form)


def may_begin(visit: Visit) -> bool:
    """Count a sign-in that begins, before anything is remembered for it. False: too many came from there."""
    return visit.office.ways.begun.claim(source_of(visit), visit.office.clock())


async def come_in(visit: Visit, account: StaffAccount, method: Method, *, shown: Shown) -> Response:
    """Open a session in place of any that this browser had. AuditDown: nobody comes in."""
    token = await visit.office.desk.admit(account, method, shown=shown)
    if token is None:  # it was changed while they came in
        return sign_in_form(visit, refused="signing_refused")
    visit.office.ways.begun.forgive(source_of(visit))
    return await welcome(visit, token)


async def welcome(visit: Visit, token: str) -> Response:
    """Give the browser its session, and take back what it needed before."""
    await visit.office.desk.sign_out(visit.token)
    response = RedirectResponse(first_page(await visit.office.desk.find_session(token)), SEE_OTHER)
    visit.office.cookies.put(response, visit.office.cookies.session, token)
    visit.office.cookies.drop(response, visit.office.cookies.form)
    return response


def first_page(session: StaffSession | None) -> str:
    """Return where somebody begins: with those who wait, if they may open them."""
    return "/queue" if session and {"list", "open"} <= session.rights else "/"


def sign_in_form(visit: Visit, *, refused: str = "") -> Response:
    """
    Draw the sign-in page. It never repeats what was typed: the name could be a password put in haste.

    `refused`: the key of the word that says why nobody came in.
    """
    return open_page(
        visit,
        "login.html",
        status=REFUSED if refused else 200,
        refused=refused,
        has_passkeys=visit.office.ways.passkeys.are_possible,
        has_agency=visit.office.ways.travel is not None,
    )


def open_page(visit: Visit, template: str, *, status: int = 200, **context: object) -> Response:
    """Draw a page for a browser that has not signed in, whose forms carry tokens of its own."""
    cookies = visit.office.cookies
    secret = browser_of(visit) or visit.office.new_token()
    response = visit.office.pages.render(
        template,
        visit.tongue,
        status=status,
        offers_tongues=visit.request.method == "GET" and template == "login.html",
        path="/login",
        token_for=lambda path: form_token(secret, path),
        **context,
    )
    cookies.put(response, cookies.form, secret)
    return response
