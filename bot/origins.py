"""Which addresses may stand in the settings: origins, mail servers, mailboxes, and what may be reached without TLS."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_ORIGIN: Final = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/*")
_MAILBOX: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
#: What is said to these leaves no machine.
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


def is_origin(text: str) -> bool:
    """Whether it is scheme, host and perhaps a port, and nothing behind them but slashes."""
    return bool(_ORIGIN.fullmatch(text))


def is_mailbox(text: str) -> bool:
    """Whether it looks like `desk@example.org`."""
    return bool(_MAILBOX.fullmatch(text))


def is_real_service(text: str) -> bool:
    """Whether it is reached over https, and on another machine."""
    return text.startswith("https://") and urlsplit(text).hostname not in _LOOPBACK


def is_mail_server(url: str) -> bool:
    """Whether notices can be handed to it: `smtps://` or `smtp://`, which is made safe by STARTTLS."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"smtps", "smtp"} and bool(parts.hostname) and parts.port != 0 and not parts.query
        )
    except ValueError:
        return False


def is_safe_hook(url: str) -> bool:
    """Whether notices may be posted to it: over https, or to this machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and _is_unread(parts)
    except ValueError:
        return False


def is_issuer(url: str) -> bool:
    """Whether staff may be sent to it to sign in: over https or on this machine, and nothing hidden in the address."""
    parts = urlsplit(url)
    is_plain = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    return is_plain and _is_unread(parts)


def write_origin(host: str, port: int) -> str:
    """Say where we listen as a browser writes it: an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_unread(parts: SplitResult) -> bool:
    """Whether nobody on the way can read what is said to it."""
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
