"""Notices by webhook: one POST, signed, to an address that the operator has chosen."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from bot.errors import ChannelError
from bot.ports import Notice

_PATIENCE_S: Final = 15.0
_MANY_CHOICES = 300
#: `sha256=` and the HMAC-SHA256 of the body in hexadecimal, keyed with the secret that both sides know.
SIGNATURE: Final = "X-Frontdoor-Signature"


@dataclass(frozen=True, slots=True)
class WebhookMessenger:
    """Posts notices to one address. No redirect is followed, and what is answered is not read."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """A word for the log."""
        return "webhook"

    async def send(self, notice: Notice) -> None:
        """Post it. ChannelError: no answer, or another one than 2xx."""
        body = _write(notice)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "frontdoor",
            SIGNATURE: sign(body, self.secret),
        }
        patience = aiohttp.ClientTimeout(total=_PATIENCE_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise ChannelError(f"webhook: not sent ({type(fault).__name__})", permanent=False) from None
        if not 200 <= status < _MANY_CHOICES:  # noqa: PLR2004 - RFC 9110 §15.3
            raise ChannelError(f"webhook: refused with {status}", permanent=False)


def sign(body: bytes, secret: str) -> str:
    """Return what stands in the header SIGNATURE for a body."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def _write(notice: Notice) -> bytes:
    told = {
        "waiting": notice.waiting,
        "oldest_hours": notice.oldest_hours,
        "requests": notice.asked,
        "requests_oldest_hours": notice.asked_hours,
        "office": notice.office,
        "text": notice.text,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
