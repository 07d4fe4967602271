"""Doors of one-time codes: setting them up, or anew with another telephone."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot.office.doors import Door
from bot.office.visit import Visit
from bot.office.ways.codes import draw_secret, make_secret, write_secret
from bot.office.ways.coming_in import REFUSED, SEE_OTHER

#: What the member's app shows beside the code. It says nothing of what the service is about.
_OFFICE_NAME = "frontdoor"


async def codes_page(visit: Visit) -> Response:
    """Show a new secret until a code of it has come back."""
    if visit.office.ways.secrets.look(visit.token) is None:
        visit.office.ways.secrets.put(visit.token, make_secret())
    return await _draw(visit)


async def picture(visit: Visit) -> Response:
    """Draw the new secret as an app reads it."""
    secret = visit.office.ways.secrets.look(visit.token)
    if secret is None:
        raise HTTPException(404)
    drawn = draw_secret(secret, name=visit.member.name, office=_OFFICE_NAME)
    return Response(drawn, media_type="image/svg+xml")


async def take_into_use(visit: Visit) -> Response:
    """Take the new secret into use once a code shows that it has arrived."""
    secrets, desk, mine = visit.office.ways.secrets, visit.office.desk, visit.member.account_id
    secret = secrets.look(visit.token)
    if secret is None:
        return RedirectResponse("/me/totp", SEE_OTHER)
    if not desk.codes.has_arrived(secret, visit.form.get("code", "")):
        return await _draw(visit, refused=True)
    await visit.office.parts.audit.write("totp_set", actor=mine, subject=mine)
    secrets.take(visit.token)
    if await desk.codes.store(mine, secret, by=visit.member.id):
        desk.close_others(visit.member)
    return RedirectResponse("/me", SEE_OTHER)


async def _draw(visit: Visit, *, refused: bool = False) -> Response:
    secret = visit.office.ways.secrets.look(visit.token)
    return visit.render(
        "signing_totp.html",
        status=REFUSED if refused else 200,
        refused=refused,
        secret=write_secret(secret or b""),
        has_code="code" in await visit.office.parts.ways.list_ways(visit.member.account_id),
    )


DOORS = (
    Door("/me/totp", "GET", codes_page, proves=True),
    Door("/me/totp", "POST", take_into_use, proves=True),
    Door("/me/totp/picture.svg", "GET", picture, proves=True),
)
