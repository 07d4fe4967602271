"""
The back office as an ASGI application.

Every door is closed unless its line below says otherwise, and nothing else is answered but 404. It
is given no way to read a conversation.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.errors import ConfigError, StoreDown
from bot.log import log_incident
from bot.office import views
from bot.office.auth import Desk, Limits
from bot.office.headers import SafeHeaders
from bot.office.model import Look
from bot.office.pages import HERE, load_pages
from bot.office.passwords import FLOOR, Cost, Passwords
from bot.office.visit import Cookies, Office, Visit, read_form, tongue_of
from bot.ports import Clock, StaffStore

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_SEE_OTHER = 303
_FORBIDDEN = 403
_TOO_LARGE = 413
_BROKEN = 500
_UNAVAILABLE = 503
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """One method on one path. Closed: only a signed-in member of staff comes in."""

    path: str
    method: str
    view: Callable[[Visit], Awaitable[Response]]
    is_open: bool = False


DOORS = (
    Door("/", "GET", views.home),
    Door("/logout", "POST", views.sign_out),
    Door("/login", "GET", views.sign_in_page, is_open=True),
    Door("/login", "POST", views.sign_in, is_open=True),
    Door("/healthz", "GET", views.health, is_open=True),
)


def create_office(
    *,
    staff: StaffStore,
    look: Look,
    clock: Clock,
    demo: bool,
    origin: str,
    new_token: Callable[[], str],
    limits: Limits | None = None,
    cost: Cost = FLOOR,
) -> Starlette:
    """
    Build the back office.

    `origin` is where staff reach it, as their browsers say it; `new_token` gives 256 random bits as
    text. ConfigError: the origin or the cost of a password is not safe enough for production.
    """
    _refuse_unsafe_origin(origin, demo=demo)
    passwords = Passwords(cost, demo=demo)
    limits = limits or Limits()
    cookies = Cookies(https=origin.startswith("https://"))
    office = Office(
        desk=Desk(staff, passwords, clock=clock, new_token=new_token, limits=limits, demo=demo),
        pages=load_pages(demo=demo),
        cookies=cookies,
        look=look,
        clock=clock,
        new_token=new_token,
        origin=origin,
    )
    return _OfficeApp(office)


class _OfficeApp(Starlette):
    """Starlette with our headers outside everything, its own error answers included."""

    def __init__(self, office: Office) -> None:
        super().__init__(
            routes=[
                *(Route(door.path, _guard(door, office), methods=[door.method]) for door in DOORS),
                Mount("/static", StaticFiles(directory=HERE / "static")),
            ],
            exception_handlers={
                HTTPException: self._refuse,
                StoreDown: self._wait,
                Exception: self._fail,
            },
        )
        self._office = office
        # A path with a slash too many is not ours either.
        self.router.redirect_slashes = False

    def build_middleware_stack(self) -> ASGIApp:
        """Put the headers on the outside."""
        return SafeHeaders(super().build_middleware_stack(), https=self._office.cookies.https)

    async def _refuse(self, request: Request, fault: Exception) -> Response:
        """Answer 404 to whatever has no door, a wrong method included, so that none can be felt for."""
        tongue = tongue_of(request, self._office.cookies)
        if isinstance(fault, HTTPException) and fault.status_code == _TOO_LARGE:
            return self._office.pages.render_fault(tongue, "too_large", _TOO_LARGE)
        return self._office.pages.render_fault(tongue, "not_found", 404)

    async def _wait(self, request: Request, fault: Exception) -> Response:
        """Answer while the database is away."""
        return self._apologise(request, fault, _UNAVAILABLE)

    async def _fail(self, request: Request, fault: Exception) -> Response:
        """Answer a bug. The page says nothing of it but the id under which it was logged."""
        return self._apologise(request, fault, _BROKEN)

    def _apologise(self, request: Request, fault: Exception, status: int) -> Response:
        incident = log_incident(_log, "the back office could not answer", fault, channel="office")
        tongue = tongue_of(request, self._office.cookies)
        return self._office.pages.render_fault(tongue, "failed", status, incident=incident)


def _guard(door: Door, office: Office) -> Callable[[Request], Awaitable[Response]]:
    """Stand at a door: a genuine post, then a live session, then the view."""

    async def answer(request: Request) -> Response:
        visit = Visit(office, request, tongue_of(request, office.cookies))
        if door.method == "POST":
            visit = dataclasses.replace(visit, form=await read_form(request))
            secret = visit.cookie(office.cookies.form) if door.is_open else visit.token
            if not visit.is_from_our_form(secret):
                return office.pages.render_fault(visit.tongue, "forbidden", _FORBIDDEN)
        if not door.is_open:
            visit = dataclasses.replace(visit, session=await office.desk.find_session(visit.token))
            if visit.session is None:
                return _send_to_sign_in(visit)
        return visit.keep_tongue(await door.view(visit))

    return answer


def _send_to_sign_in(visit: Visit) -> Response:
    response = RedirectResponse("/login", _SEE_OTHER)
    visit.office.cookies.drop(response, visit.office.cookies.session)
    return visit.keep_tongue(response)


def _refuse_unsafe_origin(origin: str, *, demo: bool) -> None:
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise ConfigError("back office: the origin must look like https://desk.example.org, without a path")
    if not demo and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ConfigError("back office: production needs an https:// origin, or a loopback one")
