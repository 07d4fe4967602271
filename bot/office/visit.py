"""
One request to the back office as the views see it: who, in which language, with which form.

What a browser sends is read here and nowhere else. Nothing here decides who may come in.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.office.auth import Desk, form_token
from bot.office.model import Look
from bot.office.pages import Pages
from bot.office.words import Tongue, choose_tongue, find_tongue
from bot.ports import Clock, StaffSession

#: A name, a password and a token fit many times.
_MAX_FORM_BYTES = 8 * 1024
_MAX_FIELDS = 8
#: Shorter than any token of ours: not our cookie.
_MIN_TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Cookies:
    """
    The three cookies: who is signed in, which browser got the sign-in form, which language.

    Over https they carry the prefix that no other host and no unencrypted page can forge.
    Source: RFC 6265bis §4.1.3.2.
    """

    https: bool

    @property
    def session(self) -> str:
        """Name of the cookie that holds the session token."""
        return self._named("office")

    @property
    def form(self) -> str:
        """Name of the cookie that the sign-in form's token is derived from."""
        return self._named("office-form")

    @property
    def tongue(self) -> str:
        """Name of the cookie that keeps the language."""
        return self._named("office-lang")

    def put(self, response: Response, name: str, value: str) -> None:
        """Set a cookie for this browser session only."""
        response.set_cookie(name, value, secure=self.https, httponly=True, samesite="strict")

    def drop(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, secure=self.https, httponly=True, samesite="strict")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.https else name


@dataclass(frozen=True, slots=True)
class Office:
    """What the back office is built from; made once in `create_office`."""

    desk: Desk
    pages: Pages
    cookies: Cookies
    look: Look
    clock: Clock
    new_token: Callable[[], str]
    origin: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `session` is set behind closed doors only; `form` is empty unless posted."""

    office: Office
    request: Request
    tongue: Tongue
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    session: StaffSession | None = None

    @property
    def token(self) -> str:
        """The session token that the browser sent; empty if none."""
        return self.cookie(self.office.cookies.session)

    def cookie(self, name: str) -> str:
        """Read a cookie; empty if there is none or it cannot be one of our tokens."""
        value = self.request.cookies.get(name, "")
        return value if len(value) >= _MIN_TOKEN_LENGTH else ""

    def keep_tongue(self, response: Response) -> Response:
        """Remember a language that was asked for by `?lang=`."""
        if find_tongue(self.request.query_params.get("lang", "")):
            self.office.cookies.put(response, self.office.cookies.tongue, self.tongue)
        return response

    def is_from_our_form(self, secret: str) -> bool:
        """Whether a post comes from a page of ours that was made for this browser."""
        if _is_from_elsewhere(self.request, self.office) or not secret:
            return False
        expected = form_token(secret, self.request.url.path)
        return hmac.compare_digest(expected.encode(), self.form.get("token", "").encode())


def tongue_of(request: Request, cookies: Cookies) -> Tongue:
    """Choose the language of the answer."""
    return choose_tongue(
        request.query_params.get("lang", ""),
        request.cookies.get(cookies.tongue, ""),
        request.headers.get("accept-language", ""),
    )


async def read_form(request: Request) -> Mapping[str, str]:
    """Read a small urlencoded form; anything else is an empty one. HTTPException 413: too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise HTTPException(413)
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        return {}


def _is_from_elsewhere(request: Request, office: Office) -> bool:
    """
    Whether the browser says that another site sent this.

    Our own referrer policy makes browsers send `Origin: null`, so Sec-Fetch-Site is asked first. It
    is missing on plain http outside this machine (demo only): there `null` cannot be told apart, and
    the form's token decides. Source: Fetch §3.2 (Origin), Fetch Metadata §2.3.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin", office.origin)
    return origin != office.origin and (office.cookies.https or origin != "null")
