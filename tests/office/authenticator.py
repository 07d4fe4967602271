"""An authenticator in memory, which answers as a browser's script sends it, rightly or with one part wrong."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

_SEEN, _VERIFIED, _NEW = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey of one device. `verified`: the device asks for a finger or a PIN."""

    origin: str
    rp_id: str = "localhost"
    count: int = 0
    verified: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: Mapping[str, Any], **wrong: Any) -> str:
        """Answer a challenge to make a passkey."""
        public = options["publicKey"]
        self.handle = websafe_decode(public["user"]["id"])
        made = AttestedCredentialData.create(
            Aaguid(b"\0" * 16), self.credential_id, ES256.from_cryptography_key(self._key.public_key())
        )
        data = self._data(_NEW, wrong, made)
        response = {
            "clientDataJSON": websafe_encode(self._client("webauthn.create", public, wrong)),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._write(response)

    def sign(self, options: Mapping[str, Any], *, counts: int = 1, **wrong: Any) -> str:
        """Answer a challenge to use the passkey."""
        self.count += counts
        client = self._client("webauthn.get", options["publicKey"], wrong)
        data = self._data(0, wrong)
        signed = self._key.sign(data + client.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(wrong.get("signature", signed)),
        }
        if handle := wrong.get("handle", self.handle):
            response["userHandle"] = websafe_encode(handle)
        return self._write(response)

    def _client(self, kind: str, public: Mapping[str, Any], wrong: Mapping[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(
            wrong.get("kind", kind),
            wrong.get("challenge", public["challenge"]),
            wrong.get("origin", self.origin),
        )

    def _data(
        self, flags: int, wrong: Mapping[str, Any], made: AttestedCredentialData | None = None
    ) -> bytes:
        flags |= wrong.get("flags", _SEEN | (_VERIFIED if self.verified else 0))
        rp = sha256(wrong.get("rp_id", self.rp_id).encode()).digest()
        return AuthenticatorData.create(rp, flags, self.count, made or b"")

    def _write(self, response: Mapping[str, str]) -> str:
        mine = websafe_encode(self.credential_id)
        return json.dumps({"id": mine, "rawId": mine, "type": "public-key", "response": response})
