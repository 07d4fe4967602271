"""
Who is on the other side of the page: a cookie or the page's seat, and whether a request is from our own page.

A seat is a random name that is drawn with the page and lives in it alone. It becomes the cookie when the
person first acts, and does the same where cookies are refused. Looking makes nobody: a crawler leaves
no session.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

#: A token of 256 bits in base64url, or longer.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,128}", re.ASCII)
_LANGUAGE = re.compile(
    r"\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3})\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?"
)
_MAX_HEADER_CHARS = 400


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    One request's person.

    `has_cookie`: the browser named them, so it keeps cookies. `locale` is its first language, or empty.
    `has_left`: the page or the browser named somebody who left a moment ago; `user_id` is another then.
    `has_stale_cookie`: it was the browser.
    """

    user_id: str = field(repr=False)
    has_cookie: bool
    locale: str
    has_left: bool = False
    has_stale_cookie: bool = False


class Doorman:
    """Knows people by a session cookie and tells our own page's requests from other sites'."""

    def __init__(self, *, origin: str, new_token: Callable[[], str], has_left: Callable[[str], bool]) -> None:
        self._origin = origin
        self._new_token = new_token
        self._has_left = has_left
        self._https = origin.startswith("https://")
        # The prefix makes browsers refuse a cookie planted by a neighbouring host. Source: RFC 6265bis, 4.1.3.2
        self._name = "__Host-chat" if self._https else "chat"
        #: Set by the page when it leaves, in case nobody hears of it.
        self._mark = "__Host-left" if self._https else "left"

    def meet(self, request: Request, seat: object = None) -> Visitor:
        """
        Name the person: the cookie does, else the page's seat.

        Without either, or by a name that left, a new one gets a name that nothing carries yet.
        """
        came = (self._find_cookie(request), _find_token(seat))
        cookie, named = ("" if self._has_left(name) else name for name in came)
        return Visitor(
            user_id=cookie or named or self._new_token(),
            has_cookie=bool(cookie),
            locale=prefer_language(request.headers.get("accept-language", "")),
            has_left=(cookie, named) != came,
            has_stale_cookie=cookie != came[0],
        )

    def is_marked(self, request: Request) -> bool:
        """Whether the page left without knowing that anybody heard of it."""
        return self._mark in request.cookies

    def list_names(self, request: Request, seat: object) -> tuple[str, ...]:
        """Return every name that came: whoever leaves ends what the cookie stands for, and the page's own."""
        return tuple({name for name in (self._find_cookie(request), _find_token(seat)) if name})

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Offer the cookie to a browser that showed none; it ends with the browser's session."""
        if not visitor.has_cookie:
            response.set_cookie(
                self._name, visitor.user_id, path="/", secure=self._https, httponly=True, samesite="strict"
            )

    def forget(self, response: Response) -> None:
        """Take the cookie back and ask the browser to drop what it kept of us."""
        self.drop_cookies(response)
        # Without "cookies": Chromium then ignores the line above, obeys this one on https only, and
        # would sign people out of every other service under the same domain.
        response.headers["clear-site-data"] = '"cache", "storage"'

    def drop_cookies(self, response: Response) -> None:
        """Take back the cookie that names, and the page's mark."""
        for name in (self._name, self._mark):
            response.delete_cookie(name, path="/", secure=self._https, httponly=True, samesite="strict")

    def is_from_our_page(self, request: Request) -> bool:
        """Whether the browser says that our own page, or nobody's, sent it."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        return request.headers.get("origin") in {None, self._origin}

    def _find_cookie(self, request: Request) -> str:
        return _find_token(request.cookies.get(self._name))


def _find_token(name: object) -> str:
    """Return a name of the form that we make; anything else is nobody's."""
    return name if isinstance(name, str) and _TOKEN.fullmatch(name) else ""


def prefer_language(header: str) -> str:
    """Return the tag that `Accept-Language` prefers, the first among equals; empty when it names none."""
    best, best_weight = "", 0.0
    for part in header[:_MAX_HEADER_CHARS].split(","):
        found = _LANGUAGE.fullmatch(part)
        weight = float(found[2] or 1) if found else 0.0
        if found and weight > best_weight:
            best, best_weight = found[1], weight
    return best
