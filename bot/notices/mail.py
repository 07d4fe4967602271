"""Notices by e-mail, over TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.errors import ChannelError
from bot.ports import Clock, Notice

#: For each step of the conversation with the mail server.
_PATIENCE_S: Final = 6.0
_PORTS: Final = {"smtps": 465, "smtp": 587}
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class MailMessenger:
    """
    Sends notices to one address through one mail server: an address that is refused keeps nobody else's mail back, nor doubles it.

    `url`: `smtps://user:password@host:465`, or `smtp://…:587` where TLS begins after the greeting. Without TLS only a server
    on this machine is spoken to. `place`: which of several addresses it is, for the log.
    """

    url: str = field(repr=False)
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    clock: Clock
    place: int = 1
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """A word for the log."""
        return f"mail {self.place}"

    async def send(self, notice: Notice) -> None:
        """Send it. ChannelError: refused by the server, or no answer."""
        parts = urlsplit(self.url)
        is_wrapped = parts.scheme == "smtps"
        try:
            await aiosmtplib.send(
                self._compose(notice),
                sender=self.sender,
                recipients=[self.recipient],
                hostname=parts.hostname or "",
                port=parts.port or _PORTS[parts.scheme],
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=is_wrapped,
                start_tls=not (is_wrapped or parts.hostname in _LOOPBACK),
                tls_context=self.trust,
                timeout=_PATIENCE_S,
                local_hostname=self._domain,  # not the name of this host, which is nobody's business
            )
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise ChannelError(f"mail: not sent ({type(fault).__name__})", permanent=False) from None

    @property
    def _domain(self) -> str:
        return self.sender.rpartition("@")[2]

    def _compose(self, notice: Notice) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self.sender
        mail["To"] = self.recipient
        mail["Subject"] = notice.subject
        mail["Date"] = self.clock()
        mail["Message-ID"] = make_msgid(domain=self._domain)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday reply answers it
        mail.set_content(notice.text)
        return mail
