"""
The back office as an ASGI application.

Every door is closed unless its line below says otherwise, and nothing else is answered but 404. It
is given no way to read a conversation.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.errors import AuditDown, ConfigError, StoreDown
from bot.log import log_incident
from bot.office import (
    accounts,
    audit,
    case,
    exports,
    figures,
    keeping,
    keys,
    me,
    queue,
    service,
    signing,
    unlocking,
)
from bot.office.auth import Desk, Limits
from bot.office.doors import Door
from bot.office.headers import SafeHeaders
from bot.office.pages import HERE, load_pages
from bot.office.passwords import FLOOR, Cost, Passwords
from bot.office.policies import MODERN, PasswordRules
from bot.office.visit import Cookies, Office, Parts, Visit, read_form, tongue_of
from bot.office.ways.ways_in import open_ways
from bot.ports import StaffSession

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_SEE_OTHER = 303
_FORBIDDEN = 403
_TOO_LARGE = 413
_BROKEN = 500
_UNAVAILABLE = 503
_log = logging.getLogger(__name__)


#: Every door there is, by topic.
DOORS = (
    *service.DOORS,
    *signing.DOORS,
    *accounts.DOORS,
    *unlocking.DOORS,
    *keys.DOORS,
    *queue.DOORS,
    *case.DOORS,
    *exports.DOORS,
    *audit.DOORS,
    *figures.DOORS,
    *keeping.DOORS,
)


def create_office(
    parts: Parts,
    *,
    demo: bool,
    origin: str,
    limits: Limits | None = None,
    cost: Cost = FLOOR,
    rules: PasswordRules = MODERN,
) -> Starlette:
    """
    Build the back office.

    `origin` is where staff reach it, as their browsers say it; `rules`: what a password must be like. ConfigError: the
    origin or the cost of a password is not safe enough for production.
    """
    _refuse_unsafe_origin(origin, demo=demo)
    passwords = Passwords(cost, demo=demo)
    cookies = Cookies(https=origin.startswith("https://"))
    desk = Desk(parts, passwords, limits=limits or Limits(), demo=demo)
    ways = open_ways(parts.ways, parts.safe, parts.agency, clock=parts.clock, origin=origin)
    office = Office(parts, desk, load_pages(demo=demo), cookies, origin, demo, passwords, rules, ways)
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
                AuditDown: self._stop,
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

    async def _stop(self, request: Request, fault: Exception) -> Response:
        """Refuse what could not be noted. Source: SECURITY §1 rule 9."""
        incident = log_incident(_log, "the audit log could not be written", fault, channel="office")
        tongue = tongue_of(request, self._office.cookies)
        return self._office.pages.render_fault(tongue, "audit_down", _UNAVAILABLE, incident=incident)

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
            visit = dataclasses.replace(visit, fields=await read_form(request))
            secret = visit.cookie(office.cookies.form) if door.is_open else visit.token
            if not visit.is_from_our_form(secret):
                return office.pages.render_fault(visit.tongue, "forbidden", _FORBIDDEN)
        if not door.is_open:
            session = await office.desk.find_session(visit.token, is_use=not visit.is_quiet)
            visit = dataclasses.replace(visit, session=session)
            if visit.session is None:
                return _send_to_sign_in(visit)
            first = _find_first(door, office, visit.session)
            if first:
                return RedirectResponse(first, _SEE_OTHER)
            if door.right and door.right not in visit.session.rights:
                return office.pages.render_fault(visit.tongue, "no_right", _FORBIDDEN)
            if door.proves and not office.desk.is_proved(visit.session):
                return signing.ask_for_proof(visit)
        return visit.keep_tongue(await door.view(visit))

    return answer


def _find_first(door: Door, office: Office, session: StaffSession) -> str:
    """Name the page where a member must do something before this door opens; empty: nothing."""
    if office.desk.needs_second(session) and not signing.is_for_half_in(door.path):
        return "/me"
    if office.is_password_due(session) and not me.is_for_expired(door.path):
        return me.PASSWORD
    return ""


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
