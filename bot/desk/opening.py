"""
Opens what the public side sealed. Only programs of the office load this.

The signature comes first: what nobody we trust has signed for this very place and time is never decrypted. It must never
say why something does not open, nor anything of what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.core.envelope import VERSION, unpad, write_statement
from bot.desk.identity import Identity, decrypt_with
from bot.errors import Forged, Unreadable
from bot.ports.handoff import Purpose, Sealed


class KnownSigner(Protocol):
    """A signer, as far as opening needs to know one."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of an Ed25519 public key."""
        ...

    @property
    def fingerprint(self) -> str:
        """How it is named in what it signed."""
        ...


class Opener:
    """
    Opens with any of several identities, so that an old one goes on opening while it is being replaced.

    `signers` are those whose signature counts: the public side, and the desk itself for what it sealed anew.
    """

    __slots__ = ("_identities", "_signers")

    def __init__(self, identities: Iterable[Identity], signers: Iterable[KnownSigner]) -> None:
        self._identities = tuple(identities)
        self._signers = {
            one.fingerprint: Ed25519PublicKey.from_public_bytes(one.public_key) for one in signers
        }

    def __repr__(self) -> str:
        """Hide the identities."""
        return "Opener(…)"

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        """
        Check the signature for this kind, id and time (aware UTC), then open and take the padding off.

        Forged: not signed by anybody we know, or put in another's place. Unreadable: none of our identities opens it,
        or what comes out is not whole.
        """
        self.check(sealed, purpose=purpose, name=name, at=at)
        if not sealed.blob.startswith(VERSION):
            raise Unreadable("what was sealed is of another version")
        return unpad(decrypt_with(self._identities, sealed.blob.removeprefix(VERSION)))

    def check(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> None:
        """Check the signature alone, as `open` does; no identity is needed for it. Forged."""
        signer = self._signers.get(sealed.signer)
        if signer is None:
            raise Forged("not signed by anybody we know")
        try:
            signer.verify(sealed.signature, write_statement(purpose, name, sealed.blob, at))
        except InvalidSignature:
            raise Forged("not what its signature says") from None
