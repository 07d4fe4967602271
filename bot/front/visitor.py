"""
Who is on the other side of the page: a random cookie, and whether a request is from our own page.

The cookie is made when a person first acts. Looking makes nobody: a crawler leaves no session.
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
    """One request's person. `locale` is the browser's first language, or empty."""

    user_id: str = field(repr=False)
    is_new: bool
    locale: str


class Doorman:
    """Knows people by a session cookie and tells our own page's requests from other sites'."""

    def __init__(self, *, origin: str, new_token: Callable[[], str]) -> None:
        self._origin = origin
        self._new_token = new_token
        self._https = origin.startswith("https://")
        # The prefix makes browsers refuse a cookie planted by a neighbouring host. Source: RFC 6265bis, 4.1.3.2
        self._name = "__Host-chat" if self._https else "chat"

    def meet(self, request: Request) -> Visitor:
        """Name the person; a new one gets a name that no cookie carries yet."""
        token = request.cookies.get(self._name, "")
        is_known = _TOKEN.fullmatch(token) is not None
        return Visitor(
            user_id=token if is_known else self._new_token(),
            is_new=not is_known,
            locale=prefer_language(request.headers.get("accept-language", "")),
        )

    def remember(self, response: Response, visitor: Visitor) -> None:
        """Give a new person the cookie; it ends with the browser's session."""
        if visitor.is_new:
            response.set_cookie(
                self._name, visitor.user_id, path="/", secure=self._https, httponly=True, samesite="strict"
            )

    def forget(self, response: Response) -> None:
        """Take the cookie back and ask the browser to drop what it kept of us."""
        response.delete_cookie(self._name, path="/", secure=self._https, httponly=True, samesite="strict")
        # Without "cookies": Chromium then ignores the line above, obeys this one on https only, and
        # would sign people out of every other service under the same domain.
        response.headers["clear-site-data"] = '"cache", "storage"'

    def is_from_our_page(self, request: Request) -> bool:
        """Whether the browser says that our own page, or nobody's, sent it."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        return request.headers.get("origin") in {None, self._origin}


def prefer_language(header: str) -> str:
    """Return the tag that `Accept-Language` prefers, the first among equals; empty when it names none."""
    best, best_weight = "", 0.0
    for part in header[:_MAX_HEADER_CHARS].split(","):
        found = _LANGUAGE.fullmatch(part)
        weight = float(found[2] or 1) if found else 0.0
        if found and weight > best_weight:
            best, best_weight = found[1], weight
    return best
