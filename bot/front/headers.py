"""
The edge of the public program: safe headers on every answer, and no fault that escapes.

Nothing a person wrote, no address and no token is ever logged here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.log import log_incident

_log = logging.getLogger(__name__)

#: Everything from our own origin, nothing inline. Source: SECURITY_NOTES §3.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
#: Closed although the page uses none of them: a script that got in could not open them either. Only
#: features that Chromium knows by this header: it complains about others in the console.
_CLOSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "usb", "xr-spatial-tracking",
)  # fmt: skip
SAFE_HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _CLOSED),
    # Nobody else learns where a person was. Not `no-referrer`: with it browsers send `Origin: null` from
    # our own forms, and one that has no Sec-Fetch-Site (Safari before 16.4) could not leave or answer.
    # Source: Fetch, append a request `Origin` header.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
#: Source: hstspreload.org, minimum max-age of one year.
_ONLY_HTTPS = {"strict-transport-security": "max-age=31536000"}


def choose_headers(*, https: bool) -> Mapping[str, str]:
    """Return what stands on every answer."""
    return {**SAFE_HEADERS, **(_ONLY_HTTPS if https else {})}


class SafeEdge:
    """
    Puts the headers on every answer and turns a fault into the page `when_broken`, drawn for an Accept-Language.

    It does not raise the fault again: its text may hold what somebody wrote, and the server's own
    traceback would print it.
    """

    def __init__(self, app: ASGIApp, *, https: bool, when_broken: Callable[[str], str]) -> None:
        self._app = app
        safe = choose_headers(https=https)
        # Written once: this is on the way of every answer.
        self._raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in safe.items()]
        self._names = frozenset(name for name, _ in self._raw)
        self._when_broken = when_broken
        # Drawn ahead: what broke may be what draws.
        self._source = when_broken("")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def send_safely(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = [pair for pair in message.get("headers", ()) if pair[0].lower() not in self._names]
                message = {**message, "headers": [*own, *self._raw]}
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except ClientDisconnect:
            return
        except Exception as fault:  # noqa: BLE001 - the edge: nobody above can answer kindly
            log_incident(_log, "request_failed", fault)
            if scope["type"] == "http" and not begun:
                await HTMLResponse(self._draw(scope), 500)(scope, receive, send_safely)

    def _draw(self, scope: Scope) -> str:
        """Return the page in the language that the browser asks for, or in the source language: never nothing."""
        try:
            return self._when_broken(Headers(scope=scope).get("accept-language", ""))
        except Exception as fault:  # noqa: BLE001 - as above, and a person waits
            log_incident(_log, "request_failed", fault)
            return self._source
